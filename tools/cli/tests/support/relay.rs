//! Gateways that misbehave below HTTP: one that keeps answers back, one that says nothing at all.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

/// Between the command line and a sandbox: hands requests on, but answers to the next ones of a kind are never given.
pub(crate) struct Relay {
    pub(crate) gateway: String,
    pub(crate) swallow_queries: Arc<AtomicUsize>,
    pub(crate) swallow_cancels: Arc<AtomicUsize>,
    /// One for each request that was swallowed.
    pub(crate) swallowed: Receiver<String>,
}

impl Relay {
    pub(crate) fn before(gateway: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (_, rest) = gateway.split_once("://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap();
        let authority = authority.to_owned();
        let [swallow_queries, swallow_cancels] = [(); 2].map(|()| Arc::<AtomicUsize>::default());
        let (swallows, swallowed) = mpsc::channel();
        let relay = Self {
            gateway: format!("http://{}/{path}", listener.local_addr().unwrap()),
            swallow_queries: Arc::clone(&swallow_queries),
            swallow_cancels: Arc::clone(&swallow_cancels),
            swallowed,
        };
        thread::spawn(move || {
            for client in listener.incoming() {
                let mut client = client.unwrap();
                let (authority, swallows) = (authority.clone(), swallows.clone());
                let (queries, cancels) = (Arc::clone(&swallow_queries), Arc::clone(&swallow_cancels));
                thread::spawn(move || -> io::Result<()> {
                    let request = read_request(&mut client)?;
                    let text = String::from_utf8_lossy(&request).into_owned();
                    let counter = match () {
                        () if text.contains("alipay.trade.query") => Some(queries),
                        () if text.contains("alipay.trade.cancel") => Some(cancels),
                        () => None,
                    };
                    let take = |left: usize| left.checked_sub(1);
                    let swallows_it = counter.is_some_and(|left| {
                        left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
                            .is_ok()
                    });
                    if swallows_it {
                        let _ = swallows.send(text);
                        // Until the client gives it up.
                        while client.read(&mut [0; 64])? > 0 {}
                        return Ok(());
                    }
                    let mut server = TcpStream::connect(authority)?;
                    server.write_all(&request)?;
                    io::copy(&mut server, &mut client)?;
                    Ok(())
                });
            }
        });
        relay
    }
}

/// One HTTP request with a content-length.
pub(crate) fn read_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if request.len() >= head.len() + 4 + length {
                return Ok(request);
            }
        }
    }
}

/// A gateway that reads requests and never answers: its address, what it read, and how each connection ended for it.
pub(crate) fn silent() -> (String, Receiver<String>, Receiver<io::Result<usize>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let gateway = format!("http://{}/gateway.do", listener.local_addr().unwrap());
    let ((reads, read), (ends, ended)) = (mpsc::channel(), mpsc::channel());
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let (reads, ends) = (reads.clone(), ends.clone());
            thread::spawn(move || {
                let Ok(request) = read_request(&mut client) else {
                    return;
                };
                let _ = reads.send(String::from_utf8_lossy(&request).into_owned());
                client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                let _ = ends.send(client.read(&mut [0; 64]));
            });
        }
    });
    (gateway, read, ended)
}
