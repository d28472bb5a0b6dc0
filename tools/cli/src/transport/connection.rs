//! Connections that are reset and never closed in an orderly way, and the moment at which a request leaves.
//!
//! A kernel goes on carrying what was written to a connection that was closed normally, also for a process that was killed: for
//! minutes, if the network is away. So `SO_LINGER` is `{1, 0}` from before the connection is made (whoever closes it, also the kernel
//! for a dead process, resets it), and on Linux `TCP_USER_TIMEOUT` is what is left of the request's time (a kernel gives up for a
//! process that is frozen).

use super::Limits;
use crate::clock::Moment;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::{
    fmt,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::Duration,
};
use ureq::{
    Error,
    Timeout,
    // Not under semver; the lock file pins it, and the tests of this module would notice.
    unversioned::transport::{
        Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    },
};

/// A wait of the kernel's does not count suspension, so none is longer.
const SLICE: Duration = Duration::from_secs(1);
/// The least that each address of a host gets of the time to connect.
const ADDRESS_GETS: Duration = Duration::from_millis(10);

/// What is told to whoever has a request sent.
#[derive(Debug)]
pub(super) enum Told<T> {
    /// The connection stands, TLS included. The request leaves if the answer is yes.
    Ready(Sender<bool>),
    /// Its first byte is about to be written: from now on it may have left.
    Left,
    /// How it ended.
    Ended(T),
}

/// One request, from connecting to its answer: what its connections and whoever waits for it share.
pub(super) struct Exchange {
    limits: Limits,
    through_proxy: bool,
    ask: Box<dyn Fn(Sender<bool>) -> bool + Send + Sync>,
    tell_left: Box<dyn Fn() + Send + Sync>,
    left: OnceLock<Moment>,
    open: AtomicUsize,
    /// A connection could not be made so that closing it resets it.
    lingers: AtomicBool,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl Exchange {
    pub(super) fn new<T: Send + 'static>(limits: Limits, through_proxy: bool, to: &Sender<Told<T>>) -> Self {
        let (asking, telling) = (to.clone(), to.clone());
        Self {
            limits,
            through_proxy,
            ask: Box::new(move |answer| asking.send(Told::Ready(answer)).is_ok()),
            tell_left: Box::new(move || {
                // Nobody listens any more: the request is given up, and resets.
                let _ = telling.send(Told::Left);
            }),
            left: OnceLock::new(),
            open: AtomicUsize::new(0),
            lingers: AtomicBool::new(false),
        }
    }

    /// Whether a byte of the request may have left.
    pub(super) fn has_left(&self) -> bool {
        self.left.get().is_some()
    }

    /// Whether every connection of this exchange is gone, and was reset by that.
    pub(super) fn was_reset(&self) -> bool {
        self.open.load(Ordering::SeqCst) == 0 && !self.lingers.load(Ordering::SeqCst)
    }

    /// Asks whether the request is still wanted, and then, as the last thing, the clock.
    fn may_leave(&self) -> bool {
        let (answer, answered): (_, Receiver<bool>) = channel();
        if !(self.ask)(answer) {
            return false;
        }
        let wanted = loop {
            match answered.recv_timeout(self.limits.leave_by.left().min(SLICE)) {
                Ok(wanted) => break wanted,
                Err(RecvTimeoutError::Timeout) if !self.limits.leave_by.is_past() => {}
                Err(_) => break false,
            }
        };
        if !wanted {
            return false;
        }
        // From here on nothing waits for anything but the clock.
        let now = Moment::now();
        if now > self.limits.leave_by {
            return false;
        }
        let _ = self.left.set(now);
        (self.tell_left)();
        true
    }

    /// What is left of the time for the step under way.
    fn time_left(&self) -> Duration {
        match self.left.get() {
            None => self.limits.leave_by.left(),
            Some(left) => left
                .after(self.limits.answer_within)
                .left()
                .min(self.limits.end_by.left()),
        }
    }

    fn time_left_or(&self, timeout: NextTimeout) -> Result<Duration, Error> {
        let left = self.time_left();
        let left = timeout.not_zero().map_or(left, |theirs| left.min(*theirs));
        if left.is_zero() {
            Err(Error::Timeout(timeout.reason))
        } else {
            Ok(left)
        }
    }
}

/// Makes connections that reset.
#[derive(Debug)]
pub(super) struct Resetting(pub(super) Arc<Exchange>);

impl<In: Transport> Connector<In> for Resetting {
    type Out = Either<In, Connection>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(through_proxy) = chained {
            return Ok(Some(Either::A(through_proxy)));
        }
        let exchange = &self.0;
        let mut failed = Error::Io(io::ErrorKind::ConnectionRefused.into());
        let addresses: Vec<SocketAddr> = details.addrs.iter().copied().collect();
        for (index, address) in addresses.iter().enumerate() {
            let left = exchange.time_left();
            if left.is_zero() {
                return Err(Error::Timeout(Timeout::Connect));
            }
            // An address that swallows everything leaves half of the time to the others; the last one gets what is left.
            let within = if index + 1 == addresses.len() {
                left
            } else {
                left / 2
            };
            match open(*address, within.max(ADDRESS_GETS), exchange) {
                Ok(stream) => {
                    exchange.open.fetch_add(1, Ordering::SeqCst);
                    let config = details.config;
                    let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
                    return Ok(Some(Either::B(Connection {
                        stream: Some(stream),
                        buffers,
                        exchange: Arc::clone(exchange),
                    })));
                }
                Err(error) => failed = Error::Io(error),
            }
        }
        Err(failed)
    }
}

fn open(address: SocketAddr, within: Duration, exchange: &Exchange) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if socket.set_linger(Some(Duration::ZERO)).is_err() {
        exchange.lingers.store(true, Ordering::SeqCst);
    }
    give_up_within(SockRef::from(&socket), exchange.limits.end_by.left());
    socket.set_tcp_nodelay(true)?;
    socket.connect_timeout(&address.into(), within)?;
    Ok(socket.into())
}

/// How long the kernel goes on sending what was not acknowledged.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[allow(clippy::needless_pass_by_value, reason = "it is a reference")]
fn give_up_within(socket: SockRef<'_>, time: Duration) {
    // Zero would mean the system's own patience. Where it can't be set, a frozen process may send late (docs/host.md).
    let _ = socket.set_tcp_user_timeout(Some(time.max(Duration::from_millis(1))));
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[allow(clippy::needless_pass_by_value, reason = "it is a reference")]
fn give_up_within(_: SockRef<'_>, _: Duration) {}

/// A TCP connection that is reset when it is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    /// Until it is dropped.
    stream: Option<TcpStream>,
    buffers: LazyBuffers,
    exchange: Arc<Exchange>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        drop(self.stream.take());
        self.exchange.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Connection {
    /// Tries an operation until it is done, or the time is over; each try in a slice of it.
    fn retry<T>(
        &mut self,
        timeout: NextTimeout,
        mut operation: impl FnMut(&mut Self, Duration) -> io::Result<T>,
    ) -> Result<T, Error> {
        loop {
            let left = self.exchange.time_left_or(timeout)?;
            match operation(self, left) {
                Err(error) if is_over_for_now(error.kind()) => {}
                done => return Ok(done?),
            }
        }
    }
}

/// Whether only this try's slice of the time is over.
fn is_over_for_now(kind: io::ErrorKind) -> bool {
    match kind {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => true,
        // On Unix this says that the kernel has given the connection up (`TCP_USER_TIMEOUT`).
        io::ErrorKind::TimedOut => cfg!(windows),
        _ => false,
    }
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let mut written = 0;
        while written < amount {
            written += self.retry(timeout, |this, left| {
                let mut stream = this.stream.as_ref().ok_or_else(gone)?;
                give_up_within(stream.into(), left);
                stream.set_write_timeout(Some(left.min(SLICE)))?;
                let output = this.buffers.output();
                let more = output.get(written..amount).unwrap_or_default();
                match stream.write(more)? {
                    0 => Err(io::ErrorKind::WriteZero.into()),
                    count => Ok(count),
                }
            })?;
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let amount = self.retry(timeout, |this, left| {
            let mut stream = this.stream.as_ref().ok_or_else(gone)?;
            stream.set_read_timeout(Some(left.min(SLICE)))?;
            stream.read(this.buffers.input_append_buf())
        })?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// No connection is used twice.
    fn is_open(&mut self) -> bool {
        false
    }
}

/// Stands last in the chain of connectors, on top of TLS.
#[derive(Debug)]
pub(super) struct Gate(pub(super) Arc<Exchange>);

impl<In: Transport> Connector<In> for Gate {
    type Out = Gated<In>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        // What is said to a proxy first (CONNECT) is not the request. That connection is made as one without a proxy.
        let to_the_proxy = self.0.through_proxy && details.config.proxy().is_none();
        Ok(chained.map(|inner| Gated {
            inner,
            exchange: (!to_the_proxy).then(|| Arc::clone(&self.0)),
        }))
    }
}

/// A connection whose first byte leaves only if the request may.
#[derive(Debug)]
pub(super) struct Gated<In> {
    inner: In,
    /// Until the first byte.
    exchange: Option<Arc<Exchange>>,
}

impl<In: Transport> Transport for Gated<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if let Some(exchange) = &self.exchange {
            if !exchange.may_leave() {
                return Err(Error::Timeout(Timeout::SendRequest));
            }
            self.exchange = None;
        }
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
