//! The merchant's side of notifications: a small HTTP server that verifies each on its raw body.

use alipay_core::{
    Merchant,
    notify::{ACKNOWLEDGE, REFUSE, VerifiedNotify},
};
use axum::{Router, body::Bytes, extract::State, routing::post};
use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// What has arrived, and where.
pub(super) struct Inbox {
    listener: TcpListener,
    url: String,
    letters: Arc<Letters>,
}

#[derive(Default)]
struct Letters {
    inner: Mutex<Inner>,
    arrived: Condvar,
}

#[derive(Default)]
struct Inner {
    verified: Vec<VerifiedNotify>,
    refused: usize,
}

impl Letters {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone)]
struct Desk {
    merchant: Arc<Merchant>,
    letters: Arc<Letters>,
}

impl Inbox {
    /// Takes a free port on loopback.
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}/notify", listener.local_addr()?);
        Ok(Self {
            listener,
            url,
            letters: Arc::default(),
        })
    }

    /// The notify_url.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Answers from now on, until the process ends.
    pub(super) fn serve(&self, merchant: Arc<Merchant>) -> io::Result<()> {
        let listener = self.listener.try_clone()?;
        let desk = Desk {
            merchant,
            letters: Arc::clone(&self.letters),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::Builder::new().name("notify".to_owned()).spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                let router = Router::new().route("/notify", post(receive)).with_state(desk);
                axum::serve(listener, router).await
            })
        })?;
        Ok(())
    }

    /// The verified notifications about an order, as soon as there is one.
    pub(super) fn wait_for(&self, out_trade_no: &str, timeout: Duration) -> Vec<VerifiedNotify> {
        let about = |notify: &&VerifiedNotify| notify.out_trade_no() == Some(out_trade_no);
        let none_yet = |inner: &mut Inner| !inner.verified.iter().any(|notify| about(&notify));
        let waited = self
            .letters
            .arrived
            .wait_timeout_while(self.letters.lock(), timeout, none_yet);
        let (inner, _) = waited.unwrap_or_else(PoisonError::into_inner);
        inner.verified.iter().filter(about).cloned().collect()
    }

    /// How many could not be verified.
    pub(super) fn refused(&self) -> usize {
        self.letters.lock().refused
    }
}

async fn receive(State(desk): State<Desk>, body: Bytes) -> &'static str {
    let verified = desk.merchant.verify_notify(&body);
    let mut inner = desk.letters.lock();
    let answer = match verified {
        Ok(notify) => {
            inner.verified.push(notify);
            ACKNOWLEDGE
        }
        Err(_) => {
            inner.refused += 1;
            REFUSE
        }
    };
    desk.letters.arrived.notify_all();
    answer
}
