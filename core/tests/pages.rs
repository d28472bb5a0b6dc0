//! What a browser or an app is sent with: an order string, a URL, a form.
#![allow(missing_docs)]

mod harness;

use alipay_core::{
    Timestamp,
    envelope::{Call, FormSubmit},
    form,
    sign::Signer,
};
use harness::*;
use std::collections::BTreeMap;

const METHOD: &str = "alipay.trade.page.pay";

fn now() -> Timestamp {
    Timestamp::from_unix_ms(START).unwrap()
}

fn call(subject: &str) -> Call {
    Call::new(METHOD, format!(r#"{{"subject":"{subject}"}}"#)).unwrap()
}

/// The fields of a form, and whether the app's key signed them.
fn signed_fields(form: &str) -> (BTreeMap<String, String>, bool) {
    let mut fields: BTreeMap<String, String> = form::decode(form.as_bytes())
        .unwrap()
        .into_iter()
        .map(|(name, value)| {
            (
                String::from_utf8(name).unwrap(),
                String::from_utf8(value).unwrap(),
            )
        })
        .collect();
    let sign = fields.remove("sign").unwrap();
    let text: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let expected = Seal("app")
        .sign(merchant().sign_type(), text.join("&").as_bytes())
        .unwrap();
    (fields, sign == alipay_core::sign::to_base64(&expected))
}

#[test]
fn an_order_string_is_the_signed_parameters() {
    let text = merchant().order_string(&call("a b&c"), now()).unwrap();
    let (fields, signed) = signed_fields(&text);
    assert!(signed);
    assert_eq!(fields["method"], METHOD);
    assert_eq!(fields["biz_content"], r#"{"subject":"a b&c"}"#);
}

#[test]
fn a_url_is_the_gateway_and_the_same() {
    let url = merchant().page_url(&call("a b&c"), now()).unwrap();
    let query = url
        .strip_prefix("https://openapi.alipay.com/gateway.do?")
        .unwrap();
    assert_eq!(query, merchant().order_string(&call("a b&c"), now()).unwrap());
}

#[test]
fn a_form_posts_what_browsers_leave_alone_and_the_rest_is_in_its_action() {
    let of = |value: &str| {
        let call = call("x").parameter("passback_params", value).unwrap();
        merchant().page_form(&call, now(), FormSubmit::Script).unwrap()
    };
    let action = |html: &str| {
        html.split_once("action=\"")
            .unwrap()
            .1
            .split('"')
            .next()
            .unwrap()
            .to_owned()
    };
    for plain in ["a b", "a\tb", "中"] {
        let html = of(plain);
        assert!(
            html.contains(&format!(r#"name="passback_params" value="{plain}""#)),
            "{html}"
        );
        assert!(!action(&html).contains("passback_params"));
    }
    for rewritten in ["a\nb", "a\r\nb", "a\u{1}b"] {
        let html = of(rewritten);
        assert!(!html.contains(r#"name="passback_params""#), "{html}");
        assert!(
            action(&html).contains(&form::encode([("passback_params", rewritten)])),
            "{html}"
        );
    }
}

#[test]
fn a_call_says_whether_it_is_sent_plain() {
    assert!(!call("x").is_plain());
    assert!(call("x").plain().is_plain());
}
