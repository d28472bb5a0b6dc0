//! OpenAPI v3: what is refused, by what it says and by its signature.

use crate::model::{
    answer::Delivery,
    harness::{Counter, config},
    story::auth_code,
    v3::V3Request,
};
use alipay_core::{
    Error, Merchant,
    http::HttpResponse,
    key::PrivateKey,
    v3::{Answer, Call, Method, Request},
};
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::time::Duration;

const QUERY: &str = r#"{"out_trade_no":"V1"}"#;

fn call(path: &str, body: &str) -> Call {
    Call::new(Method::Post, path, body).unwrap()
}

/// A query, which meets no trade.
fn query(counter: &Counter, nonce: &str) -> Request {
    let call = call("/v3/alipay/trade/query", QUERY);
    counter.merchant.request_v3(&call, nonce, counter.now).unwrap()
}

fn hand_over(counter: &mut Counter, request: &Request) -> HttpResponse {
    let header = |wanted: &str| {
        let known = request.headers.iter().find(|(name, _)| *name == wanted);
        known.map(|(_, value)| value.as_str())
    };
    let request = V3Request {
        method: request.method.as_str(),
        path: request.url.strip_prefix("http://127.0.0.1").unwrap(),
        authorization: header("authorization"),
        app_auth_token: header("alipay-app-auth-token"),
        encrypt_type: header("alipay-encrypt-type"),
        body: &request.body,
    };
    let answer = counter.gateway.handle_v3(request, counter.now).unwrap();
    let Delivery::Http {
        status,
        headers,
        body,
        ..
    } = answer.delivery
    else {
        panic!("no answer")
    };
    HttpResponse {
        status,
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        body,
    }
}

fn opened(counter: &mut Counter, request: &Request) -> Result<Answer, Error> {
    let response = hand_over(counter, request);
    counter.merchant.open_v3(&response, None)
}

/// Status and code of an answer that must verify.
fn code(counter: &mut Counter, request: &Request) -> (u16, String) {
    let answer = opened(counter, request).unwrap();
    assert!(answer.is_verified());
    (answer.status(), answer.code().unwrap_or_default().to_owned())
}

fn bad(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

#[test]
fn successes_and_errors_are_signed() {
    let mut counter = Counter::new();
    let request = query(&counter, "nonce-01");
    assert_eq!(code(&mut counter, &request), bad("ACQ.TRADE_NOT_EXIST"));
    let order = format!(
        r#"{{"out_trade_no":"V1","scene":"bar_code","auth_code":"{}","subject":"辣条","total_amount":"88.88","notify_url":"http://127.0.0.1/own"}}"#,
        auth_code(0, 1, 1)
    );
    let pay = call("/v3/alipay/trade/pay", &order);
    let pay = counter
        .merchant
        .request_v3(&pay, "nonce-02", counter.now)
        .unwrap();
    let answer = opened(&mut counter, &pay).unwrap();
    assert!(answer.is_verified() && answer.is_success());
    let body: serde_json::Value = serde_json::from_str(answer.body()).unwrap();
    assert_eq!(
        (&body["out_trade_no"], &body["total_amount"]),
        (&"V1".into(), &"88.88".into())
    );
    assert!(body.get("code").is_none() && body["gmt_payment"].is_string());
    let notifications = counter.gateway.due_notifications(counter.now).unwrap();
    assert!(
        notifications
            .iter()
            .all(|sent| sent.notify_url == "http://127.0.0.1/own")
    );
    // Paid over v3 is paid over v2.
    assert_eq!(counter.status("V1"), "TRADE_SUCCESS");
}

#[test]
fn every_answer_has_a_nonce_of_its_own() {
    let mut counter = Counter::new();
    let mut nonce = |name: &str| {
        let request = query(&counter, name);
        let answer = opened(&mut counter, &request).unwrap();
        answer.nonce().unwrap().to_owned()
    };
    assert_ne!(nonce("nonce-01"), nonce("nonce-02"));
}

#[test]
fn a_request_sent_again_is_refused_until_it_is_too_old_anyway() {
    let mut counter = Counter::new();
    let request = query(&counter, "nonce-01");
    assert_eq!(code(&mut counter, &request), bad("ACQ.TRADE_NOT_EXIST"));
    assert_eq!(code(&mut counter, &request), bad("suspected-attack"));
    counter.wait(600);
    assert_eq!(code(&mut counter, &request), bad("suspected-attack"));
    counter.wait(1);
    assert_eq!(code(&mut counter, &request), bad("illegal-timestamp"));
}

#[test]
fn a_clock_that_is_ten_minutes_off_is_refused_either_way() {
    let mut counter = Counter::new();
    let early = counter.now;
    counter.wait(600);
    let request = query(&counter, "nonce-01");
    counter.now = early;
    assert_eq!(code(&mut counter, &request), bad("ACQ.TRADE_NOT_EXIST"));
    counter.now = early.saturating_add(Duration::from_secs(601));
    let late = query(&counter, "nonce-02");
    counter.now = early;
    assert_eq!(code(&mut counter, &late), bad("illegal-timestamp"));
}

#[test]
fn whatever_is_signed_counts() {
    let mut counter = Counter::new();
    let good = query(&counter, "nonce-01");
    let body = Request {
        body: br#"{"out_trade_no":"V2"}"#.to_vec(),
        ..good.clone()
    };
    let path = Request {
        url: good.url.replace("query", "cancel"),
        ..good.clone()
    };
    let question = Request {
        url: format!("{}?a=1", good.url),
        ..good.clone()
    };
    let method = Request {
        method: Method::Put,
        ..good.clone()
    };
    let mut token = good.clone();
    token.headers.push(("alipay-app-auth-token", "token".into()));
    for changed in [body, path, question, method, token] {
        assert_eq!(code(&mut counter, &changed), bad("invalid-signature"));
    }
    // None of them used the nonce up.
    assert_eq!(code(&mut counter, &good), bad("ACQ.TRADE_NOT_EXIST"));
}

#[test]
fn a_token_is_signed_too() {
    let mut counter = Counter::of(config(), |builder| builder.app_auth_token("201510BBaabd"));
    let request = query(&counter, "nonce-01");
    assert_eq!(code(&mut counter, &request), bad("ACQ.TRADE_NOT_EXIST"));
}

#[test]
fn what_v3_does_not_have_here_is_said() {
    let mut counter = Counter::new();
    let other = call("/v3/alipay/trade/refund", QUERY);
    let other = counter
        .merchant
        .request_v3(&other, "nonce-01", counter.now)
        .unwrap();
    assert_eq!(code(&mut counter, &other), bad("invalid-method"));
    let get = Call::new(Method::Get, "/v3/alipay/trade/query", "").unwrap();
    let get = counter
        .merchant
        .request_v3(&get, "nonce-02", counter.now)
        .unwrap();
    assert_eq!(code(&mut counter, &get), bad("invalid-method"));
    let mut encrypted = query(&counter, "nonce-03");
    encrypted.headers.push(("alipay-encrypt-type", "AES".into()));
    assert_eq!(code(&mut counter, &encrypted), bad("missing-encrypt-key"));
}

#[test]
fn who_is_not_known_gets_no_signature() {
    let mut counter = Counter::new();
    let mut unsigned = query(&counter, "nonce-01");
    unsigned.headers.retain(|(name, _)| *name != "authorization");
    let key = PrivateKey::generate(&mut UnwrapErr(SysRng), 2048).unwrap();
    let stranger = Merchant::builder("2014072300007149", key.public_key().clone())
        .signer(key.signer().unwrap())
        .gateway("http://127.0.0.1/gateway.do")
        .build()
        .unwrap();
    let stranger = stranger
        .request_v3(&call("/v3/alipay/trade/query", QUERY), "nonce-02", counter.now)
        .unwrap();
    for (request, expected) in [(unsigned, "missing-timestamp"), (stranger, "invalid-app-id")] {
        let answer = opened(&mut counter, &request).unwrap();
        assert!(!answer.is_verified());
        assert_eq!(answer.code(), Some(expected));
    }
}
