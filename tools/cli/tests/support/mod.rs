//! A sandbox with a merchant's keys in files, and the `alipay` binary to run against it.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use alipay_core::{
    Amount, Merchant,
    key::{PrivateKey, PrivateKeyFormat, PublicKey},
};
use alipay_sandbox::{App, Sandbox, SandboxConfig, TradeView, auth_code};
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) const APP_ID: &str = "2021000000000001";

pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
    pub(crate) directory: TempDir,
    pub(crate) app_key: PrivateKey,
    pub(crate) alipay_key: PublicKey,
}

impl Shop {
    /// A sandbox whose time runs this many times faster than real time.
    pub(crate) fn open(time_scale: u32) -> Self {
        let generate = || PrivateKey::generate(&mut UnwrapErr(SysRng), 2048).unwrap();
        let (app_key, alipay_key) = (generate(), generate());
        let app = App {
            app_id: APP_ID.into(),
            public_key: app_key.public_key().clone(),
            seller_id: "2088000000000001".into(),
        };
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        write(
            "app_private_key.pem",
            &app_key.to_pem(PrivateKeyFormat::Pkcs8).unwrap(),
        );
        write("app_public_key.pem", &app_key.public_key().to_pem().unwrap());
        write(
            "alipay_public_key.pem",
            &alipay_key.public_key().to_pem().unwrap(),
        );
        write(
            "alipay_private_key.pem",
            &alipay_key.to_pem(PrivateKeyFormat::Pkcs8).unwrap(),
        );
        let public = alipay_key.public_key().clone();
        let config = SandboxConfig {
            time_scale,
            ..SandboxConfig::new(vec![app], alipay_key)
        };
        Self {
            sandbox: Sandbox::start(config).unwrap(),
            directory,
            app_key,
            alipay_key: public,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn merchant(&self) -> Arc<Merchant> {
        let merchant = Merchant::builder(APP_ID, self.alipay_key.clone())
            .private_key(self.app_key.clone())
            .gateway(&self.sandbox.gateway_url());
        Arc::new(merchant.build().unwrap())
    }

    /// `alipay COMMAND` with this shop's connection.
    pub(crate) fn alipay(&self, command: &str) -> Command {
        let mut alipay = alipay();
        alipay
            .arg(command)
            .args(["--gateway", &self.sandbox.gateway_url(), "--app-id", APP_ID]);
        alipay.arg("--private-key").arg(self.path("app_private_key.pem"));
        alipay
            .arg("--alipay-public-key")
            .arg(self.path("alipay_public_key.pem"));
        alipay
    }

    /// `alipay pay` of 88.88 yuan.
    pub(crate) fn pay(&self, out_trade_no: &str, auth_code: &str) -> Command {
        let mut pay = self.alipay("pay");
        pay.args(["--out-trade-no", out_trade_no, "--auth-code", auth_code]);
        pay.args(["--total-amount", "88.88", "--subject", "test"]);
        pay
    }

    pub(crate) fn trade(&self, out_trade_no: &str) -> Option<TradeView> {
        let mut trades = self.sandbox.trades().into_iter();
        trades.find(|trade| trade.out_trade_no == out_trade_no)
    }
}

/// The binary, without a proxy and without input.
pub(crate) fn alipay() -> Command {
    let mut alipay = Command::new(env!("CARGO_BIN_EXE_alipay"));
    alipay.stdin(Stdio::null());
    alipay
}

/// A policy that is twenty times as hasty as the default one, as options; for a sandbox whose time runs alike.
pub(crate) const HASTY: [&str; 16] = [
    "--interval",
    "250",
    "--window",
    "2000",
    "--pay-timeout",
    "750",
    "--query-timeout",
    "500",
    "--cancel-timeout",
    "500",
    "--settle",
    "1500",
    "--retry-soon",
    "50",
    "--cancel-retry",
    "100,100,100,250,500",
];

/// Pays in these stories, all at once: exit code and a word of the outcome's line must be as given. Tells each story's exit code and text.
pub(crate) fn payments_end(
    shop: &Shop,
    prefix: &str,
    further: &[&str],
    cases: &[(u16, i32, &str)],
    look: impl Fn(i32, &str) + Sync,
) {
    thread::scope(|scope| {
        for &(story, exit, word) in cases {
            let look = &look;
            scope.spawn(move || {
                let mut pay = shop.pay(
                    &format!("{prefix}_{story}"),
                    &auth_code(story, 2, u32::from(story)),
                );
                let output = pay.args(HASTY).args(further).output().unwrap();
                let text = stdout(&output);
                assert_eq!(output.status.code(), Some(exit), "story {story}:\n{text}");
                // What to do next may follow.
                let ended = text.lines().rfind(|line| line.starts_with('+'));
                assert!(ended.unwrap_or_default().contains(word), "story {story}:\n{text}");
                look(exit, &text);
            });
        }
    });
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What `command` makes of its standard input.
pub(crate) fn piped(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Bad options may be refused before anything is read.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// What the `openssl` command line makes of its standard input.
pub(crate) fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = piped(Command::new("openssl").args(arguments), input);
    assert!(
        output.status.success(),
        "openssl {arguments:?}: {}",
        stderr(&output)
    );
    output.stdout
}

/// The base64 of a signature with SHA-256, by openssl.
pub(crate) fn signature(key: &Path, message: &[u8]) -> String {
    let signed = openssl(&["dgst", "-sha256", "-sign", key.to_str().unwrap()], message);
    String::from_utf8(openssl(&["base64", "-A"], &signed)).unwrap()
}

/// The AES key of protocol.md, section 6; in hexadecimal below.
pub(crate) const AES_KEY: &str = "vEARwBsVE8dBrk0tiaNQtQ==";

/// Content encryption (`-e`) or decryption (`-d`) by openssl, as base64.
pub(crate) fn aes(way: &str, input: &[u8]) -> Vec<u8> {
    let (key, iv) = ("bc4011c01b1513c741ae4d2d89a350b5", "0".repeat(32));
    openssl(
        &["enc", way, "-aes-128-cbc", "-K", key, "-iv", &iv, "-base64", "-A"],
        input,
    )
}

/// Text in a form.
pub(crate) fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let encode = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// A key nobody uses, made with the `openssl` command line; the passphrase is `test`.
pub(crate) fn key_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/keys")
        .join(name)
}

/// What must hold between an outcome's word and the ledger, whatever happened on the way.
pub(crate) fn check_books(outcome: &str, trade: Option<&TradeView>, total: Amount) -> Result<(), String> {
    let Some(trade) = trade else {
        let fine = matches!(outcome, "closed" | "declined" | "rejected" | "unresolved");
        return if fine {
            Ok(())
        } else {
            Err(format!("{outcome}, and no trade in the ledger"))
        };
    };
    let told = format!(
        "{outcome}; story {} {}, charged {}, refunded {}, pay calls {}",
        trade.story, trade.story_name, trade.charged, trade.refunded, trade.pay_calls
    );
    if trade.pay_calls > 1 {
        return Err(format!("pay was sent twice: {told}"));
    }
    let taken = trade.charged > trade.refunded;
    if trade.older_sale && trade.refunded != Amount::ZERO {
        return Err(format!("somebody else's sale was refunded: {told}"));
    }
    let fine = match outcome {
        // The one outcome that says that *our* buyer paid.
        "paid" => trade.charged == total && !trade.older_sale && taken,
        // Somebody else's sale stays untouched.
        "conflict" => trade.refunded == Amount::ZERO && !trade.cancelled,
        "unresolved" => true,
        "closed" | "declined" | "rejected" => !taken || trade.older_sale,
        _ => false,
    };
    if fine { Ok(()) } else { Err(told) }
}

/// Bad input: exit 2 and this code, on standard error.
pub(crate) fn refused(command: &mut Command, code: &str) {
    let output = command.output().unwrap();
    let told = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(2), "{code}: {told}");
    assert!(
        stderr(&output).contains(&format!("error[{code}]: ")),
        "{code}: {told}"
    );
}

/// Waits until the sandbox has heard of the order.
pub(crate) fn wait_for_trade(shop: &Shop, out_trade_no: &str) {
    let started = Instant::now();
    while shop.trade(out_trade_no).is_none() {
        assert!(started.elapsed() < Duration::from_secs(20), "nothing was sent");
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(child.id().to_string())
        .status();
    assert!(sent.unwrap().success());
}
