//! Paid at once, and the buyer who is asked.

use crate::model::harness::{Counter, SELLER_ID};
use serde_json::json;

#[test]
fn paid_at_once_with_the_documented_fields() {
    let mut counter = Counter::new();
    let node = counter.pay("A1", 1).node();
    let trade = counter.view("A1");
    let expected = json!({
        "code": "10000", "msg": "Success", "trade_no": trade.trade_no, "out_trade_no": "A1",
        "buyer_logon_id": trade.buyer_logon_id, "buyer_user_id": trade.buyer_user_id, "buyer_user_type": "PRIVATE",
        "total_amount": "88.88", "receipt_amount": "88.88", "buyer_pay_amount": "88.88", "point_amount": "0.00",
        "invoice_amount": "88.88", "gmt_payment": "2026-03-01 12:00:00",
        "fund_bill_list": [{ "fund_channel": "ALIPAYACCOUNT", "amount": "88.88" }],
    });
    assert_eq!(node, expected);
    assert_eq!(trade.trade_no.len(), 28);
    assert!(trade.buyer_logon_id.contains("****"));
    assert_eq!(counter.status("A1"), "TRADE_SUCCESS");
    let node = counter.query("A1").node();
    assert_eq!(node["send_pay_date"], "2026-03-01 12:00:00");
}

#[test]
fn the_buyer_pays_after_two_queries() {
    let mut counter = Counter::new();
    assert_eq!(counter.pay("A1", 1001).codes().0, "10003");
    let statuses = [counter.status("A1"), counter.status("A1"), counter.status("A1")];
    assert_eq!(statuses, ["WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "TRADE_SUCCESS"]);
    assert_eq!(counter.money("A1"), ("88.88".into(), "0.00".into()));
}

#[test]
fn the_buyer_refuses() {
    let mut counter = Counter::new();
    counter.pay("A1", 1002);
    let statuses = [counter.status("A1"), counter.status("A1"), counter.status("A1")];
    assert_eq!(statuses, ["WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "TRADE_CLOSED"]);
    assert_eq!(counter.money("A1").0, "0.00");
}

#[test]
fn the_buyer_never_answers_until_the_trade_expires() {
    let mut counter = Counter::new();
    let auth_code = crate::model::story::auth_code(1003, 1, 1);
    let order = json!({
        "out_trade_no": "A1", "scene": "bar_code", "auth_code": auth_code, "subject": "s", "total_amount": 1,
        "timeout_express": "2m", "seller_id": SELLER_ID,
    });
    counter.call("alipay.trade.pay", &order);
    counter.wait(119);
    assert_eq!(counter.status("A1"), "WAIT_BUYER_PAY");
    counter.wait(1);
    assert_eq!(counter.status("A1"), "TRADE_CLOSED");
    assert_eq!(counter.pay("A1", 1).codes().1, "ACQ.TRADE_HAS_CLOSE");
}

#[test]
fn a_person_pays_or_refuses_on_the_page() {
    let mut counter = Counter::new();
    counter.pay("A1", 1004);
    counter.pay("A2", 1004);
    let (paid, refused) = (counter.view("A1").trade_no, counter.view("A2").trade_no);
    let now = counter.now;
    counter.gateway.buyer_pays(&paid, now).unwrap();
    counter.gateway.buyer_refuses(&refused, now).unwrap();
    assert!(counter.gateway.buyer_pays(&refused, now).is_err());
    assert_eq!(counter.status("A1"), "TRADE_SUCCESS");
    assert_eq!(counter.status("A2"), "TRADE_CLOSED");
}

#[test]
fn twenty_thousand_may_mean_anything() {
    let mut counter = Counter::new();
    for (number, story, status) in [
        ("A1", 2001, "TRADE_SUCCESS"),
        ("A2", 2002, "ACQ.TRADE_NOT_EXIST"),
        ("A3", 2003, "WAIT_BUYER_PAY"),
        ("A4", 2004, "WAIT_BUYER_PAY"),
    ] {
        assert_eq!(counter.pay(number, story).codes().0, "20000");
        assert_eq!(counter.status(number), status, "{story}");
    }
    counter.query("A3");
    assert_eq!(counter.status("A3"), "TRADE_SUCCESS");
}

#[test]
fn the_buyer_shows_a_code_again_and_is_charged() {
    let mut counter = Counter::new();
    counter.pay("A1", 1003);
    let again = crate::model::story::auth_code(1, 1, 999);
    assert_eq!(counter.pay_with("A1", &again).codes().0, "10000");
    assert_eq!(counter.view("A1").pay_calls, 2);
}
