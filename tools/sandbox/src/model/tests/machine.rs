//! The core's payment machine against every story, on a virtual clock: its outcome and the ledger must agree.

use crate::model::{
    answer::{Answer, Delivery},
    gateway::{Gateway, GatewayRequest},
    harness::{Counter, config},
    story::{Story, auth_code, stories},
    trade::TradeView,
    v3::V3Request,
};
use alipay_core::{
    Amount, Timestamp,
    api::TradePayRequest,
    http::{HttpRequest, HttpResponse},
    id::AuthCode,
    merchant::ApiVersion,
    payment::{Failure, Input, Outcome, Output, Payment, Policy, Request, Start},
};
use std::{sync::Arc, time::Duration};

#[test]
fn outcome_and_ledger_agree_in_every_story() {
    every_story(ApiVersion::V2, true, Story::ending);
}

#[test]
fn outcome_and_ledger_agree_in_every_story_without_resets() {
    every_story(ApiVersion::V2, false, Story::ending_without_resets);
}

#[test]
fn outcome_and_ledger_agree_in_every_story_over_v3() {
    every_story(ApiVersion::V3, true, Story::ending_over_v3);
}

fn every_story(version: ApiVersion, resets: bool, ending: impl Fn(&Story) -> &'static str) {
    let Counter {
        mut gateway,
        merchant,
        mut now,
    } = Counter::of(config(), |builder| builder.api_version(version));
    let merchant = Arc::new(merchant);
    let mut wrong = Vec::new();
    for story in stories() {
        let number = format!("M{}", story.code);
        let code = AuthCode::new(&auth_code(story.code, 1, 1)).unwrap();
        let order = TradePayRequest::bar_code(&number, code, Amount::from_fen(8888).unwrap(), "辣条");
        let start = Start::default();
        let payment = Payment::new(Arc::clone(&merchant), order, Policy::default(), start, now).unwrap();
        let outcome = run(payment, resets, &mut gateway, &mut now);
        // Whatever is still on its way lands.
        now = now.saturating_add(Duration::from_secs(60));
        let trades = gateway.trades(now);
        let trade = trades.iter().find(|trade| trade.out_trade_no == number).unwrap();
        if !(agrees(&outcome, trade) && trade.pay_calls == 1 && outcome.as_str() == ending(story)) {
            wrong.push(format!(
                "{:04} {}: {outcome:?}, {trade:?}",
                story.code, story.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The driver: time passes only where the machine waits. Its connections are reset, or nobody can say so.
fn run(mut payment: Payment, resets: bool, gateway: &mut Gateway, now: &mut Timestamp) -> Outcome {
    loop {
        match payment.poll_output(*now) {
            Output::Done(outcome) => return outcome,
            Output::Timeout { at, .. } => *now = at,
            Output::Save => {}
            Output::News(news) => panic!("{news:?}"),
            Output::Sign(_) => panic!("the key is here"),
            Output::Request(request) => match send(&request, gateway, now) {
                Some(response) => {
                    let input = Input::Response {
                        id: request.id,
                        response: &response,
                        reset: resets,
                    };
                    payment.handle_input(input, *now).unwrap();
                }
                None => {
                    let failure = if resets {
                        Failure::Aborted
                    } else {
                        Failure::MaybeSent
                    };
                    let id = request.id;
                    payment
                        .handle_input(Input::Failure { id, failure }, *now)
                        .unwrap();
                }
            },
        }
    }
}

fn send(request: &Request, gateway: &mut Gateway, now: &mut Timestamp) -> Option<HttpResponse> {
    let Answer { deliver_at, delivery } = hand_over(&request.http, gateway, *now);
    let gives_up_at = now.saturating_add(Duration::from_millis(request.timeout_ms.into()));
    *now = deliver_at.min(gives_up_at);
    match delivery {
        Delivery::Http {
            status,
            headers,
            body,
            ..
        } if deliver_at < gives_up_at => Some(HttpResponse {
            status,
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            body,
        }),
        _ => None,
    }
}

fn hand_over(http: &HttpRequest, gateway: &mut Gateway, now: Timestamp) -> Answer {
    let body = &http.body;
    if let Some((_, query)) = http.url.split_once('?') {
        return gateway
            .handle_request(GatewayRequest { query, body }, now)
            .unwrap();
    }
    let header = |wanted: &str| {
        let known = http.headers.iter().find(|(name, _)| *name == wanted);
        known.map(|(_, value)| value.as_str())
    };
    let request = V3Request {
        method: HttpRequest::METHOD,
        path: http.url.strip_prefix("http://127.0.0.1").unwrap(),
        authorization: header("authorization"),
        app_auth_token: header("alipay-app-auth-token"),
        encrypt_type: header("alipay-encrypt-type"),
        body,
    };
    gateway.handle_v3(request, now).unwrap()
}

/// No buyer is charged without the merchant's knowing, and nobody else's sale is touched.
fn agrees(outcome: &Outcome, trade: &TradeView) -> bool {
    let kept = trade.charged.fen() - trade.refunded.fen();
    match outcome {
        Outcome::Paid { .. } => kept == 8888 && !trade.older_sale,
        Outcome::Conflict { .. } => trade.refunded.fen() == 0 && !trade.cancelled,
        Outcome::Unresolved { .. } => true,
        _ => kept == 0 && !trade.older_sale,
    }
}
