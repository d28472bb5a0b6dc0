//! A merchant that does not write UTF-8: what is signed, sent, read and refused.
#![allow(missing_docs)]
#![cfg(feature = "gbk")]

mod harness;

use alipay_core::{
    ErrorCode, Merchant, Payment, Timestamp,
    charset::Charset,
    envelope::Call,
    form,
    http::HttpResponse,
    payment::{Input, Output, Policy, Restored, Start},
    sign::{SignType, Signer, from_base64, to_base64},
};
use harness::{ALIPAY, APP_ID, NUMBER, START, Seal, new_merchant, order, signing};
use proptest::prelude::*;
use std::sync::Arc;

const METHOD: &str = "alipay.trade.query";
const NODE: &str = "alipay_trade_query_response";
/// Second bytes in GBK: `\ { } |`, and `\` again.
const TRAP: &str = "乗亄亇亅昞";

fn merchant(charset: Charset, external: bool) -> Arc<Merchant> {
    signing(new_merchant(APP_ID).charset(charset), external)
}

fn now() -> Timestamp {
    Timestamp::from_unix_ms(START).unwrap()
}

/// Texts of what GBK has and of what is in the way.
fn text() -> impl Strategy<Value = String> {
    let hanzi = prop::sample::select("乗亄亇亅昞特价手机乺俓俔倇倈".chars().collect::<Vec<_>>());
    let any = prop::char::range('\u{4e00}', '\u{9fa5}');
    let ascii = prop::sample::select(r#"\/{}[]"':,a1 &=+%"#.chars().collect::<Vec<_>>());
    prop::collection::vec(prop_oneof![hanzi, any, ascii], 0..24).prop_map(String::from_iter)
}

fn node(texts: &[String]) -> String {
    let members: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| format!(r#","m{at}" : {}"#, serde_json::to_string(text).unwrap()))
        .collect();
    format!(r#"{{ "code":"10000"{} }}"#, members.concat())
}

fn body(node: &[u8], beside: &[u8]) -> Vec<u8> {
    let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, node).unwrap());
    let sign = format!(r#","sign":"{sign}","x":"#);
    [
        format!(r#"{{"{NODE}":"#).as_bytes(),
        node,
        sign.as_bytes(),
        beside,
        b"}",
    ]
    .concat()
}

proptest! {
    #[test]
    fn an_answer_is_verified_on_its_bytes_and_then_read(
        texts in prop::collection::vec(text(), 0..5),
        beside in text(),
        charset in prop::sample::select(vec![Charset::Gbk, Charset::Gb18030]),
        asked in prop::sample::select(vec![Charset::Utf8, Charset::Gbk, Charset::Gb18030, Charset::Gb2312]),
    ) {
        let node = node(&texts);
        let bytes = charset.encode(&node).unwrap();
        let beside = charset.encode(&serde_json::to_string(&beside).unwrap()).unwrap().into_owned();
        let body = body(&bytes, &beside);
        // Bytes that are UTF-8 too are read as what was asked for.
        prop_assume!(asked != Charset::Utf8 || std::str::from_utf8(&body).is_err() || body.is_ascii());
        prop_assume!(asked != Charset::Utf8 || std::str::from_utf8(&bytes).is_err() || bytes.is_ascii());
        let answer = merchant(asked, false).open(METHOD, &HttpResponse { status: 200, headers: Vec::new(), body }).unwrap();
        prop_assert!(answer.is_verified() && answer.is_success());
        prop_assert_eq!(answer.node(), node);
    }

    #[test]
    fn a_changed_byte_is_never_believed(
        texts in prop::collection::vec(text(), 0..5), at in any::<prop::sample::Index>(), flip in 1..=255_u8,
    ) {
        let node = node(&texts);
        let bytes = Charset::Gbk.encode(&node).unwrap();
        let mut body = body(&bytes, b"1");
        body[NODE.len() + 4 + at.index(bytes.len())] ^= flip;
        let answer = merchant(Charset::Gbk, false).open(METHOD, &HttpResponse { status: 200, headers: Vec::new(), body });
        prop_assert!(!answer.is_ok_and(|answer| answer.is_verified()));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for charset in Charset::ALL {
            let merchant = merchant(*charset, false);
            let _ = merchant.open(METHOD, &HttpResponse { status: 200, headers: Vec::new(), body: bytes.clone() });
            let _ = merchant.open(METHOD, &HttpResponse { status: 200, headers: Vec::new(), body: body(&bytes, b"1") });
            let _ = merchant.verify_notify(&bytes);
            if let Ok(text) = charset.decode(&bytes) {
                let _ = charset.encode(&text);
            }
        }
    }

    #[test]
    fn what_can_be_written_reads_back_and_joins(one in text(), other in any::<String>()) {
        for charset in Charset::ALL {
            let bytes = [&one, &other].map(|text| charset.encode(text));
            let joined = format!("{one}{other}");
            let whole = charset.encode(&joined);
            if let [Ok(one), Ok(other)] = bytes {
                let whole = whole.unwrap();
                prop_assert_eq!(&*whole, &*[&*one, &*other].concat());
                prop_assert_eq!(charset.decode(&whole).unwrap(), &*joined);
            } else {
                prop_assert_eq!(whole.unwrap_err().code(), ErrorCode::CharsetUnmappable);
            }
        }
    }

    #[test]
    fn a_request_holds_exactly_what_was_signed(subject in text(), passed in text()) {
        let merchant = merchant(Charset::Gbk, false);
        let content = serde_json::json!({ "subject": subject }).to_string();
        let call = Call::new("alipay.trade.pay", content).unwrap().parameter("passback_params", &passed).unwrap();
        let prepared = merchant.prepare(&call, now()).unwrap();
        prop_assert_eq!(Charset::Gbk.decode(prepared.bytes_to_sign()).unwrap(), prepared.string_to_sign());
        let request = merchant.request(&call, now()).unwrap();
        let (_, query) = request.url.split_once('?').unwrap();
        let mut fields = form::decode(&request.body).unwrap();
        fields.extend(form::decode(query.as_bytes()).unwrap());
        fields.sort();
        let at = fields.iter().position(|(name, _)| name == b"sign").unwrap();
        let (_, sign) = fields.remove(at);
        let joined: Vec<_> = fields.iter().map(|(name, value)| [&name[..], b"=", value].concat()).collect();
        let signed = joined.join(&b'&');
        prop_assert_eq!(&signed[..], prepared.bytes_to_sign());
        let sign = from_base64(std::str::from_utf8(&sign).unwrap()).unwrap();
        prop_assert_eq!(&*sign, &Seal("app").sign(SignType::Rsa2, &signed).unwrap()[..]);
    }
}

#[test]
fn a_signer_elsewhere_gets_the_bytes_of_the_charset() {
    let mut order = order();
    order.subject = Some(TRAP.into());
    let merchant = merchant(Charset::Gbk, true);
    let mut payment = Payment::new(merchant, order, Policy::default(), Start::default(), now()).unwrap();
    let Output::Sign(sign) = payment.poll_output(now()) else {
        panic!("to be signed first")
    };
    assert!(sign.string_to_sign.contains(TRAP));
    assert_eq!(Charset::Gbk.decode(&sign.message).unwrap(), sign.string_to_sign);
    assert!(sign.message.windows(4).any(|bytes| bytes == b"\x81\\\x81{"));
    let signature = Seal("app").sign(sign.sign_type, &sign.message).unwrap();
    let input = Input::Signature {
        id: sign.id,
        signature: &signature,
    };
    payment.handle_input(input, now()).unwrap();
    let Output::Request(request) = payment.poll_output(now()) else {
        panic!("then to be sent")
    };
    assert!(request.http.url.ends_with("?charset=gbk"));
    assert_eq!(
        request.http.headers,
        [(
            "content-type",
            "application/x-www-form-urlencoded;charset=gbk".to_owned()
        )]
    );
    assert!(
        request
            .http
            .body
            .windows(12)
            .any(|bytes| bytes == b"%81%5C%81%7B")
    );
}

#[test]
fn an_order_that_can_not_be_written_is_no_payment() {
    let mut order = order();
    order.body = Some("拉面🍜".into());
    let start = |charset| {
        Payment::new(
            merchant(charset, true),
            order.clone(),
            Policy::default(),
            Start::default(),
            now(),
        )
    };
    let error = start(Charset::Gbk).unwrap_err();
    assert_eq!(
        (error.code(), error.subject()),
        (ErrorCode::CharsetUnmappable, Some("biz_content"))
    );

    // Begun in UTF-8, and the merchant's set-up changed before pay left.
    let snapshot = start(Charset::Utf8).unwrap().snapshot();
    let error = Payment::restore(
        merchant(Charset::Gbk, true),
        &snapshot,
        Restored::default(),
        now(),
    )
    .unwrap_err();
    assert_eq!(error.code(), ErrorCode::CharsetUnmappable);
    let restored = Payment::restore(
        merchant(Charset::Gb18030, true),
        &snapshot,
        Restored::default(),
        now(),
    )
    .unwrap();
    assert_eq!(restored.out_trade_no(), NUMBER);
}

#[test]
fn an_error_names_the_parameter() {
    let merchant = merchant(Charset::Gbk, false);
    let call = |content: &str, name: &str, value: &str| {
        let call = Call::new("alipay.trade.pay", content).unwrap();
        merchant
            .prepare(&call.parameter(name, value).unwrap(), now())
            .map(|_| ())
    };
    assert_eq!(call("{}", "return_url", "https://example.com/中"), Ok(()));
    for (content, name, value, subject) in [
        (r#"{"subject":"🍜"}"#, "return_url", "x", "biz_content"),
        ("{}", "return_url", "🍜", "return_url"),
        ("{}", "🍜", "x", "🍜"),
    ] {
        let error = call(content, name, value).unwrap_err();
        assert_eq!(
            (error.code(), error.subject()),
            (ErrorCode::CharsetUnmappable, Some(subject))
        );
    }
}
