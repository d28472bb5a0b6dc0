//! Where fuzzing starts: the golden vectors, and some runs of the simulation.

use super::{payment::written, witness::KEY};
use alipay_core::{
    Payment, Timestamp,
    api::TradePayRequest,
    id::AuthCode,
    payment::{Failure, Input, Output, Policy, Start},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use conformance::money::{Lab, Tape, run as simulate};
use serde_json::Value;
use std::{fs, sync::Arc};

/// A file of the golden vectors.
pub(crate) fn vectors(name: &str) -> Value {
    let path = conformance::vectors::directory().join(format!("{name}.json"));
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{name}.json: {error}"));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}.json: {error}"))
}

/// The seeds: a target's name, and an input.
#[must_use]
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut out = Vec::new();
    let mut add = |target: &'static str, bits: &[u8], message: &[u8]| {
        out.push((target, [bits, message].concat()));
    };
    for row in rows("form") {
        if let Some(form) = bytes(&row, "form").or_else(|| bytes(&row["expect"], "form")) {
            add("form", &[], &form);
            add("canonical", &[0], &form);
        }
    }
    for row in rows("canonical") {
        let pairs = row["parameters"].as_array().into_iter().flatten();
        let pairs: Vec<_> = pairs
            .filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)))
            .collect();
        add("canonical", &[0], alipay_core::form::encode(pairs).as_bytes());
    }
    for charset in 0..8 {
        add(
            "canonical",
            &[charset],
            b"biz_content=%7B%22a%22%3A%22%E4%B8%AD%22%7D&return_url=https%3A%2F%2Fa%2F%3Fb&x=%20&sign=1",
        );
    }
    for row in rows("envelope") {
        if let Some(body) = bytes(&row, "body") {
            // UTF-8 and GBK, each with the first question believed.
            add("envelope", &[0b0000_1000], &body);
            add("envelope", &[0b0001_0010], &body);
            add("diagnose", &[1], &body);
        }
    }
    for row in rows("v3").iter().filter(|row| row["operation"] == "v3Open") {
        let input = &row["input"];
        let mut message = format!("{}\n", input["status"]);
        for header in input["headers"].as_array().into_iter().flatten() {
            message += &format!(
                "{}: {}\n",
                header[0].as_str().unwrap_or_default(),
                header[1].as_str().unwrap_or_default()
            );
        }
        message += "\n";
        let body = bytes(input, "body").unwrap_or_default();
        add("envelope", &[0b0100_1000], &[message.as_bytes(), &body].concat());
    }
    for name in ["notify", "notify_more", "diagnose"] {
        for row in rows(name) {
            let of = if row["input"].is_object() {
                &row["input"]
            } else {
                &row
            };
            for (field, kind) in [("body", 0), ("query", 2), ("result", 3)] {
                let Some(message) = bytes(of, field) else { continue };
                for believed in 1..=2 {
                    add("notify", &[kind << 6 | believed << 3], &message);
                }
                add(
                    "diagnose",
                    &[u8::from(row["operation"] == "diagnoseResponse")],
                    &message,
                );
            }
        }
    }
    for row in rows("keys") {
        if let Some(key) = bytes(&row, "input") {
            add("keys", &[], &key);
        }
    }
    for row in rows("cert") {
        if let Some(file) = bytes(&row["input"], "certificate") {
            add("certificates", &[], &file);
            add("keys", &[], &file);
        }
    }
    for snapshot in snapshots() {
        add("snapshot", &[1], &snapshot);
        add("snapshot", &[0], &snapshot);
        add("snapshot", &[0xff], &snapshot);
    }
    let lab = Lab::stand_in();
    for run in 0..300 {
        let (_, tape, _) = simulate(&lab, Tape::drawn(1, run), false);
        add("payment", &[], &written(&tape));
    }
    out.sort();
    out.dedup();
    out
}

/// Long inputs, each a short one many times over: where memory or time grow faster than the input, these show it. Each target's
/// name, and an input of about this length.
#[must_use]
pub fn stretched(len: usize) -> Vec<(&'static str, Vec<u8>)> {
    let repeated = |before: &[u8], piece: &[u8], after: &[u8]| {
        let times = len / piece.len();
        [before, &piece.repeat(times), after].concat()
    };
    let forms = [
        &b"a&"[..],
        b"&",
        b"=",
        b"%41",
        b"+",
        b"a=b&",
        b"\xd6\xd0&",
        b"%ff%fe",
    ];
    let values = [&b"\"\":0,"[..], b"\"a\":\"\",", b"\"\\u0041\":{},"];
    let nested = [&b"["[..], b"{\"\":", b"\\/", b" ", b"\xd6\xd0", b"\xd6\\", b"0"];
    let mut out = Vec::new();
    for piece in forms {
        out.push(("form", repeated(b"", piece, b"x")));
        out.push(("canonical", repeated(b"\0", piece, b"x")));
        for bits in [0b0000_1000, 0b0100_1000, 0b1000_1010] {
            out.push(("notify", repeated(&[bits], piece, b"&sign=AAAA")));
        }
        out.push(("diagnose", repeated(b"\0", piece, b"&sign=AAAA")));
    }
    // Every field's name another, also where it is read in several ways; and so in JSON.
    let numbered = |before: &str, after: &str| -> Vec<u8> {
        let pieces = (0..len / 9).map(|at| format!("{before}{at:x}{after}"));
        pieces.collect::<String>().into_bytes()
    };
    out.push((
        "notify",
        [&[0b0000_1000], &numbered("", "&")[..], b"sign=AAAA"].concat(),
    ));
    out.push(("diagnose", [&[0], &numbered("+", "&")[..], b"sign=AAAA"].concat()));
    out.push((
        "diagnose",
        [b"\0{", &numbered("\"", "\":0,")[..], b"\"sign\":\"AAAA\"}"].concat(),
    ));
    let (open, close) = (
        &b"{\"alipay_trade_pay_response\":{"[..],
        &b"\"code\":\"10000\"},\"sign\":\"AAAA\"}"[..],
    );
    for piece in values {
        for bits in [0b0000_1000, 0b0000_1010] {
            out.push(("envelope", repeated(&[&[bits], open].concat(), piece, close)));
            out.push(("envelope", repeated(&[bits, b'{'], piece, &close[16..])));
        }
        out.push((
            "envelope",
            repeated(b"\x48200\nalipay-signature: AAAA\n\n{", piece, b"\"\":0}"),
        ));
        out.push(("diagnose", repeated(&[&[1], open].concat(), piece, close)));
        out.push(("notify", repeated(b"\xc8{\"result\":\"x\",", piece, b"\"\":0}")));
    }
    for piece in nested {
        for bits in [0b0000_1000, 0b0000_1010] {
            out.push(("envelope", repeated(&[&[bits], open].concat(), piece, close)));
            out.push((
                "envelope",
                repeated(
                    &[&[bits], open, b"\"a\":\""].concat(),
                    piece,
                    b"\",\"code\":\"1\"},\"sign\":\"AAAA\"}",
                ),
            ));
        }
        out.push(("diagnose", repeated(&[&[1], open].concat(), piece, close)));
        out.push(("snapshot", repeated(b"\x01\n", piece, b"")));
    }
    for piece in [
        &b"AAAA"[..],
        b" ",
        b"\\n",
        b"-----BEGIN ",
        b"\xe2\x80\x8b",
        b"-----BEGIN CERTIFICATE-----MAA=-----END CERTIFICATE-----",
    ] {
        out.push(("keys", repeated(b"", piece, b"")));
        out.push(("certificates", repeated(b"", piece, b"")));
    }
    // A sequence of many, of themselves, and a key of numbers that are no RSA key's.
    for piece in [&b"\x05\0"[..], b"\x30\0", b"\x02\x01\x01"] {
        let content = repeated(b"", piece, b"");
        out.push(("keys", der(0x30, &content)));
        out.push(("certificates", der(0x30, &content)));
    }
    out.push(("keys", long_numbers(len)));
    for len in [len, 15 * 1024] {
        for what in [Padding::Names, Padding::Attributes, Padding::Extensions] {
            let certificate = certificate(what, len);
            out.push(("keys", certificate.clone()));
            out.push(("certificates", certificate));
        }
    }
    // As many of the fullest that are read.
    let pem = |der: &[u8]| {
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(der)
        )
    };
    for what in [Padding::Names, Padding::Attributes, Padding::Extensions] {
        let one = pem(&certificate(what, 64 * 8));
        out.push(("certificates", repeated(b"", one.as_bytes(), b"")));
    }
    out
}

/// What a certificate is full of.
#[derive(Clone, Copy)]
enum Padding {
    /// Names' parts that say nothing.
    Names,
    /// Attributes of one part, in the order that takes longest to sort.
    Attributes,
    /// Extensions that are none.
    Extensions,
}

/// A certificate with so many bytes of this.
fn certificate(what: Padding, len: usize) -> Vec<u8> {
    // sha256WithRSAEncryption
    let algorithm = der(0x30, b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\0");
    let validity = [der(0x17, b"200101000000Z"), der(0x17, b"400101000000Z")].concat();
    let key = STANDARD
        .decode(KEY.to_base64().expect("as documented"))
        .expect("base64");
    let attribute = |at: usize| {
        let at = u32::try_from(at).unwrap_or(u32::MAX).to_be_bytes();
        der(0x30, &[b"\x06\x01\x2a", &der(0x0c, &at)[..]].concat())
    };
    let (mut names, mut extensions) = (Vec::new(), Vec::new());
    match what {
        Padding::Names => names = b"\x31\0".repeat(len / 2),
        Padding::Attributes => {
            names = der(
                0x31,
                &(0..len / 11).rev().flat_map(attribute).collect::<Vec<u8>>(),
            );
        }
        Padding::Extensions => extensions = b"\x30\x07\x06\x03\x55\x1d\x0f\x04\0".repeat(len / 9),
    }
    let tbs = [
        der(0xa0, b"\x02\x01\x02"),
        der(2, &[1]),
        algorithm.clone(),
        der(0x30, &names),
        der(0x30, &validity),
        der(0x30, b""),
        key,
        der(0xa3, &der(0x30, &extensions)),
    ];
    der(
        0x30,
        &[der(0x30, &tbs.concat()), algorithm, der(3, &[0; 257])].concat(),
    )
}

/// A DER element of at least 64 KB's length field.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    if content.len() < 128 {
        out.extend(digits);
    } else {
        out.push(0x80 | u8::try_from(digits.len()).unwrap_or(4));
        out.extend(digits);
    }
    out.extend_from_slice(content);
    out
}

/// A private key whose modulus is of a size that is allowed, and whose other numbers are as long as the input may be.
fn long_numbers(len: usize) -> Vec<u8> {
    let number = |len: usize| der(2, &[&[0x7f][..], &vec![0xfb; len - 1]].concat());
    let long = number(len / 6);
    let numbers = [
        &der(2, &[0])[..],
        &number(256),
        &der(2, &[1, 0, 1]),
        &long,
        &long,
        &long,
        &long,
        &long,
        &long,
    ];
    der(0x30, &numbers.concat())
}

fn rows(name: &str) -> Vec<Value> {
    match vectors(name)["rows"].take() {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    }
}

/// A field that stands as text, as base64 of another name, or is base64 where it can be.
fn bytes(row: &Value, field: &str) -> Option<Vec<u8>> {
    if let Some(base64) = row[format!("{field}_base64")].as_str() {
        return STANDARD.decode(base64).ok();
    }
    let text = row[field].as_str()?;
    // Operations take bytes as base64; a form or JSON is never that by chance.
    Some(match STANDARD.decode(text) {
        Ok(bytes) if row["operation"].is_null() && text.len() > 64 => bytes,
        _ => text.as_bytes().to_vec(),
    })
}

/// A payment at every step of a day on which nothing answers.
fn snapshots() -> Vec<Vec<u8>> {
    let now = |ms: i64| Timestamp::from_unix_ms(1_795_262_400_000 + ms).expect("a time");
    let code = AuthCode::new("28763443825664394").expect("a code");
    let amount = "88.88".parse().expect("an amount");
    let mut out = Vec::new();
    for failure in [Failure::MaybeSent, Failure::Aborted, Failure::NotSent] {
        let order = TradePayRequest::bar_code("20150320010101001", code.clone(), amount, "Iphone6 16G");
        let merchant = super::witness::merchant(super::witness::USUAL);
        let payment = Payment::new(
            Arc::clone(&merchant),
            order,
            Policy::fast(),
            Start::default(),
            now(0),
        );
        let mut payment = payment.expect("an order in order");
        let mut time = now(0);
        loop {
            out.push(payment.snapshot());
            match payment.poll_output(time) {
                Output::Request(request) => {
                    out.push(payment.snapshot());
                    let id = request.id;
                    let told = payment.handle_input(Input::Failure { id, failure }, time);
                    told.expect("a failure is no misuse");
                }
                Output::Timeout { at, .. } => time = at,
                Output::Save => {}
                Output::Sign(_) | Output::News(_) | Output::Done(_) => break,
            }
        }
        out.push(payment.snapshot());
    }
    out.dedup();
    out
}
