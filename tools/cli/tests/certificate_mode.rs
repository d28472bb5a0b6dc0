//! `alipay sandbox` in certificate mode and with content encryption, and every command against it. The judge of certificates is openssl.
#![cfg(unix)]
#![allow(missing_docs)]

mod support;

use alipay_sandbox::auth_code;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};
use support::{AES_KEY, HASTY, alipay, openssl, refused, signal, stderr, stdout};
use tempfile::TempDir;

struct Shop {
    process: Child,
    ready: Value,
    directory: TempDir,
}

impl Shop {
    fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("aes.key"), AES_KEY).unwrap();
        let mut sandbox = alipay();
        sandbox.args([
            "sandbox",
            "--json",
            "--keys",
            "keys",
            "--certificates",
            "certificates",
        ]);
        let mut process = sandbox
            .args(["--encrypt-key", "aes.key"])
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            ready: serde_json::from_str(&line).unwrap(),
            process,
            directory,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn file(&self, index: usize) -> &str {
        self.ready["certificateFiles"][index].as_str().unwrap()
    }

    fn alipay(&self, command: &str) -> Command {
        let mut alipay = alipay();
        alipay.current_dir(self.directory.path()).arg(command);
        alipay.args(["--gateway", self.ready["gateway"].as_str().unwrap()]);
        alipay.args(["--app-id", self.ready["appIds"][0].as_str().unwrap()]);
        alipay.args(["--private-key", self.ready["privateKeyFile"].as_str().unwrap()]);
        alipay.args(["--app-cert", self.file(0), "--alipay-cert", self.file(1)]);
        alipay.args(["--root-cert", self.file(2)]);
        alipay
    }

    fn pay(&self, out_trade_no: &str, story: u16, unique: u32) -> Command {
        let mut pay = self.alipay("pay");
        pay.args(["--out-trade-no", out_trade_no, "--total-amount", "88.88"]);
        pay.args(["--subject", "辣条", "--auth-code", &auth_code(story, 1, unique)]);
        pay.args(HASTY);
        pay
    }

    fn query(&self, out_trade_no: &str) -> Command {
        let mut query = self.alipay("query");
        query.args(["--out-trade-no", out_trade_no]);
        query
    }

    fn http(&self, head: &str) -> String {
        let page = self.ready["page"].as_str().unwrap();
        let address = page.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!(
            "{head}\r\nhost: localhost\r\nx-alipay-sandbox: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn rotate(&self) {
        let answer = self.http("POST /api/certificate/rotate HTTP/1.1");
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    }

    fn trade(&self, out_trade_no: &str) -> Value {
        let answer = self.http("GET /api/trades HTTP/1.1");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let trades: Vec<Value> = serde_json::from_str(body).unwrap();
        let found = trades
            .into_iter()
            .find(|trade| trade["out_trade_no"] == out_trade_no);
        found.unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        signal(&self.process, "INT");
        self.process.wait().unwrap();
    }
}

fn done(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    output
}

/// The certificate lines of `--json`.
fn certificates(output: &Output) -> Vec<Value> {
    let lines = stdout(output);
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|line: &Value| line["type"] == "certificate")
        .collect()
}

/// Openssl accepts the chain, and tells the subject.
fn verified(shop: &Shop, file: &Path) -> String {
    let (root, file) = (shop.path(shop.file(2)), file.to_str().unwrap());
    openssl(
        &["verify", "-x509_strict", "-CAfile", root.to_str().unwrap(), file],
        b"",
    );
    let subject = [
        "x509",
        "-in",
        file,
        "-noout",
        "-subject",
        "-nameopt",
        "RFC2253,-esc_msb,utf8",
    ];
    String::from_utf8(openssl(&subject, b"")).unwrap()
}

#[test]
fn the_files_are_what_the_console_would_hand_out_and_a_payment_runs_with_them() {
    let shop = Shop::open();
    for index in [0, 1] {
        let subject = verified(&shop, &shop.path(shop.file(index)));
        let expected = ["沙箱商户-2088", "CN=支付宝(中国)网络技术有限公司-2088"];
        assert!(subject.contains(expected[index]), "{subject}");
    }
    let certified = openssl(
        &[
            "x509",
            "-in",
            shop.path(shop.file(0)).to_str().unwrap(),
            "-pubkey",
            "-noout",
        ],
        b"",
    );
    let own = shop.path(shop.ready["privateKeyFile"].as_str().unwrap());
    let own = openssl(&["pkey", "-in", own.to_str().unwrap(), "-pubout"], b"");
    assert_eq!(certified, own);
    assert!(shop.file(0).ends_with("appCertPublicKey_2021000000000001.crt"));

    let output = done(shop.pay("PLAIN", 1, 1));
    assert!(stdout(&output).contains("PAID: 88.88 yuan") && !stdout(&output).contains("certificate"));
    let mut encrypted = shop.pay("SEALED", 1001, 2);
    encrypted.args(["--encrypt-key", "aes.key"]);
    assert!(stdout(&done(encrypted)).contains("PAID: 88.88 yuan"));
    let mut query = shop.query("SEALED");
    query.args(["--encrypt-key", "aes.key"]);
    assert!(stdout(&done(query)).contains(r#""out_trade_no":"SEALED""#));

    // Without the certificates' SNs the gateway takes nothing.
    let mut plain = alipay();
    plain
        .current_dir(shop.directory.path())
        .args(["query", "--out-trade-no", "PLAIN"]);
    plain.args(["--gateway", shop.ready["gateway"].as_str().unwrap()]);
    plain.args(["--app-id", shop.ready["appIds"][0].as_str().unwrap()]);
    plain.args(["--private-key", shop.ready["privateKeyFile"].as_str().unwrap()]);
    plain.args([
        "--alipay-public-key",
        shop.ready["alipayPublicKeyFile"].as_str().unwrap(),
    ]);
    let output = plain.output().unwrap();
    assert_eq!(output.status.code(), Some(10), "{}", stderr(&output));
    assert!(stdout(&output).contains("isv.missing-app-cert-sn"));
}

#[test]
fn every_command_goes_on_when_alipay_changes_its_certificate() {
    let shop = Shop::open();
    done(shop.pay("BEFORE", 1, 1));
    shop.rotate();

    // A payment: what pay was answered is not believed, but one query later it is.
    let mut pay = shop.pay("DURING", 1, 2);
    pay.arg("--json");
    let output = done(pay);
    let learnt = certificates(&output);
    assert_eq!(learnt.len(), 1, "{}", stdout(&output));
    assert!(learnt[0]["problem"].is_null());
    let sn = learnt[0]["alipayCertSn"].as_str().unwrap();
    assert!(stdout(&output).contains(r#""late":true"#), "{}", stdout(&output));
    assert_eq!(shop.trade("DURING")["pay_calls"], 1);
    let shown = stdout(&done(shop.pay("SHOWN", 1, 3)));
    let told = format!("new certificate {sn}: downloaded, and it is Alipay's");
    assert!(shown.contains(&told), "{shown}");

    // One exchange: the answer that is there is read again, and nothing is sent twice.
    let output = done(shop.query("BEFORE"));
    assert!(stdout(&output).contains("TRADE_SUCCESS"));
    let helps = format!("alipay cert-download --sn {sn} --out FILE");
    assert!(stderr(&output).contains(&helps), "{}", stderr(&output));
    let mut cancel = shop.alipay("cancel");
    cancel.args(["--out-trade-no", "BEFORE"]);
    assert!(stdout(&done(cancel)).contains(r#""action":"refund""#));
    assert_eq!(shop.trade("BEFORE")["cancel_calls"], 1);

    // To keep it.
    let mut download = shop.alipay("cert-download");
    download.args(["--sn", sn, "--out", "next.crt"]);
    let output = download.output().unwrap();
    assert_eq!(
        (output.status.code(), &*stdout(&output)),
        (Some(0), "ok\n"),
        "{}",
        stderr(&output)
    );
    assert!(verified(&shop, &shop.path("next.crt")).contains("支付宝"));
    refused(&mut download, "file_exists");
    let mut query = shop.query("DURING");
    let output = done({
        query.args(["--alipay-cert", "next.crt"]);
        query
    });
    assert!(stderr(&output).is_empty(), "{}", stderr(&output));

    let mut unknown = shop.alipay("cert-download");
    unknown.args(["--sn", &"0".repeat(32), "--out", "none.crt"]);
    let output = unknown.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let mut malformed = shop.alipay("cert-download");
    refused(
        malformed.args(["--sn", "PLANTED", "--out", "none.crt"]),
        "cert_sn",
    );
    assert!(!shop.path("none.crt").exists());
}

#[test]
fn only_certificate_mode_downloads_certificates() {
    let shop = support::Shop::open(1);
    let mut download = shop.alipay("cert-download");
    refused(
        download.args(["--sn", &"0".repeat(32), "--out", "none.crt"]),
        "cert_mode",
    );
}
