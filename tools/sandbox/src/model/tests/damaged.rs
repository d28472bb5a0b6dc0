//! Answers that don't arrive as they were written, requests that land late, queries that lie.

use crate::model::{harness::Counter, script::Damage, story::stories};

#[test]
fn damaged_answers_are_never_believed_and_the_ledger_knows() {
    let mut counter = Counter::new();
    for (story, seen, status) in [
        (5001, "nothing", "TRADE_SUCCESS"),
        (5002, "nothing", "ACQ.TRADE_NOT_EXIST"),
        (5006, "signature_invalid", "TRADE_SUCCESS"),
        (5007, "signature_missing", "TRADE_SUCCESS"),
        (5008, "response_status", "TRADE_SUCCESS"),
        (5009, "response_status", "ACQ.TRADE_NOT_EXIST"),
        (5010, "cut", "TRADE_SUCCESS"),
        (5011, "response_not_json", "TRADE_SUCCESS"),
        (5013, "signature_invalid", "ACQ.TRADE_NOT_EXIST"),
        (5014, "signature_missing", "ACQ.TRADE_NOT_EXIST"),
        (5015, "nothing", "WAIT_BUYER_PAY"),
    ] {
        let number = format!("D{story}");
        assert_eq!(counter.pay(&number, story).distrusted(), seen, "{story}");
        assert_eq!(counter.status(&number), status, "{story}");
    }
}

#[test]
fn a_late_answer_is_delivered_late() {
    let mut counter = Counter::new();
    let asked = counter.now;
    assert_eq!(counter.pay("A1", 5003).codes().0, "10000");
    assert_eq!(counter.now.saturating_since(asked).as_secs(), 20);
    assert_eq!(counter.view("A1").gmt_payment, Some(asked));
}

#[test]
fn a_wrong_amount_is_signed_all_the_same() {
    let mut counter = Counter::new();
    assert_eq!(counter.pay("A1", 5012).node()["total_amount"], "88.89");
    assert_eq!(counter.query("A1").node()["total_amount"], "88.88");
}

#[test]
fn a_late_request_lands_after_the_cancel_found_nothing() {
    let mut counter = Counter::new();
    for (story, lands_as) in [(5004, "TRADE_SUCCESS"), (5005, "WAIT_BUYER_PAY")] {
        let number = format!("L{story}");
        assert_eq!(counter.pay(&number, story).distrusted(), "nothing");
        counter.wait(7);
        assert_eq!(counter.status(&number), "ACQ.TRADE_NOT_EXIST");
        let node = counter.cancel(&number).node();
        assert_eq!((&node["code"], node.get("action")), (&"10000".into(), None));
        counter.wait(1);
        assert_eq!(counter.status(&number), lands_as);
    }
    assert_eq!(counter.cancel("L5004").node()["action"], "refund");
    assert_eq!(counter.cancel("L5005").node()["action"], "close");
}

#[test]
fn queries_are_troubled_for_ten_seconds() {
    let mut counter = Counter::new();
    for (story, seen) in [
        (7002, "signature_missing"),
        (7003, "response_status"),
        (7004, "nothing"),
        (7005, "signature_invalid"),
    ] {
        let number = format!("Q{story}");
        counter.pay(&number, story);
        counter.wait(9);
        assert_eq!(counter.query(&number).distrusted(), seen, "{story}");
        counter.query(&number);
        counter.wait(1);
        assert_eq!(counter.status(&number), "TRADE_SUCCESS", "{story}");
    }
    counter.pay("Q7001", 7001);
    assert_eq!(counter.status("Q7001"), "ACQ.TRADE_NOT_EXIST");
    counter.wait(10);
    assert_eq!(counter.status("Q7001"), "TRADE_SUCCESS");
}

#[test]
fn some_queries_never_recover() {
    let mut counter = Counter::new();
    counter.pay("Q7006", 7006);
    counter.pay("Q7007", 7007);
    counter.wait(3600);
    assert_eq!(counter.query("Q7006").node()["total_amount"], "88.89");
    assert_eq!(counter.query("Q7007").distrusted(), "response_status");
}

#[test]
fn only_one_story_is_late_and_it_charges() {
    let late: Vec<_> = stories()
        .iter()
        .filter(|story| story.script.damage == Damage::Late)
        .collect();
    assert_eq!(late.len(), 1);
}
