//! A gateway for a proof: the command line's sandbox, as a program of its own.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    command::{Command, Running},
    files::at,
};

/// What it may take to start, which includes making keys.
const READY_WITHIN: Duration = Duration::from_secs(60);
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// What a merchant needs to know of it.
#[derive(Clone)]
pub(super) struct Ready {
    pub(super) gateway: String,
    pub(super) app_id: String,
    pub(super) private_key: PathBuf,
    pub(super) alipay_public_key: PathBuf,
}

/// Starts `alipay`, which `command` runs, as a sandbox. Keys that are not there yet are made.
pub(super) fn start(
    command: Command,
    port: u16,
    folder: &Path,
    keys: &Path,
) -> Result<(Running, Ready), String> {
    fs::create_dir_all(keys).map_err(at(keys))?;
    let (out, err) = (folder.join("sandbox.out"), folder.join("sandbox.err"));
    let sandbox = command
        .args(["sandbox", "--json", "--port", &port.to_string(), "--keys"])
        .arg(keys);
    let mut program = sandbox.start(&out, &err)?;
    let ready = first_line(&out, &mut program)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let ready = Ready {
        gateway: text(&ready["gateway"]),
        app_id: text(&ready["appIds"][0]),
        private_key: PathBuf::from(text(&ready["privateKeyFile"])),
        alipay_public_key: PathBuf::from(text(&ready["alipayPublicKeyFile"])),
    };
    Ok((program, ready))
}

/// The first line that a program writes, as JSON.
pub(super) fn first_line(out: &Path, program: &mut Running) -> Result<Value, String> {
    let give_up_at = Instant::now() + READY_WITHIN;
    loop {
        let text = fs::read_to_string(out).map_err(at(out))?;
        if let Some((line, _)) = text.split_once('\n') {
            return serde_json::from_str(line).map_err(at(out));
        }
        if program.has_ended()? || Instant::now() > give_up_at {
            return Err(format!("{}: not ready", out.display()));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The sandbox's own pages, on loopback.
#[derive(Clone)]
pub(super) struct Pages {
    address: String,
}

impl Pages {
    pub(super) fn of(ready: &Ready) -> Result<Self, String> {
        let rest = ready.gateway.strip_prefix("http://").unwrap_or_default();
        let address = rest
            .split('/')
            .next()
            .filter(|address| !address.is_empty())
            .ok_or_else(|| format!("{}: not a sandbox's address", ready.gateway))?;
        Ok(Self {
            address: address.to_owned(),
        })
    }

    /// The ledger.
    pub(super) fn trades(&self) -> Result<Value, String> {
        let body = self.ask("GET", "/api/trades")?;
        serde_json::from_str(&body).map_err(|error| format!("/api/trades: {error}"))
    }

    /// The buyer presses the button that pays.
    pub(super) fn pay(&self, trade_no: &str) -> Result<(), String> {
        self.ask("POST", &format!("/api/trades/{trade_no}/pay")).map(drop)
    }

    fn ask(&self, method: &str, path: &str) -> Result<String, String> {
        let problem = |error: std::io::Error| format!("{method} {path}: {error}");
        let mut stream = TcpStream::connect(&self.address).map_err(problem)?;
        stream.set_read_timeout(Some(ANSWERS_WITHIN)).map_err(problem)?;
        let request = format!(
            "{method} {path} HTTP/1.0\r\nhost: {}\r\nx-alipay-sandbox: 1\r\ncontent-length: 0\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).map_err(problem)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(problem)?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .ok_or_else(|| format!("{method} {path}: no answer"))?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        if status.starts_with('2') {
            Ok(body.to_owned())
        } else {
            Err(format!("{method} {path}: {status}"))
        }
    }
}
