//! Against raw TCP servers, which see what a gateway's machine would see.

use super::*;
use crate::driver::Unconditional;
use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

fn request(url: String) -> HttpRequest {
    HttpRequest {
        headers: vec![("content-type", "text/plain".to_owned())],
        body: b"hello".to_vec(),
        url,
    }
}

fn post(url: String, timeout_ms: u64) -> Result<HttpResponse, Failure> {
    let limits = Limits::within(Duration::from_millis(timeout_ms));
    let answered = HttpTransport::new(&url).send(&request(url), limits, &mut Unconditional);
    answered.map(|answered| answered.response)
}

/// A server that answers every connection like this, and counts the requests it read.
fn serve(scheme: &str, answer: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
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

/// A server that reads one request, says this, and tells what it reads then: the end of the connection.
fn witness(answer: &'static [u8]) -> (String, thread::JoinHandle<io::Result<usize>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        let mut read = Vec::new();
        while !read.ends_with(b"hello") {
            let count = stream.read(&mut buffer)?;
            read.extend_from_slice(&buffer[..count]);
        }
        stream.write_all(answer)?;
        stream.read(&mut buffer)
    });
    (url, served)
}

/// Says no, or takes its time before it says yes, and counts what left.
#[derive(Default)]
struct Cashier {
    refuses: bool,
    thinks: Duration,
    left: usize,
}

impl Departure for Cashier {
    fn is_wanted(&mut self) -> bool {
        thread::sleep(self.thinks);
        !self.refuses
    }

    fn left(&mut self) {
        self.left += 1;
    }
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
fn a_handshake_that_hangs_provably_sent_nothing_in_time() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let started = Instant::now();
    let limits = Limits {
        leave_by: Moment::now().after(Duration::from_millis(200)),
        answer_within: Duration::from_secs(60),
        end_by: Moment::now().after(Duration::from_secs(60)),
    };
    let ended = HttpTransport::new(&url).send(&request(url), limits, &mut Unconditional);
    assert_eq!(ended, Err(Failure::NotSent));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_connection_that_breaks_is_reset_and_not_tried_again() {
    let (url, count) = serve("http", b"");
    assert_eq!(post(url, 2_000), Err(Failure::Aborted));
    let (cut, _) = serve("http", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
    assert_eq!(post(cut, 2_000), Err(Failure::Aborted));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_request_that_is_given_up_is_reset() {
    let (url, served) = witness(b"");
    assert_eq!(post(url, 300), Err(Failure::Aborted));
    assert_eq!(
        served.join().unwrap().unwrap_err().kind(),
        io::ErrorKind::ConnectionReset
    );
}

#[test]
fn a_connection_is_reset_after_its_answer_too() {
    let (url, served) = witness(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let limits = Limits::within(Duration::from_secs(5));
    let answered = HttpTransport::new(&url).send(&request(url), limits, &mut Unconditional);
    assert!(answered.unwrap().reset);
    assert_eq!(
        served.join().unwrap().unwrap_err().kind(),
        io::ErrorKind::ConnectionReset
    );
}

#[test]
fn behind_a_relay_a_reset_proves_nothing() {
    let (url, _served) = witness(b"");
    let mut relayed = HttpTransport::new(&url).relayed(true);
    assert!(!relayed.resets_on_death());
    let limits = Limits::within(Duration::from_millis(300));
    let ended = relayed.send(&request(url), limits, &mut Unconditional);
    assert_eq!(ended, Err(Failure::MaybeSent));
    let (url, _served) = witness(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let mut relayed = HttpTransport::new(&url).relayed(true);
    let limits = Limits::within(Duration::from_secs(5));
    let answered = relayed.send(&request(url), limits, &mut Unconditional);
    assert!(!answered.unwrap().reset);
}

#[test]
fn what_is_not_wanted_any_more_does_not_leave() {
    let (url, count) = serve("http", b"");
    let mut cashier = Cashier {
        refuses: true,
        ..Cashier::default()
    };
    let limits = Limits::within(Duration::from_secs(5));
    let ended = HttpTransport::new(&url).send(&request(url), limits, &mut cashier);
    assert_eq!((ended, cashier.left), (Err(Failure::NotSent), 0));
    // Connected it was.
    assert!(count.load(Ordering::SeqCst) <= 1);
}

#[test]
fn what_is_late_once_it_is_connected_does_not_leave() {
    let (url, served) = witness(b"");
    let mut cashier = Cashier {
        thinks: Duration::from_millis(400),
        ..Cashier::default()
    };
    let limits = Limits {
        leave_by: Moment::now().after(Duration::from_millis(200)),
        answer_within: Duration::from_secs(60),
        end_by: Moment::now().after(Duration::from_secs(60)),
    };
    let ended = HttpTransport::new(&url).send(&request(url), limits, &mut cashier);
    assert_eq!((ended, cashier.left), (Err(Failure::NotSent), 0));
    // The server never got the request it waited for.
    assert!(served.join().unwrap().is_err());
}

#[test]
fn the_time_for_the_answer_counts_from_the_first_byte() {
    let (url, _served) = witness(b"");
    let mut cashier = Cashier {
        thinks: Duration::from_millis(500),
        ..Cashier::default()
    };
    let limits = Limits {
        leave_by: Moment::now().after(Duration::from_secs(10)),
        answer_within: Duration::from_millis(300),
        end_by: Moment::now().after(Duration::from_secs(20)),
    };
    let started = Instant::now();
    let ended = HttpTransport::new(&url).send(&request(url), limits, &mut cashier);
    assert_eq!((ended, cashier.left), (Err(Failure::Aborted), 1));
    let took = started.elapsed();
    assert!(
        took >= Duration::from_millis(800) && took < Duration::from_secs(5),
        "{took:?}"
    );
}

#[test]
fn a_silent_server_may_have_got_it() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    assert_eq!(post(url, 1_000), Err(Failure::Aborted));
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
fn alipays_time_is_handed_on() {
    let (url, _) = serve(
        "http",
        b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 2\r\n\r\n{}",
    );
    let response = post(url, 2_000).unwrap();
    let date = ("date".to_owned(), "Sun, 06 Nov 1994 08:49:37 GMT".to_owned());
    assert!(response.headers.contains(&date));
}

#[test]
fn connections_are_not_kept() {
    let (url, count) = serve("http", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let mut transport = HttpTransport::new(&url);
    for _ in 0..3 {
        let limits = Limits::within(Duration::from_secs(2));
        transport
            .send(&request(url.clone()), limits, &mut Unconditional)
            .unwrap();
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

/// Through a proxy: what the proxy is told first is not the request, and what ends there proves nothing.
#[test]
fn a_proxy_ends_the_direct_path() {
    // One that knows nobody: the request never left.
    let (refusing, _) = serve("http", b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(proxied(&refusing).0, Err(Failure::NotSent));
    // One that lets everything through, to a server that never answers.
    let (gateway, served) = witness(b"");
    let asked = Arc::new(Mutex::new(String::new()));
    let proxy = relay(gateway, Arc::clone(&asked));
    let (ended, left) = proxied(&proxy);
    assert_eq!((ended, left), (Err(Failure::MaybeSent), 1));
    let asked = asked.lock().unwrap();
    assert!(asked.starts_with("CONNECT gateway.invalid:80 "), "{asked}");
    drop(served);
}

fn proxied(proxy: &str) -> (Result<Answered, Failure>, usize) {
    let url = "http://gateway.invalid/".to_owned();
    let mut transport = HttpTransport::new(&url);
    transport.direct = false;
    transport.config = Agent::config_builder()
        .max_idle_connections(0)
        .proxy(Some(Proxy::new(proxy.trim_end_matches('/')).unwrap()))
        .build();
    let mut cashier = Cashier::default();
    let limits = Limits::within(Duration::from_millis(500));
    let ended = transport.send(&request(url), limits, &mut cashier);
    (ended, cashier.left)
}

fn relay(to: String, asked: Arc<Mutex<String>>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let count = client.read(&mut buffer).unwrap();
            head.extend_from_slice(&buffer[..count]);
        }
        *asked.lock().unwrap() = String::from_utf8(head).unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let address = to.trim_start_matches("http://").trim_end_matches('/');
        let mut server = TcpStream::connect(address).unwrap();
        let _ = io::copy(&mut client, &mut server);
    });
    url
}

/// TLS by the `openssl` command line, whose server never answers.
#[cfg(target_os = "linux")]
#[test]
fn over_tls_it_is_reset_too() {
    let directory = tempfile::tempdir().unwrap();
    let [key, certificate] = ["key.pem", "certificate.pem"].map(|name| directory.path().join(name));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-days",
            "2",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success());
    let front = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("https://{}/", front.local_addr().unwrap());
    let port = {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        free.local_addr().unwrap().port()
    };
    let mut server = std::process::Command::new("openssl")
        .args(["s_server", "-quiet", "-accept", &port.to_string()])
        .arg("-key")
        .arg(&key)
        .arg("-cert")
        .arg(&certificate)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Between both: bytes as they come, and the end as it comes.
    let ended = thread::spawn(move || {
        let (mut client, _) = front.accept().unwrap();
        let mut behind = loop {
            match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                Ok(stream) => break stream,
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        };
        let (mut back, mut forth) = (behind.try_clone().unwrap(), client.try_clone().unwrap());
        thread::spawn(move || io::copy(&mut back, &mut forth));
        let mut buffer = [0; 4096];
        loop {
            match client.read(&mut buffer) {
                Ok(0) => return Ok(0),
                Ok(count) => behind.write_all(&buffer[..count]).unwrap(),
                Err(error) => return Err(error),
            }
        }
    });
    let trusting = TlsConfig::builder().disable_verification(true).build();
    let mut cashier = Cashier::default();
    let limits = Limits {
        leave_by: Moment::now().after(Duration::from_secs(20)),
        answer_within: Duration::from_millis(500),
        end_by: Moment::now().after(Duration::from_secs(30)),
    };
    let answer = HttpTransport::with(&url, trusting).send(&request(url), limits, &mut cashier);
    let ended = ended.join().unwrap();
    let _ = server.kill();
    let _ = server.wait();
    assert_eq!((answer, cashier.left), (Err(Failure::Aborted), 1));
    assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}
