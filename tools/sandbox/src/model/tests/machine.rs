//! The core's payment machine against every story, on a virtual clock: its outcome and the ledger must agree.

use crate::model::{
    answer::{Answer, Delivery},
    gateway::{Gateway, GatewayRequest},
    harness::Counter,
    story::{Story, auth_code, stories},
    trade::TradeView,
};
use alipay_core::{
    Amount, Timestamp,
    api::TradePayRequest,
    http::HttpResponse,
    id::AuthCode,
    payment::{Failure, Input, Outcome, Output, Payment, Policy, Request},
};
use std::{sync::Arc, time::Duration};

#[test]
fn outcome_and_ledger_agree_in_every_story() {
    let Counter {
        mut gateway,
        merchant,
        mut now,
    } = Counter::new();
    let merchant = Arc::new(merchant);
    let mut wrong = Vec::new();
    for story in stories() {
        let number = format!("M{}", story.code);
        let code = AuthCode::new(&auth_code(story.code, 1, 1)).unwrap();
        let order = TradePayRequest::bar_code(&number, code, Amount::from_fen(8888).unwrap(), "辣条");
        let payment = Payment::new(Arc::clone(&merchant), order, Policy::default(), now).unwrap();
        let outcome = run(payment, &mut gateway, &mut now);
        // Whatever is still on its way lands.
        now = now.saturating_add(Duration::from_secs(60));
        let trades = gateway.trades(now);
        let trade = trades.iter().find(|trade| trade.out_trade_no == number).unwrap();
        if !(agrees(&outcome, trade) && trade.pay_calls == 1 && outcome.as_str() == expected(story)) {
            wrong.push(format!(
                "{:04} {}: {outcome:?}, {trade:?}",
                story.code, story.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The driver: time passes only where the machine waits.
fn run(mut payment: Payment, gateway: &mut Gateway, now: &mut Timestamp) -> Outcome {
    loop {
        match payment.poll_output(*now) {
            Output::Done(outcome) => return outcome,
            Output::Timeout { at, .. } => *now = at,
            Output::Sign(_) => panic!("the key is here"),
            Output::Request(request) => match send(&request, gateway, now) {
                Some(response) => {
                    let (id, response) = (request.id, &response);
                    payment
                        .handle_input(Input::Response { id, response }, *now)
                        .unwrap();
                }
                None => {
                    let (id, failure) = (request.id, Failure::MaybeSent);
                    payment
                        .handle_input(Input::Failure { id, failure }, *now)
                        .unwrap();
                }
            },
        }
    }
}

fn send(request: &Request, gateway: &mut Gateway, now: &mut Timestamp) -> Option<HttpResponse> {
    let (_, query) = request.http.url.split_once('?').unwrap();
    let body = &request.http.body;
    let Answer { deliver_at, delivery } = gateway
        .handle_request(GatewayRequest { query, body }, *now)
        .unwrap();
    let gives_up_at = now.saturating_add(Duration::from_millis(request.timeout_ms.into()));
    *now = deliver_at.min(gives_up_at);
    match delivery {
        Delivery::Http { status, body, .. } if deliver_at < gives_up_at => Some(HttpResponse {
            status,
            headers: Vec::new(),
            body,
        }),
        _ => None,
    }
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

/// How a merchant would want the story to end.
fn expected(story: &Story) -> &'static str {
    match story.code {
        1002 | 1003 | 1004 | 2002 | 2004 | 3101 => "closed",
        3201..=3204 | 3108 | 3109 | 3110 | 3115 => "conflict",
        3101..=3199 => "declined",
        3302 | 3304 | 3306 | 3308 | 3310 => "closed",
        4005 => "declined",
        4000..=4999 => "rejected",
        5002 | 5005 | 5009 | 5013 | 5014 => "closed",
        6006..=6010 => "paid",
        6011 | 6012 => "unresolved",
        6000..=6999 => "closed",
        7006 => "conflict",
        7007 => "closed",
        _ => "paid",
    }
}
