//! Bad input, each with its stable code; and what is never printed.

mod support;

use alipay_sandbox::auth_code;
use std::{fs, path::Path};
use support::{APP_ID, HASTY, Shop, alipay, key_file, piped, refused, stderr, stdout};

#[test]
fn bad_input_has_a_stable_code_each_and_nothing_is_sent() {
    let shop = Shop::open(20);
    let pay = || {
        let mut pay = shop.alipay("pay");
        pay.args(["--auth-code", &auth_code(1, 1, 1), "--subject", "test"]);
        pay
    };
    for (amount, code) in [
        ("0", "amount_range"),
        ("0.001", "amount_format"),
        ("1e3", "amount_format"),
        ("-1", "amount_format"),
        ("100000000.01", "amount_range"),
    ] {
        let amount = format!("--total-amount={amount}");
        refused(pay().args(["--out-trade-no", "A", &amount]), code);
    }
    for number in ["a b", &"a".repeat(65)] {
        refused(
            pay().args(["--total-amount", "1", "--out-trade-no", number]),
            "out_trade_no",
        );
    }
    refused(shop.pay("A", "1234567890123456").args(HASTY), "auth_code");
    refused(
        shop.pay("A", &auth_code(1, 1, 1)).args(["--interval", "1"]),
        "policy_range",
    );
    refused(
        shop.pay("A", &auth_code(1, 1, 1)).args(["--settle", "1000"]),
        "policy_settle",
    );
    refused(
        shop.pay("A", &auth_code(1, 1, 1)).args(["--sign-type", "MD5"]),
        "sign_type",
    );
    refused(
        shop.pay("A", &auth_code(1, 1, 1))
            .args(["--timeout-express", "soon"]),
        "timeout_express",
    );
    assert!(shop.sandbox.trades().is_empty());
}

#[test]
fn bad_keys_and_gateways_have_a_stable_code_each() {
    let shop = Shop::open(20);
    let try_with = |private: &Path, public: &Path, gateway: &str, code: &str| {
        let mut query = alipay();
        query.args([
            "query",
            "--out-trade-no",
            "A",
            "--app-id",
            APP_ID,
            "--gateway",
            gateway,
        ]);
        refused(
            query
                .arg("--private-key")
                .arg(private)
                .arg("--alipay-public-key")
                .arg(public),
            code,
        );
    };
    let (own, alipays) = (
        shop.path("app_private_key.pem"),
        shop.path("alipay_public_key.pem"),
    );
    let own_public = shop.path("app_public_key.pem");
    let garbage = shop.path("garbage");
    fs::write(&garbage, "this is not a key").unwrap();
    let gateway = shop.sandbox.gateway_url();
    try_with(&garbage, &alipays, &gateway, "key_unreadable");
    try_with(&own_public, &alipays, &gateway, "key_is_public");
    try_with(&own, &own, &gateway, "key_is_private");
    try_with(&own, &own_public, &gateway, "key_is_own");
    try_with(&key_file("rsa_512.pem"), &alipays, &gateway, "key_too_short");
    try_with(
        &key_file("encrypted_pkcs8.pem"),
        &alipays,
        &gateway,
        "key_encrypted",
    );
    try_with(&key_file("ec_p256.pem"), &alipays, &gateway, "key_not_rsa");
    try_with(&shop.path("no such file"), &alipays, &gateway, "file_unreadable");
    try_with(
        &own,
        &alipays,
        "http://openapi.example.com/gateway.do",
        "gateway_not_https",
    );
    try_with(&own, &alipays, "openapi.example.com", "gateway_url");
}

#[test]
fn usage_errors_exit_with_2_and_help_with_0() {
    for wrong in [
        &["pay"][..],
        &["nonsense"],
        &["query", "--gateway", "x"],
        &["keygen", "--bits", "many"],
        &[],
    ] {
        assert_eq!(
            alipay().args(wrong).output().unwrap().status.code(),
            Some(2),
            "{wrong:?}"
        );
    }
    for command in [
        &["demo"][..],
        &["pay"],
        &["resume"],
        &["query"],
        &["cancel"],
        &["call"],
        &["keygen"],
        &["sign"],
        &["verify"],
        &["cert-sn"],
        &["notify"],
        &["notify", "verify"],
        &["notify", "diagnose"],
        &["encrypt"],
        &["decrypt"],
        &["sandbox"],
    ] {
        let help = alipay().args(command).arg("--help").output().unwrap();
        assert_eq!(help.status.code(), Some(0));
        let usage = format!("Usage: alipay {}", command.join(" "));
        assert!(stdout(&help).contains(&usage), "{command:?}");
    }
    let stray = alipay().args(["pay", "28763443825664394"]).output().unwrap();
    assert!(!stderr(&stray).contains("28763443825664394"));
}

#[test]
fn bad_state_files_have_a_stable_code_each_and_existing_ones_are_kept() {
    let shop = Shop::open(20);
    let state = shop.path("sale.state");
    let paid = shop
        .pay("STATE_1", &auth_code(1, 1, 1))
        .args(HASTY)
        .arg("--state")
        .arg(&state)
        .output()
        .unwrap();
    assert_eq!(paid.status.code(), Some(0), "{}", stderr(&paid));
    let good = fs::read(&state).unwrap();

    // An existing file, finished or not, is never overwritten.
    let again = || {
        let mut pay = shop.pay("STATE_2", &auth_code(1, 1, 2));
        pay.arg("--state").arg(&state);
        pay
    };
    refused(&mut again(), "state_exists");
    assert!(stderr(&again().output().unwrap()).contains("resume"));
    assert_eq!(fs::read(&state).unwrap(), good);
    assert!(shop.trade("STATE_2").is_none());

    let resume_with = |bytes: &[u8]| {
        let path = shop.path("other.state");
        fs::write(&path, bytes).unwrap();
        let mut resume = shop.alipay("resume");
        resume.arg("--state").arg(path);
        resume
    };
    refused(&mut resume_with(&good[..good.len() - 10]), "snapshot_corrupt");
    refused(&mut resume_with(b""), "snapshot_corrupt");
    let text = String::from_utf8(good.clone()).unwrap();
    refused(
        &mut resume_with(text.replacen("payment 2 ", "payment 3 ", 1).as_bytes()),
        "snapshot_version",
    );
    refused(
        resume_with(&good).args(["--app-auth-token", "another"]),
        "snapshot_merchant",
    );
    refused(
        shop.alipay("resume").arg("--state").arg(shop.path("none")),
        "state_unreadable",
    );

    // A finished payment's outcome is told again, and nothing is sent.
    let calls = shop.trade("STATE_1").unwrap().query_calls;
    let resumed = resume_with(&good).output().unwrap();
    assert_eq!(resumed.status.code(), Some(0));
    assert!(stdout(&resumed).contains("PAID"));
    assert_eq!(shop.trade("STATE_1").unwrap().query_calls, calls);
}

#[test]
fn secrets_are_never_printed() {
    let shop = Shop::open(20);
    let private = fs::read_to_string(shop.path("app_private_key.pem")).unwrap();
    let key_lines: Vec<&str> = private.lines().filter(|line| !line.starts_with('-')).collect();
    for story in [1, 1001, 3119, 4003, 5001, 7006] {
        for json in [false, true] {
            let out_trade_no = format!("SECRET_{story}_{json}");
            let code = auth_code(story, 4, 7_000 + u32::from(story) * 2 + u32::from(json));
            let mut pay = shop.pay(&out_trade_no, &code);
            pay.args(HASTY).args(["--app-auth-token", "token_planted"]);
            if json {
                pay.arg("--json");
            }
            let output = pay.output().unwrap();
            let told = format!("{}{}", stdout(&output), stderr(&output));
            let trade = shop.trade(&out_trade_no).unwrap();
            let buyer = [trade.buyer_user_id.as_str(), trade.buyer_logon_id.as_str()];
            let planted = [code.as_str(), "token_planted", "biz_content", "sign="];
            for secret in key_lines.iter().copied().chain(buyer).chain(planted) {
                assert!(!told.contains(secret), "story {story}, {secret:?} in:\n{told}");
            }
        }
    }
}

#[test]
fn standard_input_is_read_once() {
    refused(
        alipay().args(["sign", "--private-key", "-", "--in", "-"]),
        "key_unreadable",
    );
    let shop = Shop::open(20);
    let key = fs::read(shop.path("app_private_key.pem")).unwrap();
    let output = piped(alipay().args(["sign", "--private-key", "-"]), &key);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[stdin_twice]: "));
    assert!(stdout(&output).is_empty());
}
