//! The string to be signed, and the request that carries it.

use super::{
    budget::within,
    witness::{self, Checksum},
};
use alipay_core::{
    ErrorCode, Timestamp,
    canonical::{is_blank, sorted, string_to_sign},
    charset::Charset,
    envelope::Call,
    form,
    sign::{SignType, Signer as _, to_base64},
};
use std::collections::BTreeMap;

/// 1 KB is reserved for the string, 4 KB for the body; the public parameters of our own and the table of at most 1,000 pairs.
const CONSTANT: usize = 96 * 1024;

pub(super) fn run(input: &[u8]) {
    let Some((bits, message)) = super::split(input) else {
        return;
    };
    let Ok(fields) = form::decode(message) else { return };
    let pairs: Vec<(&str, &str)> = fields
        .iter()
        .filter_map(|(name, value)| Some((str::from_utf8(name).ok()?, str::from_utf8(value).ok()?)))
        .collect();
    let kept = within(input.len(), CONSTANT, || sorted(pairs.iter().copied()));
    assert!(kept.is_sorted_by_key(|(name, _)| name.as_bytes()));
    let mut expected: Vec<_> = pairs
        .iter()
        .copied()
        .filter(|(name, value)| *name != "sign" && !value.trim().is_empty())
        .collect();
    assert!(
        pairs
            .iter()
            .all(|(_, value)| is_blank(value) == value.trim().is_empty())
    );
    let mut same = kept.clone();
    expected.sort_unstable();
    same.sort_unstable();
    assert_eq!(same, expected, "something is lost or added");
    let text = within(input.len(), CONSTANT, || string_to_sign(pairs.iter().copied()));
    let unique: BTreeMap<&str, &str> = expected.iter().copied().collect();
    if unique.len() == expected.len() {
        assert_eq!(text, joined(&unique));
        let backwards = pairs.iter().rev().copied();
        assert_eq!(text, string_to_sign(backwards), "the order matters");
    }
    request(bits, &pairs);
}

fn joined(pairs: &BTreeMap<&str, &str>) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// What is sent must verify where it arrives, read by another's parser.
fn request(bits: u8, pairs: &[(&str, &str)]) {
    let merchant = witness::merchant(bits);
    let [(_, biz_content), further @ ..] = pairs else {
        return;
    };
    let Ok(mut call) = Call::new("alipay.trade.query", *biz_content) else {
        return;
    };
    let mut reserved = 0;
    for (name, value) in further {
        call = match call.clone().parameter(name, value) {
            Ok(call) => call,
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::ParameterReserved);
                reserved += 1;
                call
            }
        };
    }
    let now = Timestamp::from_unix_ms(1_795_262_400_000).expect("a time");
    let len = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
    let sent = match within(len, CONSTANT, || merchant.request(&call, now)) {
        Ok(sent) => sent,
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::CharsetUnmappable);
            let charset = merchant.charset();
            assert_ne!(charset, Charset::Utf8, "it has every character");
            let mut characters = pairs
                .iter()
                .flat_map(|(name, value)| name.chars().chain(value.chars()));
            let can_be_sent = |c: char| charset.encode(c.encode_utf8(&mut [0; 4])).is_ok();
            assert!(
                !characters.all(can_be_sent),
                "each of its characters can be sent, and the request can't"
            );
            return;
        }
    };
    let (_, query) = sent.url.split_once('?').expect("a query");
    assert_eq!(query, format!("charset={}", merchant.charset().as_str()));
    if merchant.charset() != Charset::Utf8 {
        // The other parser knows UTF-8 only; ours is compared with it in the target `form`.
        return;
    }
    let mut seen = BTreeMap::new();
    let mut sign = None;
    // The charset is told in the URL, before the body is read, and only there.
    for (name, value) in form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(&sent.body)) {
        if name == "sign" {
            sign = Some(value.into_owned());
        } else {
            assert!(!value.trim().is_empty(), "a blank parameter is sent");
            let twice = seen.insert(name.into_owned(), value.into_owned()).is_some();
            assert!(!twice, "a parameter is sent twice");
        }
    }
    let borrowed = seen.iter().map(|(name, value)| (&**name, &**value)).collect();
    let seal = Checksum.sign(SignType::Rsa2, joined(&borrowed).as_bytes());
    assert_eq!(
        sign,
        seal.ok().map(|seal| to_base64(&seal)),
        "what arrives is not what was signed"
    );
    assert!(seen.len() <= 13 + further.len() - reserved);
    for (name, value) in further.iter().rev() {
        // The last one counts, unless the library sets it itself.
        let last = further.iter().rfind(|(other, _)| other == name);
        let ours = Call::new("a", "")
            .and_then(|call| call.parameter(name, value))
            .is_ok();
        if ours && !is_blank(value) && last == Some(&(*name, *value)) {
            assert_eq!(seen.get(*name).map(String::as_str), Some(*value));
        }
    }
}
