//! HTTP for the driver: one connection for each request, no retries, no redirects.

use crate::driver::Transport;
use alipay_core::{
    envelope::MAX_RESPONSE_BYTES,
    http::{HttpRequest, HttpResponse},
    payment::Failure,
    v3::{self, Method},
};
use std::{
    io::Read as _,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use ureq::{
    Agent,
    Proxy,
    RequestBuilder,
    http::Uri,
    typestate::WithBody,
    // Not under semver; the lock file pins it, and the tests below would notice.
    unversioned::{
        resolver::DefaultResolver,
        transport::{self, ConnectionDetails, Connector, DefaultConnector},
    },
};

/// One past the limit, so that the core sees that there was more and refuses it.
const READ_AT_MOST: u64 = MAX_RESPONSE_BYTES as u64 + 1;

/// An HTTP client that knows whether a request can have left.
#[derive(Debug)]
pub struct HttpTransport {
    agent: Agent,
    connected: Arc<AtomicBool>,
}

impl HttpTransport {
    /// A client for this gateway. Proxies are taken from the environment (`HTTPS_PROXY`, `NO_PROXY`, …), but never used
    /// for loopback.
    #[must_use]
    pub fn new(gateway: &str) -> Self {
        install_tls();
        let proxy = if is_loopback(gateway) {
            None
        } else {
            Proxy::try_from_env()
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A connection kept alive may be dead without our knowing: whether a request left would be a guess.
            .max_idle_connections(0)
            .proxy(proxy)
            .user_agent(concat!("alipay-cli/", env!("CARGO_PKG_VERSION")))
            .build();
        let connected = Arc::new(AtomicBool::new(false));
        let connector = DefaultConnector::new().chain(Witness(Arc::clone(&connected)));
        Self {
            agent: Agent::with_parts(config, connector, DefaultResolver::default()),
            connected,
        }
    }
}

impl Transport for HttpTransport {
    fn send(&mut self, request: &HttpRequest, timeout: Duration) -> Result<HttpResponse, Failure> {
        let post = self.agent.post(&request.url);
        self.send_as(post, &request.headers, &request.body, timeout)
    }
}

impl HttpTransport {
    /// Sends a single call of OpenAPI v3, whatever its HTTP method is.
    ///
    /// # Errors
    /// As [`Transport::send`].
    pub fn send_v3(&mut self, request: &v3::Request, timeout: Duration) -> Result<HttpResponse, Failure> {
        let (agent, url) = (&self.agent, &request.url);
        let builder = match request.method {
            Method::Get => agent.get(url).force_send_body(),
            Method::Post => agent.post(url),
            Method::Put => agent.put(url),
            Method::Patch => agent.patch(url),
            Method::Delete => agent.delete(url).force_send_body(),
        };
        self.send_as(builder, &request.headers, &request.body, timeout)
    }

    fn send_as(
        &self,
        builder: RequestBuilder<WithBody>,
        headers: &[(&'static str, String)],
        body: &[u8],
        timeout: Duration,
    ) -> Result<HttpResponse, Failure> {
        self.connected.store(false, Ordering::SeqCst);
        exchange(builder, headers, body, timeout).map_err(|_| {
            // A request is only written to a connection that stands, TLS included.
            if self.connected.load(Ordering::SeqCst) {
                Failure::MaybeSent
            } else {
                Failure::NotSent
            }
        })
    }
}

fn exchange(
    mut builder: RequestBuilder<WithBody>,
    headers: &[(&'static str, String)],
    body: &[u8],
    timeout: Duration,
) -> Result<HttpResponse, ureq::Error> {
    for (name, value) in headers {
        builder = builder.header(*name, value);
    }
    let builder = builder.config().timeout_global(Some(timeout)).build();
    let mut response = builder.send(body)?;
    let status = response.status().as_u16();
    // What is not text is none of the headers that v3 signs with.
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

/// Stands last in the chain of connectors: called once a connection is up.
#[derive(Debug)]
struct Witness(Arc<AtomicBool>);

impl<In: transport::Transport> Connector<In> for Witness {
    type Out = In;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<In>, ureq::Error> {
        self.0.store(true, Ordering::SeqCst);
        Ok(chained)
    }
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
mod tests {
    use super::*;
    use std::{
        io::Write as _,
        net::{Ipv4Addr, TcpListener},
        thread,
    };

    fn post(url: String, timeout_ms: u64) -> Result<HttpResponse, Failure> {
        let request = HttpRequest {
            headers: vec![("content-type", "text/plain".to_owned())],
            body: b"hello".to_vec(),
            url,
        };
        HttpTransport::new(&request.url).send(&request, Duration::from_millis(timeout_ms))
    }

    /// A server that answers every connection like this, and counts the requests it read.
    fn serve(scheme: &str, answer: &'static [u8]) -> (String, Arc<std::sync::atomic::AtomicUsize>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer);
                let _ = stream.write_all(answer);
            }
        });
        (url, count)
    }

    #[test]
    fn a_refused_connection_provably_sent_nothing() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        assert_eq!(post(url, 2_000), Err(Failure::NotSent));
    }

    #[test]
    fn an_unknown_host_provably_got_nothing() {
        assert_eq!(
            post("http://no-such-host.invalid/".into(), 60_000),
            Err(Failure::NotSent)
        );
    }

    #[test]
    fn a_failed_tls_handshake_provably_sent_nothing() {
        let (url, count) = serve("https", b"HTTP/1.1 400 Bad Request\r\n\r\n");
        assert_eq!(post(url, 2_000), Err(Failure::NotSent));
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_connection_that_breaks_may_have_sent_it_and_is_not_tried_again() {
        let (url, count) = serve("http", b"");
        assert_eq!(post(url, 2_000), Err(Failure::MaybeSent));
        let (cut, _) = serve("http", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
        assert_eq!(post(cut, 2_000), Err(Failure::MaybeSent));
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_silent_server_may_have_got_it() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        assert_eq!(post(url, 100), Err(Failure::MaybeSent));
    }

    #[test]
    fn every_status_is_an_answer_and_redirects_are_not_followed() {
        let (url, _) = serve("http", b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 2\r\n\r\nno");
        assert_eq!(
            post(url, 2_000),
            Ok(HttpResponse {
                status: 502,
                headers: vec![("content-length".into(), "2".into())],
                body: b"no".to_vec()
            })
        );
        let (url, count) = serve(
            "http",
            b"HTTP/1.1 307 Temporary\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n",
        );
        assert_eq!(post(url, 2_000).map(|response| response.status), Ok(307));
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn connections_are_not_kept() {
        let (url, count) = serve("http", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        let request = HttpRequest {
            url,
            headers: Vec::new(),
            body: Vec::new(),
        };
        let mut transport = HttpTransport::new(&request.url);
        for _ in 0..3 {
            transport.send(&request, Duration::from_secs(2)).unwrap();
        }
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn loopback_is_recognised() {
        for url in ["http://127.0.0.1:80/x", "http://[::1]:8080/", "http://localhost/"] {
            assert!(is_loopback(url), "{url}");
        }
        assert!(!is_loopback("https://openapi.alipay.com/gateway.do"));
        assert!(!is_loopback("http://127.0.0.1.example.com/"));
    }
}
