//! Rules 10, 12 and 14 of payment.md: what leaves soon or not at all, what is told after the outcome, and giving up.
#![allow(missing_docs)]

mod harness;

use alipay_core::{
    ErrorCode, Timestamp,
    payment::{
        ConflictReason, DeclineReason, Failure, Input, News, Outcome, Output, Phase, Policy, RequestKind,
        Start, UnresolvedReason,
    },
};
use harness::*;

// Rule 9: what a crash must not forget is stored when it is learnt, and once.

#[test]
fn what_is_learnt_while_a_query_is_signed_elsewhere_is_stored_at_once() {
    let mut world = World::signing_elsewhere();
    let sign = world.expect_sign(RequestKind::Pay);
    world.sign(&sign).pay_fails(Failure::Aborted);
    while !matches!(world.poll_once(), Output::Sign(_)) {
        world.wait(1.0);
    }
    world.notify(&[("trade_status", "WAIT_BUYER_PAY")], world.now);
    assert!(matches!(world.poll_once(), Output::Save));
    assert!(matches!(world.poll_once(), Output::Timeout { .. }));
}

#[test]
fn what_the_checkpoint_of_a_cancel_stores_is_not_stored_by_itself_before_it() {
    let mut world = World::signing_elsewhere();
    let sign = world.expect_sign(RequestKind::Pay);
    world.sign(&sign).pay_fails(Failure::Aborted);
    let sign = loop {
        match world.poll() {
            Output::Sign(sign) => break sign,
            _ => world.wait(1.0),
        };
    };
    world.sign(&sign).input(Input::Cancel).query(&waits());
    let sign = world.expect_sign(RequestKind::Cancel);
    world.sign(&sign);
    let next = world.poll_once();
    assert!(
        matches!(&next, Output::Request(request) if request.kind == RequestKind::Cancel),
        "{next:?}"
    );
}

// Rule 10: a request leaves soon after it was made, or not at all.

#[test]
fn a_pay_or_a_cancel_says_within_what_time_it_leaves() {
    let policy = Policy {
        send_within_ms: 3_000,
        ..Policy::default()
    };
    let mut world = World::with(policy);
    let pay = world.expect(RequestKind::Pay);
    assert_eq!((pay.send_within_ms, pay.timeout_ms), (3_000, 15_000));
    // Its answer is waited for from its first byte on.
    let Output::Timeout { at, .. } = world.poll() else {
        panic!()
    };
    assert_eq!(at, world.seconds(18));
    world.answer(&pay, &pay_answer(WAITING)).input(Input::Cancel);
    let query = world.expect(RequestKind::Query);
    assert_eq!((query.send_within_ms, query.timeout_ms), (5_000, 5_000));
    let Output::Timeout { at, .. } = world.poll() else {
        panic!()
    };
    assert_eq!(at, world.seconds(5));
    world.answer(&query, &waits());
    let cancel = world.expect(RequestKind::Cancel);
    assert_eq!((cancel.send_within_ms, cancel.timeout_ms), (3_000, 10_000));
    let Output::Timeout { at, .. } = world.poll() else {
        panic!()
    };
    assert_eq!(at, world.seconds(13));
}

#[test]
fn the_cashier_cancels_while_the_store_runs_and_pay_is_not_wanted_any_more() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    assert!(world.payment.is_wanted(pay.id));
    world.input(Input::Cancel);
    assert!(!world.payment.is_wanted(pay.id));
    world.fail(&pay, Failure::NotSent).query(&not_exist());
    assert!(matches!(
        world.outcome(),
        Outcome::Declined {
            reason: DeclineReason::NotSent,
            ..
        }
    ));
    assert_eq!(world.count(RequestKind::Cancel), 0);
}

#[test]
fn a_pay_that_could_not_be_stored_is_never_sent_again() {
    let mut world = World::new();
    world.pay_fails(Failure::NotStored).query(&not_exist());
    assert!(matches!(
        world.outcome(),
        Outcome::Declined {
            reason: DeclineReason::NotSent,
            ..
        }
    ));
    assert_eq!(world.count(RequestKind::Pay), 1);
}

#[test]
fn what_is_over_answered_or_unknown_is_not_wanted() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let mut unknown = pay.id;
    unknown.0 += 1;
    assert!(!world.payment.is_wanted(unknown));
    // A notification makes an end while the store runs.
    world.notify(&[], world.now);
    assert!(!world.payment.is_wanted(pay.id));

    let mut answered = World::new();
    let pay = answered.expect(RequestKind::Pay);
    answered.answer(&pay, &pay_answer(WAITING));
    assert!(!answered.payment.is_wanted(pay.id));
    // A cancel is wanted by whoever cancels.
    answered.input(Input::Cancel).query(&waits());
    let cancel = answered.expect(RequestKind::Cancel);
    answered.input(Input::Cancel);
    assert!(answered.payment.is_wanted(cancel.id));

    let mut elsewhere = World::of(merchant_of(APP_ID, true), Policy::default());
    let sign = elsewhere.expect_sign(RequestKind::Pay);
    assert!(!elsewhere.payment.is_wanted(sign.id), "it is not signed yet");

    let mut late = World::new();
    let pay = late.expect(RequestKind::Pay);
    late.next(RequestKind::Query);
    assert!(!late.payment.is_wanted(pay.id), "its time is over");
}

#[test]
fn a_late_cancel_is_made_anew_query_then_cancel() {
    let mut world = World::new();
    world.pay(WAITING).input(Input::Cancel);
    world.query(&waits());
    world.cancel_fails(Failure::NotSent);
    let (query, waited) = world.next(RequestKind::Query);
    assert!((waited - 2.0).abs() < 0.01, "{waited}");
    world.answer(&query, &waits()).expect(RequestKind::Cancel);
}

#[test]
fn a_buyer_who_paid_while_the_cancel_could_not_leave_has_paid_late() {
    for failure in [Failure::NotSent, Failure::NotStored] {
        let mut world = World::new();
        world.pay(WAITING);
        let cancel = world.query_until_cancel(&waits());
        world.fail(&cancel, failure);
        let paid = paid_now(&world);
        world.query(&paid);
        assert!(matches!(world.outcome(), Outcome::Paid { late: true, .. }));
    }
}

// Rule 12: news that contradict an outcome are told.

/// Every outcome that says that nothing was taken.
fn not_taken() -> Vec<World> {
    let mut closed = World::new();
    closed.pay(WAITING).input(Input::Cancel).query(&waits());
    closed.cancel(&cancelled_node("N", Some("close")));
    let mut declined = World::new();
    declined.pay(&refusal("40004", "ACQ.PAYMENT_FAIL"));
    let mut rejected = World::new();
    rejected.pay(&refusal("40002", "isv.invalid-signature"));
    let mut unresolved = World::new();
    unresolved.pay_fails(Failure::MaybeSent).query_until_done(&html());
    vec![closed, declined, rejected, unresolved]
}

#[test]
fn a_success_after_an_outcome_without_payment_is_told_after_one_query() {
    for mut world in not_taken() {
        let outcome = world.outcome();
        world.wait(60.0);
        world.notify(&[], world.now);
        assert!(matches!(world.payment.phase(), Phase::Done));
        let paid = paid_now(&world);
        let query = world.expect(RequestKind::Query);
        assert!(
            matches!(world.poll(), Output::Timeout { .. }),
            "one request in flight"
        );
        world.answer(&query, &paid);
        let News::StillPaid { trade, proven } = world.news() else {
            panic!()
        };
        assert!(proven, "no earlier than pay left");
        assert_eq!(trade.paid_at, Some(world.now));
        // The outcome stays as it was told, the news are told once.
        assert_eq!(world.outcome(), outcome);
    }
}

#[test]
fn a_success_that_was_refunded_meanwhile_is_nothing_to_do() {
    for (paid_at, refunded) in [(true, Some(true)), (false, None)] {
        for mut world in not_taken() {
            world.notify(&[], world.now);
            let at = paid_at.then_some(world.now);
            world.query(&query_answer(&trade_node("TRADE_CLOSED", AMOUNT, at)));
            assert_eq!(world.news(), News::Closed { refunded });
        }
    }
}

#[test]
fn news_that_no_query_confirms_are_not_known() {
    for answer in [html(), not_exist(), waits()] {
        for mut world in not_taken() {
            world.notify(&[], world.now);
            world.query(&answer);
            assert_eq!(world.news(), News::NotKnown);
            world.outcome();
        }
    }
    for failure in [Failure::NotSent, Failure::Aborted, Failure::MaybeSent] {
        let mut world = not_taken().remove(0);
        world.notify(&[], world.now);
        let query = world.expect(RequestKind::Query);
        world.fail(&query, failure);
        assert_eq!(world.news(), News::NotKnown);
    }
    let mut silent = not_taken().remove(0);
    silent.notify(&[], silent.now).expect(RequestKind::Query);
    let Output::Timeout { at, .. } = silent.poll() else {
        panic!()
    };
    silent.now = at;
    assert_eq!(silent.news(), News::NotKnown);
}

#[test]
fn after_closed_what_is_still_paid_may_be_cancelled_again() {
    let mut world = not_taken().remove(0);
    world.notify(&[], world.now);
    world.input(Input::Cancel);
    let paid = paid_now(&world);
    world.query(&paid);
    world.news();
    world
        .input(Input::Cancel)
        .cancel(&cancelled_node("N", Some("refund")));
    assert_eq!(world.outcome(), Outcome::Closed { refunded: Some(true) });
    // Once: the news were of before.
    world.input(Input::Cancel);
    world.outcome();
    assert_eq!(world.count(RequestKind::Cancel), 2);
    // Nothing but a contradiction reopens it.
    let mut closed = not_taken().remove(0);
    closed.input(Input::Cancel).outcome();
    assert_eq!(closed.count(RequestKind::Cancel), 1);
}

#[test]
fn cancels_used_up_before_the_contradiction_are_not_counted() {
    let mut world = World::with(Policy {
        cancel_retry_ms: Vec::new(),
        ..Policy::default()
    });
    world.pay(WAITING).input(Input::Cancel).query(&waits());
    world
        .cancel(&cancelled_node("N", Some("close")))
        .notify(&[], at_start().unwrap());
    let paid = paid_now(&world);
    world.query(&paid);
    world.news();
    world.input(Input::Cancel).expect(RequestKind::Cancel);
}

#[test]
fn a_refund_after_paid_is_news_and_no_error() {
    for (changes, answer, expected) in [
        (
            [("trade_status", "TRADE_CLOSED"), ("refund_fee", AMOUNT)].as_slice(),
            trade_node("TRADE_CLOSED", AMOUNT, at_start()),
            Some(News::Closed { refunded: Some(true) }),
        ),
        // Refunded in part: still paid, as was told.
        (
            [("refund_fee", "1.00")].as_slice(),
            trade_node("TRADE_SUCCESS", AMOUNT, at_start()),
            None,
        ),
    ] {
        let mut world = World::new();
        world.pay(&paid_node(NUMBER, AMOUNT));
        let outcome = world.outcome();
        world.wait(3_600.0);
        world.notify(changes, world.now);
        world.query(&query_answer(&answer));
        if let Some(news) = expected {
            assert_eq!(world.news(), news);
        }
        assert_eq!(world.outcome(), outcome);
    }
}

fn at_start() -> Option<Timestamp> {
    Timestamp::from_unix_ms(START).ok()
}

#[test]
fn what_agrees_with_the_outcome_or_is_anothers_is_no_news() {
    let mut paid = World::new();
    paid.pay(&paid_node(NUMBER, AMOUNT));
    paid.notify(&[], paid.now).outcome();
    for mut world in not_taken() {
        for changes in [
            ("out_trade_no", "another_number"),
            ("trade_status", "TRADE_CLOSED"),
            ("trade_status", "WAIT_BUYER_PAY"),
        ] {
            world.notify(&[changes], world.now).outcome();
        }
    }
    let mut conflict = World::new();
    conflict.pay_fails(Failure::NotSent).query(&waits());
    conflict.notify(&[], conflict.now).outcome();
}

#[test]
fn the_same_notification_is_asked_about_again_as_long_as_no_answer_came() {
    let mut world = not_taken().remove(0);
    for answer in [html(), html(), paid_now(&world)] {
        world.notify(&[], world.now);
        world.query(&answer);
        let known = world.news() != News::NotKnown;
        assert_eq!(known, answer.status == 200);
    }
    world.notify(&[], world.now).outcome();
}

#[test]
fn notifications_are_reasons_to_ask_only_so_often() {
    // While it polls: two that are replayed in turn, and then new ones without end.
    let mut world = World::new();
    world.pay(WAITING);
    let mut asked = 0;
    for n in 0..100 {
        let id = if n < 40 { n % 2 } else { n }.to_string();
        world.notify(
            &[("trade_status", "WAIT_BUYER_PAY"), ("notify_id", &id)],
            world.now,
        );
        if let Output::Request(query) = world.poll() {
            asked += 1;
            world.answer(&query, &waits());
        }
    }
    assert_eq!(asked, 16);
    // And after the outcome.
    let mut world = not_taken().remove(0);
    let mut asked = 0;
    for n in 0..100 {
        world.notify(&[("notify_id", &n.to_string())], world.now);
        if let Output::Request(query) = world.poll() {
            asked += 1;
            world.answer(&query, &html());
            assert_eq!(world.news(), News::NotKnown);
        }
    }
    assert_eq!(asked, 16);
}

#[test]
fn news_come_also_after_a_restart() {
    let mut world = not_taken().remove(0);
    world.wait(3_600.0).crash();
    world.notify(&[], world.now);
    let paid = paid_now(&world);
    world.query(&paid);
    assert!(matches!(world.news(), News::StillPaid { .. }));
}

// Rule 14: given up is a state.

fn given_up() -> World {
    let mut world = World::new();
    world.pay_fails(Failure::MaybeSent);
    let cancel = world.query_until_cancel(&not_exist());
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    world.query(&not_exist());
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
    world.input(Input::GiveUp);
    assert_eq!(world.poll_once(), Output::Save, "stored first");
    world.outcome();
    world
}

#[test]
fn only_what_is_unresolved_can_be_given_up() {
    let mut polling = World::new();
    polling.pay(WAITING);
    let mut worlds = not_taken();
    worlds.truncate(3);
    worlds.push(polling);
    worlds.push(World::new());
    let mut paid = World::new();
    paid.pay(&paid_node(NUMBER, AMOUNT));
    worlds.push(paid);
    for mut world in worlds {
        let error = world.payment.handle_input(Input::GiveUp, world.now).unwrap_err();
        assert_eq!(error.code(), ErrorCode::NotUnresolved);
        assert!(!matches!(world.poll_once(), Output::Save) || world.count(RequestKind::Pay) == 1);
    }
    // Twice is once.
    let mut world = given_up();
    world.input(Input::GiveUp);
    assert!(matches!(world.poll_once(), Output::Done(_)));
}

#[test]
fn given_up_a_success_that_is_ours_is_cancelled_and_never_paid() {
    let mut world = given_up();
    let paid = paid_now(&world);
    world.wait(60.0).crash();
    let cancel = world.query_until_cancel(&paid);
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", Some("refund"))));
    assert_eq!(world.outcome(), Outcome::Closed { refunded: Some(true) });
    // Also in later rounds, and where no cancel had left.
    let start = Start {
        first_id: 1,
        alipay_time: at_start(),
    };
    let mut never = World::starting(merchant(), Policy::default(), start);
    never.pay_fails(Failure::MaybeSent).query_until_done(&html());
    never.input(Input::GiveUp).poll();
    never.crash().query_until_done(&html());
    assert_eq!(never.unresolved(), UnresolvedReason::NoAnswer);
    never.crash();
    let paid = query_answer(&trade_node("TRADE_SUCCESS", AMOUNT, at_start()));
    let cancel = never.query_until_cancel(&paid);
    never.answer(&cancel, &cancel_answer(&cancelled_node("N", Some("refund"))));
    assert_eq!(never.outcome(), Outcome::Closed { refunded: Some(true) });
}

#[test]
fn given_up_and_refused_to_be_cancelled_it_is_money_to_refund() {
    for code in ["ACQ.TRADE_HAS_FINISHED", "ACQ.SELLER_BALANCE_NOT_ENOUGH"] {
        let mut world = given_up();
        let paid = paid_now(&world);
        world.crash();
        let cancel = world.query_until_cancel(&paid);
        world.answer(&cancel, &cancel_answer(&refusal("40004", code)));
        world.query_until_done(&paid);
        assert_eq!(world.unresolved(), UnresolvedReason::RefundDue, "{code}");
    }
}

#[test]
fn given_up_what_is_not_provably_ours_is_money_to_check() {
    let mut world = World::timeless();
    world.pay_fails(Failure::MaybeSent).query_until_done(&html());
    world.input(Input::GiveUp).poll();
    world.wait(60.0).crash();
    let paid = paid_now(&world);
    world.query(&paid);
    let reason = ConflictReason::PaidAfterGivingUp;
    let expected = Outcome::Conflict {
        reason,
        sub_code: None,
        cancel_sent: false,
    };
    assert_eq!(world.outcome(), expected);
    assert_eq!(world.count(RequestKind::Cancel), 0);
}

#[test]
fn given_up_a_disputed_success_that_is_ours_is_cancelled_too() {
    let mut world = World::new();
    world
        .pay(&refusal("40004", "ACQ.TRADE_HAS_SUCCESS"))
        .query_until_done(&html());
    assert_eq!(world.unresolved(), UnresolvedReason::ConflictUnconfirmed);
    world.input(Input::GiveUp).poll();
    world.crash();
    let paid = query_answer(&trade_node("TRADE_SUCCESS", AMOUNT, at_start()));
    let cancel = world.query_until_cancel(&paid);
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", Some("refund"))));
    assert_eq!(world.outcome(), Outcome::Closed { refunded: Some(true) });
}

#[test]
fn given_up_a_notification_is_never_proof() {
    let mut world = given_up();
    world.notify(&[], world.now);
    let paid = paid_now(&world);
    world.query(&paid);
    assert!(matches!(world.news(), News::StillPaid { .. }));
    world.crash();
    world.notify(&[], world.now);
    assert!(world.payment.outcome().is_none());
}
