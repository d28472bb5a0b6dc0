//! `alipay notify`, on notifications that openssl signed.
#![allow(missing_docs)]

mod support;

use alipay_core::{Merchant, key::PublicKey, wire::operation::invoke_merchant};
use serde_json::{Value, json};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};
use support::{APP_ID, alipay, openssl, percent, piped, refused, signature, stderr, stdout};
use tempfile::TempDir;

/// A shop whose keys openssl made, with Alipay's private key too.
struct Desk(TempDir);

impl Desk {
    fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let desk = Self(directory);
        for name in ["alipay", "own", "other"] {
            let (key, public) = (
                desk.path(&format!("{name}.key")),
                desk.path(&format!("{name}.pub")),
            );
            openssl(&["genrsa", "-out", key.to_str().unwrap(), "2048"], b"");
            let (key, public) = (key.to_str().unwrap(), public.to_str().unwrap());
            openssl(&["rsa", "-in", key, "-pubout", "-out", public], b"");
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A notification's body, signed with the key of this name.
    fn body(&self, key: &str, app_id: &str) -> String {
        let fields = fields(app_id);
        let signed: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let sign = signature(&self.path(&format!("{key}.key")), signed.join("&").as_bytes());
        let mut pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", percent(value)))
            .collect();
        pairs.push("sign_type=RSA2".into());
        pairs.push(format!("sign={}", percent(&sign)));
        pairs.join("&")
    }

    /// `alipay notify WHAT`, believing the key of this name.
    fn notify(&self, what: &str, key: &str) -> Command {
        let mut notify = alipay();
        notify.args(["notify", what, "--app-id", APP_ID]);
        notify
            .arg("--alipay-public-key")
            .arg(self.path(&format!("{key}.pub")));
        notify
    }

    fn verify(&self, more: &[&str], body: &str) -> Output {
        piped(self.notify("verify", "alipay").args(more), body.as_bytes())
    }

    fn diagnose(&self, more: &[&str], body: &str) -> Output {
        piped(self.notify("diagnose", "alipay").args(more), body.as_bytes())
    }
}

/// Sorted, as they are signed.
fn fields(app_id: &str) -> [(&'static str, &str); 6] {
    [
        ("app_id", app_id),
        ("buyer_id", "2088102122458832"),
        ("notify_id", "ac05099524730693a8b330c45cc7e30g"),
        ("out_trade_no", "PLANTED_ORDER"),
        ("subject", "辣条 + 可乐"),
        ("trade_status", "TRADE_SUCCESS"),
    ]
}

fn told(output: &Output) -> String {
    format!("{}{}", stdout(output), stderr(output))
}

/// Nothing of the notification but the trade's status.
fn keeps_quiet(output: &Output) {
    for value in [
        "2088102122458832",
        "ac05099524730693",
        "PLANTED_ORDER",
        "辣条",
        "可乐",
    ] {
        assert!(!told(output).contains(value), "{value} in:\n{}", told(output));
    }
}

#[test]
fn a_genuine_notification_verifies_from_a_file_and_from_standard_input() {
    let desk = Desk::open();
    let body = desk.body("alipay", APP_ID);
    let output = desk.verify(&[], &body);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(
        stdout(&output),
        "ok
paid    yes (TRADE_SUCCESS)
signed  every field but sign, sign_type
fields  app_id, buyer_id, notify_id, out_trade_no, sign_type, subject, trade_status
"
    );
    keeps_quiet(&output);

    // As an editor or `echo` leaves it.
    for end in ["\n", "\r\n"] {
        let file = desk.path("body.txt");
        fs::write(&file, format!("{body}{end}")).unwrap();
        let output = desk.verify(&["--json", "--in", file.to_str().unwrap()], "");
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        let line: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(line["type"], "notification");
        assert_eq!(line["paid"], true);
        assert_eq!(line["tradeStatus"], "TRADE_SUCCESS");
        let variant = json!({"signTypeSigned": false, "emptySigned": null, "certSnSigned": null});
        assert_eq!(line["variant"], variant);
        assert_eq!(line["fields"].as_array().unwrap().len(), 7);
        keeps_quiet(&output);
    }
    let output = desk.diagnose(&["--lang", "en"], &body);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(
        stdout(&output),
        "verdict  verifies: the signature belongs to this message
signed   every field but sign, sign_type
"
    );
}

#[test]
fn what_does_not_verify_exits_with_1_and_a_stable_code() {
    let desk = Desk::open();
    let body = desk.body("alipay", APP_ID);
    for (body, code) in [
        (body.replace("TRADE_SUCCESS", "TRADE_CLOSED"), "signature_invalid"),
        (body.replace("&sign=", "&other="), "signature_missing"),
        (body.replace("RSA2", "RSA"), "signature_weak"),
        ("a=%zz".into(), "form_malformed"),
        (format!("{body}&app_id={APP_ID}"), "form_duplicate"),
        (desk.body("alipay", "2021000000000009"), "app_id"),
    ] {
        let output = desk.verify(&["--json"], &body);
        assert_eq!(output.status.code(), Some(1), "{code}: {}", told(&output));
        assert!(
            stderr(&output).contains(&format!("error[{code}]: ")),
            "{}",
            told(&output)
        );
        let line: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!((&line["type"], &line["code"]), (&json!("error"), &json!(code)));
        keeps_quiet(&output);
        // Not even a signature that fits makes another application's notification ours.
        let output = desk.diagnose(&[], &body);
        assert_eq!(output.status.code(), Some(1), "{code}: {}", told(&output));
        assert!(
            stderr(&output).contains(&format!("error[{code}]: ")),
            "{}",
            told(&output)
        );
    }
    refused(
        desk.notify("verify", "alipay").args(["--charset", "big5"]),
        "charset_unsupported",
    );
    refused(
        desk.notify("diagnose", "none").args(["--in", "-"]),
        "file_unreadable",
    );
    refused(
        desk.notify("diagnose", "alipay")
            .arg("--own-public-key")
            .arg(desk.path("own.key")),
        "key_is_private",
    );
}

#[test]
fn a_diagnosis_names_the_cause_its_proof_and_the_remedy_in_both_languages() {
    let desk = Desk::open();
    let body = desk.body("alipay", APP_ID).replace("%2B%20", "+%20");
    let (zh, en) = (
        "         参数值中的 + 变成了空格",
        "a + inside a value became a space",
    );
    let (remedy_zh, remedy_en) = (
        "         处理: 请求体只解码一次",
        "         remedy: decode the body once only",
    );
    let output = desk.diagnose(&[], &body);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.starts_with("verdict  repaired: "), "{text}");
    assert!(
        text.contains("\nsigned   every field but sign, sign_type\n"),
        "{text}"
    );
    assert!(
        text.contains("\ncause    plus_became_space in subject (proof: digest)\n"),
        "{text}"
    );
    assert!(text.contains(&format!("{zh} / {en}\n")), "{text}");
    assert!(text.contains(remedy_zh) && text.contains(remedy_en), "{text}");
    keeps_quiet(&output);
    let english = stdout(&desk.diagnose(&["--lang", "en"], &body));
    assert!(
        english.is_ascii() && english.contains(en) && english.contains(remedy_en),
        "{english}"
    );
    let chinese = stdout(&desk.diagnose(&["--lang", "zh"], &body));
    assert!(chinese.contains(zh) && chinese.contains(remedy_zh), "{chinese}");
    assert!(!chinese.contains(en) && !chinese.contains("remedy"), "{chinese}");

    // As data, it is what every other language gets.
    let alipay = PublicKey::parse(fs::read(desk.path("alipay.pub")).unwrap()).unwrap();
    let merchant = Merchant::builder(APP_ID, alipay).build().unwrap();
    let base64 = String::from_utf8(openssl(&["base64", "-A"], body.as_bytes())).unwrap();
    let input = json!({ "body": base64 }).to_string();
    let expected: Value =
        serde_json::from_str(&invoke_merchant(&merchant, "diagnoseNotify", &input).unwrap()).unwrap();
    let output = desk.diagnose(&["--json"], &body);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(serde_json::from_str::<Value>(&stdout(&output)).unwrap(), expected);
    assert_eq!(expected["findings"][0]["cause"], "plus_became_space");
}

#[test]
fn a_diagnosis_tells_the_keys_apart() {
    let desk = Desk::open();
    let own = desk.path("own.pub");
    let cause = |body: &str, believed: &str, hint: bool| {
        let mut diagnose = desk.notify("diagnose", believed);
        if hint {
            diagnose.arg("--own-public-key").arg(&own);
        }
        let output = piped(diagnose.arg("--json"), body.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        keeps_quiet(&output);
        let diagnosis: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(diagnosis["verdict"], "key");
        diagnosis["findings"][0]["cause"].as_str().unwrap().to_owned()
    };
    let body = |key| desk.body(key, APP_ID);
    assert_eq!(cause(&body("other"), "alipay", true), "wrong_key_or_forged");
    assert_eq!(cause(&body("own"), "alipay", true), "signed_by_own_key");
    assert_eq!(cause(&body("own"), "alipay", false), "wrong_key_or_forged");
    assert_eq!(cause(&body("alipay"), "own", true), "own_key_configured");
}

#[test]
fn a_name_that_anybody_wrote_does_nothing_to_the_terminal() {
    let desk = Desk::open();
    let long = "n".repeat(500);
    let body = format!("{}&%1B%5B31mred=1&{long}=2", desk.body("alipay", APP_ID));
    let output = desk.diagnose(&[], &body);
    let text = stdout(&output);
    assert!(
        text.contains("extra_parameter") && text.contains("[31mred"),
        "{text}"
    );
    assert!(
        !told(&output).contains('\x1b') && !text.contains(&long[..65]),
        "{text}"
    );
}
