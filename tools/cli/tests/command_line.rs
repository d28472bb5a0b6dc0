//! Exit codes, stable error codes, and what is never printed.

mod support;

use alipay_core::key::PublicKey;
use alipay_sandbox::auth_code;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use support::{APP_ID, HASTY, Shop, alipay, key_file, stderr, stdout};

/// Bad input: exit 2 and this code, on standard error.
fn refused(command: &mut Command, code: &str) {
    let output = command.output().unwrap();
    let told = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(2), "{code}: {told}");
    assert!(
        stderr(&output).contains(&format!("error[{code}]: ")),
        "{code}: {told}"
    );
}

fn json_lines(output: &Output) -> Vec<Value> {
    let text = stdout(output);
    text.lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

/// Waits until the sandbox has heard of the order.
fn wait_for_trade(shop: &Shop, out_trade_no: &str) {
    let started = Instant::now();
    while shop.trade(out_trade_no).is_none() {
        assert!(started.elapsed() < Duration::from_secs(20), "nothing was sent");
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(child.id().to_string())
        .status();
    assert!(sent.unwrap().success());
}

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
        "demo", "pay", "resume", "query", "cancel", "call", "keygen", "sign", "verify", "sandbox",
    ] {
        let help = alipay().args([command, "--help"]).output().unwrap();
        assert_eq!(help.status.code(), Some(0));
        assert!(stdout(&help).contains("Usage: alipay"), "{command}");
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
        &mut resume_with(text.replacen("payment 1 ", "payment 2 ", 1).as_bytes()),
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
fn a_state_that_cannot_be_written_keeps_pay_from_leaving() {
    let shop = Shop::open(20);
    let state = shop.path("no such directory").join("sale.state");
    let output = shop
        .pay("UNWRITTEN", &auth_code(1, 1, 1))
        .arg("--state")
        .arg(&state)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("error[state_not_written]"),
        "{}",
        stderr(&output)
    );
    assert!(shop.sandbox.trades().is_empty());
}

#[cfg(unix)]
#[test]
fn a_state_that_cannot_be_written_keeps_cancel_from_leaving() {
    let shop = Shop::open(20);
    let directory = shop.path("states");
    fs::create_dir(&directory).unwrap();
    let state = directory.join("sale.state");
    let mut pay = shop.pay("UNCANCELLED", &auth_code(1003, 1, 1));
    // The fuller window leaves time to take the directory away before the cancel.
    let child = pay
        .args(HASTY)
        .arg("--state")
        .arg(&state)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_trade(&shop, "UNCANCELLED");
    // The directory goes away under the running payment (root ignores permissions).
    let aside = shop.path("aside");
    fs::rename(&directory, &aside).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(14), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("cancel was NOT sent"),
        "{}",
        stderr(&output)
    );
    assert_eq!(shop.trade("UNCANCELLED").unwrap().cancel_calls, 0);
    // Back again, it is resumed to its end.
    fs::rename(&aside, &directory).unwrap();
    let resumed = shop
        .alipay("resume")
        .args(HASTY)
        .arg("--state")
        .arg(&state)
        .output()
        .unwrap();
    assert_eq!(
        resumed.status.code(),
        Some(11),
        "{}{}",
        stdout(&resumed),
        stderr(&resumed)
    );
    assert!(shop.trade("UNCANCELLED").unwrap().cancelled);
}

#[test]
fn an_unreachable_gateway_declines_and_says_so() {
    let shop = Shop::open(20);
    let gateway = shop.sandbox.gateway_url();
    let mut pay = shop.pay("NOBODY", &auth_code(1, 1, 1));
    pay.args(HASTY);
    let Shop {
        sandbox,
        directory: _keys,
        ..
    } = shop;
    sandbox.stop();
    let output = pay.output().unwrap();
    // Whether the trade exists can't be asked either: all that is known is that this machine sent nothing.
    assert!(
        stdout(&output).contains("was not sent"),
        "{gateway}: {}",
        stdout(&output)
    );
    assert!(
        [10, 14].contains(&output.status.code().unwrap()),
        "{}",
        stdout(&output)
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_once_cancels_at_once() {
    let shop = Shop::open(1);
    let mut pay = shop.pay("CTRL_C", &auth_code(1003, 1, 1));
    // The next query would leave in a minute.
    let child = pay
        .args(["--interval", "60000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_trade(&shop, "CTRL_C");
    let started = Instant::now();
    thread::sleep(Duration::from_millis(300));
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(output.status.code(), Some(11), "{}", stdout(&output));
    assert!(stdout(&output).contains("cancel is wanted"));
    assert!(shop.trade("CTRL_C").unwrap().cancelled);
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_pay_is_in_flight_cancels_when_it_returns() {
    // The answer comes after a second; pay is in flight when the signal comes.
    let shop = Shop::open(20);
    let mut pay = shop.pay("IN_FLIGHT", &auth_code(5003, 1, 1));
    let child = pay.args(HASTY).stdout(Stdio::piped()).spawn().unwrap();
    wait_for_trade(&shop, "IN_FLIGHT");
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    let trade = shop.trade("IN_FLIGHT").unwrap();
    // The buyer had paid: the last query finds it before any cancel.
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("late"));
    assert!(trade.charged > trade.refunded);
}

#[cfg(unix)]
#[test]
fn ctrl_c_twice_leaves_with_the_state() {
    let shop = Shop::open(1);
    let state = shop.path("left.state");
    // Late answers come after 20 s: pay stays in flight.
    let mut pay = shop.pay("CTRL_C_2", &auth_code(5003, 1, 1));
    let child = pay
        .arg("--state")
        .arg(&state)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_trade(&shop, "CTRL_C_2");
    let started = Instant::now();
    signal(&child, "INT");
    thread::sleep(Duration::from_millis(200));
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(output.status.code(), Some(130));
    assert!(stderr(&output).contains("alipay resume --state"));
    let resumed = shop.alipay("resume").arg("--state").arg(&state).output().unwrap();
    assert_eq!(
        resumed.status.code(),
        Some(0),
        "{}{}",
        stdout(&resumed),
        stderr(&resumed)
    );
    assert_eq!(shop.trade("CTRL_C_2").unwrap().pay_calls, 1);
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
fn a_payment_code_can_come_from_standard_input() {
    let shop = Shop::open(20);
    let mut pay = shop.alipay("pay");
    pay.args([
        "--out-trade-no",
        "STDIN",
        "--total-amount",
        "1.00",
        "--subject",
        "test",
        "--auth-code-file",
        "-",
    ]);
    let mut child = pay.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", auth_code(1, 1, 1)).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn pay_speaks_the_wire_model_in_json() {
    let shop = Shop::open(20);
    let output = shop
        .pay("JSON", &auth_code(3119, 1, 1))
        .args(HASTY)
        .arg("--json")
        .output()
        .unwrap();
    let lines = json_lines(&output);
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["request", "answer", "done"]);
    assert_eq!(lines[0]["kind"], "pay");
    assert_eq!(lines[0]["checkpoint"], true);
    assert!(lines[0].get("http").is_none());
    assert_eq!(lines[1]["heard"]["verified"], true);
    assert_eq!(lines[2]["outcome"]["type"], "declined");
    assert_eq!(lines[2]["remedy"]["actor"], "cashier");
    assert!(
        lines
            .iter()
            .all(|line| line["outTradeNo"] == "JSON" && line["elapsedMs"].is_u64())
    );
    let wrong = shop
        .pay("JSON", "1234567890123456")
        .arg("--json")
        .output()
        .unwrap();
    assert_eq!(json_lines(&wrong)[0]["code"], "auth_code");
}

#[test]
fn query_cancel_and_call_print_the_verified_node() {
    let shop = Shop::open(1);
    let answer = |command: &mut Command| {
        let output = command.output().unwrap();
        let node: Value = serde_json::from_str(stdout(&output).trim()).unwrap_or_default();
        (output.status.code().unwrap(), node)
    };
    let missing = answer(shop.alipay("query").args(["--out-trade-no", "MISSING"]));
    assert_eq!(
        (missing.0, &missing.1["sub_code"]),
        (10, &"ACQ.TRADE_NOT_EXIST".into())
    );
    let biz = format!(
        r#"{{"out_trade_no":"CALLED","scene":"bar_code","auth_code":"{}","total_amount":"1.00","subject":"test"}}"#,
        auth_code(1, 1, 1)
    );
    let called = answer(shop.alipay("call").args(["alipay.trade.pay", "--biz", &biz]));
    assert_eq!((called.0, &called.1["code"]), (0, &"10000".into()));
    let file = shop.path("biz.json");
    fs::write(&file, r#"{"out_trade_no":"CALLED"}"#).unwrap();
    let at_file = format!("@{}", file.display());
    let queried = answer(
        shop.alipay("call")
            .args(["alipay.trade.query", "--biz", &at_file]),
    );
    assert_eq!(queried.1["trade_status"], "TRADE_SUCCESS");
    let trade_no = queried.1["trade_no"].as_str().unwrap();
    let cancelled = answer(shop.alipay("cancel").args(["--trade-no", trade_no]));
    assert_eq!((cancelled.0, &cancelled.1["action"]), (0, &"refund".into()));
    // Verified with the wrong key: exit 1, and nothing of the answer.
    let mut wrong = alipay();
    wrong.args([
        "query",
        "--out-trade-no",
        "CALLED",
        "--app-id",
        APP_ID,
        "--gateway",
        &shop.sandbox.gateway_url(),
    ]);
    wrong.arg("--private-key").arg(shop.path("app_private_key.pem"));
    let other = Shop::open(1);
    let output = wrong
        .arg("--alipay-public-key")
        .arg(other.path("alipay_public_key.pem"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("error[signature_invalid]") && stdout(&output).is_empty());
    refused(
        shop.alipay("call").args(["alipay.trade.query", "--biz", "[1]"]),
        "json_syntax",
    );
    refused(
        shop.alipay("call").args(["Alipay Trade", "--biz", "{}"]),
        "method_name",
    );
}

#[test]
fn keygen_writes_private_files_and_overwrites_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let keygen = |more: &[&str]| {
        alipay()
            .arg("keygen")
            .arg("--out")
            .arg(directory.path())
            .args(more)
            .output()
            .unwrap()
    };
    let made = keygen(&[]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let private = directory.path().join("app_private_key.pem");
    let public = directory.path().join("app_public_key.pem");
    #[cfg(unix)]
    for file in [&private, &public] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let line = stdout(&made);
    assert_eq!(line.lines().count(), 1);
    assert_eq!(
        PublicKey::parse(line.trim()).unwrap(),
        PublicKey::parse(fs::read(&public).unwrap()).unwrap()
    );
    let text = fs::read_to_string(&private).unwrap();
    assert!(text.starts_with("-----BEGIN PRIVATE KEY-----"));
    let again = keygen(&[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("error[file_exists]"));
    assert_eq!(fs::read_to_string(&private).unwrap(), text);
    assert_eq!(keygen(&["--force", "--format", "pkcs1"]).status.code(), Some(0));
    assert!(
        fs::read_to_string(&private)
            .unwrap()
            .starts_with("-----BEGIN RSA PRIVATE KEY-----")
    );
    let small = tempfile::tempdir().unwrap();
    refused(
        alipay()
            .args(["keygen", "--bits", "1024", "--out"])
            .arg(small.path()),
        "keygen_bits",
    );
}

#[test]
fn sign_and_verify_agree_on_files_and_on_parameters() {
    let shop = Shop::open(1);
    let message = shop.path("message");
    fs::write(&message, "a=1&b=2").unwrap();
    let sign = |more: &[&str]| {
        let mut sign = alipay();
        sign.arg("sign")
            .arg("--private-key")
            .arg(shop.path("app_private_key.pem"))
            .args(more);
        stdout(&sign.output().unwrap())
    };
    let of_file = sign(&["--in", message.to_str().unwrap()]);
    let of_params = sign(&[
        "--param", "b=2", "--param", "a=1", "--param", "c=", "--param", "sign=x",
    ]);
    assert_eq!(of_file, of_params);
    let shown = sign(&["--param", "b=2", "--param", "a=1", "--show"]);
    assert_eq!(shown, format!("a=1&b=2\n{of_file}"));
    let verify = |signature: &str, text: &str| {
        let mut verify = alipay();
        verify
            .args(["verify", "--signature", signature])
            .arg("--public-key")
            .arg(shop.path("app_public_key.pem"));
        let mut child = verify
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A bad signature may be refused before the message is read.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        child.wait_with_output().unwrap()
    };
    let good = verify(of_file.trim(), "a=1&b=2");
    assert_eq!((good.status.code(), &*stdout(&good)), (Some(0), "ok\n"));
    let bad = verify(of_file.trim(), "a=1&b=3");
    assert_eq!(bad.status.code(), Some(1));
    assert!(stderr(&bad).contains("error[signature_invalid]"));
    let format = verify("not base64!", "a=1&b=2");
    assert_eq!(format.status.code(), Some(1));
    assert!(stderr(&format).contains("error[signature_format]"));
}

#[test]
fn the_demonstration_ends_in_time_and_the_books_agree() {
    let started = Instant::now();
    let output = alipay().args(["demo", "--json", "--seed", "7"]).output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines = json_lines(&output);
    let table = lines.last().unwrap();
    assert_eq!(
        (&table["type"], &table["agrees"]),
        (&"table".into(), &true.into())
    );
    let rows = table["rows"].as_array().unwrap();
    let outcomes: Vec<_> = rows.iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["paid", "paid", "closed", "paid"]);
    let notified: Vec<_> = rows.iter().map(|row| row["notified"].as_u64().unwrap()).collect();
    assert_eq!(notified, [1, 1, 0, 1]);
    assert_eq!(lines.iter().filter(|line| line["type"] == "done").count(), 4);
}

#[cfg(unix)]
#[test]
fn the_sandbox_serves_until_ctrl_c_and_keeps_its_keys() {
    let directory = tempfile::tempdir().unwrap();
    let start = || {
        let mut sandbox = alipay();
        sandbox
            .args(["sandbox", "--json", "--keys"])
            .arg(directory.path());
        let mut child = sandbox.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        (child, serde_json::from_str::<Value>(&line).unwrap())
    };
    let stop = |mut child: Child| {
        signal(&child, "INT");
        assert_eq!(child.wait().unwrap().code(), Some(0));
    };
    let (child, ready) = start();
    let mut pay = alipay();
    pay.args(["pay", "--gateway", ready["gateway"].as_str().unwrap()]);
    pay.args(["--app-id", ready["appIds"][0].as_str().unwrap()]);
    pay.args(["--private-key", ready["privateKeyFile"].as_str().unwrap()]);
    pay.args([
        "--alipay-public-key",
        ready["alipayPublicKeyFile"].as_str().unwrap(),
    ]);
    pay.args([
        "--out-trade-no",
        "A",
        "--auth-code",
        &auth_code(1, 1, 1),
        "--total-amount",
        "1",
        "--subject",
        "test",
    ]);
    let output = pay.output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    stop(child);
    let (child, again) = start();
    assert_eq!(again["alipayPublicKey"], ready["alipayPublicKey"]);
    stop(child);
}
