//! A sandbox in this process: blocking calls in front, its own threads behind.

use crate::{
    config::SandboxConfig,
    model::{
        certificates::Certificates,
        gateway::{Gateway, GatewayConfig, NotNow},
        trade::TradeView,
    },
    server::{
        self,
        books::{Books, now},
    },
    store::Store,
};
use alipay_core::{
    Error,
    key::{PrivateKey, PublicKey},
};
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};
use tokio::{runtime::Runtime, sync::watch};

/// How long threads that still post a notification may hold up a stop.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);

/// A running sandbox. Stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    books: Arc<Books>,
    addr: SocketAddr,
    alipay_public_key: PublicKey,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// Why the buyer's phone can't pay or refuse.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuyerError {
    /// There is no such trade.
    UnknownTrade,
    /// The trade does not wait for its buyer.
    NotWaiting,
    /// The ledger's file could not be written.
    Store(io::Error),
}

impl From<NotNow> for BuyerError {
    fn from(reason: NotNow) -> Self {
        match reason {
            NotNow::Unknown => Self::UnknownTrade,
            NotNow::NotWaiting => Self::NotWaiting,
        }
    }
}

impl fmt::Display for BuyerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTrade => f.write_str("there is no such trade"),
            Self::NotWaiting => f.write_str("the trade does not wait for its buyer"),
            Self::Store(error) => write!(f, "the ledger could not be written: {error}"),
        }
    }
}

impl std::error::Error for BuyerError {}

impl Sandbox {
    /// Opens the ledger, binds the port and serves until [`Sandbox::stop`].
    ///
    /// # Errors
    /// If the address can't be bound, the ledger's file can't be read, or the key can't be used.
    pub fn start(config: SandboxConfig) -> io::Result<Self> {
        let alipay = config.alipay_key.public_key();
        let issue = |root: &PrivateKey| Certificates::new(root, &config.apps, alipay, now());
        let certificates = config.root_key.as_ref().map(issue).transpose();
        let certificates = certificates.map_err(io::Error::other)?;
        let mut gateway = Gateway::new(GatewayConfig {
            apps: config.apps,
            alipay_key: config.alipay_key.clone(),
            seed: config.seed,
            time_scale: config.time_scale,
            late_answer: config.late_answer,
            certificates,
            content_key: config.content_key,
        })
        .map_err(io::Error::other)?;
        let store = config.db.as_deref().map(Store::open).transpose()?;
        if let Some(store) = &store {
            for row in store.load()? {
                gateway.restore_row(&row)?;
            }
        }
        let listener = TcpListener::bind(config.addr)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let books = Arc::new(Books::new(gateway, store));
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("alipay-sandbox")
            .enable_all()
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let thread = std::thread::Builder::new()
            .name("alipay-sandbox".to_owned())
            .spawn({
                let books = Arc::clone(&books);
                move || run(runtime, listener, addr, books, stopped)
            })?;
        Ok(Self {
            books,
            addr,
            alipay_public_key: config.alipay_key.public_key().clone(),
            stop,
            thread: Some(thread),
        })
    }

    /// Where requests go: `http://127.0.0.1:PORT/gateway.do`.
    #[must_use]
    pub fn gateway_url(&self) -> String {
        format!("{}gateway.do", self.page_url())
    }

    /// The buyer's phone.
    #[must_use]
    pub fn page_url(&self) -> String {
        let ip = match self.addr.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        format!("http://{}/", SocketAddr::new(ip, self.addr.port()))
    }

    /// What merchants verify answers and notifications with (支付宝公钥), as long as its certificate is not changed.
    #[must_use]
    pub fn alipay_public_key(&self) -> &PublicKey {
        &self.alipay_public_key
    }

    /// The files for the merchants, in certificate mode.
    #[must_use]
    pub fn certificates(&self) -> Option<Certificates> {
        self.books.certificates()
    }

    /// Alipay changes its certificate and its key, as it does every few years: answers name one from now on that the merchant does not
    /// have, and can download.
    ///
    /// # Errors
    /// If the sandbox is not in certificate mode.
    pub fn rotate_certificate(&self) -> io::Result<()> {
        self.books.rotate_certificate()
    }

    /// The ledger, oldest trade first.
    #[must_use]
    pub fn trades(&self) -> Vec<TradeView> {
        self.books.trades()
    }

    /// The buyer of a waiting trade pays.
    ///
    /// # Errors
    /// [`BuyerError`].
    pub fn pay(&self, trade_no: &str) -> Result<(), BuyerError> {
        let paid = self.books.write(|gateway, now| gateway.buyer_pays(trade_no, now));
        paid.map_err(BuyerError::Store)?.map_err(BuyerError::from)
    }

    /// The buyer of a waiting trade refuses.
    ///
    /// # Errors
    /// [`BuyerError`].
    pub fn refuse(&self, trade_no: &str) -> Result<(), BuyerError> {
        let refused = self
            .books
            .write(|gateway, now| gateway.buyer_refuses(trade_no, now));
        refused.map_err(BuyerError::Store)?.map_err(BuyerError::from)
    }

    /// Stops serving: answers under way get a moment, the rest is cut.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Only fails if the thread is gone already.
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A key from the operating system's randomness.
pub(crate) fn new_key() -> Result<PrivateKey, Error> {
    PrivateKey::generate(&mut UnwrapErr(SysRng), 2048)
}

fn run(
    runtime: Runtime,
    listener: tokio::net::TcpListener,
    addr: SocketAddr,
    books: Arc<Books>,
    stopped: watch::Receiver<bool>,
) {
    runtime.block_on(server::serve(listener, addr, books, stopped));
    runtime.shutdown_timeout(LEAVE_WITHIN);
}
