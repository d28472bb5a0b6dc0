//! Certificates: their serial numbers, and calls in certificate mode against a gateway of a few lines. The judge is openssl.

#![allow(missing_docs)]

mod support;

use alipay_core::form;
use alipay_sandbox::auth_code;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc::{self, Receiver},
    thread,
};
use support::{
    AES_KEY, APP_ID, aes, alipay, key_file, openssl, percent, piped, refused, signature, stderr, stdout,
};
use tempfile::TempDir;

fn root_bundle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/certs/alipay_root_bundle.pem")
}

/// A key and a certificate of its own, `NAME.key` and `NAME.crt`.
fn certificate(directory: &Path, name: &str, serial: &str) -> PathBuf {
    let (key, file) = (
        directory.join(format!("{name}.key")),
        directory.join(format!("{name}.crt")),
    );
    let subject = format!("/C=CN/O=Test Authority/OU={name}/CN=R1");
    let arguments = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"];
    let mut request = Command::new("openssl");
    request
        .args(arguments)
        .args(["-set_serial", serial, "-subj", &subject]);
    request.arg("-keyout").arg(key).arg("-out").arg(&file);
    assert!(piped(&mut request, b"").status.success());
    file
}

/// The MD5 of issuer and serial number, by openssl.
fn sn(file: &Path, serial: &str) -> String {
    let path = file.to_str().unwrap();
    let issuer = openssl(
        &["x509", "-in", path, "-noout", "-issuer", "-nameopt", "RFC2253"],
        b"",
    );
    let issuer = String::from_utf8(issuer).unwrap();
    let named = format!(
        "{}{serial}",
        issuer.trim().strip_prefix("issuer=").unwrap().trim()
    );
    let digest = String::from_utf8(openssl(&["md5", "-r"], named.as_bytes())).unwrap();
    digest.split_whitespace().next().unwrap().to_owned()
}

fn cert_sn(arguments: &[&str], file: &Path) -> Command {
    let mut cert_sn = alipay();
    cert_sn.arg("cert-sn").args(arguments).arg(file);
    cert_sn
}

fn line(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).is_empty());
    stdout(&output).trim_end().to_owned()
}

#[test]
fn the_sn_of_a_certificate_is_the_md5_of_issuer_and_serial() {
    let directory = tempfile::tempdir().unwrap();
    let serial = "95790491425698859646659490580052089075020051350";
    let file = certificate(directory.path(), "app", serial);
    let expected = sn(&file, serial);
    assert_eq!(line(&mut cert_sn(&[], &file)), expected);

    let info: Value = serde_json::from_str(&line(&mut cert_sn(&["--json"], &file))).unwrap();
    assert_eq!(info["sn"], *expected);
    assert_eq!(info["serial"], serial);
    assert_eq!(info["issuer"], "CN=R1,OU=app,O=Test Authority,C=CN");
    assert_eq!(info["subject"], info["issuer"]);
    let valid = info["notAfter"].as_i64().unwrap() - info["notBefore"].as_i64().unwrap();
    assert_eq!(valid, 30 * 24 * 3_600_000);

    // DER, from standard input.
    let der = openssl(&["x509", "-in", file.to_str().unwrap(), "-outform", "DER"], b"");
    let output = piped(&mut cert_sn(&[], Path::new("-")), &der);
    assert_eq!(stdout(&output).trim_end(), expected);
}

#[test]
fn the_sn_of_the_root_bundle_is_that_of_its_rsa_roots() {
    // Protocol, section 5.
    let expected = "687b59193f3f462dd5336e5abf83c5d8_02941eef3187dddf3d3b83462e1dfcf6";
    assert_eq!(line(&mut cert_sn(&["--root"], &root_bundle())), expected);
    let bundle: Value =
        serde_json::from_str(&line(&mut cert_sn(&["--root", "--json"], &root_bundle()))).unwrap();
    assert_eq!(bundle["sn"], expected);
    let certificates = bundle["certificates"].as_array().unwrap();
    let signed: Vec<_> = certificates
        .iter()
        .map(|certificate| certificate["rsaSigned"].as_bool().unwrap())
        .collect();
    assert_eq!(signed.len(), 4);
    assert_eq!(signed.iter().filter(|rsa| **rsa).count(), 2);

    // Without --root it is the first one's, and it says so.
    let output = cert_sn(&[], &root_bundle()).output().unwrap();
    assert_eq!(stdout(&output).trim_end(), certificates[0]["sn"]);
    assert!(stderr(&output).contains("--root"));
}

#[test]
fn what_is_no_certificate_has_a_stable_code() {
    let directory = tempfile::tempdir().unwrap();
    let garbage = directory.path().join("garbage");
    fs::write(&garbage, "no certificate").unwrap();
    for root in [&[][..], &["--root"]] {
        refused(&mut cert_sn(root, &garbage), "cert_format");
        refused(&mut cert_sn(root, &key_file("ec_p256.pem")), "cert_format");
        refused(
            &mut cert_sn(root, &directory.path().join("none")),
            "file_unreadable",
        );
    }
    let long = directory.path().join("long");
    fs::write(&long, vec![b'A'; (4 << 20) + 1]).unwrap();
    refused(&mut cert_sn(&[], &long), "file_too_large");
}

type Parameters = BTreeMap<String, String>;

/// An application in certificate mode; its keys and certificates are openssl's.
struct Desk {
    directory: TempDir,
    sns: BTreeMap<&'static str, String>,
}

impl Desk {
    fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sns = [
            ("app", "1001"),
            ("alipay", "1002"),
            ("later", "1003"),
            ("root", "1004"),
        ];
        let sns = sns.map(|(name, serial)| (name, sn(&certificate(directory.path(), name, serial), serial)));
        Self {
            sns: sns.into(),
            directory,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn certificates(&self, command: &mut Command, app: &str, alipay: &str, root: &str) {
        for (option, name) in [
            ("--app-cert", app),
            ("--alipay-cert", alipay),
            ("--root-cert", root),
        ] {
            command.arg(option).arg(self.path(name));
        }
    }

    /// `alipay COMMAND` in certificate mode.
    fn alipay(&self, command: &str, gateway: &str) -> Command {
        let mut alipay = alipay();
        alipay.args([command, "--gateway", gateway, "--app-id", APP_ID]);
        alipay.arg("--private-key").arg(self.path("app.key"));
        self.certificates(&mut alipay, "app.crt", "alipay.crt", "root.crt");
        alipay
    }

    /// A response with this node, signed as `name`.
    fn response(&self, method: &str, node: &str, name: &str) -> String {
        let sign = signature(&self.path(&format!("{name}.key")), node.as_bytes());
        let sn = &self.sns[name];
        let root = method.replace('.', "_");
        format!(r#"{{"{root}_response":{node},"alipay_cert_sn":"{sn}","sign":"{sign}"}}"#)
    }

    /// The answer to a download: this certificate, signed by its own key.
    fn downloaded(&self, name: &str) -> String {
        let file = fs::read(self.path(&format!("{name}.crt"))).unwrap();
        let content = String::from_utf8(openssl(&["base64", "-A"], &file)).unwrap();
        let node = format!(r#"{{"code":"10000","msg":"Success","alipay_cert_content":"{content}"}}"#);
        self.response(DOWNLOAD, &node, name)
    }

    /// What the gateway would check of a request.
    fn check(&self, request: &Parameters) {
        assert_eq!(request["app_cert_sn"], self.sns["app"]);
        assert_eq!(request["alipay_root_cert_sn"], self.sns["root"]);
        let signed = request.iter().filter(|(name, _)| *name != "sign");
        let signed: Vec<String> = signed.map(|(name, value)| format!("{name}={value}")).collect();
        let (file, public) = (self.path("signature"), self.path("app.pub"));
        fs::write(
            &file,
            openssl(&["base64", "-d", "-A"], request["sign"].as_bytes()),
        )
        .unwrap();
        let certificate = self.path("app.crt");
        let key = openssl(
            &["x509", "-in", certificate.to_str().unwrap(), "-pubkey", "-noout"],
            b"",
        );
        fs::write(&public, key).unwrap();
        let (file, public) = (file.to_str().unwrap(), public.to_str().unwrap());
        let verify = ["dgst", "-sha256", "-verify", public, "-signature", file];
        openssl(&verify, signed.join("&").as_bytes());
    }
}

/// A gateway that gives these answers, one each; what it was sent.
fn gateway(answers: Vec<String>) -> (String, Receiver<Parameters>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/gateway.do", listener.local_addr().unwrap());
    let (sent, received) = mpsc::channel();
    thread::spawn(move || {
        for answer in answers {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let mut lines = stream.by_ref().lines().map(Result::unwrap);
            // The charset stands in the URL, and is signed too.
            let target = lines.next().unwrap();
            let target = target.split_whitespace().nth(1).unwrap().to_owned();
            let (_, query) = target.split_once('?').unwrap();
            let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let length = headers.iter().find_map(|header| {
                let (name, value) = header.split_once(':')?;
                let length = value.trim().parse::<usize>();
                name.eq_ignore_ascii_case("content-length")
                    .then_some(length.unwrap())
            });
            let mut body = format!("{query}&").into_bytes();
            let mut rest = vec![0; length.unwrap()];
            stream.read_exact(&mut rest).unwrap();
            body.extend(rest);
            let text = |bytes| String::from_utf8(bytes).unwrap();
            let fields = form::decode(&body).unwrap().into_iter();
            sent.send(fields.map(|(name, value)| (text(name), text(value))).collect())
                .unwrap();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", answer.len());
            stream
                .get_mut()
                .write_all(format!("{head}{answer}").as_bytes())
                .unwrap();
        }
    });
    (url, received)
}

const QUERY: &str = "alipay.trade.query";
const DOWNLOAD: &str = "alipay.open.app.alipaycert.download";

#[test]
fn a_call_in_certificate_mode_names_the_certificates_and_believes_only_the_one_it_was_given() {
    let desk = Desk::open();
    let node = r#"{"code":"10000","msg":"Success","trade_status":"TRADE_SUCCESS"}"#;
    let (url, received) = gateway(vec![
        desk.response(QUERY, node, "alipay"),
        desk.response(QUERY, node, "later"),
        desk.downloaded("later"),
        desk.response(QUERY, node, "alipay").replace("SUCCESS", "CLOSED"),
    ]);
    let biz = r#"{"out_trade_no":"辣条 + & 1"}"#;
    let call = || {
        desk.alipay("call", &url)
            .args([QUERY, "--biz", biz])
            .output()
            .unwrap()
    };

    let output = call();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).trim_end(), node);
    let request = received.recv().unwrap();
    desk.check(&request);
    assert_eq!((&*request["biz_content"], &*request["method"]), (biz, QUERY));

    // A certificate that came later is asked for by its SN; this one is nobody's.
    let output = call();
    assert_eq!(received.recv().unwrap()["method"], QUERY);
    let asked = received.recv().unwrap();
    assert_eq!(asked["method"], DOWNLOAD);
    let biz = format!(r#"{{"alipay_cert_sn":"{}"}}"#, desk.sns["later"]);
    assert_eq!(asked["biz_content"], biz);
    assert!(
        stderr(&output).contains("error[cert_chain]: "),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("error[alipay_cert_unknown]: ") && stdout(&output).is_empty());
    assert!(stderr(&output).contains(&desk.sns["later"]));

    let output = call();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("error[signature_invalid]: ") && stdout(&output).is_empty());
}

#[test]
fn an_encrypted_call_is_encrypted_both_ways() {
    let desk = Desk::open();
    let key = desk.path("aes.key");
    fs::write(&key, AES_KEY).unwrap();
    let node = r#"{"code":"10000","msg":"Success","subject":"辣条"}"#;
    let encrypted = String::from_utf8(aes("-e", node.as_bytes())).unwrap();
    let (url, received) = gateway(vec![desk.response(QUERY, &format!("\"{encrypted}\""), "alipay")]);
    let biz = r#"{"out_trade_no":"PLANTED"}"#;
    let mut call = desk.alipay("call", &url);
    let output = call
        .args([QUERY, "--biz", biz, "--encrypt-key"])
        .arg(&key)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).trim_end(), node);
    let request = received.recv().unwrap();
    desk.check(&request);
    assert_eq!(request["encrypt_type"], "AES");
    assert_eq!(aes("-d", request["biz_content"].as_bytes()), biz.as_bytes());
}

#[test]
fn a_payment_in_certificate_mode_is_paid() {
    let desk = Desk::open();
    let node = r#"{"code":"10000","msg":"Success","trade_no":"2026112222001","out_trade_no":"CERT_1","total_amount":"88.88","receipt_amount":"88.88","gmt_payment":"2026-11-22 12:00:00"}"#;
    let (url, received) = gateway(vec![desk.response("alipay.trade.pay", node, "alipay")]);
    let mut pay = desk.alipay("pay", &url);
    pay.args(["--out-trade-no", "CERT_1", "--auth-code", &auth_code(1, 1, 1)]);
    let output = pay
        .args(["--total-amount", "88.88", "--subject", "test"])
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    assert!(stdout(&output).contains("PAID: 88.88 yuan"));
    desk.check(&received.recv().unwrap());
}

#[test]
fn a_notification_is_verified_with_the_certificate_it_names() {
    let desk = Desk::open();
    let body = |name: &str| {
        let sn = &desk.sns[name];
        let signed = format!("alipay_cert_sn={sn}&app_id={APP_ID}&trade_status=TRADE_CLOSED");
        let sign = signature(&desk.path(&format!("{name}.key")), signed.as_bytes());
        format!("{signed}&sign_type=RSA2&sign={}", percent(&sign))
    };
    let notify = |what: &str, name: &str| {
        let mut notify = alipay();
        notify.args(["notify", what, "--app-id", APP_ID]);
        desk.certificates(&mut notify, "app.crt", "alipay.crt", "root.crt");
        piped(&mut notify, body(name).as_bytes())
    };
    let output = notify("verify", "alipay");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("paid    no (TRADE_CLOSED)"));
    let output = notify("verify", "later");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("error[alipay_cert_unknown]: "));
    let helps = format!("alipay cert-download --sn {} ", desk.sns["later"]);
    assert!(stderr(&output).contains(&helps), "{}", stderr(&output));
    // Once it was downloaded and checked, it is given beside the first.
    let mut both = alipay();
    both.args(["notify", "verify", "--app-id", APP_ID]);
    desk.certificates(&mut both, "app.crt", "alipay.crt", "root.crt");
    both.arg("--alipay-cert").arg(desk.path("later.crt"));
    for name in ["alipay", "later"] {
        let output = piped(&mut both, body(name).as_bytes());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    // The application's certificate says which key is its own.
    let output = notify("diagnose", "app");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("cause    signed_by_own_key"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn certificates_that_do_not_fit_have_a_stable_code_each_and_nothing_is_sent() {
    let desk = Desk::open();
    fs::write(desk.path("garbage"), "no certificate").unwrap();
    let (url, received) = gateway(Vec::new());
    let query = |key: &str, app: &str, alipay_cert: &str, root: &str| {
        let mut query = alipay();
        query.args([
            "query",
            "--out-trade-no",
            "A",
            "--gateway",
            &url,
            "--app-id",
            APP_ID,
        ]);
        query.arg("--private-key").arg(desk.path(key));
        desk.certificates(&mut query, app, alipay_cert, root);
        query
    };
    for (option, [app, alipay_cert, root]) in [
        ("--app-cert", ["garbage", "alipay.crt", "root.crt"]),
        ("--alipay-cert", ["app.crt", "garbage", "root.crt"]),
        ("--root-cert", ["app.crt", "alipay.crt", "garbage"]),
    ] {
        let mut query = query("app.key", app, alipay_cert, root);
        refused(&mut query, "cert_format");
        assert!(stderr(&query.output().unwrap()).contains(&format!("{option}: ")));
    }
    refused(
        &mut query("root.key", "app.crt", "alipay.crt", "root.crt"),
        "cert_key",
    );
    refused(
        &mut query("app.key", "app.crt", "app.crt", "root.crt"),
        "key_is_own",
    );
    refused(
        &mut query("app.key", "app.crt", "none", "root.crt"),
        "file_unreadable",
    );

    // All three or none, and either certificates or a key.
    let whole = || query("app.key", "app.crt", "alipay.crt", "root.crt");
    let mut both = whole();
    both.arg("--alipay-public-key").arg(desk.path("alipay.crt"));
    let output = both.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("cannot be used with"),
        "{}",
        stderr(&output)
    );
    for missing in ["--app-cert", "--alipay-cert", "--root-cert"] {
        let arguments: Vec<_> = whole().get_args().map(ToOwned::to_owned).collect();
        let at = arguments.iter().position(|argument| argument == missing).unwrap();
        let mut part = alipay();
        part.args(&arguments[..at]).args(&arguments[at + 2..]);
        let output = part.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{missing}");
        assert!(
            stderr(&output).contains(missing),
            "{missing}: {}",
            stderr(&output)
        );
    }
    assert!(received.try_recv().is_err());
}

#[test]
fn a_payment_believes_no_certificate_that_is_not_alipay_s_and_asks_for_it_once() {
    let desk = Desk::open();
    let node = r#"{"code":"10000","msg":"Success","trade_no":"2026112222001","out_trade_no":"CERT_1","total_amount":"88.88","receipt_amount":"88.88","trade_status":"TRADE_SUCCESS"}"#;
    let (url, received) = gateway(vec![
        desk.response("alipay.trade.pay", node, "later"),
        desk.downloaded("later"),
        desk.response(QUERY, node, "later"),
        desk.response(QUERY, node, "later"),
        desk.response(QUERY, node, "later"),
        desk.response(QUERY, node, "later"),
        desk.response(QUERY, node, "later"),
        desk.response(QUERY, node, "later"),
    ]);
    let mut pay = desk.alipay("pay", &url);
    pay.args(["--out-trade-no", "CERT_1", "--auth-code", &auth_code(1, 1, 1)]);
    pay.args(["--total-amount", "88.88", "--subject", "test", "--json"]);
    pay.args(["--retry-soon", "100", "--interval", "1000", "--window", "1000"]);
    pay.args([
        "--pay-timeout",
        "900",
        "--query-timeout",
        "500",
        "--cancel-timeout",
        "900",
        "--settle",
        "1800",
    ]);
    let output = pay.output().unwrap();
    let methods: Vec<String> = received.iter().map(|request| request["method"].clone()).collect();
    // Nothing that was answered can be believed: nothing is cancelled.
    let mut expected = vec!["alipay.trade.pay", DOWNLOAD];
    expected.extend([QUERY; 6]);
    assert_eq!(methods, expected, "{}", stdout(&output));
    assert_eq!(output.status.code(), Some(14), "{}", stdout(&output));
    let told: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["type"] == "certificate")
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["alipayCertSn"], *desk.sns["later"]);
    assert_eq!(told[0]["problem"], "cert_chain");
}
