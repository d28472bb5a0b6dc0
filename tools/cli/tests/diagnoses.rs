//! `alipay diagnose`, on requests and answers that openssl signed.
#![allow(missing_docs)]

mod support;

use alipay_core::{Merchant, charset::Charset, key::PublicKey, wire::operation::invoke_merchant};
use serde_json::{Value, json};
use std::{fs, path::PathBuf, process::Command};
use support::{APP_ID, alipay, openssl, percent, piped, refused, signature, stderr, stdout};
use tempfile::TempDir;

const SIGNED: &str = "app_id=2021000000000001&biz_content={\"auth_code\":\"28763443825664394\",\"subject\":\"辣条+可乐 &\"}&charset=utf-8&\
                      method=alipay.trade.pay&sign_type=RSA2&timestamp=2026-11-22 11:00:00&version=1.0";

fn answer(sub_code: &str, sub_msg: &str) -> String {
    let node = json!({"code": "40002", "msg": "Invalid Arguments", "sub_code": sub_code, "sub_msg": sub_msg});
    json!({"alipay_trade_pay_response": node, "sign": "eA=="}).to_string()
}

fn refusal(seen: &str) -> String {
    let said = "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：";
    answer("isv.invalid-signature", &format!("{said}{seen}"))
}

struct Desk(TempDir);

impl Desk {
    fn open() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn request(&self, request: &str, answer: impl AsRef<[u8]>) -> Command {
        let mut diagnose = alipay();
        diagnose.args(["diagnose", "request", "--request"]);
        diagnose.arg(self.file("request.txt", request)).arg("--answer");
        diagnose.arg(self.file("answer.json", answer));
        diagnose
    }

    /// Its paths: private and public.
    fn key(&self, name: &str) -> (PathBuf, PathBuf) {
        let path = |end: &str| self.0.path().join(format!("{name}.{end}"));
        let (key, public) = (path("key"), path("pub"));
        openssl(&["genrsa", "-out", key.to_str().unwrap(), "2048"], b"");
        openssl(
            &[
                "rsa",
                "-in",
                key.to_str().unwrap(),
                "-pubout",
                "-out",
                public.to_str().unwrap(),
            ],
            b"",
        );
        (key, public)
    }
}

/// What was sent of [`SIGNED`]: the URL and the form on lines of their own.
fn sent() -> String {
    let mut lines = [
        String::from("https://openapi.alipay.com/gateway.do?charset=utf-8"),
        String::from("sign=abc%2B%3D"),
    ];
    for (name, value) in [
        ("app_id", APP_ID),
        (
            "biz_content",
            "{\"auth_code\":\"28763443825664394\",\"subject\":\"辣条+可乐 &\"}",
        ),
        ("method", "alipay.trade.pay"),
        ("sign_type", "RSA2"),
        ("timestamp", "2026-11-22 11:00:00"),
        ("version", "1.0"),
    ] {
        lines[1].push_str(&format!("&{name}={}", percent(value)));
    }
    lines.join("\n")
}

#[test]
fn a_refused_request_shows_what_the_gateway_saw_otherwise() {
    let desk = Desk::open();
    let seen = SIGNED.replace("辣条+", "辣条 ").replace("&charset=utf-8", "");
    for request in [SIGNED.to_owned(), format!("{SIGNED}\n"), sent()] {
        let output = desk
            .request(&request, refusal(&seen))
            .args(["--lang", "en"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(
            stdout(&output),
            "changed  biz_content.subject
         signed 9 characters
         gateway 9 characters
         they differ from character 4 on
         cause plus_became_space
         a + inside a value became a space
         remedy: decode the body once only, or hand over the raw body
missing  charset
         signed 5 characters: utf-8
"
        );
        let output = desk
            .request(&request, refusal(&seen))
            .arg("--json")
            .output()
            .unwrap();
        let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(told["cause"], Value::Null);
        assert_eq!(told["differences"][0]["cause"], "plus_became_space");
        assert_eq!(told["differences"][1]["ours"], "utf-8");
        assert!(!stdout(&output).contains("28763443825664394") && !stdout(&output).contains("辣条"));
    }
}

#[test]
fn the_same_string_means_the_key_and_no_string_means_to_look_oneself() {
    let desk = Desk::open();
    let html = SIGNED.replace('&', "&amp;").replace('"', "&quot;");
    for seen in [SIGNED, &html] {
        let output = desk.request(SIGNED, refusal(seen)).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let text = stdout(&output);
        assert!(text.starts_with("cause    same_string\n         "), "{text}");
        assert!(
            text.contains("处理: ") && text.contains("remedy: upload the public half"),
            "{text}"
        );
    }
    // Some of these answers are GBK.
    let refused = refusal(SIGNED);
    let gbk = Charset::Gbk.encode(&refused).unwrap();
    let output = desk.request(SIGNED, gbk).arg("--json").output().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&stdout(&output)).unwrap()["cause"],
        "same_string"
    );
    let output = desk
        .request(SIGNED, answer("isv.invalid-signature", "验签出错"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).starts_with("cause    no_string\n"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn what_can_not_be_compared_is_said_to_be_so() {
    let desk = Desk::open();
    for (request, answer, code) in [
        ("", refusal(SIGNED), "request_unreadable"),
        ("nothing", refusal(SIGNED), "request_unreadable"),
        ("a=%zz&sign=x", refusal(SIGNED), "request_unreadable"),
        ("a=%ff&sign=x", refusal(SIGNED), "request_unreadable"),
        (SIGNED, "<html>".into(), "answer_unreadable"),
        (SIGNED, "{}".into(), "answer_unreadable"),
        (SIGNED, answer("isv.invalid-app-id", "x"), "answer_other"),
        (SIGNED, "{\"error_response\":\"x\"}".into(), "answer_other"),
    ] {
        refused(&mut desk.request(request, answer), code);
    }
    let mut twice = alipay();
    refused(
        twice.args(["diagnose", "request", "--request", "-", "--answer", "-"]),
        "stdin_twice",
    );
}

#[test]
fn an_answer_that_does_not_verify_is_explained() {
    let desk = Desk::open();
    let ((key, public), (own, own_public)) = (desk.key("alipay"), desk.key("own"));
    let node = "{\"code\":\"10000\",\"msg\":\"Success\",\"out_trade_no\":\"PLANTED\",\"subject\":\"辣条\"}";
    let body =
        |node: &str, sign: &str| format!("{{\"alipay_trade_query_response\":{node},\"sign\":\"{sign}\"}}");
    let diagnose = |more: &[&str], body: &str| {
        let mut diagnose = alipay();
        diagnose.args([
            "diagnose",
            "response",
            "--method",
            "alipay.trade.query",
            "--app-id",
            APP_ID,
        ]);
        diagnose.arg("--alipay-public-key").arg(&public);
        diagnose.arg("--own-public-key").arg(&own_public).args(more);
        let output = piped(&mut diagnose, body.as_bytes());
        assert!(!format!("{}{}", stdout(&output), stderr(&output)).contains("PLANTED"));
        output
    };
    let sign = signature(&key, node.as_bytes());
    let output = diagnose(&["--lang", "en"], &format!("{}\n", body(node, &sign)));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "verdict  verifies: the signature belongs to this message\n"
    );

    let indented = body(&node.replace("\":", "\": "), &sign);
    let output = diagnose(&["--lang", "en"], &indented);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("error[signature_invalid]: "),
        "{}",
        stderr(&output)
    );
    assert!(
        stdout(&output).contains("\ncause    json_rewritten (proof: digest)\n"),
        "{}",
        stdout(&output)
    );
    // As data, it is what every other language gets.
    let merchant = Merchant::builder(APP_ID, PublicKey::parse(fs::read(&public).unwrap()).unwrap());
    let base64 = String::from_utf8(openssl(&["base64", "-A"], indented.as_bytes())).unwrap();
    let input = json!({"method": "alipay.trade.query", "body": base64}).to_string();
    let expected = invoke_merchant(&merchant.build().unwrap(), "diagnoseResponse", &input).unwrap();
    let told: Value = serde_json::from_str(&stdout(&diagnose(&["--json"], &indented))).unwrap();
    assert_eq!(told, serde_json::from_str::<Value>(&expected).unwrap());

    let output = diagnose(&["--json"], &body(node, &signature(&own, node.as_bytes())));
    let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(told["findings"][0]["cause"], "signed_by_own_key");
    // A failure without a signature is not verified.
    let output = diagnose(
        &[],
        "{\"alipay_trade_query_response\":{\"code\":\"40002\",\"msg\":\"x\"}}",
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("signature_missing"));
    for (body, code) in [("<html>", "response_not_json"), ("{}", "response_no_node")] {
        let output = diagnose(&["--json"], body);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            stderr(&output).contains(&format!("error[{code}]: ")),
            "{}",
            stderr(&output)
        );
        assert_eq!(
            serde_json::from_str::<Value>(&stdout(&output)).unwrap()["code"],
            code
        );
    }
}
