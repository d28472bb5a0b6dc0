//! Every other command, from the outside.

mod support;

use alipay_core::key::PublicKey;
use alipay_sandbox::auth_code;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use support::{APP_ID, HASTY, Shop, alipay, refused, signal, stderr, stdout};

fn json_lines(output: &Output) -> Vec<Value> {
    let text = stdout(output);
    text.lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
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
