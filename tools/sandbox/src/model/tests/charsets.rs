//! Merchants that do not write UTF-8, and those that still sign with SHA-1.

use crate::model::{
    answer::Delivery,
    charset,
    gateway::GatewayRequest,
    harness::{Counter, config},
};
use alipay_core::{charset::Charset, envelope::Call, http::HttpResponse, sign::SignType};
use serde_json::json;

/// In GBK, their second bytes are those of `\ { } |`.
const TRAP: &str = "乗亄亇亅";

fn counter(charset: Charset, sign_type: SignType) -> Counter {
    Counter::of(config(), |builder| builder.charset(charset).sign_type(sign_type))
}

fn order(counter: &Counter, subject: &str) -> serde_json::Value {
    json!({
        "out_trade_no": "A1", "scene": "bar_code", "auth_code": crate::model::story::auth_code(1, 1, 1),
        "subject": subject, "total_amount": "88.88", "store_id": counter.merchant.charset().as_str(),
    })
}

#[test]
fn a_sale_in_every_charset_is_paid_announced_and_found() {
    for sign_type in [SignType::Rsa2, SignType::Rsa] {
        for (charset, subject) in [
            (Charset::Utf8, "辣条🍜"),
            (Charset::Gbk, TRAP),
            (Charset::Gb18030, "乗🍜亄"),
            (Charset::Gb2312, "辣条"),
        ] {
            let mut counter = counter(charset, sign_type);
            let order = order(&counter, subject);
            let answer = counter.call("alipay.trade.pay", &order).verified();
            assert!(answer.is_success(), "{charset:?}");
            assert_eq!(counter.view("A1").subject, subject);

            let due = counter.gateway.due_notifications(counter.now).unwrap();
            let [outgoing] = &due[..] else {
                panic!("one notification")
            };
            assert!(
                outgoing
                    .content_type
                    .ends_with(&format!("charset={}", charset.as_str()))
            );
            let notify = counter.merchant.verify_notify(outgoing.body.as_bytes()).unwrap();
            assert_eq!(notify.get("subject"), Some(subject));
            assert_eq!(notify.get("charset"), Some(charset.as_str()));
            assert_eq!(notify.get("sign_type"), Some(sign_type.as_str()));
            assert!(notify.is_paid());
            assert_eq!(counter.status("A1"), "TRADE_SUCCESS");
        }
    }
}

#[test]
fn a_refusal_is_answered_in_the_charset_of_the_request() {
    let mut counter = counter(Charset::Gbk, SignType::Rsa2);
    let call = Call::new("alipay.trade.query", r#"{"out_trade_no":"A1"}"#).unwrap();
    let request = counter.merchant.request(&call, counter.now).unwrap();
    let request = GatewayRequest {
        query: "charset=gbk",
        body: &request.body,
    };
    let answer = counter.gateway.handle_request(request, counter.now).unwrap();
    let Delivery::Http {
        content_type, body, ..
    } = answer.delivery
    else {
        panic!("no answer")
    };
    assert_eq!(content_type, "text/html;charset=gbk");
    assert!(std::str::from_utf8(&body).is_err());
    assert!(charset::read(Charset::Gbk, &body).contains("交易不存在"));
    let response = HttpResponse {
        status: 200,
        headers: Vec::new(),
        body,
    };
    let answer = counter.merchant.open("alipay.trade.query", &response).unwrap();
    assert!(answer.is_verified());
    assert_eq!(answer.sub_msg(), Some("交易不存在"));
}

/// The mistake that protocol.md warns of: the charset only stands in the body.
#[test]
fn utf_8_without_a_charset_in_the_url_is_refused_in_gbk_and_the_merchant_can_read_why() {
    let mut counter = counter(Charset::Utf8, SignType::Rsa2);
    let order = order(&counter, "辣条").to_string();
    let call = Call::new("alipay.trade.pay", order).unwrap();
    let request = counter.merchant.request(&call, counter.now).unwrap();
    let mut body = request.body;
    body.extend_from_slice(b"&charset=utf-8");
    let request = GatewayRequest {
        query: "",
        body: &body,
    };
    let answer = counter.gateway.handle_request(request, counter.now).unwrap();
    let Delivery::Http { status, body, .. } = answer.delivery else {
        panic!("no answer")
    };
    let response = HttpResponse {
        status,
        headers: Vec::new(),
        body,
    };
    let answer = counter.merchant.open("alipay.trade.pay", &response).unwrap();
    assert!(answer.is_verified(), "signed over the bytes of GBK");
    assert_eq!(answer.sub_code(), Some("isv.invalid-signature"));
    assert!(answer.sub_msg().unwrap().starts_with("验签出错"));
}

#[test]
fn gbk_needs_no_charset_in_the_url() {
    let mut counter = counter(Charset::Gbk, SignType::Rsa2);
    let call = Call::new("alipay.trade.pay", order(&counter, TRAP).to_string()).unwrap();
    let request = counter.merchant.request(&call, counter.now).unwrap();
    let mut body = request.body;
    body.extend_from_slice(b"&charset=gbk");
    let request = GatewayRequest {
        query: "",
        body: &body,
    };
    let answer = counter.gateway.handle_request(request, counter.now).unwrap();
    let Delivery::Http { status, body, .. } = answer.delivery else {
        panic!("no answer")
    };
    let response = HttpResponse {
        status,
        headers: Vec::new(),
        body,
    };
    let answer = counter.merchant.open("alipay.trade.pay", &response).unwrap();
    assert!(answer.is_success() && answer.is_verified());
    assert_eq!(counter.view("A1").subject, TRAP);
}

#[test]
fn gbk_called_utf_8_is_a_wrong_signature() {
    let mut counter = counter(Charset::Gbk, SignType::Rsa2);
    let call = Call::new("alipay.trade.pay", order(&counter, TRAP).to_string()).unwrap();
    let request = counter.merchant.request(&call, counter.now).unwrap();
    let request = GatewayRequest {
        query: "charset=utf-8",
        body: &request.body,
    };
    let answer = counter.gateway.handle_request(request, counter.now).unwrap();
    let Delivery::Http { body, .. } = answer.delivery else {
        panic!("no answer")
    };
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains("isv.invalid-signature"), "{body}");
}

#[test]
fn what_the_charset_can_not_write_is_a_question_mark() {
    assert_eq!(charset::write(Charset::Gbk, "a🍜中\u{fffd}"), b"a?\xD6\xD0?");
    assert_eq!(charset::read(Charset::Gbk, b"a\xD6\xD0\xFF"), "a中\u{fffd}");
}
