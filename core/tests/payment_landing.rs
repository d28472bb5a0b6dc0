//! Rule 8 of payment.md: a request may land as long as anything can still carry it.
#![allow(missing_docs)]

mod harness;

use alipay_core::{
    Payment, Timestamp,
    api::TradePayRequest,
    payment::{
        ConflictReason, DeclineReason, Failure, Input, Outcome, Output, Policy, RequestKind, UnresolvedReason,
    },
};
use harness::*;

const MINUTE: f64 = 60.0;

fn closed(refunded: Option<bool>) -> Outcome {
    Outcome::Closed { refunded }
}

fn ask_again_at(outcome: &Outcome) -> Timestamp {
    match outcome {
        Outcome::Unresolved { ask_again_at, .. } => *ask_again_at,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn about(seconds: f64, expected: f64) {
    assert!((seconds - expected).abs() < 0.01, "{seconds}, not {expected}");
}

// How a request ended.

#[test]
fn aborted_settles_from_the_news_and_not_from_the_poll() {
    // Storing and connecting took long; the connection was reset 18 seconds after the machine asked for pay.
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    world.wait(18.0).fail(&pay, Failure::Aborted);
    let cancel = world.query_until_cancel(&not_exist());
    about(world.age(), 18.0 + 60.0);
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    world.query(&not_exist());
    assert_eq!(world.outcome(), closed(Some(false)));
    about(world.age(), 78.0);
}

#[test]
fn an_answered_pay_settles_from_its_answer() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    world
        .wait(10.0)
        .answer(&pay, &pay_answer(&refusal("20000", "isp.unknow-error")));
    world.query_until_cancel(&not_exist());
    about(world.age(), 70.0);
}

#[test]
fn a_host_that_has_not_said_how_pay_ended_keeps_it_open_until_it_does() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    world.next(RequestKind::Query);
    world.fail(&pay, Failure::Aborted);
    // Its time was over at 20 seconds, the news came with the first query at 21.
    closes_at_81(world);

    let mut silent = World::new();
    silent.expect(RequestKind::Pay);
    let cancel = silent.query_until_cancel(&not_exist());
    about(silent.age(), 80.0);
    silent.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    silent.query(&not_exist());
    assert_eq!(silent.unresolved(), UnresolvedReason::MayLand);

    let mut unsent = World::new();
    let pay = unsent.expect(RequestKind::Pay);
    let (query, _) = unsent.next(RequestKind::Query);
    unsent.fail(&pay, Failure::NotSent).answer(&query, &not_exist());
    assert!(
        matches!(
            unsent.outcome(),
            Outcome::Declined {
                reason: DeclineReason::NotSent,
                ..
            }
        ),
        "as if it had been said in time"
    );
}

#[test]
fn an_answer_that_can_not_be_verified_is_aborted_only_if_the_connection_was_reset_after_it() {
    for (reset, expected) in [(true, "closed"), (false, "unresolved")] {
        let mut world = World::new();
        let pay = world.expect(RequestKind::Pay);
        world.answer_and_reset(&pay, &html(), reset);
        let cancel = world.query_until_cancel(&not_exist());
        about(world.age(), 60.0);
        world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
        world.query(&not_exist());
        assert_eq!(world.outcome().as_str(), expected);
    }
    // A page that comes when pay's time is over counts the same.
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    world.next(RequestKind::Query);
    world.answer_and_reset(&pay, &html(), true);
    closes_at_81(world);
}

fn closes_at_81(mut world: World) {
    let cancel = world.query_until_cancel(&not_exist());
    about(world.age(), 80.0);
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    assert_eq!(world.query_until_done(&not_exist()), closed(Some(false)));
    about(world.age(), 81.0);
}

#[test]
fn a_pay_that_may_have_been_sent_gets_one_cancel_and_is_unresolved_at_once() {
    let mut world = World::new();
    world.pay_fails(Failure::MaybeSent);
    let cancel = world.query_until_cancel(&not_exist());
    about(world.age(), 60.0);
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    world.query(&not_exist());
    let outcome = world.outcome();
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
    about(world.age(), 60.0);
    assert_eq!(world.count(RequestKind::Cancel), 1);
    // In half an hour, counted from when one of Alipay's times was known: the first query's, a second after pay.
    let minutes = ask_again_at(&outcome).saturating_since(world.now).as_secs_f64() / MINUTE;
    assert!((29.0..30.2).contains(&minutes), "{minutes}");
}

#[test]
fn retries_are_for_cancels_that_got_no_answer() {
    let mut world = World::new();
    world.pay_fails(Failure::MaybeSent);
    let cancel = world.query_until_cancel(&not_exist());
    world.fail(&cancel, Failure::MaybeSent);
    let (cancel, waited) = world.next(RequestKind::Cancel);
    about(waited, 2.0);
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    world.query(&not_exist());
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
}

#[test]
fn a_trade_that_lands_behind_the_cancel_is_cancelled_too() {
    let mut world = World::new();
    world.pay_fails(Failure::MaybeSent);
    let cancel = world.query_until_cancel(&not_exist());
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    let paid = paid_now(&world);
    world.query(&paid);
    world.cancel(&cancelled_node("N", Some("refund")));
    assert_eq!(world.outcome(), closed(Some(true)));
}

// "No such trade" where a verified message said that the trade exists.

/// Every way to learn that the trade exists.
fn seen() -> [(&'static str, World); 5] {
    let mut answered = World::new();
    answered.pay(WAITING);
    let mut asked = World::new();
    asked.pay_fails(Failure::Aborted).query(&waits());
    let mut notified = World::new();
    notified.pay_fails(Failure::Aborted);
    notified.notify(&[("trade_status", "WAIT_BUYER_PAY")], notified.now);
    let mut late = World::new();
    let pay = late.expect(RequestKind::Pay);
    let (query, _) = late.next(RequestKind::Query);
    late.answer(&pay, &pay_answer(WAITING))
        .answer(&query, &not_exist());
    let mut paid_late = World::new();
    let pay = paid_late.expect(RequestKind::Pay);
    let (query, _) = paid_late.next(RequestKind::Query);
    paid_late
        .answer(&pay, &pay_answer(&paid_node(NUMBER, AMOUNT)))
        .answer(&query, &not_exist());
    [
        ("10003", answered),
        ("a query", asked),
        ("a notification", notified),
        ("pay's late answer", late),
        ("pay's late success", paid_late),
    ]
}

#[test]
fn a_trade_that_was_seen_is_never_closed_because_a_replica_does_not_find_it() {
    for (how, mut world) in seen() {
        let cancel = world.query_until_cancel(&not_exist());
        assert!(
            world.age() >= 60.0,
            "{how}: the buyer has the whole window, not {}",
            world.age()
        );
        world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
        let outcome = world.query_until_done(&not_exist());
        assert!(
            matches!(
                outcome,
                Outcome::Unresolved {
                    reason: UnresolvedReason::MayLand,
                    ..
                }
            ),
            "{how}: {outcome:?}"
        );
        assert_eq!(world.count(RequestKind::Cancel), 1, "{how}");
        // The replicas caught up for as long as the cancel may take.
        assert!(world.age() >= 120.0, "{how}: {}", world.age());
    }
}

#[test]
fn a_trade_that_was_seen_and_shows_again_is_cancelled_again() {
    for (how, mut world) in seen() {
        let cancel = world.query_until_cancel(&not_exist());
        world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
        world.query(&not_exist()).query(&not_exist()).wait(1.0);
        let paid = paid_now(&world);
        world.query(&paid).cancel(&cancelled_node("N", Some("refund")));
        assert_eq!(world.outcome(), closed(Some(true)), "{how}");
    }
}

#[test]
fn that_a_trade_exists_is_stored_once() {
    for (how, mut world) in seen() {
        if matches!(how, "a notification" | "10003" | "a query") {
            assert_eq!(world.poll_once(), Output::Save, "{how}");
        }
        world.poll();
        world.query(&waits()).query(&waits());
        assert_eq!(world.saves, 1, "{how}");
        world.crash().query(&not_exist());
        assert_eq!(world.unresolved_or_polling(), "polling", "{how}");
    }
}

impl World {
    /// Whether the payment is over, or goes on.
    fn unresolved_or_polling(&mut self) -> &'static str {
        match self.poll() {
            Output::Done(Outcome::Unresolved { .. }) => "unresolved",
            Output::Timeout { .. } => "polling",
            other => panic!("{other:?}"),
        }
    }
}

// When "not found" counts after all.

/// Pay may have been sent, nothing was found, it is unresolved.
fn may_land(mut world: World) -> World {
    world.pay_fails(Failure::MaybeSent);
    let cancel = world.query_until_cancel(&not_exist());
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    world.query(&not_exist());
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
    world
}

#[test]
fn closed_after_half_an_hour_between_two_of_alipays_times_if_the_machine_was_never_suspended() {
    for (never_suspended, minutes, before, after, expected) in [
        (true, 31.0, true, true, "closed"),
        (false, 31.0, true, true, "unresolved"),
        (true, 29.0, true, true, "unresolved"),
        (true, 31.0, false, true, "unresolved"),
        (true, 31.0, true, false, "unresolved"),
    ] {
        let mut world = World::new();
        if !before {
            world.alipay_ahead = None;
        }
        let mut world = may_land(world);
        world.alipay_ahead = after.then_some(0);
        world.restored.never_suspended = never_suspended;
        world.wait(minutes * MINUTE - world.age()).crash();
        world.query(&not_exist());
        let case = format!("{never_suspended} {minutes} {before} {after}");
        if expected == "closed" {
            world.cancel(&cancelled_node("N", None)).query(&not_exist());
            assert_eq!(world.outcome(), closed(Some(false)), "{case}");
            assert_eq!(world.count(RequestKind::Cancel), 2, "{case}");
        } else {
            assert_eq!(world.unresolved(), UnresolvedReason::MayLand, "{case}");
            assert_eq!(
                world.count(RequestKind::Cancel),
                1,
                "{case}: not found, nothing to cancel"
            );
        }
    }
}

#[test]
fn the_tills_clock_alone_does_not_make_half_an_hour() {
    // Alipay's says that a minute has passed.
    let mut world = may_land(World::new());
    world.restored.never_suspended = true;
    world.leap(40.0 * MINUTE).crash();
    world.query(&not_exist());
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
}

#[test]
fn half_an_hour_is_counted_from_the_restore_where_no_time_was_known_before() {
    let mut world = World::new();
    world.alipay_ahead = None;
    let mut world = may_land(world);
    world.alipay_ahead = Some(0);
    world.restored.never_suspended = true;
    world.wait(60.0 * MINUTE).crash();
    world.query(&not_exist());
    let again = ask_again_at(&world.outcome());
    let minutes = again.saturating_since(world.now).as_secs_f64() / MINUTE;
    assert!((30.0..31.0).contains(&minutes), "{minutes}");
    world.now = again;
    world.wait(1.0).crash().query(&not_exist());
    world.cancel(&cancelled_node("N", None)).query(&not_exist());
    assert_eq!(world.outcome(), closed(Some(false)));
}

#[test]
fn restored_too_early_a_trade_that_shows_is_cancelled_all_the_same() {
    let mut world = may_land(World::new());
    world.wait(60.0).crash();
    let cancel = world.query_until_cancel(&waits());
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", Some("close"))));
    assert_eq!(world.outcome(), closed(Some(false)));
}

/// The trade was seen, and no replica finds it any more; it is unresolved.
fn seen_and_lost(order: TradePayRequest) -> World {
    let mut world = World::new();
    world.payment = Payment::new(merchant(), order, Policy::default(), start(), world.now).unwrap();
    world.pay(WAITING);
    let cancel = world.query_until_cancel(&not_exist());
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    world.query_until_done(&not_exist());
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
    world
}

#[test]
fn a_trade_that_was_seen_is_closed_when_its_own_limit_has_passed_without_saying_whether_money_went_back() {
    let limited = |express: Option<&str>, expire: Option<Timestamp>| {
        let mut order = order();
        order.timeout_express = express.map(Into::into);
        order.time_expire = expire.map(Timestamp::to_beijing);
        order
    };
    let expires = Timestamp::from_unix_ms(START + 10 * 60_000).ok();
    for (order, minutes) in [
        // From when pay can last have landed, half an hour for the kernel, the limit, and a minute to settle.
        (limited(None, None), 30.0 + 2.0 + 1.0),
        (limited(Some("5m"), None), 30.0 + 5.0 + 1.0),
        (limited(Some("2h"), None), 30.0 + 120.0 + 1.0),
        (limited(Some("1c"), None), 30.0 + 24.0 * 60.0 + 1.0),
        (limited(None, expires), 10.0 + 1.0),
    ] {
        let mut early = seen_and_lost(order.clone());
        let again = ask_again_at(&early.outcome());
        early
            .wait((minutes - 1.0) * MINUTE - early.age())
            .crash()
            .query(&not_exist());
        assert_eq!(early.unresolved(), UnresolvedReason::MayLand, "{minutes}");

        let mut world = seen_and_lost(order);
        let said = again
            .saturating_since(Timestamp::from_unix_ms(START).unwrap())
            .as_secs_f64()
            / MINUTE;
        assert!((minutes..minutes + 1.0).contains(&said), "{minutes}, said {said}");
        world.wait((minutes + 0.2) * MINUTE - world.age()).crash();
        let restored = world.age();
        let cancel = world.query_until_cancel(&not_exist());
        world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
        assert_eq!(world.query_until_done(&not_exist()), closed(None));
        assert!(world.age() - restored >= 60.0, "seen twice, a settle time apart");
        assert_eq!(world.count(RequestKind::Cancel), 2);
    }
}

// A cancel settles by the same news.

/// Pay waits, the cashier cancels, and the first cancel ends so.
fn cancelled_first(failure: Failure) -> World {
    let mut world = World::new();
    world.pay(WAITING).input(Input::Cancel);
    world.query(&waits()).cancel_fails(failure);
    world
}

#[test]
fn paid_after_a_refused_cancel_needs_every_cancel_to_have_settled() {
    for (failure, expected) in [(Failure::Aborted, "paid"), (Failure::MaybeSent, "unresolved")] {
        let mut world = cancelled_first(failure);
        world.cancel(&refusal("40004", "ACQ.CANCEL_NOT_ALLOWED"));
        let paid = paid_now(&world);
        world.query(&paid);
        let outcome = world.outcome();
        assert_eq!(outcome.as_str(), expected);
        if expected == "paid" {
            about(world.age(), 62.0);
        } else {
            assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
            about(world.age(), 2.0);
        }
    }
}

#[test]
fn a_success_after_a_lost_cancel_is_cancelled_again_until_they_are_used_up() {
    let mut world = cancelled_first(Failure::MaybeSent);
    while world.count(RequestKind::Cancel) < 8 {
        world.cancel_fails(Failure::MaybeSent);
    }
    let paid = paid_now(&world);
    world.query(&paid);
    assert_eq!(world.unresolved(), UnresolvedReason::CancelExhausted);
}

#[test]
fn a_cancel_that_never_left_does_not_undo_a_success() {
    let mut world = cancelled_first(Failure::NotSent);
    let paid = paid_now(&world);
    world.query(&paid);
    assert!(matches!(world.outcome(), Outcome::Paid { late: true, .. }));
}

#[test]
fn closed_needs_an_action_or_a_closed_trade_or_nothing_found_by_both() {
    // The cancel was lost, and a query asked after everything settled finds nothing: it may have been refused.
    let mut world = World::with(Policy {
        cancel_retry_ms: Vec::new(),
        ..Policy::default()
    });
    world.pay_fails(Failure::Aborted);
    let cancel = world.query_until_cancel(&not_exist());
    world.fail(&cancel, Failure::Aborted);
    assert_eq!(world.query_until_done(&not_exist()).as_str(), "unresolved");
}

#[test]
fn a_cancels_success_that_names_no_number_is_not_believed() {
    let mut world = World::new();
    world.pay(WAITING).input(Input::Cancel);
    world.query(&waits());
    for action in ["close", "refund"] {
        let anonymous =
            cancelled_node("N", Some(action)).replace(&format!(r#""out_trade_no":"{NUMBER}","#), "");
        world.cancel(&anonymous);
        assert!(world.payment.outcome().is_none());
    }
    world.cancel(&cancelled_node("N", Some("close")));
    assert_eq!(world.outcome(), closed(Some(false)));
}

#[test]
fn a_cancel_of_which_the_host_says_nothing_may_land_at_any_time() {
    let mut world = World::new();
    world.pay(WAITING).input(Input::Cancel);
    world.query(&waits()).next(RequestKind::Cancel);
    // Its time is over, and the next one is refused.
    world.cancel(&refusal("40004", "ACQ.CANCEL_NOT_ALLOWED"));
    assert_eq!(world.count(RequestKind::Cancel), 2);
    let paid = paid_now(&world);
    world.query(&paid);
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
}

#[test]
fn a_trade_that_shows_between_two_times_it_was_gone_is_not_gone_for_good() {
    let mut world = seen_and_lost(order());
    world.wait(40.0 * MINUTE).crash();
    let cancel = world.query_until_cancel(&not_exist());
    world.fail(&cancel, Failure::Aborted);
    world.notify(&[("trade_status", "WAIT_BUYER_PAY")], world.now);
    world.query(&waits()).cancel(&cancelled_node("N", None));
    world.query_until_done(&not_exist());
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
}

#[test]
fn an_earlier_cancel_that_found_nothing_counts_when_the_last_was_lost() {
    let mut world = World::with(Policy {
        cancel_retry_ms: vec![2_000],
        ..Policy::default()
    });
    world.pay_fails(Failure::Aborted).input(Input::Cancel);
    world.query(&not_exist()).cancel(&cancelled_node("N", None));
    world.wait(120.0).crash();
    let cancel = world.query_until_cancel(&not_exist());
    world.fail(&cancel, Failure::Aborted).query(&not_exist());
    assert_eq!(world.outcome(), closed(Some(false)));
}

// No blind cancel.

#[test]
fn where_no_query_was_ever_answered_nothing_is_cancelled() {
    for failure in [Failure::Aborted, Failure::MaybeSent] {
        for cashier in [false, true] {
            let mut world = World::new();
            world.pay_fails(failure);
            if cashier {
                world.input(Input::Cancel);
            }
            world.query_until_done(&html());
            assert_eq!(
                world.unresolved(),
                UnresolvedReason::NoAnswer,
                "{failure:?} {cashier}"
            );
            assert_eq!(world.count(RequestKind::Cancel), 0);
            let last = world.age();
            assert!(
                cashier || last >= 80.0,
                "five more questions after the window: {last}"
            );
        }
    }
}

#[test]
fn one_answer_is_enough_to_cancel_by() {
    let mut asked = World::new();
    asked.pay_fails(Failure::MaybeSent).query(&not_exist());
    asked.query_until_cancel(&html());
    let mut answered = World::new();
    answered.pay(WAITING);
    answered.query_until_cancel(&html());
}

#[test]
fn another_amount_is_a_conflict_in_every_status() {
    for status in [
        "WAIT_BUYER_PAY",
        "TRADE_CLOSED",
        "TRADE_SUCCESS",
        "TRADE_FINISHED",
    ] {
        let mut world = World::new();
        world.pay_fails(Failure::MaybeSent);
        world.query(&query_answer(&trade_node(status, "88.87", None)));
        let reason = ConflictReason::AmountDiffers;
        let expected = Outcome::Conflict {
            reason,
            sub_code: None,
            cancel_sent: false,
        };
        assert_eq!(world.outcome(), expected, "{status}");
    }
    // And it says so if a cancel had left.
    let mut world = cancelled_first(Failure::MaybeSent);
    world.notify(&[("trade_status", "WAIT_BUYER_PAY")], world.now);
    world.query(&query_answer(&trade_node("TRADE_SUCCESS", "88.87", None)));
    assert!(matches!(
        world.outcome(),
        Outcome::Conflict {
            cancel_sent: true,
            ..
        }
    ));
}

#[test]
fn an_answer_that_the_number_is_taken_counts_even_if_it_comes_late() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let (first, _) = world.next(RequestKind::Query);
    world.answer(&pay, &pay_answer(&refusal("40004", "ACQ.TRADE_HAS_SUCCESS")));
    assert_eq!(world.poll_once(), Output::Save, "a crash must not forget it");
    // The query that was under way is of no use any more.
    world.answer(&first, &waits()).query(&waits());
    assert!(matches!(
        world.outcome(),
        Outcome::Conflict {
            reason: ConflictReason::OrderNumberTaken,
            ..
        }
    ));
    assert_eq!(world.count(RequestKind::Cancel), 0);
}

// What pay carries.

#[test]
fn pay_carries_a_limit_if_the_order_has_none() {
    let content = |order: TradePayRequest, policy: Policy| -> serde_json::Value {
        let now = Timestamp::from_unix_ms(START).unwrap();
        let mut payment = Payment::new(merchant(), order, policy, start(), now).unwrap();
        let Output::Request(pay) = payment.poll_output(now) else {
            panic!()
        };
        let fields = alipay_core::form::decode(&pay.http.body).unwrap();
        let (_, content) = fields.iter().find(|(name, _)| name == b"biz_content").unwrap();
        serde_json::from_slice(content).unwrap()
    };
    let with = |window, fence| Policy {
        poll_window_ms: window,
        fence_ms: fence,
        ..Policy::default()
    };
    // The window and a minute, at least two.
    for (window, express) in [(1_000, "2m"), (60_000, "2m"), (60_001, "3m"), (3_600_000, "61m")] {
        let content = content(order(), with(window, 0));
        assert_eq!(content["timeout_express"], express, "{window}");
        assert!(content.get("time_expire").is_none());
    }
    // A fence: pay's timeout, the window, a minute and the clock's error from now, to the next whole second.
    let fenced = content(order(), with(60_000, 30_000));
    assert_eq!(fenced["time_expire"], "2026-11-21 20:02:46");
    assert!(fenced.get("timeout_express").is_none());
    // The order's own limit is kept.
    let mut limited = order();
    limited.timeout_express = Some("90m".into());
    assert_eq!(content(limited, with(60_000, 30_000))["timeout_express"], "90m");
    let mut expires = order();
    expires.time_expire = Some("2026-11-21 21:00:00".into());
    let content = content(expires, with(60_000, 0));
    assert_eq!(content["time_expire"], "2026-11-21 21:00:00");
    assert!(content.get("timeout_express").is_none());
}

#[test]
fn a_fence_is_the_orders_limit() {
    let mut world = World::with(Policy {
        fence_ms: 30_000,
        ..Policy::default()
    });
    world.pay(WAITING);
    let cancel = world.query_until_cancel(&not_exist());
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    world.query_until_done(&not_exist());
    // 166 s and a settle time after pay.
    world.wait(227.0 - world.age()).crash();
    let cancel = world.query_until_cancel(&not_exist());
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    assert_eq!(world.query_until_done(&not_exist()), closed(None));
}
