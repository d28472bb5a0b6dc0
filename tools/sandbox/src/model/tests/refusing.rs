//! Refusals: by the story, and by the books.

use crate::model::{
    harness::Counter,
    story::{auth_code, stories, story},
};
use alipay_core::codes;
use serde_json::json;

#[test]
fn every_code_of_the_document_can_be_had() {
    let mut counter = Counter::new();
    for (code, row) in (3101..=3137).zip(codes::TABLE) {
        let number = format!("R{code}");
        let answer = counter.pay(&number, code).verified();
        assert_eq!(answer.sub_code(), Some(row.code));
        assert_eq!(answer.sub_msg(), Some(row.meaning_zh));
        let trade = counter.view(&number);
        assert_eq!(trade.exists, trade.older_sale, "{code}");
    }
}

#[test]
fn system_errors_are_charged_or_not() {
    let mut counter = Counter::new();
    for (charged, not, sub_code) in [
        (3301, 3302, "ACQ.SYSTEM_ERROR"),
        (3303, 3304, "aop.ACQ.SYSTEM_ERROR"),
        (3305, 3306, "AQC.SYSTEM_ERROR"),
        (3307, 3308, "ACQ.SANDBOX_UNHEARD_OF"),
        (3309, 3310, ""),
    ] {
        for (story, status) in [(charged, "TRADE_SUCCESS"), (not, "ACQ.TRADE_NOT_EXIST")] {
            let number = format!("S{story}");
            assert_eq!(
                counter.pay(&number, story).codes(),
                ("40004".into(), sub_code.into())
            );
            assert_eq!(counter.status(&number), status, "{story}");
        }
    }
}

#[test]
fn an_older_sale_of_somebody_else_has_the_number() {
    let mut counter = Counter::new();
    for (story, sub_code, status) in [
        (3201, "ACQ.TRADE_HAS_SUCCESS", "TRADE_SUCCESS"),
        (3202, "ACQ.TRADE_HAS_CLOSE", "TRADE_CLOSED"),
        (3203, "ACQ.CONTEXT_INCONSISTENT", "TRADE_SUCCESS"),
        (3204, "ACQ.TRADE_BUYER_NOT_MATCH", "WAIT_BUYER_PAY"),
    ] {
        let number = format!("C{story}");
        assert_eq!(counter.pay(&number, story).codes().1, sub_code);
        let node = counter.query(&number).node();
        assert_eq!(node["trade_status"], status);
        if status == "TRADE_SUCCESS" {
            assert_eq!(node["send_pay_date"], "2026-03-01 11:00:00");
        }
        assert!(counter.view(&number).older_sale);
    }
    assert_eq!(counter.query("C3203").node()["total_amount"], "88.89");
}

#[test]
fn a_conflict_may_be_our_own_sale() {
    let mut counter = Counter::new();
    for story in 3211..=3214 {
        let number = format!("O{story}");
        assert_eq!(counter.pay(&number, story).codes().0, "40004");
        assert_eq!(counter.status(&number), "TRADE_SUCCESS");
        assert!(!counter.view(&number).older_sale);
    }
}

#[test]
fn gateway_codes_charge_nothing() {
    let mut counter = Counter::new();
    for (story, code) in [
        (4001, "40001"),
        (4002, "40002"),
        (4003, "40003"),
        (4005, "40005"),
        (4006, "40006"),
        (4021, "20001"),
    ] {
        let number = format!("G{story}");
        assert_eq!(counter.pay(&number, story).codes().0, code);
        assert_eq!(counter.status(&number), "ACQ.TRADE_NOT_EXIST");
    }
}

#[test]
fn a_number_that_is_taken_is_decided_by_the_books() {
    let mut counter = Counter::new();
    counter.pay("A1", 1);
    assert_eq!(
        counter.pay_with("A1", &auth_code(1, 1, 77)).codes().1,
        "ACQ.TRADE_HAS_SUCCESS"
    );
    counter.pay("A2", 1003);
    assert_eq!(
        counter.pay_with("A2", &auth_code(1, 2, 78)).codes().1,
        "ACQ.TRADE_BUYER_NOT_MATCH"
    );
    let other_amount = json!({
        "out_trade_no": "A2", "scene": "bar_code", "auth_code": auth_code(1, 1, 79), "subject": "辣条",
        "total_amount": "1.00",
    });
    let sub_code = counter.call("alipay.trade.pay", &other_amount).codes().1;
    assert_eq!(sub_code, "ACQ.CONTEXT_INCONSISTENT");
    counter.cancel("A2");
    assert_eq!(counter.pay("A2", 1).codes().1, "ACQ.TRADE_HAS_CLOSE");
}

#[test]
fn a_payment_code_is_good_for_one_sale() {
    let mut counter = Counter::new();
    let code = auth_code(1, 1, 5);
    assert_eq!(counter.pay_with("A1", &code).codes().0, "10000");
    let (gateway_code, sub_code) = counter.pay_with("A2", &code).codes();
    assert_eq!(
        (&*gateway_code, &*sub_code),
        ("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID")
    );
    assert!(!counter.view("A2").exists);
}

#[test]
fn a_refused_sale_may_be_tried_again_under_its_number() {
    let mut counter = Counter::new();
    let refused = 3101 + 10;
    assert_eq!(
        counter.pay("A1", refused).codes().1,
        "ACQ.BUYER_BALANCE_NOT_ENOUGH"
    );
    assert_eq!(counter.pay("A1", 1).codes().0, "10000");
}

#[test]
fn no_story_charges_more_than_the_total() {
    let mut counter = Counter::new();
    for story in stories() {
        let number = format!("N{}", story.code);
        counter.pay(&number, story.code);
        let view = counter.view(&number);
        assert!(
            view.charged.fen() == 0 || view.charged == view.total_amount,
            "{}",
            story.name
        );
        assert_eq!(view.story, story.code);
    }
    assert_eq!(story(9999).code, 1);
}
