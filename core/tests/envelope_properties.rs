//! The envelope's scanner against serde_json: the range it verifies is exactly the raw value that a full parser sees.
#![allow(missing_docs)]

mod harness;

use alipay_core::{
    ErrorCode,
    http::HttpResponse,
    sign::{SignType, Signer, to_base64},
};
use harness::{ALIPAY, merchant};
use proptest::prelude::*;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const METHOD: &str = "alipay.trade.query";
const NODE: &str = "alipay_trade_query_response";

/// Any JSON text, with odd spacing and escapes.
fn json() -> impl Strategy<Value = String> {
    let string = prop_oneof![
        "[a-z{}\\[\\],: ]{0,8}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        "\\PC{0,6}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just(r#""\"\\\/\u4e2d}{sign""#.to_owned()),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("-1.50e+3".to_owned()),
        Just("10000".to_owned()),
        string.clone()
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let members = prop::collection::vec((string.clone(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[ {} ]", items.join(" , "))),
            members.prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("{name} :\t{value}"))
                    .collect();
                format!("{{{}\n}}", members.join(","))
            }),
        ]
    })
}

/// An object node with a success code and some members.
fn node() -> impl Strategy<Value = String> {
    prop::collection::vec(json(), 0..5).prop_map(|values| {
        let members: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(at, value)| format!(r#","m{at}" : {value}"#))
            .collect();
        format!(r#"{{ "code":"10000"{} }}"#, members.concat())
    })
}

fn response(body: impl Into<Vec<u8>>) -> HttpResponse {
    HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: body.into(),
    }
}

proptest! {
    #[test]
    fn what_is_verified_is_the_raw_value_that_serde_json_sees(node in node(), other in json(), order in 0..6_usize) {
        let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, node.as_bytes()).unwrap());
        let members = [format!(r#""{NODE}" :  {node}"#), format!(r#""sign":"{sign}""#), format!(r#""x":{other}"#)];
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let body = format!(" {{{}}}\n", orders[order].map(|at| members[at].as_str()).join(" , "));
        let seen: BTreeMap<String, &RawValue> = serde_json::from_str(&body).unwrap();
        let answer = merchant().open(METHOD, &response(body.clone())).unwrap();
        prop_assert!(answer.is_verified());
        prop_assert_eq!(answer.node(), seen[NODE].get());
    }

    #[test]
    fn a_changed_byte_anywhere_in_the_node_is_never_believed(node in node(), at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, node.as_bytes()).unwrap());
        let mut body = format!(r#"{{"{NODE}":{node},"sign":"{sign}"}}"#).into_bytes();
        let start = NODE.len() + 4;
        body[start + at.index(node.len())] ^= flip;
        prop_assert!(!merchant().open(METHOD, &response(body)).is_ok_and(|answer| answer.is_verified()));
    }

    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = merchant().open(METHOD, &response(body));
    }

    #[test]
    fn no_cut_makes_it_panic_or_believe(node in node(), cut in any::<prop::sample::Index>()) {
        let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, node.as_bytes()).unwrap());
        let body = format!(r#"{{"{NODE}":{node},"sign":"{sign}"}}"#).into_bytes();
        let cut = cut.index(body.len());
        prop_assert!(merchant().open(METHOD, &response(&body[..cut])).is_err());
    }
}

#[test]
fn a_gbk_body_is_verified_on_its_bytes_and_its_codes_are_legible() {
    // "系统繁忙…" with characters whose trail bytes are `\`, `{`, `}` and `|`.
    let mut node = br#"{"code":"20000","sub_code":"isp.unknow-error","sub_msg":""#.to_vec();
    node.extend_from_slice(&[0xcf, 0xb5, 0x81, b'\\', 0x81, b'{', 0x81, b'}', 0x95, b'|']);
    node.extend_from_slice(br#""}"#);
    let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, &node).unwrap());
    let mut body = format!(r#"{{"{NODE}":"#).into_bytes();
    body.extend_from_slice(&node);
    body.extend_from_slice(format!(r#","sign":"{sign}"}}"#).as_bytes());
    let answer = merchant().open(METHOD, &response(body)).unwrap();
    assert!(answer.is_verified());
    assert_eq!(
        (answer.code(), answer.sub_code()),
        (Some("20000"), Some("isp.unknow-error"))
    );
}

#[test]
fn ambiguous_bodies_are_refused() {
    let node = r#"{"code":"10000"}"#;
    let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, node.as_bytes()).unwrap());
    let n = format!(r#""{NODE}":{node}"#);
    let s = format!(r#""sign":"{sign}""#);
    for (body, code) in [
        (format!("{{{n},{n},{s}}}"), ErrorCode::ResponseDuplicate),
        (format!("{{{n},{s},{s}}}"), ErrorCode::ResponseDuplicate),
        (
            format!(r#"{{{n},{s},"\u0073ign":"x"}}"#),
            ErrorCode::ResponseDuplicate,
        ),
        (
            format!(r#"{{{n},"error_response":{node},{s}}}"#),
            ErrorCode::ResponseDuplicate,
        ),
        (
            format!(r#"{{{n},"alipay_cert_sn":"a","alipay_cert_sn":"b",{s}}}"#),
            ErrorCode::ResponseDuplicate,
        ),
        (
            format!(r#"{{"alipay_trade_pay_response":{node},{s}}}"#),
            ErrorCode::ResponseNoNode,
        ),
        (
            format!(r#"{{{n},"other_response":{node},{s}}}"#),
            ErrorCode::ResponseNoNode,
        ),
        (format!("{{{s}}}"), ErrorCode::ResponseNoNode),
        (format!("{{{n}}}"), ErrorCode::SignatureMissing),
        (format!(r#"{{{n},"sign":""}}"#), ErrorCode::SignatureMissing),
        (format!(r#"{{{n},"sign":null}}"#), ErrorCode::SignatureFormat),
        (format!(r#"{{{n},"sign":"{sign} "}}"#), ErrorCode::SignatureFormat),
        (format!("{{{n},{s}}} x"), ErrorCode::ResponseNotJson),
        (format!("[{n}]"), ErrorCode::ResponseNotJson),
        (format!("{{{n},{s},}}"), ErrorCode::ResponseNotJson),
    ] {
        assert_eq!(
            merchant()
                .open(METHOD, &response(body.clone()))
                .unwrap_err()
                .code(),
            code,
            "{body}"
        );
    }
}

#[test]
fn a_megabyte_is_the_most_that_is_read() {
    let node = r#"{"code":"10000","msg":"Success"}"#;
    let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, node.as_bytes()).unwrap());
    let of_size = |bytes: usize| {
        let mut body = format!(r#"{{"{NODE}":{node},"sign":"{sign}"}}"#).into_bytes();
        body.resize(bytes, b' ');
        response(body)
    };
    assert!(merchant().open(METHOD, &of_size(1 << 20)).unwrap().is_verified());
    for more in [1, 2, 1 << 20] {
        let large = of_size((1 << 20) + more);
        let refused = merchant().open(METHOD, &large).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::ResponseTooLarge);
    }
    #[cfg(feature = "diagnose")]
    {
        use alipay_core::diagnose::Hints;

        let why =
            |bytes: usize| merchant().diagnose_response(METHOD, &of_size(bytes).body, &Hints::default());
        assert!(why(1 << 20).is_ok());
        for more in [1, 2] {
            assert_eq!(
                why((1 << 20) + more).unwrap_err().code(),
                ErrorCode::ResponseTooLarge
            );
        }
    }
}

#[test]
fn escaped_slashes_are_tried_unescaped_as_the_official_sdk_does() {
    let signed = r#"{"code":"10000","url":"https://x/y"}"#;
    let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, signed.as_bytes()).unwrap());
    let body = format!(r#"{{"{NODE}":{},"sign":"{sign}"}}"#, signed.replace('/', r"\/"));
    assert!(merchant().open(METHOD, &response(body)).unwrap().is_verified());
}
