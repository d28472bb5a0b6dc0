//! What the command line and the sandbox write, to the screen and to files, shows no secret in any notation.
#![allow(missing_docs)]

#[path = "../../../tests/tests/leaks/planted.rs"]
mod planted;
mod support;

use alipay_core::key::PrivateKeyFormat;
use alipay_sandbox::auth_code;
use planted::{Planted, private_numbers};
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::Stdio,
};
use support::{AES_KEY, HASTY, Shop, alipay, stderr, stdout};

const TOKEN: &str = "201509BBeff9351ad1874306903e96b91d248A36";

/// The shop's key, its tokens and this payment code.
fn planted(shop: &Shop, code: &str) -> Planted {
    let mut planted = Planted::default();
    for (name, number) in private_numbers(shop.app_key.to_pkcs1_der()) {
        planted.number(name, number);
    }
    let file = shop.app_key.to_pem(PrivateKeyFormat::Pkcs8).unwrap();
    let text: String = file.lines().filter(|line| !line.starts_with('-')).collect();
    // The first half holds the modulus, which everybody may know.
    planted.text("private key", &text[text.len() / 2..]);
    planted.text("auth_code", code);
    planted.text("app_auth_token", TOKEN);
    planted.text("AES key", AES_KEY);
    planted
}

#[track_caller]
fn assert_clean(planted: &Planted, what: &str, shown: &[u8]) {
    let found = planted.found_in(shown);
    assert!(
        found.is_empty(),
        "{what} shows {found:?}: {}",
        String::from_utf8_lossy(shown)
    );
}

#[test]
fn a_payments_lines_and_every_version_of_its_state_file_show_no_secret() {
    let shop = Shop::open(20);
    for (at, story) in [1, 1001, 3119, 4003, 5001, 7006].into_iter().enumerate() {
        let code = auth_code(story, 6, 11_000 + u32::try_from(at).unwrap());
        let mut planted = planted(&shop, &code);
        let number = format!("LEAKS_{story}");
        let state = shop.path(&format!("{number}.state"));
        let mut pay = shop.pay(&number, &code);
        pay.args(HASTY)
            .args(["--app-auth-token", TOKEN, "--state"])
            .arg(&state);
        if at % 2 == 0 {
            pay.arg("--json");
        }
        let mut child = pay.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // What it prints is a few lines, so nothing waits for us to read them.
        let mut versions = Vec::new();
        while child.try_wait().unwrap().is_none() {
            let version = fs::read(&state).unwrap_or_default();
            if versions.last() != Some(&version) {
                versions.push(version);
            }
        }
        versions.push(fs::read(&state).unwrap());
        let output = child.wait_with_output().unwrap();
        let trade = shop.trade(&number).unwrap();
        planted.text("buyer's id", &trade.buyer_user_id);
        planted.text("buyer's logon id", &trade.buyer_logon_id);
        assert_clean(&planted, "standard output", &output.stdout);
        assert_clean(&planted, "standard error", &output.stderr);
        assert!(versions.len() > 1, "the state file was never seen");
        for version in versions {
            assert_clean(&planted, "the state file", &version);
        }
    }
}

#[test]
fn a_refused_option_is_not_repeated() {
    let shop = Shop::open(20);
    let code = auth_code(1, 4, 12_000);
    let planted = planted(&shop, &code);
    let pem = fs::read_to_string(shop.path("app_private_key.pem")).unwrap();
    fs::write(shop.path("spoilt.pem"), pem.replacen("MII", "MI!", 1)).unwrap();
    fs::write(shop.path("cut.pem"), &pem[..pem.len() / 2]).unwrap();
    fs::write(shop.path("der"), &shop.app_key.to_pkcs1_der()[..1100]).unwrap();
    let [key, spoilt, cut, der] =
        ["app_private_key.pem", "spoilt.pem", "cut.pem", "der"].map(|name| shop.path(name));
    let token = format!("{TOKEN} {TOKEN}");
    let wrong_code = format!("{code}x");
    let cases: [&[&str]; 8] = [
        &["--private-key", spoilt.to_str().unwrap()],
        &["--private-key", cut.to_str().unwrap()],
        &["--private-key", der.to_str().unwrap()],
        &["--alipay-public-key", key.to_str().unwrap()],
        &["--app-auth-token", &token],
        &["--auth-code", &wrong_code],
        &["--encrypt-key", key.to_str().unwrap()],
        &["--charset", TOKEN],
    ];
    for (case, json) in cases.into_iter().flat_map(|case| [(case, false), (case, true)]) {
        let mut pay = alipay();
        pay.args([
            "pay",
            "--gateway",
            &shop.sandbox.gateway_url(),
            "--app-id",
            support::APP_ID,
        ]);
        pay.args([
            "--out-trade-no",
            "REFUSED",
            "--total-amount",
            "1",
            "--subject",
            "test",
        ]);
        let given = |name: &str| case[0] == name;
        if !given("--private-key") {
            pay.arg("--private-key").arg(&key);
        }
        if !given("--alipay-public-key") {
            pay.arg("--alipay-public-key")
                .arg(shop.path("alipay_public_key.pem"));
        }
        if !given("--auth-code") {
            pay.args(["--auth-code", &code]);
        }
        if json {
            pay.arg("--json");
        }
        let output = pay.args(case).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(2),
            "{case:?}: {}{}",
            stdout(&output),
            stderr(&output)
        );
        assert_clean(&planted, case[0], &output.stdout);
        assert_clean(&planted, case[0], &output.stderr);
    }
    assert!(shop.trade("REFUSED").is_none());
}

#[test]
fn a_sandbox_that_is_started_by_hand_writes_down_no_key_and_no_code() {
    let shop = Shop::open(20);
    let code = auth_code(1, 5, 13_000);
    let planted = planted(&shop, &code);
    let keys = shop.path("keys");
    fs::create_dir(&keys).unwrap();
    for (name, file) in [
        ("app_private_key.pem", "app_private_key.pem"),
        ("app_public_key.pem", "app_public_key.pem"),
    ] {
        fs::copy(shop.path(file), keys.join(name)).unwrap();
    }
    let mut sandbox = alipay();
    let ledger = shop.path("ledger");
    sandbox
        .args(["sandbox", "--port", "0", "--keys"])
        .arg(&keys)
        .arg("--db")
        .arg(&ledger);
    let mut sandbox = sandbox
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(sandbox.stdout.take().unwrap());
    let mut shown = String::new();
    let gateway = loop {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "{shown}");
        shown.push_str(&line);
        if let Some(at) = line.find("http://") {
            let url = line[at..].split_ascii_whitespace().next().unwrap();
            if url.contains("gateway.do") {
                break url.to_owned();
            }
        }
    };
    let mut pay = alipay();
    pay.args([
        "pay",
        "--gateway",
        &gateway,
        "--app-id",
        "2021000000000001",
        "--out-trade-no",
        "BY_HAND",
        "--auth-code",
        &code,
    ]);
    pay.args(["--total-amount", "1", "--subject", "test", "--private-key"])
        .arg(keys.join("app_private_key.pem"));
    pay.arg("--alipay-public-key")
        .arg(keys.join("alipay_public_key.pem"));
    let paid = pay.output().unwrap();
    sandbox.kill().unwrap();
    lines.read_to_string(&mut shown).unwrap();
    let mut errors = String::new();
    sandbox
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut errors)
        .unwrap();
    sandbox.wait().unwrap();
    assert_eq!(
        paid.status.code(),
        Some(0),
        "{}{}\n{shown}{errors}",
        stdout(&paid),
        stderr(&paid)
    );
    assert_clean(&planted, "the sandbox", shown.as_bytes());
    assert_clean(&planted, "the sandbox", errors.as_bytes());
    let ledger = fs::read(ledger).unwrap();
    assert!(!ledger.is_empty());
    assert_clean(&planted, "the sandbox's ledger", &ledger);
}
