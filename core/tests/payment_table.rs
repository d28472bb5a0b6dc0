//! The rows of payment.md's tables that no rule's test covers, and the machine's behaviour under jumping clocks.
#![allow(missing_docs)]

mod harness;

use alipay_core::{
    Error, ErrorCode, Payment, Timestamp,
    api::TradePayRequest,
    merchant::MerchantBuilder,
    payment::{
        ConflictReason, DeclineReason, Failure, Input, Outcome, Output, Phase, Policy, Problem, RequestKind,
        SignRequest, UnresolvedReason, Wake,
    },
    sign::{SignType, Signer},
};
use harness::*;
use std::sync::Arc;

#[test]
fn waiting_for_the_buyer_polls_every_interval_until_paid() {
    let mut world = World::new();
    world.pay(WAITING);
    assert_eq!(world.payment.phase(), Phase::AwaitingBuyer);
    for _ in 0..3 {
        let (query, waited) = world.next(RequestKind::Query);
        assert!((waited - 5.0).abs() < 0.01);
        world.answer(&query, &query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    }
    world.query(&query_answer(&trade_node(
        "TRADE_FINISHED",
        AMOUNT,
        Some(world.now),
    )));
    let Outcome::Paid { trade, late, proven } = world.outcome() else {
        panic!()
    };
    assert!(!late && proven, "nothing went wrong");
    assert_eq!(trade.trade_no.as_deref(), Some("2026112122001400000000000001"));
    assert!(
        trade.document.unwrap().as_str().contains("buyer_user_id"),
        "everything Alipay said is there"
    );
}

#[test]
fn the_phase_is_what_the_cashier_may_be_shown() {
    let mut world = World::of(merchant_of(APP_ID, true), Policy::fast());
    assert_eq!(*world.payment.policy(), Policy::fast());
    assert_eq!(world.payment.phase(), Phase::Ready);
    // While it is signed elsewhere, pay has not left.
    let asks = |world: &mut World| match world.poll() {
        Output::Sign(asked) => asked,
        other => panic!("{other:?}"),
    };
    let asked = asks(&mut world);
    assert_eq!(world.payment.phase(), Phase::Ready);
    assert_eq!(
        format!("{asked:?}"),
        format!("SignRequest {{ id: {:?}, kind: Pay, .. }}", asked.id)
    );
    assert!(matches!(
        world.poll(),
        Output::Timeout {
            wake: Wake::SignTimeout,
            ..
        }
    ));
    let sign = |world: &mut World, asked: SignRequest, kind| {
        let signature = Seal("app").sign(asked.sign_type, &asked.message).unwrap();
        world.input(Input::Signature {
            id: asked.id,
            signature: &signature,
        });
        world.expect(kind)
    };
    let pay = sign(&mut world, asked, RequestKind::Pay);
    assert_eq!(world.payment.phase(), Phase::Paying);
    world.answer(&pay, &pay_answer(WAITING));
    assert_eq!(world.payment.phase(), Phase::AwaitingBuyer);
    match world.poll() {
        Output::Timeout { at, .. } => world.now = at,
        other => panic!("{other:?}"),
    }
    let asked = asks(&mut world);
    let query = sign(&mut world, asked, RequestKind::Query);
    // What was said last counts: the buyer may have gone.
    world.answer(&query, &not_exist());
    assert_eq!(world.payment.phase(), Phase::Confirming);
    world.input(Input::Cancel);
    let asked = asks(&mut world);
    let query = sign(&mut world, asked, RequestKind::Query);
    world.answer(&query, &query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    assert_eq!(world.payment.phase(), Phase::Cancelling);
    let asked = asks(&mut world);
    let cancel = sign(&mut world, asked, RequestKind::Cancel);
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", Some("close"))));
    assert_eq!(world.payment.phase(), Phase::Done);
}

#[test]
fn what_was_heard_last_says_why_there_was_no_answer() {
    for (failure, problem) in [
        (Some(Failure::NotSent), Problem::NotSent),
        (Some(Failure::NotStored), Problem::NotStored),
        (Some(Failure::Aborted), Problem::Aborted),
        (Some(Failure::MaybeSent), Problem::MaybeSent),
        (None, Problem::TimedOut),
    ] {
        let mut world = World::new();
        let pay = world.expect(RequestKind::Pay);
        assert!(world.payment.heard().is_none());
        match failure {
            Some(failure) => world.fail(&pay, failure),
            // Five seconds to store it and fifteen for the answer.
            None => world.wait(20.0),
        };
        world.poll();
        assert_eq!(world.payment.heard().unwrap().problem, Some(problem));
    }
}

#[test]
fn a_request_provably_not_sent_is_declined_after_one_query() {
    let mut world = World::new();
    world.pay_fails(Failure::NotSent);
    let query = world.expect(RequestKind::Query);
    world.answer(&query, &not_exist());
    assert!(matches!(
        world.outcome(),
        Outcome::Declined {
            reason: DeclineReason::NotSent,
            ..
        }
    ));

    let mut offline = World::new();
    offline.pay_fails(Failure::NotSent);
    let query = offline.expect(RequestKind::Query);
    offline.fail(&query, Failure::NotSent);
    assert!(matches!(
        offline.outcome(),
        Outcome::Declined {
            reason: DeclineReason::NotSent,
            ..
        }
    ));

    let mut waived = World::with(Policy {
        confirm_not_sent: false,
        ..Policy::default()
    });
    waived.pay_fails(Failure::NotSent);
    assert!(matches!(
        waived.outcome(),
        Outcome::Declined {
            reason: DeclineReason::NotSent,
            ..
        }
    ));
}

#[test]
fn a_trade_that_exists_although_nothing_was_sent_is_a_conflict_and_not_cancelled() {
    for status in ["WAIT_BUYER_PAY", "TRADE_SUCCESS"] {
        let mut world = World::new();
        world.pay_fails(Failure::NotSent);
        world.query(&query_answer(&trade_node(status, AMOUNT, None)));
        assert!(matches!(
            world.outcome(),
            Outcome::Conflict {
                reason: ConflictReason::ExistsUnsent,
                ..
            }
        ));
        assert_eq!(world.count(RequestKind::Cancel), 0);
    }
}

#[test]
fn a_pay_that_the_transport_took_for_unsent_is_not_paid_whatever_the_date_of_payment_says() {
    for seconds in [1, -60] {
        let mut world = World::new();
        world.pay_fails(Failure::NotSent);
        let paid_at = world.seconds(seconds);
        world.query(&query_answer(&trade_node("TRADE_SUCCESS", AMOUNT, Some(paid_at))));
        let unsent = Outcome::Conflict {
            reason: ConflictReason::ExistsUnsent,
            sub_code: None,
            cancel_sent: false,
        };
        assert_eq!(world.outcome(), unsent);
    }
}

#[test]
fn a_confirmation_of_not_sent_is_asked_for_five_times() {
    let mut world = World::new();
    world.pay_fails(Failure::NotSent);
    for wait in [0.0, 5.0, 5.0, 5.0, 5.0] {
        let (query, waited) = world.next(RequestKind::Query);
        assert!((waited - wait).abs() < 0.01, "{waited}");
        world.answer(&query, &html());
    }
    assert_eq!(world.outcome().as_str(), "declined");
}

#[test]
fn only_a_pay_that_never_left_is_declined_as_not_sent() {
    for (pay_failure, query_failure, declined) in [
        (Failure::NotSent, Failure::NotSent, true),
        (Failure::NotSent, Failure::MaybeSent, false),
        (Failure::MaybeSent, Failure::NotSent, false),
    ] {
        let mut world = World::new();
        world.pay_fails(pay_failure);
        let (query, _) = world.next(RequestKind::Query);
        world.fail(&query, query_failure);
        let out = world.poll();
        assert_eq!(matches!(out, Output::Done(_)), declined, "{out:?}");
    }
}

#[test]
fn a_closed_trade_is_closed_and_says_whether_money_went_back() {
    for (paid_at, refunded) in [(None, None), (Timestamp::from_unix_ms(START).ok(), Some(true))] {
        let mut world = World::new();
        world.pay(WAITING);
        world.query(&query_answer(&trade_node("TRADE_CLOSED", AMOUNT, paid_at)));
        assert_eq!(world.outcome(), Outcome::Closed { refunded });
    }
}

/// A payment that asks next, for every reason there is to ask.
fn about_to_ask() -> [(&'static str, World); 7] {
    let waiting = query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None));
    let failed = |failure| {
        let mut world = World::new();
        world.pay_fails(failure);
        world
    };
    let answered = |node: &str| {
        let mut world = World::new();
        world.pay(node);
        world
    };
    let cancelled = |node: &str| {
        let mut world = World::with(Policy {
            cancel_retry_ms: vec![2_000],
            ..Policy::default()
        });
        world
            .pay(WAITING)
            .input(Input::Cancel)
            .query(&waiting)
            .cancel(node);
        world
    };
    let mut between = cancelled(&cancelled_node("Y", None));
    let hint = notification(
        &between.merchant,
        &[("trade_status", "TRADE_CLOSED")],
        between.now,
    );
    between.input(Input::Notify(&hint));
    let mut exhausted = cancelled(&cancelled_node("Y", None));
    exhausted.cancel(&cancelled_node("Y", None));
    [
        ("polling", failed(Failure::MaybeSent)),
        ("pay was not sent", failed(Failure::NotSent)),
        (
            "the number is taken",
            answered(&refusal("40004", "ACQ.TRADE_HAS_SUCCESS")),
        ),
        ("between two cancels", between),
        ("cancel found nothing", cancelled(&cancelled_node("N", None))),
        ("cancels are used up", exhausted),
        (
            "cancel is refused",
            cancelled(&refusal("40004", "ACQ.CANCEL_NOT_ALLOWED")),
        ),
    ]
}

#[test]
fn an_older_sale_with_another_amount_is_a_conflict_whenever_it_is_seen() {
    for (when, mut world) in about_to_ask() {
        let cancels = world.count(RequestKind::Cancel);
        world.query(&query_answer(&trade_node("WAIT_BUYER_PAY", "50.00", None)));
        let outcome = world.outcome();
        let differs = ConflictReason::AmountDiffers;
        assert!(
            matches!(outcome, Outcome::Conflict { reason, .. } if reason == differs),
            "{when}"
        );
        assert_eq!(world.count(RequestKind::Cancel), cancels, "{when}");
    }
}

#[test]
fn a_closed_trade_ends_a_payment_whenever_it_is_seen() {
    for (when, mut world) in about_to_ask() {
        world.query(&query_answer(&trade_node("TRADE_CLOSED", AMOUNT, None)));
        let expected = match when {
            "pay was not sent" => "declined",
            "the number is taken" => "conflict",
            _ => "closed",
        };
        assert_eq!(world.outcome().as_str(), expected, "{when}");
    }
}

#[test]
fn five_questions_without_an_answer_leave_it_unresolved() {
    let last = ["the number is taken", "cancels are used up", "cancel is refused"];
    for (when, mut world) in about_to_ask().into_iter().filter(|(when, _)| last.contains(when)) {
        for _ in 0..5 {
            world.query(&html());
        }
        assert_eq!(world.outcome().as_str(), "unresolved", "{when}");
    }
}

#[test]
fn retry_flag_y_is_retried_and_then_closes() {
    let mut world = World::new();
    world.pay(WAITING);
    world.input(Input::Cancel);
    world.query(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    world.cancel(&cancelled_node("Y", None));
    let (cancel, waited) = world.next(RequestKind::Cancel);
    assert!((waited - 2.0).abs() < 0.01);
    world.answer(&cancel, &cancel_answer(&cancelled_node("Y", Some("close"))));
    assert!(world.payment.outcome().is_none(), "Y means it was not done");
    world.cancel(&cancelled_node("N", Some("close")));
    assert_eq!(
        world.outcome(),
        Outcome::Closed {
            refunded: Some(false)
        }
    );
}

#[test]
fn a_sellers_balance_that_does_not_cover_the_refund_is_unresolved_and_stays_so() {
    let mut world = World::new();
    world.pay(WAITING);
    world.input(Input::Cancel);
    world.query(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    world.cancel(&refusal("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"));
    assert_eq!(world.unresolved(), UnresolvedReason::SellerBalance);
    // Whether the cashier let the buyer go since, the snapshot doesn't say.
    world.wait(3600.0).crash();
    world.query(&query_answer(&trade_node(
        "TRADE_SUCCESS",
        AMOUNT,
        Some(world.now),
    )));
    assert_eq!(world.unresolved(), UnresolvedReason::PaidAfterCancel);
    assert_eq!(world.count(RequestKind::Cancel), 1);
}

/// Pay's connection was reset, the cashier cancels after a second, and cancel finds no trade.
fn nothing_to_cancel() -> World {
    let mut world = World::new();
    world
        .pay_fails(Failure::Aborted)
        .wait(1.0)
        .input(Input::Cancel)
        .query(&not_exist())
        .cancel(&cancelled_node("N", None));
    world
}

#[test]
fn where_cancel_found_nothing_it_is_asked_every_interval_and_as_soon_as_pay_has_settled() {
    for (answered_after, waits) in [(0.0, 4.0), (4.5, 5.0)] {
        let mut world = nothing_to_cancel();
        for _ in 0..10 {
            let (query, waited) = world.next(RequestKind::Query);
            assert!((waited - 5.0).abs() < 0.01, "{waited}");
            world.answer(&query, &not_exist());
        }
        // 56 seconds after pay was reset; it settles in four.
        let (query, _) = world.next(RequestKind::Query);
        world.wait(answered_after).answer(&query, &not_exist());
        let (query, waited) = world.next(RequestKind::Query);
        assert!((waited - waits).abs() < 0.01, "{waited}");
        world.answer(&query, &not_exist());
        assert_eq!(world.outcome().as_str(), "closed");
    }
}

#[test]
fn where_cancel_found_nothing_and_nobody_answers_it_is_unresolved_after_five_questions() {
    let mut world = nothing_to_cancel();
    // Those asked before pay has settled, 60 seconds after it was reset, are not counted.
    for _ in 0..11 + 5 {
        world.query(&html());
    }
    assert_eq!(world.now.unix_ms(), START + 80_000);
    assert_eq!(world.unresolved(), UnresolvedReason::NoAnswer);
}

#[test]
fn exhausted_cancels_ask_once_more_and_only_a_closed_trade_ends_well() {
    for (status, expected) in [
        ("TRADE_CLOSED", "closed"),
        ("TRADE_SUCCESS", "unresolved"),
        ("WAIT_BUYER_PAY", "unresolved"),
    ] {
        let mut world = World::with(Policy {
            cancel_retry_ms: vec![2_000],
            ..Policy::default()
        });
        world.pay(WAITING);
        world.input(Input::Cancel);
        world.query(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
        for _ in 0..2 {
            let (cancel, _) = world.next(RequestKind::Cancel);
            world.fail(&cancel, Failure::MaybeSent);
        }
        world.query(&query_answer(&trade_node(status, AMOUNT, None)));
        assert_eq!(world.outcome().as_str(), expected);
        assert_eq!(world.count(RequestKind::Cancel), 2);
    }
}

#[test]
fn a_gateway_that_contradicts_itself_is_given_time_between_cancels() {
    let mut world = World::new();
    world.pay(WAITING);
    world.wait(40.0).input(Input::Cancel);
    let waiting = query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None));
    world.query(&waiting);
    // "There is no trade", and right after: "it waits for the buyer".
    for delay in [0.0, 0.0, 2.0, 2.0, 2.0, 5.0, 10.0, 30.0] {
        let (cancel, waited) = world.next(RequestKind::Cancel);
        assert!((waited - delay).abs() < 0.01, "{waited}, not {delay}");
        world.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
        world.query(&waiting);
    }
    world.query(&waiting);
    assert_eq!(world.outcome().as_str(), "unresolved");
}

#[test]
fn a_hint_between_two_cancels_asks_now_and_keeps_the_cancels_schedule() {
    let mut world = World::new();
    world.pay(WAITING);
    world.input(Input::Cancel);
    world.query(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    world.cancel(&cancelled_node("Y", None));
    let notify = notification(&world.merchant, &[("trade_status", "TRADE_CLOSED")], world.now);
    world.input(Input::Notify(&notify));
    let (query, waited) = world.next(RequestKind::Query);
    assert!(waited <= 1.0, "{waited}");
    world.answer(&query, &html());
    let (_, more) = world.next(RequestKind::Cancel);
    assert!((waited + more - 2.0).abs() < 0.01, "the cancel kept its time");
}

#[test]
fn a_hint_while_polling_asks_now_and_the_same_hint_only_once() {
    let mut world = World::new();
    world.pay(WAITING);
    world.query(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    let hint = notification(&world.merchant, &[("trade_status", "WAIT_BUYER_PAY")], world.now);
    world.input(Input::Notify(&hint));
    let query = world.expect(RequestKind::Query);
    world.answer(&query, &query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    world.input(Input::Notify(&hint));
    let (_, waited) = world.next(RequestKind::Query);
    assert!((waited - 5.0).abs() < 0.01, "sent again, it is no news");
}

#[test]
fn a_notification_of_an_older_sale_is_only_a_hint_where_pays_answer_was_lost() {
    let hour_ago = Timestamp::from_unix_ms(START - 3_600_000).unwrap();
    let mut world = World::new();
    world.pay_fails(Failure::MaybeSent);
    let notify = notification(&world.merchant, &[], hour_ago);
    world.input(Input::Notify(&notify));
    let query = world.expect(RequestKind::Query);
    world.answer(
        &query,
        &query_answer(&trade_node("TRADE_SUCCESS", AMOUNT, Some(hour_ago))),
    );
    assert!(matches!(
        world.outcome(),
        Outcome::Conflict {
            reason: ConflictReason::PaidEarlier,
            ..
        }
    ));

    // Where the answer said that the trade is ours, the till's clock does not matter.
    let mut ours = World::new();
    ours.pay(WAITING);
    ours.input(Input::Notify(&notify));
    assert_eq!(ours.outcome().as_str(), "paid");
}

#[test]
fn a_notification_before_pay_has_left_is_somebody_elses() {
    let mut world = World::new();
    let notify = notification(&world.merchant, &[], world.now);
    world.input(Input::Notify(&notify));
    world.expect(RequestKind::Pay);
}

#[test]
fn a_clock_that_leaps_past_the_deadline_still_asks_before_it_cancels() {
    let mut world = World::new();
    world.pay(WAITING);
    world.wait(7.0 * 3600.0);
    let query = world.expect(RequestKind::Query);
    world.answer(&query, &query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    world.expect(RequestKind::Cancel);
}

#[test]
fn a_clock_that_runs_backwards_neither_spins_nor_stretches_the_wait() {
    let mut world = World::new();
    world.pay(WAITING);
    world.poll();
    world.now = Timestamp::from_unix_ms(1_000_000).unwrap();
    let Output::Timeout { at, wake } = world.poll() else {
        panic!()
    };
    assert_eq!(wake, Wake::Query);
    assert!(at.saturating_since(world.now).as_secs() <= 5);
    world.next(RequestKind::Query);
}

#[test]
fn the_end_of_time_is_survived() {
    let mut world = World::new();
    world.now = Timestamp::MAX;
    let pay = world.expect(RequestKind::Pay);
    world.answer(&pay, &pay_answer(WAITING));
    world.poll();
    world.now = Timestamp::UNIX_EPOCH;
    world.poll();
}

#[test]
fn a_restored_polling_payment_keeps_its_window() {
    let mut world = World::new();
    world.pay(WAITING);
    world.query(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    world.wait(10.0).crash();
    let query = world.expect(RequestKind::Query);
    world.answer(&query, &query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    world.wait(120.0).crash();
    let query = world.expect(RequestKind::Query);
    world.answer(&query, &query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    // Open, seen twice 30 s apart.
    let (query, waited) = world.next(RequestKind::Query);
    assert!((waited - 30.0).abs() < 0.01, "{waited}");
    world.answer(&query, &query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    world.expect(RequestKind::Cancel);
}

#[test]
fn after_every_restart_it_is_asked_before_it_is_cancelled_whether_a_cancel_left_or_not() {
    let mut world = World::new();
    world.pay(WAITING);
    world.input(Input::Cancel);
    world.query(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    let here = world.merchant.clone();
    world.merchant = merchant_of(APP_ID, true);
    for _ in 0..2 {
        world.crash().expect_sign(RequestKind::Query);
    }
    world.merchant = here;
    let cancel = world
        .crash()
        .query_until_cancel(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    world
        .answer(&cancel, &cancel_answer(&cancelled_node("Y", None)))
        .crash()
        .expect(RequestKind::Query);
    world.crash().expect(RequestKind::Query);
}

#[test]
fn a_restart_forgets_neither_the_cashiers_wish_nor_how_often_it_was_cancelled() {
    let mut world = World::with(Policy {
        cancel_retry_ms: vec![2_000],
        ..Policy::default()
    });
    world.expect(RequestKind::Pay);
    world.input(Input::Cancel).crash();
    let waits = query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None));
    let cancel = world.query_until_cancel(&waits);
    assert!(
        (world.age() - 30.0).abs() < 0.01,
        "seen open twice, and no window waited for: {}",
        world.age()
    );
    world
        .answer(&cancel, &cancel_answer(&cancelled_node("Y", None)))
        .crash();
    let cancel = world.query_until_cancel(&waits);
    world
        .answer(&cancel, &cancel_answer(&cancelled_node("Y", None)))
        .query(&waits);
    assert_eq!(world.outcome().as_str(), "unresolved");
}

#[test]
fn a_malformed_signature_is_an_error_and_the_machine_still_waits_for_a_good_one() {
    let mut world = World::of(merchant_of(APP_ID, true), Policy::default());
    let Output::Sign(sign) = world.poll() else {
        panic!()
    };
    assert!(sign.string_to_sign.contains("method=alipay.trade.pay"));
    assert_eq!(sign.message, sign.string_to_sign.as_bytes());
    let error = world
        .payment
        .handle_input(
            Input::Signature {
                id: sign.id,
                signature: b"short",
            },
            world.now,
        )
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::SignatureFormat);
    world.input(Input::Signature {
        id: sign.id,
        signature: &[9; 256],
    });
    world.expect(RequestKind::Pay);
}

#[test]
fn an_external_signer_that_fails_for_pay_declines_it_as_not_sent() {
    let mut world = World::of(merchant_of(APP_ID, true), Policy::default());
    let Output::Sign(sign) = world.poll() else {
        panic!()
    };
    world.input(Input::Failure {
        id: sign.id,
        failure: Failure::MaybeSent,
    });
    let Output::Sign(sign) = world.poll() else {
        panic!()
    };
    assert_eq!(sign.kind, RequestKind::Query);
    world.input(Input::Failure {
        id: sign.id,
        failure: Failure::MaybeSent,
    });
    assert!(matches!(
        world.outcome(),
        Outcome::Declined {
            reason: DeclineReason::NotSent,
            ..
        }
    ));
}

#[test]
fn bad_orders_and_policies_are_refused_before_anything_is_signed() {
    let now = Timestamp::from_unix_ms(START).unwrap();
    let new = |change: fn(&mut TradePayRequest), policy: Policy| {
        let mut order = order();
        change(&mut order);
        Payment::new(merchant(), order, policy, start(), now)
            .map(|_| ())
            .map_err(|error| error.code())
    };
    assert_eq!(
        new(|o| o.out_trade_no = Some("a b".into()), Policy::default()),
        Err(ErrorCode::OutTradeNo)
    );
    assert_eq!(
        new(
            |_| {},
            Policy {
                poll_interval_ms: 1,
                ..Policy::default()
            }
        ),
        Err(ErrorCode::PolicyRange)
    );
    let long = |o: &mut TradePayRequest| {
        o.auth_code = Some(alipay_core::id::AuthCode::new_lenient("999999999999999999999999999999").unwrap());
    };
    assert_eq!(new(long, Policy::default()), Err(ErrorCode::AuthCode));
    assert_eq!(
        new(
            long,
            Policy {
                long_auth_codes: true,
                ..Policy::default()
            }
        ),
        Ok(())
    );
}

#[test]
fn a_new_policy_moves_the_windows_end() {
    let mut world = World::new();
    world.pay(WAITING);
    let policy = Policy {
        poll_window_ms: 10_000,
        ..Policy::default()
    };
    world.payment.set_policy(policy).unwrap();
    for _ in 0..2 {
        world.query(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    }
    world.expect(RequestKind::Cancel);
}

#[test]
fn a_merchant_that_signs_with_sha_1_signs_its_payments_so() {
    let elsewhere = new_merchant(APP_ID).sign_type(SignType::Rsa).external_signer();
    let Output::Sign(asked) = world_of(elsewhere).poll() else {
        panic!("it signs elsewhere")
    };
    assert_eq!(asked.sign_type, SignType::Rsa);
    let here = new_merchant(APP_ID)
        .sign_type(SignType::Rsa)
        .signer(Arc::new(OfSha1));
    world_of(here).expect(RequestKind::Pay);
}

#[test]
fn a_signer_in_this_process_that_fails_for_pay_declines_it_as_not_sent() {
    let mut world = world_of(new_merchant(APP_ID).signer(Arc::new(OfSha1)));
    let outcome = world.outcome();
    assert!(matches!(
        outcome,
        Outcome::Declined {
            reason: DeclineReason::NotSent,
            ..
        }
    ));
    assert!(world.sent.is_empty());
}

fn world_of(merchant: MerchantBuilder) -> World {
    World::of(Arc::new(merchant.build().unwrap()), Policy::default())
}

/// Signs with SHA-1 and with nothing else.
#[derive(Debug)]
struct OfSha1;

impl Signer for OfSha1 {
    fn sign(&self, sign_type: SignType, message: &[u8]) -> Result<Vec<u8>, Error> {
        match sign_type {
            SignType::Rsa => Seal("app").sign(sign_type, message),
            SignType::Rsa2 => Err(ErrorCode::SigningFailed.into()),
        }
    }
}

#[test]
fn debug_shows_no_secret() {
    let mut world = World::new();
    let output = world.poll();
    let shown = format!("{:?} {output:?}", world.payment);
    assert!(
        !shown.contains(AUTH_CODE) && !shown.contains("biz_content"),
        "{shown}"
    );
}

#[test]
fn a_refusal_that_repeats_our_request_leaks_nothing() {
    let mut world = World::new();
    let echo = format!(
        r#"{{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature","sub_msg":"验签出错,网关生成的验签字符串为：app_id=2014&biz_content={{auth_code:{AUTH_CODE}}}"}}"#
    );
    world.pay(&echo);
    let Outcome::Rejected { display, .. } = world.outcome() else {
        panic!()
    };
    assert_eq!(display.as_deref(), Some("验签出错,网关生成的验签字符串为："));
    let everything = format!(
        "{:?}{}",
        world.payment.heard(),
        String::from_utf8(world.payment.snapshot()).unwrap()
    );
    assert!(!everything.contains(AUTH_CODE));
}

#[test]
fn a_payment_needs_the_buyers_code_even_where_trade_pay_does_not() {
    // An agreement's deduction, and a frozen amount that is taken: fine as calls, but nobody stands in front of the cashier.
    for more in [
        r#""agreement_params":{"agreement_no":"20170322450983769228"}"#,
        r#""auth_no":"2016110310002001760201905725""#,
    ] {
        let json = format!(
            r#"{{"out_trade_no":"20150320010101001","subject":"Iphone6 16G","total_amount":"88.88",{more}}}"#
        );
        let order = TradePayRequest::from_json(&json).unwrap();
        assert_eq!(order.check(), Ok(()));
        for (scene, missing) in [(None, "scene"), (Some("bar_code".to_owned()), "auth_code")] {
            let order = TradePayRequest::from_json(&json).map(|mut order| {
                order.scene = scene;
                order
            });
            let now = Timestamp::from_unix_ms(START).unwrap();
            let error =
                Payment::new(merchant(), order.unwrap(), Policy::default(), start(), now).unwrap_err();
            assert_eq!(
                (error.code(), error.subject()),
                (ErrorCode::FieldMissing, Some(missing))
            );
        }
    }
}

#[test]
fn a_policy_scaled_down_is_so_many_times_as_fast() {
    let policy = Policy::default();
    assert_eq!(
        policy.scaled_down(10),
        Policy {
            pay_timeout_ms: 1_500,
            query_timeout_ms: 500,
            cancel_timeout_ms: 1_000,
            sign_timeout_ms: 1_000,
            poll_interval_ms: 500,
            poll_window_ms: 6_000,
            retry_soon_ms: 100,
            settle_ms: 6_000,
            cancel_retry_ms: vec![200, 200, 200, 500, 1_000, 3_000, 6_000],
            ..policy.clone()
        }
    );
    assert_eq!(policy.scaled_down(0), policy);
    // No time is below what a policy may have.
    let fastest = policy.scaled_down(1_000_000);
    assert_eq!((fastest.settle_ms, fastest.check()), (20, Ok(())));
}
