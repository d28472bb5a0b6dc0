//! A merchant with a sandbox of its own: signs, sends over real HTTP, verifies.

use alipay_core::{
    Merchant, Timestamp,
    envelope::{Answer, Call},
    http::{HttpRequest, HttpResponse},
    key::PrivateKey,
};
use alipay_sandbox::{App, Sandbox, SandboxConfig, auth_code};
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{LazyLock, mpsc},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use ureq::Agent;

pub(crate) const APP_ID: &str = "2014072300007148";

/// Three keys: two applications', and Alipay's.
static KEYS: LazyLock<[PrivateKey; 3]> = LazyLock::new(|| {
    let mut random = UnwrapErr(SysRng);
    [(); 3].map(|()| PrivateKey::generate(&mut random, 2048).unwrap())
});

/// What came of a request.
pub(crate) enum Talk {
    /// An answer, which [`Talk::verified`] insists was signed.
    Answer(Answer),
    /// A complete body that may not be believed.
    Distrusted(&'static str),
    /// No answer, or not all of it.
    Broken,
}

impl Talk {
    pub(crate) fn verified(self) -> Answer {
        let Self::Answer(answer) = self else {
            panic!("no answer")
        };
        assert!(answer.is_verified());
        answer
    }
}

pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
}

impl Shop {
    pub(crate) fn open(change: impl FnOnce(&mut SandboxConfig)) -> Self {
        let mut config = config(&KEYS[0], &KEYS[2]);
        change(&mut config);
        Self {
            sandbox: Sandbox::start(config).unwrap(),
        }
    }

    pub(crate) fn merchant(&self) -> Merchant {
        merchant(&KEYS[0], &KEYS[2], &self.sandbox.gateway_url(), None)
    }

    pub(crate) fn notified_at(&self, url: &str) -> Merchant {
        merchant(&KEYS[0], &KEYS[2], &self.sandbox.gateway_url(), Some(url))
    }

    /// A merchant that signs with a key the sandbox does not know.
    pub(crate) fn impostor(&self) -> Merchant {
        merchant(&KEYS[1], &KEYS[2], &self.sandbox.gateway_url(), None)
    }

    pub(crate) fn pay(&self, out_trade_no: &str, story: u16) -> Talk {
        pay(&self.merchant(), out_trade_no, story)
    }

    pub(crate) fn query(&self, out_trade_no: &str) -> Talk {
        let biz_content = format!(r#"{{"out_trade_no":"{out_trade_no}"}}"#);
        call(&self.merchant(), "alipay.trade.query", &biz_content)
    }

    /// Every byte that a pay brings back.
    pub(crate) fn raw_pay(&self, out_trade_no: &str, story: u16) -> Vec<u8> {
        exchange(&self.addr(), &self.raw_request(out_trade_no, story))
    }

    pub(crate) fn raw_request(&self, out_trade_no: &str, story: u16) -> Vec<u8> {
        let request = signed(&self.merchant(), "alipay.trade.pay", &order(out_trade_no, story));
        let (_, path) = request.url.split_once("/gateway.do").unwrap();
        let mut raw = format!(
            "POST /gateway.do{path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            request.body.len()
        )
        .into_bytes();
        raw.extend_from_slice(&request.body);
        raw
    }

    pub(crate) fn addr(&self) -> String {
        let url = self.sandbox.page_url();
        url.trim_start_matches("http://").trim_end_matches('/').to_owned()
    }
}

pub(crate) fn config(app: &PrivateKey, alipay: &PrivateKey) -> SandboxConfig {
    let app = App {
        app_id: APP_ID.to_owned(),
        public_key: app.public_key().clone(),
        seller_id: "2088102146225135".to_owned(),
    };
    SandboxConfig::new(vec![app], alipay.clone())
}

pub(crate) fn keys() -> &'static [PrivateKey; 3] {
    &KEYS
}

pub(crate) fn merchant(
    app: &PrivateKey,
    alipay: &PrivateKey,
    gateway: &str,
    notify_url: Option<&str>,
) -> Merchant {
    let builder = Merchant::builder(APP_ID, alipay.public_key().clone())
        .private_key(app.clone())
        .gateway(gateway);
    let builder = match notify_url {
        Some(url) => builder.notify_url(url),
        None => builder,
    };
    builder.build().unwrap()
}

pub(crate) fn pay(merchant: &Merchant, out_trade_no: &str, story: u16) -> Talk {
    call(merchant, "alipay.trade.pay", &order(out_trade_no, story))
}

pub(crate) fn auth_code_of(out_trade_no: &str, story: u16) -> String {
    let unique = out_trade_no
        .bytes()
        .fold(0, |sum: u32, byte| sum.wrapping_mul(31) ^ u32::from(byte));
    auth_code(story, 1, unique)
}

pub(crate) fn pay_with_code(merchant: &Merchant, out_trade_no: &str, auth_code: &str) -> Talk {
    call(
        merchant,
        "alipay.trade.pay",
        &order_with_code(out_trade_no, auth_code),
    )
}

fn order(out_trade_no: &str, story: u16) -> String {
    order_with_code(out_trade_no, &auth_code_of(out_trade_no, story))
}

fn order_with_code(out_trade_no: &str, auth_code: &str) -> String {
    format!(
        r#"{{"out_trade_no":"{out_trade_no}","scene":"bar_code","auth_code":"{auth_code}","subject":"辣条","total_amount":88.88}}"#
    )
}

fn signed(merchant: &Merchant, method: &str, biz_content: &str) -> HttpRequest {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp::UNIX_EPOCH.saturating_add(since);
    let call = Call::new(method.to_owned(), biz_content).unwrap();
    merchant.request(&call, now).unwrap()
}

pub(crate) fn call(merchant: &Merchant, method: &str, biz_content: &str) -> Talk {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(15)))
        .build()
        .into();
    let request = signed(merchant, method, biz_content);
    let mut post = agent.post(&request.url);
    for (name, value) in &request.headers {
        post = post.header(*name, value);
    }
    let Ok(mut response) = post.send(&request.body[..]) else {
        return Talk::Broken;
    };
    let Ok(body) = response.body_mut().read_to_vec() else {
        return Talk::Broken;
    };
    let response = HttpResponse {
        status: response.status().as_u16(),
        headers: Vec::new(),
        body,
    };
    match merchant.open(method, &response) {
        Ok(answer) => Talk::Answer(answer),
        Err(error) => Talk::Distrusted(error.code().as_str()),
    }
}

/// Sends bytes and reads what comes until the connection ends.
pub(crate) fn exchange(addr: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    // A connection that breaks has given what it gave.
    let _ = stream.read_to_end(&mut answer);
    answer
}

/// The merchant's notify_url: answers each notification with the next text.
pub(crate) struct NotifyDesk {
    addr: String,
    bodies: mpsc::Receiver<Vec<u8>>,
}

impl NotifyDesk {
    pub(crate) fn open(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap().to_string();
        let (send, bodies) = mpsc::channel();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                send.send(read_body(&mut stream)).unwrap();
                let length = answer.len();
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                stream.write_all(format!("{head}{answer}").as_bytes()).unwrap();
            }
        });
        Self { addr, bodies }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/notify", self.addr)
    }

    pub(crate) fn next(&self) -> Vec<u8> {
        self.bodies.recv_timeout(Duration::from_secs(10)).unwrap()
    }
}

fn read_body(stream: &mut TcpStream) -> Vec<u8> {
    let mut raw = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&raw).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .unwrap();
            let length: usize = length.parse().unwrap();
            if body.len() >= length {
                return raw[raw.len() - length..].to_vec();
            }
        }
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the sandbox hung up");
        raw.extend_from_slice(&buffer[..read]);
    }
}
