//! Cancels.

use crate::model::harness::Counter;

#[test]
fn a_waiting_trade_is_closed_and_a_second_cancel_does_nothing() {
    let mut counter = Counter::new();
    counter.pay("A1", 1003);
    let node = counter.cancel("A1").node();
    assert_eq!(
        (&node["retry_flag"], &node["action"]),
        (&"N".into(), &"close".into())
    );
    assert_eq!(node["trade_no"], counter.view("A1").trade_no);
    let node = counter.cancel("A1").node();
    assert_eq!(
        (&node["code"], &node["retry_flag"], node.get("action")),
        (&"10000".into(), &"N".into(), None)
    );
    assert_eq!(counter.view("A1").cancel_calls, 2);
    assert_eq!(counter.money("A1").0, "0.00");
}

#[test]
fn a_paid_trade_is_refunded_in_full_once() {
    let mut counter = Counter::new();
    counter.pay("A1", 1);
    assert_eq!(counter.cancel("A1").node()["action"], "refund");
    assert_eq!(counter.cancel("A1").node().get("action"), None);
    assert_eq!(counter.money("A1"), ("88.88".into(), "88.88".into()));
    assert_eq!(counter.status("A1"), "TRADE_CLOSED");
}

#[test]
fn an_unknown_trade_is_cancelled_without_an_action() {
    let node = Counter::new().cancel("NEVER_SEEN").node();
    assert_eq!((&node["code"], node.get("action")), (&"10000".into(), None));
}

#[test]
fn a_trade_older_than_a_day_cannot_be_cancelled() {
    let mut counter = Counter::new();
    counter.pay("A1", 1);
    counter.wait(24 * 3600 + 1);
    assert_eq!(counter.cancel("A1").codes().1, "ACQ.TRADE_CANCEL_TIME_OUT");
    assert_eq!(counter.money("A1").1, "0.00");
}

#[test]
fn the_buyer_pays_in_the_moment_before_the_cancel() {
    let mut counter = Counter::new();
    counter.pay("A1", 6002);
    assert_eq!(counter.status("A1"), "WAIT_BUYER_PAY");
    assert_eq!(counter.cancel("A1").node()["action"], "refund");
    assert_eq!(counter.money("A1"), ("88.88".into(), "88.88".into()));
}

#[test]
fn a_cancel_that_fails_twice_works_the_third_time() {
    let mut counter = Counter::new();
    for story in [6001, 6003, 6013, 6014] {
        let number = format!("T{story}");
        counter.pay(&number, story);
        for _ in 0..2 {
            let seen = counter.cancel(&number);
            match story {
                6001 => assert_eq!(seen.node()["retry_flag"], "Y"),
                6003 => assert_eq!(seen.distrusted(), "nothing"),
                6013 => assert_eq!(seen.codes().0, "20000"),
                _ => assert_eq!(seen.codes().1, "ACQ.SYSTEM_ERROR"),
            }
            assert_eq!(counter.status(&number), "WAIT_BUYER_PAY");
        }
        assert_eq!(counter.cancel(&number).node()["action"], "close", "{story}");
    }
}

#[test]
fn a_cancel_may_be_done_and_its_answer_lost() {
    let mut counter = Counter::new();
    for (story, seen, refunded) in [
        (6004, "nothing", "0.00"),
        (6005, "nothing", "88.88"),
        (6015, "signature_invalid", "0.00"),
        (6016, "response_status", "0.00"),
    ] {
        let number = format!("U{story}");
        counter.pay(&number, story);
        assert_eq!(counter.cancel(&number).distrusted(), seen);
        assert_eq!(counter.status(&number), "TRADE_CLOSED");
        assert_eq!(counter.cancel(&number).node().get("action"), None);
        assert_eq!(counter.money(&number).1, refunded);
    }
}

#[test]
fn a_cancel_may_be_refused_for_good() {
    let mut counter = Counter::new();
    for (story, sub_code, status) in [
        (6006, "ACQ.TRADE_CANCEL_TIME_OUT", "TRADE_SUCCESS"),
        (6007, "ACQ.TRADE_HAS_FINISHED", "TRADE_FINISHED"),
        (6008, "ACQ.CANCEL_NOT_ALLOWED", "TRADE_SUCCESS"),
        (6009, "ACQ.REASON_TRADE_BEEN_FREEZEN", "TRADE_SUCCESS"),
        (6010, "ACQ.REASON_TRADE_REFUND_FEE_ERR", "TRADE_SUCCESS"),
        (6011, "ACQ.SELLER_BALANCE_NOT_ENOUGH", "TRADE_SUCCESS"),
        (6012, "ACQ.CANCEL_NOT_ALLOWED", "WAIT_BUYER_PAY"),
    ] {
        let number = format!("V{story}");
        counter.pay(&number, story);
        for _ in 0..3 {
            assert_eq!(counter.cancel(&number).codes().1, sub_code);
        }
        assert_eq!(counter.status(&number), status, "{story}");
        assert_eq!(counter.money(&number).1, "0.00");
    }
}

#[test]
fn a_cancel_may_land_late() {
    let mut counter = Counter::new();
    counter.pay("W1", 6018);
    assert_eq!(counter.cancel("W1").distrusted(), "nothing");
    assert_eq!(counter.status("W1"), "TRADE_SUCCESS");
    counter.wait(7);
    assert_eq!(counter.cancel("W1").distrusted(), "nothing");
    assert_eq!(counter.status("W1"), "TRADE_SUCCESS");
    counter.wait(1);
    assert_eq!(counter.status("W1"), "TRADE_CLOSED");
    assert_eq!(counter.money("W1"), ("88.88".into(), "88.88".into()));
}

#[test]
fn a_cancel_may_be_answered_late() {
    let mut counter = Counter::new();
    counter.pay("W1", 6017);
    let asked = counter.now;
    assert_eq!(counter.cancel("W1").node()["action"], "close");
    assert_eq!(counter.now.saturating_since(asked).as_secs(), 20);
}
