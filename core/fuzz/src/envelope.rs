//! Answers: what is told is what was verified, byte for byte.

use super::{budget::within, witness};
use alipay_core::{ErrorCode, charset::Charset, envelope::Answer, http::HttpResponse, sign::SignType, v3};
use serde_json::{Value, value::RawValue};
use std::collections::BTreeMap;

/// Room for 32 members is reserved at once, twice over for what is read beside it.
const CONSTANT: usize = 8 * 1024;

/// Bits 0 to 2: charset and algorithm. 3 to 5: which question about a signature is answered with yes. 6: OpenAPI v3.
/// 7: which method was called.
pub(super) fn run(input: &[u8]) {
    let Some((bits, message)) = super::split(input) else {
        return;
    };
    witness::believe(u32::from(bits >> 3 & 7));
    if bits & 0x40 != 0 {
        over_v3(bits, message);
    } else {
        let method = if bits & 0x80 == 0 {
            "alipay.trade.pay"
        } else {
            "alipay.trade.query"
        };
        over_v2(bits, method, message);
    }
}

fn over_v2(bits: u8, method: &str, body: &[u8]) {
    let merchant = witness::merchant(bits & 7);
    let response = HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: body.to_vec(),
    };
    let opened = within(body.len(), CONSTANT, || merchant.open(method, &response));
    let believed = witness::believed();
    let oracle = Oracle::read(method, body);
    let answer = match opened {
        Ok(answer) => answer,
        Err(error) => {
            let not_read = matches!(
                error.code(),
                ErrorCode::ResponseNotJson | ErrorCode::ResponseNoNode
            );
            let readable =
                merchant.charset() == Charset::Utf8 && oracle.is_some_and(|oracle| oracle.is_plain());
            assert!(!(not_read && readable), "{error}, and yet it is well-formed");
            return;
        }
    };
    assert_eq!(
        answer.is_verified(),
        believed.is_some(),
        "verified by nobody, or for nothing"
    );
    if let Some((sign_type, signed)) = &believed {
        // The downgrade that must never be.
        assert!(merchant.sign_type() == SignType::Rsa || *sign_type == SignType::Rsa2);
        // Of an escaped slash only the backslash may be missing; where GBK's pairs count, which one that is depends on them.
        let bare = |text: &[u8]| -> Vec<u8> { text.iter().copied().filter(|byte| *byte != b'\\').collect() };
        assert!(
            contains(&bare(body), &bare(signed)),
            "what was verified is not in the body"
        );
        if str::from_utf8(body).is_ok() && merchant.charset() == Charset::Utf8 {
            let node = answer.node().as_bytes();
            assert!(contains(body, node));
            assert!(
                signed == node || *signed == unescaped(node),
                "what is told is not what was verified"
            );
        }
    } else {
        let code = answer.code().unwrap_or_default();
        assert!(
            code.len() == 5 && code.starts_with(['2', '4']),
            "an unsigned success"
        );
    }
    if merchant.charset() == Charset::Utf8
        && let Some(oracle) = &oracle
    {
        assert_eq!(answer.node(), oracle.node, "serde_json sees another node");
    }
    check_codes(&answer);
}

/// The codes are those of the node that is told.
fn check_codes(answer: &Answer) {
    let Ok(Value::Object(members)) = serde_json::from_str(answer.node()) else {
        return;
    };
    for (name, read) in [
        ("code", answer.code()),
        ("msg", answer.msg()),
        ("sub_msg", answer.sub_msg()),
    ] {
        // Of two of the same name serde_json keeps the last. An escaped name is one too.
        let once = answer.node().matches(name).count() == 1 && !answer.node().contains('\\');
        match members.get(name) {
            Some(Value::String(text)) if once => assert_eq!(read, Some(&**text), "{name}"),
            None if once => assert_eq!(read, None, "{name}"),
            _ => {}
        }
    }
    assert_eq!(answer.is_success(), answer.code() == Some("10000"));
}

/// The same body, read by serde_json.
struct Oracle {
    node: String,
    /// No other member that could be a node.
    alone: bool,
}

impl Oracle {
    fn read(method: &str, body: &[u8]) -> Option<Self> {
        let members: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(body).ok()?;
        let ours = format!("{}_response", method.replace('.', "_"));
        let nodes: Vec<_> = members
            .iter()
            .filter(|(name, _)| **name == ours || *name == "error_response")
            .collect();
        let others = members.keys().filter(|name| name.ends_with("_response")).count();
        match &nodes[..] {
            [(_, node)] => Some(Self {
                node: node.get().to_owned(),
                alone: others == 1,
            }),
            _ => None,
        }
    }

    /// Whether nothing about it is a reason to refuse it as JSON.
    fn is_plain(&self) -> bool {
        self.alone && serde_json::from_str::<Value>(&self.node).is_ok_and(|node| node.is_object())
    }
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || hay.windows(needle.len()).any(|window| window == needle)
}

/// With `\/` as `/`; every other escape stays as it is.
fn unescaped(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len());
    let mut bytes = json.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'\\', Some(b'/')) => {}
            (b'\\', Some(escaped)) => {
                out.extend([byte, *escaped]);
                bytes.next();
            }
            _ => out.push(byte),
        }
    }
    out
}

/// The status, then headers, a line each, an empty line, the body.
fn over_v3(bits: u8, message: &[u8]) {
    let merchant = witness::merchant(bits & 7);
    let (head, body) = message
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .map_or((message, &[][..]), |at| (&message[..at], &message[at + 2..]));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.parse().ok()).unwrap_or(200);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let response = HttpResponse {
        status,
        headers,
        body: body.to_vec(),
    };
    let opened = within(message.len(), CONSTANT, || merchant.open_v3(&response, None));
    let believed = witness::believed();
    let Ok(answer) = opened else { return };
    assert_eq!(answer.is_verified(), believed.is_some());
    match believed {
        Some((sign_type, signed)) => {
            assert_eq!(sign_type, SignType::Rsa2, "v3 knows no other");
            check_v3(&response, &answer, &signed);
        }
        None => assert!(!answer.is_success(), "an unsigned success"),
    }
    assert_eq!(answer.body().as_bytes(), body);
}

fn check_v3(response: &HttpResponse, answer: &v3::Answer, signed: &[u8]) {
    let header = |name: &str| {
        let mut found = response.headers.iter();
        let found = found.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).unwrap_or_default()
    };
    let expected = format!(
        "{}\n{}\n{}\n",
        header("alipay-timestamp"),
        answer.nonce().unwrap_or_default(),
        answer.body()
    );
    assert_eq!(
        signed,
        expected.as_bytes(),
        "what is told is not what was verified"
    );
}
