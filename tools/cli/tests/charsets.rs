//! Payments and signatures in other charsets than UTF-8, over HTTP and from the outside.

mod support;

use alipay_sandbox::auth_code;
use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};
use support::{HASTY, Shop, alipay, refused, stdout};

/// In GBK, their second bytes are those of `\ { } |`.
const TRAP: &str = "乗亄亇亅 & 辣条";

/// What `command` makes of its standard input.
fn piped(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}

fn pay(shop: &Shop, out_trade_no: &str, subject: &str, (story, buyer): (u16, u32)) -> Command {
    let mut pay = shop.alipay("pay");
    pay.args([
        "--out-trade-no",
        out_trade_no,
        "--total-amount",
        "88.88",
        "--subject",
        subject,
    ]);
    pay.args(["--auth-code", &auth_code(story, 3, buyer)]);
    pay.args(HASTY);
    pay
}

#[test]
fn a_payment_in_gbk_reaches_the_books_as_it_was_written() {
    let shop = Shop::open(20);
    for (buyer, charset, sign_type, subject) in [
        (1, "gbk", "RSA2", TRAP),
        (2, "GBK", "RSA", TRAP),
        (3, "gb18030", "RSA2", "乗🍜亄"),
        (4, "gb2312", "RSA2", "辣条"),
        (5, "utf-8", "RSA", "辣条🍜"),
    ] {
        let out_trade_no = format!("CHARSET_{buyer}");
        // The buyer has to press a button: pay, query, and paid.
        let mut pay = pay(&shop, &out_trade_no, subject, (1001, buyer));
        pay.args(["--charset", charset, "--sign-type", sign_type]);
        let output = pay.output().unwrap();
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{charset}: {text}");
        assert_eq!(shop.trade(&out_trade_no).unwrap().subject, subject);
    }
}

#[test]
fn what_the_gateway_says_in_gbk_is_shown_in_utf_8() {
    let shop = Shop::open(20);
    let mut query = shop.alipay("query");
    let output = query
        .args(["--out-trade-no", "NONE", "--charset", "gbk"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(10));
    assert!(stdout(&output).contains("交易不存在"), "{}", stdout(&output));
}

#[test]
fn what_can_not_be_written_is_refused_before_anything_is_sent() {
    let shop = Shop::open(20);
    for charset in ["gbk", "gb2312"] {
        let mut pay = pay(&shop, "EMOJI", "辣条🍜", (1, 1));
        refused(pay.args(["--charset", charset]), "charset_unmappable");
    }
    let mut call = shop.alipay("call");
    call.args(["alipay.trade.query", "--biz", r#"{"out_trade_no":"🍜"}"#]);
    refused(call.args(["--charset", "gbk"]), "charset_unmappable");
    let mut pay = pay(&shop, "BIG5", "辣条", (1, 1));
    refused(pay.args(["--charset", "big5"]), "charset_unsupported");
    assert!(shop.sandbox.trades().is_empty());
}

#[test]
fn parameters_are_signed_in_the_charset_as_iconv_and_openssl_do() {
    let shop = Shop::open(20);
    let message = format!("a=1&charset=gbk&subject={TRAP}");
    let bytes = piped(
        Command::new("iconv").args(["-f", "UTF-8", "-t", "GBK"]),
        message.as_bytes(),
    );
    for (sign_type, digest) in [("RSA2", "-sha256"), ("RSA", "-sha1")] {
        let mut openssl = Command::new("openssl");
        openssl
            .args(["dgst", digest, "-sign"])
            .arg(shop.path("app_private_key.pem"));
        let expected = piped(&mut openssl, &bytes);
        fs::write(shop.path("expected"), &expected).unwrap();
        let base64 = piped(Command::new("openssl").args(["base64", "-A"]), &expected);

        let parameters = [
            "--param",
            "charset=gbk",
            "--param",
            &format!("subject={TRAP}"),
            "--param",
            "a=1",
        ];
        let mut sign = alipay();
        sign.arg("sign")
            .arg("--private-key")
            .arg(shop.path("app_private_key.pem"));
        sign.args(["--sign-type", sign_type, "--charset", "gbk"])
            .args(parameters);
        let output = sign.output().unwrap();
        assert_eq!(stdout(&output).trim().as_bytes(), base64);

        let mut verify = alipay();
        verify
            .arg("verify")
            .arg("--public-key")
            .arg(shop.path("app_public_key.pem"));
        verify.args(["--sign-type", sign_type, "--charset", "gbk", "--signature"]);
        verify.arg(String::from_utf8(base64).unwrap()).args(parameters);
        assert_eq!(stdout(&verify.output().unwrap()), "ok\n");
    }
    let mut sign = alipay();
    sign.arg("sign")
        .arg("--private-key")
        .arg(shop.path("app_private_key.pem"));
    refused(
        sign.args(["--charset", "gbk", "--param", "a=🍜"]),
        "charset_unmappable",
    );
}
