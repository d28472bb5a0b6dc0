//! Requests that the gateway refuses before it looks at any business.

use crate::model::{
    answer::Delivery,
    charset,
    gateway::GatewayRequest,
    harness::{APP_ID, Counter},
};
use alipay_core::{canonical, charset::Charset, envelope::Call, form};
use serde_json::{Value, json};

impl Counter {
    /// A signed pay as names and values, `sign` last.
    fn signed(&self) -> Vec<(String, String)> {
        let biz_content = json!({ "out_trade_no": "A1", "subject": "辣条" }).to_string();
        let call = Call::new("alipay.trade.pay", biz_content).unwrap();
        let request = self.merchant.request(&call, self.now).unwrap();
        let (_, query) = request.url.split_once('?').unwrap();
        let fields = form::decode(query.as_bytes()).unwrap().into_iter();
        fields
            .chain(form::decode(&request.body).unwrap())
            .map(|(name, value)| {
                (
                    String::from_utf8(name).unwrap(),
                    String::from_utf8(value).unwrap(),
                )
            })
            .collect()
    }

    /// Sends everything in the body but what must be in the URL, and reads whatever comes back.
    fn send(&mut self, query: &str, fields: &[(String, String)]) -> Value {
        let body = form::encode(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let request = GatewayRequest {
            query,
            body: body.as_bytes(),
        };
        let answer = self.gateway.handle_request(request, self.now).unwrap();
        let Delivery::Http { body, .. } = answer.delivery else {
            panic!("no answer")
        };
        let body = match query {
            "" => charset::read(Charset::Gbk, &body),
            _ => String::from_utf8(body).unwrap(),
        };
        serde_json::from_str(&body).unwrap()
    }

    /// The node of a pay with one parameter changed; blank leaves it out.
    fn with_parameter(&mut self, name: &str, value: &str) -> Value {
        let mut fields = self.signed();
        fields.retain(|(known, _)| known != name);
        fields.push((name.to_owned(), value.to_owned()));
        self.send("charset=utf-8", &fields)
    }
}

#[test]
fn missing_and_wrong_public_parameters_have_their_codes() {
    let mut counter = Counter::new();
    for (name, value, code, sub_code) in [
        ("sign", "", "40001", "isv.missing-signature"),
        ("sign_type", "", "40001", "isv.missing-signature-type"),
        ("timestamp", "", "40001", "isv.missing-timestamp"),
        ("version", "", "40001", "isv.missing-version"),
        ("sign_type", "MD5", "40002", "isv.invalid-signature-type"),
        (
            "timestamp",
            "2026-03-01T12:00:00",
            "40002",
            "isv.invalid-timestamp",
        ),
        ("format", "XML", "40002", "isv.invalid-format"),
        ("charset", "big5", "40002", "isv.invalid-charset"),
        ("sign", "AAAA", "40002", "isv.invalid-signature"),
        ("total", "1", "40002", "isv.invalid-signature"),
    ] {
        let body = counter.with_parameter(name, value);
        let node = &body["alipay_trade_pay_response"];
        assert_eq!(
            (&node["code"], &node["sub_code"]),
            (&code.into(), &sub_code.into()),
            "{name}={value}"
        );
        assert!(
            body["sign"].is_string(),
            "a known application's refusal is signed"
        );
    }
}

#[test]
fn an_unknown_application_or_method_is_an_error_response() {
    let mut counter = Counter::new();
    for (name, value, code, sub_code, signed) in [
        ("app_id", "", "40001", "isv.missing-app-id", false),
        ("app_id", "2014999999999999", "40002", "isv.invalid-app-id", false),
        ("method", "", "40001", "isv.missing-method", true),
        (
            "method",
            "alipay.trade.nothing",
            "40002",
            "isv.invalid-method",
            true,
        ),
    ] {
        let body = counter.with_parameter(name, value);
        let node = &body["error_response"];
        assert_eq!(
            (&node["code"], &node["sub_code"]),
            (&code.into(), &sub_code.into())
        );
        assert_eq!(body["sign"].is_string(), signed);
    }
}

#[test]
fn a_wrong_signature_is_answered_with_the_string_the_gateway_made() {
    let mut counter = Counter::new();
    let body = counter.with_parameter("app_auth_token", "t");
    let sub_msg = body["alipay_trade_pay_response"]["sub_msg"].as_str().unwrap();
    let fields = counter.signed();
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let expected = canonical::string_to_sign(fields.chain([("app_auth_token", "t")]));
    assert!(sub_msg.starts_with("验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配"));
    assert!(sub_msg.ends_with(&format!("网关生成的验签字符串为：{expected}")));
}

#[test]
fn without_a_charset_in_the_url_the_body_is_read_as_gbk() {
    let mut counter = Counter::new();
    let fields = counter.signed();
    let body = counter.send("", &fields);
    let node = &body["alipay_trade_pay_response"];
    assert_eq!(node["sub_code"], "isv.invalid-signature");
    let sub_msg = node["sub_msg"].as_str().unwrap();
    assert!(!sub_msg.contains("辣条"), "the string was garbled: {sub_msg}");
    assert_eq!(
        counter.send("charset=big5", &fields)["error_response"]["sub_code"],
        "isv.invalid-charset"
    );
}

#[test]
fn query_and_body_are_one_set_of_parameters() {
    let mut counter = Counter::new();
    let fields = counter.signed();
    let query = form::encode(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let body = counter.send(&query, &[]);
    // Signed well, so the business is looked at.
    assert_eq!(
        body["alipay_trade_pay_response"]["sub_code"],
        "ACQ.INVALID_PARAMETER"
    );
}

#[test]
fn an_application_sees_its_own_trades_only() {
    let mut counter = Counter::new();
    counter.pay("A1", 1);
    let view = counter.view("A1");
    assert_eq!(view.app_id, APP_ID);
    let missing = counter.call(
        "alipay.trade.query",
        &json!({ "trade_no": "2026030100000000000000000099" }),
    );
    assert_eq!(missing.codes().1, "ACQ.TRADE_NOT_EXIST");
    let found = counter.call("alipay.trade.query", &json!({ "trade_no": view.trade_no }));
    assert_eq!(found.node()["out_trade_no"], "A1");
    assert_eq!(
        counter.call("alipay.trade.query", &json!({})).codes().1,
        "ACQ.INVALID_PARAMETER"
    );
}

#[test]
fn a_payment_code_is_nowhere_in_the_books() {
    let mut counter = Counter::new();
    let code = crate::model::story::auth_code(1003, 7, 12_345_678);
    counter.pay_with("A1", &code);
    let rows = counter.gateway.changed_rows().unwrap();
    assert_eq!(rows.len(), 1);
    let view = counter.view("A1");
    let debug = format!("{:?} {rows:?} {view:?}", counter.gateway);
    assert!(!debug.contains(&code) && !debug.contains("12345678"));
}
