//! HTTP/1.1 over connections that are reset, never closed in an orderly way: a kernel goes on sending what was written to a
//! connection that was closed, also for a process that was killed. `alipay-cli` has the same with proxies and more care.

use crate::clock::Moment;
use alipay_core::{
    http::{HttpRequest, HttpResponse},
    payment::Failure,
};
use socket2::{Domain, SockRef, Socket, Type};
use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use ureq::{
    Agent, Error, Timeout,
    unversioned::{
        resolver::DefaultResolver,
        transport::{
            Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, RustlsConnector, Transport,
        },
    },
};

/// Sends once, if the first byte can leave by `leave_by`. The connection is reset in any case; that counts as `Aborted` because there is
/// no proxy and no TLS terminator between here and the gateway.
///
/// # Errors
/// How it ended, if there was no answer.
pub fn send(request: &HttpRequest, leave_by: Moment, timeout: Duration) -> Result<HttpResponse, Failure> {
    let left = Arc::<AtomicBool>::default();
    let connector =
        ().chain(Resetting(leave_by))
            .chain(RustlsConnector::default())
            .chain(Gate(leave_by, Arc::clone(&left)));
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .proxy(None)
        .timeout_global(Some(leave_by.left() + timeout))
        .timeout_recv_response(Some(timeout))
        .build();
    let agent = Agent::with_parts(config, connector, DefaultResolver::default());
    exchange(&agent, request).map_err(|_| {
        if left.load(Ordering::SeqCst) {
            Failure::Aborted
        } else {
            Failure::NotSent
        }
    })
}

fn exchange(agent: &Agent, request: &HttpRequest) -> Result<HttpResponse, Error> {
    let mut call = agent.post(&request.url);
    for (name, value) in &request.headers {
        call = call.header(*name, value);
    }
    let mut answer = call.send(&request.body[..])?;
    let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    Ok(HttpResponse {
        status: answer.status().as_u16(),
        // All of them: `Date` tells Alipay's clock.
        headers: (answer.headers().iter())
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body: answer.body_mut().read_to_vec()?,
    })
}

/// Makes the TCP connection.
#[derive(Debug)]
struct Resetting(Moment);

impl Connector for Resetting {
    type Out = Connection;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Connection>, Error> {
        let mut failed = io::Error::from(io::ErrorKind::ConnectionRefused);
        for address in &details.addrs {
            let socket = Socket::new(Domain::for_address(*address), Type::STREAM, None)?;
            socket.set_linger(Some(Duration::ZERO))?;
            match socket.connect_timeout(&(*address).into(), self.0.left().max(Duration::from_millis(1))) {
                Ok(()) => {
                    let config = details.config;
                    return Ok(Some(Connection {
                        stream: socket.into(),
                        buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
                    }));
                }
                Err(error) => failed = error,
            }
        }
        Err(failed.into())
    }
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    buffers: LazyBuffers,
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let left = timeout.not_zero().map(|left| *left);
        self.stream.set_write_timeout(left)?;
        // If this process is frozen, the kernel gives up for it.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        SockRef::from(&self.stream).set_tcp_user_timeout(left)?;
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream
            .set_read_timeout(timeout.not_zero().map(|left| *left))?;
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        false
    }
}

/// On top of TLS: asks the clock right before the first byte of the request.
#[derive(Debug)]
struct Gate(Moment, Arc<AtomicBool>);

impl<In: Transport> Connector<In> for Gate {
    type Out = Gated<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, inner: Option<In>) -> Result<Option<Gated<In>>, Error> {
        let (leave_by, left) = (self.0, Arc::clone(&self.1));
        Ok(inner.map(|inner| Gated {
            inner,
            leave_by,
            left,
        }))
    }
}

#[derive(Debug)]
struct Gated<In> {
    inner: In,
    leave_by: Moment,
    left: Arc<AtomicBool>,
}

impl<In: Transport> Transport for Gated<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if !self.left.load(Ordering::SeqCst) {
            if self.leave_by.is_past() {
                return Err(Error::Timeout(Timeout::SendRequest));
            }
            self.left.store(true, Ordering::SeqCst);
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
