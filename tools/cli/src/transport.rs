//! HTTP/1.1 for the driver: one connection for each request, which is reset when it is over; no retries, no redirects, no early data.

mod connection;

use crate::{
    clock::Moment,
    driver::{Answered, Departure, Transport},
};
use alipay_core::{
    envelope::MAX_RESPONSE_BYTES,
    http::{HttpRequest, HttpResponse},
    payment::Failure,
    v3::{self, Method},
};
use connection::{Exchange, Gate, Resetting, Told};
use std::{
    io::Read as _,
    net::IpAddr,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};
use ureq::{
    Agent,
    Proxy,
    RequestBuilder,
    config::Config,
    http::Uri,
    tls::TlsConfig,
    typestate::WithBody,
    // Not under semver; the lock file pins it, and the tests below would notice.
    unversioned::{
        resolver::DefaultResolver,
        transport::{ConnectProxyConnector, Connector as _, RustlsConnector},
    },
};

/// One past the limit, so that the core sees that there was more and refuses it.
const READ_AT_MOST: u64 = MAX_RESPONSE_BYTES as u64 + 1;
/// How much longer than its time an exchange may take to say how it ended.
const GRACE: Duration = Duration::from_secs(5);
/// A wait of the kernel's does not count suspension, so none is longer.
const SLICE: Duration = Duration::from_secs(1);

/// Until when what must have happened.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The first byte of the request leaves by then, or none does.
    pub leave_by: Moment,
    /// Counted from the first byte.
    pub answer_within: Duration,
    /// The whole exchange ends by then.
    pub end_by: Moment,
}

impl Limits {
    /// For a request that has this time for everything.
    #[must_use]
    pub fn within(timeout: Duration) -> Self {
        let end_by = Moment::now().after(timeout);
        Self {
            leave_by: end_by,
            answer_within: timeout,
            end_by,
        }
    }
}

/// An HTTP client that knows whether a request can have left, and whether it still can.
///
/// Its connections are reset when they are given up, when an answer has been read, and (on Unix) when this process dies: on a direct
/// path to the gateway, nothing of them arrives later than what is on the wire at that moment. Through a proxy that says nothing, and the same
/// goes for whatever else ends connections on the way.
#[derive(Debug)]
pub struct HttpTransport {
    config: Config,
    direct: bool,
}

impl HttpTransport {
    /// A client for this gateway. Proxies are taken from the environment (`HTTPS_PROXY`, `NO_PROXY`, …), but never used
    /// for loopback.
    #[must_use]
    pub fn new(gateway: &str) -> Self {
        Self::with(gateway, TlsConfig::default())
    }

    fn with(gateway: &str, tls: TlsConfig) -> Self {
        install_tls();
        let uri = gateway.parse::<Uri>().ok();
        let used_for = |proxy: &Proxy| uri.as_ref().is_none_or(|uri| !proxy.is_no_proxy(uri));
        let proxy = if is_loopback(gateway) {
            None
        } else {
            Proxy::try_from_env().filter(used_for)
        };
        let direct = proxy.is_none();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A connection kept alive may be dead without our knowing: whether a request left would be a guess.
            .max_idle_connections(0)
            .proxy(proxy)
            .tls_config(tls)
            .user_agent(concat!("alipay-cli/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { config, direct }
    }

    /// Says that something on the way to the gateway ends connections and makes its own: then a reset proves nothing.
    #[must_use]
    pub fn relayed(self, relayed: bool) -> Self {
        Self {
            direct: self.direct && !relayed,
            ..self
        }
    }

    /// Whether a connection of a process that dies is reset: on Unix, on a direct path.
    #[must_use]
    pub fn resets_on_death(&self) -> bool {
        self.direct && cfg!(unix)
    }
}

impl Transport for HttpTransport {
    fn send(
        &mut self,
        request: &HttpRequest,
        limits: Limits,
        departure: &mut dyn Departure,
    ) -> Result<Answered, Failure> {
        let HttpRequest { url, headers, body } = request.clone();
        let post = move |agent: &Agent| agent.post(&url);
        self.send_as(post, headers, body, limits, departure)
    }
}

impl HttpTransport {
    /// Sends a single call of OpenAPI v3, whatever its HTTP method is.
    ///
    /// # Errors
    /// As [`Transport::send`].
    pub fn send_v3(
        &mut self,
        request: &v3::Request,
        limits: Limits,
        departure: &mut dyn Departure,
    ) -> Result<Answered, Failure> {
        let (method, url) = (request.method, request.url.clone());
        let start = move |agent: &Agent| match method {
            Method::Get => agent.get(&url).force_send_body(),
            Method::Post => agent.post(&url),
            Method::Put => agent.put(&url),
            Method::Patch => agent.patch(&url),
            Method::Delete => agent.delete(&url).force_send_body(),
        };
        self.send_as(
            start,
            request.headers.clone(),
            request.body.clone(),
            limits,
            departure,
        )
    }

    /// The exchange runs on a thread of its own, so that whoever waits for it can say at the last moment whether it is still wanted.
    fn send_as(
        &self,
        start: impl FnOnce(&Agent) -> RequestBuilder<WithBody> + Send + 'static,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
        limits: Limits,
        departure: &mut dyn Departure,
    ) -> Result<Answered, Failure> {
        let (to, from) = mpsc::channel();
        let shared = Arc::new(Exchange::new(limits, self.config.proxy().is_some(), &to));
        let (config, direct) = (self.config.clone(), self.direct);
        let work = move || {
            // A client for each request: nothing of one is left when the next begins.
            let connector =
                ().chain(ConnectProxyConnector::default())
                    .chain(Resetting(Arc::clone(&shared)))
                    .chain(RustlsConnector::default())
                    .chain(Gate(Arc::clone(&shared)));
            let agent = Agent::with_parts(config, connector, DefaultResolver::default());
            let answer = exchange(start(&agent), &headers, &body, limits);
            drop(agent);
            let reset = direct && shared.was_reset();
            let ended = match answer {
                Ok(response) => Ok(Answered { response, reset }),
                Err(_) if !shared.has_left() => Err(Failure::NotSent),
                Err(_) if reset => Err(Failure::Aborted),
                Err(_) => Err(Failure::MaybeSent),
            };
            // If nobody waits any more, it was given up.
            let _ = to.send(Told::Ended(ended));
        };
        if thread::Builder::new()
            .name("http".to_owned())
            .spawn(work)
            .is_err()
        {
            return Err(Failure::NotSent);
        }
        let give_up_at = limits.end_by.after(GRACE);
        let mut may_have_left = false;
        loop {
            match from.recv_timeout(give_up_at.left().min(SLICE)) {
                Ok(Told::Ready(answer)) => {
                    let wanted = departure.is_wanted();
                    may_have_left |= wanted && answer.send(true).is_ok();
                }
                Ok(Told::Left) => departure.left(),
                Ok(Told::Ended(ended)) => return ended,
                Err(RecvTimeoutError::Timeout) if !give_up_at.is_past() => {}
                // Whoever was not told that it may leave never will be.
                Err(_) if !may_have_left => return Err(Failure::NotSent),
                Err(_) => return Err(Failure::MaybeSent),
            }
        }
    }
}

fn exchange(
    mut builder: RequestBuilder<WithBody>,
    headers: &[(&'static str, String)],
    body: &[u8],
    limits: Limits,
) -> Result<HttpResponse, ureq::Error> {
    for (name, value) in headers {
        builder = builder.header(*name, value);
    }
    let left = |until: Moment| Some(until.left().max(Duration::from_millis(1)));
    let builder = builder
        .config()
        .timeout_resolve(left(limits.leave_by))
        .timeout_global(left(limits.end_by))
        .build();
    let mut response = builder.send(body)?;
    let status = response.status().as_u16();
    // All of them: `Date` tells Alipay's clock. What is not text is none that matters.
    let headers = response
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let headers = headers.collect();
    let body = response.body_mut().with_config().limit(READ_AT_MOST + 1).reader();
    let mut bytes = Vec::new();
    body.take(READ_AT_MOST).read_to_end(&mut bytes)?;
    Ok(HttpResponse {
        status,
        headers,
        body: bytes,
    })
}

/// Makes AWS-LC the TLS provider of this process, for this client and for the sandbox's.
pub(crate) fn install_tls() {
    // An error means that there is one already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

fn is_loopback(url: &str) -> bool {
    let uri = url.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
