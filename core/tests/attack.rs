//! Attacks on the payment machine by somebody who did not write it. Each test states what the rules promise; one group for each letter.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::collapsible_match
)]

mod harness;

use alipay_core::{
    Payment, Timestamp,
    api::TradePayRequest,
    http::HttpResponse,
    id::AuthCode,
    merchant::ApiVersion,
    payment::{Failure, Input, News, Outcome, Output, Policy, RequestKind},
    sign::{SignType, Signer as _, to_base64},
};
use harness::*;
use std::sync::Arc;

fn not_closed(outcome: &Outcome) {
    assert!(!matches!(outcome, Outcome::Closed { .. }), "{outcome:?}");
}

// ---- C: cancels that may undo another's sale

/// Rule 5: the late answer to pay says that the number is another's, after the last query and before the cancel leaves.
#[test]
fn c1_taken_learnt_between_last_query_and_cancel() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let (query, _) = world.next(RequestKind::Query);
    world.input(Input::Cancel);
    world.answer(&query, &waits());
    world.answer(&pay, &taken());
    let output = world.poll();
    assert!(
        !matches!(&output, Output::Request(request) if request.kind == RequestKind::Cancel),
        "cancel left after TRADE_HAS_SUCCESS: {output:?}"
    );
}

/// The same while the cancel is being signed elsewhere: seconds, not a moment.
#[test]
fn c1_taken_learnt_while_cancel_is_being_signed() {
    let mut world = World::signing_elsewhere();
    let sign = world.expect_sign(RequestKind::Pay);
    world.sign(&sign);
    let pay = world.expect(RequestKind::Pay);
    let query = loop {
        match world.poll() {
            Output::Sign(sign) => {
                world.sign(&sign);
            }
            Output::Timeout { at, .. } => world.now = at,
            Output::Request(request) => break request,
            other => panic!("{other:?}"),
        }
    };
    world.input(Input::Cancel);
    world.answer(&query, &waits());
    let sign = world.expect_sign(RequestKind::Cancel);
    world.answer(&pay, &taken());
    world.sign(&sign);
    let output = world.poll();
    assert!(
        !matches!(&output, Output::Request(request) if request.kind == RequestKind::Cancel),
        "cancel left after TRADE_HAS_SUCCESS"
    );
}

/// Between two cancels: the first was lost, pay's late answer says "taken", the second leaves all the same.
#[test]
fn c2_taken_learnt_after_a_cancel_left() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let (query, _) = world.next(RequestKind::Query);
    world.input(Input::Cancel);
    world.answer(&query, &waits());
    world.cancel_fails(Failure::Aborted);
    world.answer(&pay, &taken());
    let before = world.count(RequestKind::Cancel);
    for _ in 0..40 {
        match world.poll() {
            Output::Request(request) => {
                world.fail(&request, Failure::Aborted);
            }
            Output::Timeout { at, .. } => world.now = at,
            _ => break,
        }
    }
    assert_eq!(
        world.count(RequestKind::Cancel),
        before,
        "cancels after TRADE_HAS_SUCCESS"
    );
}

/// After Unresolved: the late "taken" is forgotten; reconciling cancels another's sale or calls it Paid.
#[test]
fn c3_taken_learnt_after_unresolved() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let outcome = world.query_until_done(&html());
    assert!(matches!(outcome, Outcome::Unresolved { .. }), "{outcome:?}");
    world.answer(&pay, &taken());
    world.poll();
    world.alipay_ahead = None;
    world.crash();
    // The other sale was refunded and asked again, whatever: it is open now.
    for _ in 0..20 {
        match world.poll() {
            Output::Request(request) if request.kind == RequestKind::Query => {
                world.answer(&request, &waits());
            }
            Output::Timeout { at, .. } => world.now = at,
            Output::Request(_) => panic!("cancel left after TRADE_HAS_SUCCESS"),
            _ => break,
        }
    }
}

#[test]
fn c3b_taken_learnt_after_unresolved_is_paid() {
    let mut world = World::new();
    world.alipay_ahead = None;
    let pay = world.expect(RequestKind::Pay);
    world.query_until_done(&html());
    world.answer(&pay, &taken());
    world.poll();
    world.crash();
    world.query(&paid_at(world.now));
    let outcome = world.outcome();
    assert!(
        !matches!(outcome, Outcome::Paid { .. }),
        "after 'taken', clock unknown: {outcome:?}"
    );
}

/// No cancel left (they could not be stored), "taken" comes while in Exhausted: a success is Paid (unproven).
#[test]
fn c4_taken_learnt_in_exhausted_is_paid() {
    let mut world = World::with(Policy {
        cancel_retry_ms: vec![],
        ..Policy::default()
    });
    world.alipay_ahead = None;
    let pay = world.expect(RequestKind::Pay);
    let (query, _) = world.next(RequestKind::Query);
    world.input(Input::Cancel);
    world.answer(&query, &waits());
    world.cancel_fails(Failure::NotStored);
    world.answer(&pay, &taken());
    world.query(&paid_at(world.now));
    let outcome = world.outcome();
    assert!(!matches!(outcome, Outcome::Paid { .. }), "{outcome:?}");
}

/// Pay's own answer with code 20000 but a sub_code of rule 5.
#[test]
fn c5_taken_with_an_odd_code() {
    let mut world = World::new();
    world.pay(&refusal("20000", "ACQ.TRADE_HAS_SUCCESS"));
    let output = world.query_until(&waits());
    assert!(
        !matches!(&output, Output::Request(request) if request.kind == RequestKind::Cancel),
        "cancel left after TRADE_HAS_SUCCESS"
    );
}

/// Nothing ever left; a success without a date is another's, and must not be ours to cancel.
#[test]
fn c6_cancel_again_after_closed_unsent() {
    let mut world = World::new();
    world.input(Input::Cancel);
    assert!(matches!(world.outcome(), Outcome::Closed { .. }));
    world.notify(&[], world.now);
    world.query(&undated());
    world.news();
    world.input(Input::Cancel);
    let output = world.poll();
    assert!(
        matches!(output, Output::Done(_)),
        "cancels what can't be its own: {output:?}"
    );
}

/// 10003 names another amount, and then no query is answered.
#[test]
fn c7_waiting_for_another_amount() {
    let mut world = World::new();
    world.pay(&format!(
        r#"{{"code":"10003","msg":"x","out_trade_no":"{NUMBER}","total_amount":"1.00","trade_no":"1"}}"#
    ));
    let output = world.query_until(&html());
    assert!(
        !matches!(&output, Output::Request(request) if request.kind == RequestKind::Cancel),
        "a verified trade of another amount is cancelled"
    );
}

// ---- B: NotSent, and then a success or an open trade

#[test]
fn b1_not_sent_told_late_and_a_success() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let (query, _) = world.next(RequestKind::Query);
    world.fail(&pay, Failure::NotSent);
    world.answer(&query, &paid_at(world.now));
    let outcome = world.outcome();
    assert!(matches!(outcome, Outcome::Conflict { .. }), "{outcome:?}");
}

#[test]
fn b2_not_sent_told_late_and_an_open_trade() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let (query, _) = world.next(RequestKind::Query);
    world.fail(&pay, Failure::NotSent);
    world.answer(&query, &waits());
    let output = world.query_until(&waits());
    assert!(
        matches!(&output, Output::Done(Outcome::Conflict { .. })),
        "{output:?}"
    );
}

/// A success notification while pay is still being stored, then NotSent.
#[test]
fn b3_notified_while_storing_then_not_sent() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    world.notify(&[], world.now);
    assert!(!world.payment.is_wanted(pay.id));
    world.fail(&pay, Failure::NotSent);
    let outcome = world.query_until_done(&paid_at(world.now));
    assert!(
        matches!(outcome, Outcome::Conflict { .. }),
        "pay never left: {outcome:?}"
    );
}

/// A success of the number is notified before pay has left: it is another's, and pay need not leave.
#[test]
fn b3b_notified_before_pay_left() {
    let mut world = World::new();
    world.notify(&[], world.now);
    let pay = world.expect(RequestKind::Pay);
    assert!(!world.payment.is_wanted(pay.id));
    world.fail(&pay, Failure::NotSent);
    let outcome = world.query_until_done(&html());
    assert!(matches!(outcome, Outcome::Conflict { .. }), "{outcome:?}");
}

/// NotSent; a verified success notification; queries unanswered.
#[test]
fn b4_not_sent_and_a_notified_success() {
    let mut world = World::new();
    world.pay_fails(Failure::NotSent);
    world.notify(&[], world.now);
    let outcome = world.query_until_done(&html());
    assert!(
        !matches!(outcome, Outcome::Declined { .. }),
        "swallowed: {outcome:?}"
    );
}

// ---- A: Closed although a verified message said that the trade exists

#[test]
fn a1_still_paid_cancelled_again_and_not_found() {
    let mut world = World::closed_by_not_found();
    world.notify(&[], world.now);
    world.query(&paid_at(world.now));
    assert!(matches!(world.news(), News::StillPaid { .. }));
    world.input(Input::Cancel);
    not_closed(&world.nothing_until_done());
}

#[test]
fn a2_notified_after_unresolved_then_restored() {
    let mut world = World::new();
    world.restored.never_suspended = true;
    world.pay_fails(Failure::MaybeSent);
    let outcome = world.nothing_until_done();
    assert!(matches!(outcome, Outcome::Unresolved { .. }));
    world.notify(&[("trade_status", "WAIT_BUYER_PAY")], world.now);
    world.poll();
    world.wait(1_900.0).crash();
    not_closed(&world.nothing_until_done());
}

#[test]
fn a2b_success_notified_and_found_after_unresolved_then_restored() {
    let mut world = World::new();
    world.restored.never_suspended = true;
    world.pay_fails(Failure::MaybeSent);
    world.nothing_until_done();
    world.notify(&[], world.now);
    world.query(&paid_at(world.now));
    assert!(matches!(world.news(), News::StillPaid { .. }));
    world.poll();
    world.wait(1_900.0).crash();
    not_closed(&world.nothing_until_done());
}

/// Pay's late answer 10003 after Unresolved.
#[test]
fn a2c_pay_answers_10003_after_unresolved() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let outcome = world.nothing_until_done();
    assert!(matches!(outcome, Outcome::Unresolved { .. }));
    world.answer(&pay, &pay_answer(WAITING));
    let saves = world.saves;
    world.poll();
    assert!(world.saves > saves, "that the trade exists is not stored");
}

/// 10000 about our number without an amount: the trade exists.
#[test]
fn a3_pay_10000_without_amount() {
    let mut world = World::new();
    world.pay(&format!(r#"{{"code":"10000","msg":"Success","out_trade_no":"{NUMBER}","trade_no":"2026112122001400000000000001"}}"#));
    not_closed(&world.nothing_until_done());
}

#[test]
fn a3b_pay_10000_of_another_amount() {
    let mut world = World::new();
    world.pay(&paid_node(NUMBER, "1.00"));
    not_closed(&world.nothing_until_done());
}

#[test]
fn a3c_v3_success_without_a_date() {
    let body = format!(
        r#"{{"trade_no":"2026112122001400000000000001","out_trade_no":"{NUMBER}","total_amount":"{AMOUNT}"}}"#
    );
    let sealed = |status: u16, now: Timestamp, body: &str| {
        let time = now.unix_ms().to_string();
        let message = format!("{time}\nn0nce\n{body}\n");
        let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, message.as_bytes()).unwrap());
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        HttpResponse {
            status,
            headers: vec![
                header("alipay-timestamp", &time),
                header("alipay-nonce", "n0nce"),
                header("alipay-signature", &sign),
            ],
            body: body.as_bytes().to_vec(),
        }
    };
    let v3 = signing(new_merchant(APP_ID).api_version(ApiVersion::V3), false);
    let mut world = World::of(v3, Policy::default());
    let pay = world.expect(RequestKind::Pay);
    world.answer(&pay, &sealed(202, world.now, &body));
    let outcome = loop {
        match world.poll() {
            Output::Request(request) if request.kind == RequestKind::Query => {
                let answer = sealed(400, world.now, r#"{"code":"ACQ.TRADE_NOT_EXIST","message":"x"}"#);
                world.answer(&request, &answer);
            }
            Output::Request(request) => {
                let answer = sealed(
                    200,
                    world.now,
                    &format!(r#"{{"out_trade_no":"{NUMBER}","retry_flag":"N"}}"#),
                );
                world.answer(&request, &answer);
            }
            Output::Timeout { at, .. } => world.now = at,
            Output::Done(outcome) => break outcome,
            other => panic!("{other:?}"),
        }
    };
    not_closed(&outcome);
}

/// A status we don't know, or a success without an amount: the trade exists all the same.
#[test]
fn a4_query_of_an_unknown_status() {
    for node in [
        trade_node("TRADE_PENDING", AMOUNT, None),
        format!(r#"{{"code":"10000","out_trade_no":"{NUMBER}","trade_status":"TRADE_SUCCESS"}}"#),
    ] {
        let mut world = World::new();
        world.pay_fails(Failure::Aborted).query(&query_answer(&node));
        not_closed(&world.nothing_until_done());
    }
}

/// A cancel's answer said that the buyer has paid; restored, a lagging replica finds nothing.
#[test]
fn a5_seller_balance_then_not_found() {
    let mut world = World::new();
    world.pay_fails(Failure::Aborted);
    let cancel = world.query_until_cancel(&not_exist());
    world.answer(
        &cancel,
        &cancel_answer(&refusal("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH")),
    );
    world.outcome();
    world.wait(100.0).crash();
    not_closed(&world.nothing_until_done());
}

#[test]
fn a5b_cancel_not_allowed_then_not_found() {
    let mut world = World::new();
    world.pay_fails(Failure::Aborted);
    let cancel = world.query_until_cancel(&not_exist());
    world.answer(
        &cancel,
        &cancel_answer(&refusal("40004", "ACQ.TRADE_HAS_FINISHED")),
    );
    world.query_until_done(&not_exist());
    world.wait(100.0).crash();
    not_closed(&world.nothing_until_done());
}

/// The trade was seen for the first time by a query after a cancel; the next cancel waits, and nothing was stored.
#[test]
fn a6_seen_while_settling_is_not_stored() {
    let mut world = World::new();
    world.pay_fails(Failure::Aborted);
    let cancel = world.query_until_cancel(&not_exist());
    // Two cancels without an answer, the third finds nothing.
    world.fail(&cancel, Failure::Aborted);
    world.cancel_fails(Failure::Aborted);
    world.cancel(&cancelled_node("N", None));
    world.query(&waits());
    let first = world.poll_once();
    assert!(
        matches!(first, Output::Save),
        "that the trade exists is not stored: {first:?}"
    );
}

/// The same when the cancel that follows is signed elsewhere and the signer is down.
#[test]
fn a6b_seen_by_the_last_query_and_the_signer_is_down() {
    let mut world = World::signing_elsewhere();
    let mut stored = None;
    let mut cancels = 0;
    let mut seen = false;
    for _ in 0..4_000 {
        match world.poll_once() {
            Output::Save => stored = Some(world.payment.snapshot()),
            Output::Sign(sign) if sign.kind == RequestKind::Cancel => {
                cancels += 1;
                world.input(Input::Failure {
                    id: sign.id,
                    failure: Failure::NotSent,
                });
                if cancels == 2 {
                    break;
                }
            }
            Output::Sign(sign) => {
                world.sign(&sign);
            }
            Output::Request(request) => {
                if request.checkpoint {
                    stored = Some(world.payment.snapshot());
                }
                if request.kind == RequestKind::Pay {
                    world.fail(&request, Failure::Aborted);
                } else if world.age() < 59.0 {
                    world.answer(&request, &not_exist());
                } else {
                    seen = true;
                    world.answer(&request, &waits());
                }
            }
            Output::Timeout { at, .. } => world.now = at,
            other => panic!("{other:?}"),
        }
    }
    assert!(seen);
    let text = String::from_utf8(stored.unwrap()).unwrap();
    assert!(text.contains("trade_seen"), "never stored: {text}");
}

/// "Settling counts from that news": a query that left before it must not date it.
#[test]
fn a7_news_dated_by_an_answer_that_was_made_before_it() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let (query, _) = world.next(RequestKind::Query);
    // The gateway answers now; the process is frozen for ten minutes.
    let made = http_date(world.now);
    world.wait(600.0);
    world.fail(&pay, Failure::Aborted);
    let news = world.now;
    let mut answer = not_exist();
    answer.headers.push(("Date".to_owned(), made));
    world.answer(&query, &answer);
    let outcome = world.nothing_until_done();
    let waited = world.now.saturating_since(news).as_secs_f64();
    assert!(
        !matches!(outcome, Outcome::Closed { .. }) || waited >= 60.0,
        "{outcome:?} {waited} s after the news"
    );
}

/// One gateway server's clock is ten minutes ahead.
#[test]
fn a8_one_wrong_date() {
    let mut world = World::new();
    world.pay_fails(Failure::Aborted);
    let news = world.now;
    world.query(&not_exist());
    let (query, _) = world.next(RequestKind::Query);
    let mut answer = not_exist();
    answer
        .headers
        .push(("Date".to_owned(), http_date(world.seconds(600))));
    world.answer(&query, &answer);
    let outcome = world.nothing_until_done();
    let waited = world.now.saturating_since(news).as_secs_f64();
    assert!(
        !matches!(outcome, Outcome::Closed { .. }) || waited >= 60.0,
        "{outcome:?} {waited} s after the news"
    );
}

/// The limit that pay carries is the one that is remembered.
#[test]
fn a9_set_policy_before_pay() {
    let mut world = World::new();
    world
        .payment
        .set_policy(Policy {
            poll_window_ms: 3_600_000,
            ..Policy::default()
        })
        .unwrap();
    let pay = world.expect(RequestKind::Pay);
    let body = String::from_utf8(pay.http.body.clone()).unwrap();
    let sent = if body.contains("61m") { 61 } else { 2 };
    let text = String::from_utf8(world.payment.snapshot()).unwrap();
    let remembered = text
        .split("\"within\":")
        .nth(1)
        .unwrap()
        .split('}')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(remembered, (sent * 60_000).to_string());
}

#[test]
fn a9b_fence_and_a_clock_set_back_while_signing() {
    let mut world = World::of(
        merchant_of(APP_ID, true),
        Policy {
            fence_ms: 10_000,
            ..Policy::default()
        },
    );
    let sign = world.expect_sign(RequestKind::Pay);
    let text = sign.string_to_sign.clone();
    let sent = text
        .split("\"time_expire\":\"")
        .nth(1)
        .unwrap()
        .get(..19)
        .unwrap()
        .to_owned();
    world.leap(-7200.0);
    world.sign(&sign);
    world.expect(RequestKind::Pay);
    let snapshot = String::from_utf8(world.payment.snapshot()).unwrap();
    let ms: i64 = snapshot
        .split("\"at\":")
        .nth(1)
        .unwrap()
        .split('}')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(Timestamp::from_unix_ms(ms).unwrap().to_beijing(), sent);
}

/// A transport that resets on death said "maybe sent" before it died: the restart must not know better.
#[test]
fn a10_maybe_sent_is_forgotten_by_a_crash() {
    let mut world = World::resetting();
    world.restored.writer_is_dead = true;
    let pay = world.expect(RequestKind::Pay);
    let stored = world.payment.snapshot();
    world.fail(&pay, Failure::MaybeSent);
    let newer = match world.poll_once() {
        Output::Save => world.payment.snapshot(),
        _ => stored,
    };
    world.restore(&newer);
    not_closed(&world.nothing_until_done());
}

// ---- our own sale

/// Rule 13: a success no earlier than our pay left is ours. The till's clock is set back 20 s (NTP) while pay waits.
#[test]
fn o1_clock_set_back_while_pay_waits() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let charged = world.now.saturating_add(std::time::Duration::from_secs(1));
    world.wait(14.0).leap(-20.0);
    world.fail(&pay, Failure::MaybeSent);
    world.query(&paid_at(charged));
    let outcome = world.outcome();
    assert!(
        matches!(outcome, Outcome::Paid { .. }),
        "our own sale: {outcome:?}"
    );
}

/// Only five seconds back, and the buyer pays within the first second.
#[test]
fn o1b_small_step() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let charged = world.now;
    world.wait(3.0).leap(-5.0);
    world.fail(&pay, Failure::MaybeSent);
    world.query(&paid_at(charged));
    let outcome = world.outcome();
    assert!(
        matches!(outcome, Outcome::Paid { .. }),
        "our own sale: {outcome:?}"
    );
}

// ---- F: swallowed

#[test]
fn f1_refund_notified_while_the_query_about_an_earlier_one_is_under_way() {
    let mut world = World::new();
    world.pay(&paid_node(NUMBER, AMOUNT));
    world.outcome();
    world.notify(&[("notify_id", "1"), ("refund_fee", "1.00")], world.now);
    let query = world.expect(RequestKind::Query);
    world.notify(
        &[
            ("notify_id", "2"),
            ("refund_fee", AMOUNT),
            ("trade_status", "TRADE_CLOSED"),
        ],
        world.now,
    );
    // Made before the full refund.
    world.answer(&query, &paid_at(world.now));
    let output = world.poll();
    assert!(
        !matches!(output, Output::Done(_)),
        "the full refund is never told"
    );
}

#[test]
fn f2_the_seventeenth_unanswered_question() {
    let mut world = World::closed_by_not_found();
    for _ in 0..16 {
        world.notify(&[], world.now);
        world.query(&html());
        assert_eq!(world.news(), News::NotKnown);
        world.wait(600.0);
    }
    world.notify(&[], world.now);
    let output = world.poll();
    assert!(!matches!(output, Output::Done(_)), "swallowed without a word");
}

#[test]
fn f3_a_success_refunded_in_part_after_closed() {
    let mut world = World::closed_by_not_found();
    world.notify(&[("refund_fee", "1.00")], world.now);
    let output = world.poll();
    assert!(
        !matches!(output, Output::Done(_)),
        "87.88 are taken, and nobody is told"
    );
}

#[test]
fn f4_a_success_of_another_amount_after_closed() {
    let mut world = World::closed_by_not_found();
    world.notify(&[("total_amount", "90.00")], world.now);
    let output = world.poll();
    assert!(!matches!(output, Output::Done(_)), "swallowed");
}

#[test]
fn f5_given_up_and_done_a_success_that_is_ours_is_cancelled() {
    let mut world = World::new();
    world.pay_fails(Failure::MaybeSent);
    world.nothing_until_done();
    world.input(Input::GiveUp);
    world.outcome();
    world.notify(&[], world.now);
    world.query(&paid_at(world.now));
    world.news();
    world.input(Input::Cancel);
    let output = world.poll();
    assert!(
        matches!(&output, Output::Request(request) if request.kind == RequestKind::Cancel),
        "rule 14: it is cancelled; here the cashier's cancel is ignored too: {output:?}"
    );
}

#[test]
fn f6_unresolved_can_be_given_up_also_after_a_crash_of_the_reconciling_process() {
    let mut world = World::new();
    world.pay_fails(Failure::MaybeSent);
    world.nothing_until_done();
    world.wait(100.0).crash();
    world.query(&waits());
    world.crash();
    world.payment.handle_input(Input::GiveUp, world.now).unwrap();
}

// ---- G: secrets

#[test]
fn g1_trade_no_with_the_auth_code_in_it() {
    for trade_no in [
        format!("auth_code {AUTH_CODE}"),
        format!("a{AUTH_CODE}"),
        format!("{AUTH_CODE}-{AUTH_CODE}"),
    ] {
        let mut world = World::new();
        world.pay(&paid_node(NUMBER, AMOUNT).replace("2026112122001400000000000001", &trade_no));
        world.outcome();
        let text = String::from_utf8(world.payment.snapshot()).unwrap();
        assert!(!text.contains(AUTH_CODE), "{text}");
    }
}

#[test]
fn g2_separated_or_wide_digits() {
    let spaced = "2876 3443 8256 64394";
    let wide: String = AUTH_CODE
        .chars()
        .map(|c| char::from_u32('０' as u32 + c as u32 - '0' as u32).unwrap())
        .collect();
    for echo in [spaced, &wide] {
        let mut world = World::new();
        world.pay(&format!(r#"{{"code":"40004","msg":"x","sub_code":"ACQ.PAYMENT_AUTH_CODE_INVALID","sub_msg":"code {echo}"}}"#));
        world.outcome();
        let text = String::from_utf8(world.payment.snapshot()).unwrap();
        assert!(!text.contains(echo), "{text}");
    }
}

#[test]
fn g3_short_and_long_codes_that_the_policy_lets_pass() {
    for code in ["287634438256643", "2876344382566439412345678901"] {
        let policy = Policy {
            long_auth_codes: true,
            ..Policy::default()
        };
        let order = TradePayRequest::bar_code(
            NUMBER,
            AuthCode::new_lenient(code).unwrap(),
            AMOUNT.parse().unwrap(),
            "x",
        );
        let mut world = World::new();
        world.payment = Payment::new(Arc::clone(&world.merchant), order, policy, start(), world.now).unwrap();
        world.pay(&paid_node(NUMBER, AMOUNT).replace("2026112122001400000000000001", code));
        world.outcome();
        let text = String::from_utf8(world.payment.snapshot()).unwrap();
        assert!(!text.contains(code), "{text}");
    }
}

#[test]
fn g4_short_code_in_a_message() {
    let code = "287634438256643";
    let policy = Policy {
        long_auth_codes: true,
        ..Policy::default()
    };
    let order = TradePayRequest::bar_code(
        NUMBER,
        AuthCode::new_lenient(code).unwrap(),
        AMOUNT.parse().unwrap(),
        "x",
    );
    let mut world = World::new();
    world.payment = Payment::new(Arc::clone(&world.merchant), order, policy, start(), world.now).unwrap();
    world.pay(&format!(
        r#"{{"code":"40004","msg":"x","sub_code":"ACQ.PAYMENT_AUTH_CODE_INVALID","sub_msg":"code {code}"}}"#
    ));
    world.outcome();
    let text = String::from_utf8(world.payment.snapshot()).unwrap();
    assert!(!text.contains(code), "{text}");
}

// ---- H: the rest

#[test]
fn h1_the_protocol_changes_while_pay_has_not_ended() {
    let mut world = World::new();
    world.expect(RequestKind::Pay);
    let (query, _) = world.next(RequestKind::Query);
    world.answer(&query, &not_exist());
    let v3 = signing(new_merchant(APP_ID).api_version(ApiVersion::V3), false);
    assert!(
        world.payment.set_merchant(v3).is_err(),
        "pay is still with the host"
    );
}

#[test]
fn h2_the_last_moment() {
    let mut world = World::new();
    world.now = Timestamp::from_unix_ms(Timestamp::MAX.unix_ms()).unwrap();
    world.pay_fails(Failure::MaybeSent);
    world.poll();
}

/// Cancels of an earlier process, one of this that did not leave, and a success: not cancelled blindly.
#[test]
fn h3_a_cancel_that_did_not_leave_is_no_cancel_of_this_process() {
    let mut world = World::new();
    world.pay(WAITING);
    let cancel = world.query_until_cancel(&waits());
    world.fail(&cancel, Failure::MaybeSent);
    world.crash();
    let cancel = world.query_until_cancel(&waits());
    world.fail(&cancel, Failure::NotSent);
    world.query(&paid_at(world.now));
    let output = world.poll();
    assert!(
        matches!(&output, Output::Done(Outcome::Unresolved { .. })),
        "{output:?}"
    );
}

/// Pay's own answer came late and said that it is paid; a till whose clock is ahead calls the success another's.
#[test]
fn o3_pays_own_late_success() {
    let mut world = World::new();
    world.alipay_ahead = None;
    let pay = world.expect(RequestKind::Pay);
    let (query, _) = world.next(RequestKind::Query);
    world.answer(&pay, &pay_answer(&paid_node(NUMBER, AMOUNT)));
    // Alipay's clock is 20 minutes behind the till's.
    let charged = world.seconds(-1_200);
    world.answer(&query, &paid_at(charged));
    let outcome = world.outcome();
    assert!(
        matches!(outcome, Outcome::Paid { proven: true, .. }),
        "{outcome:?}"
    );
}

/// An older sale of the number was refunded yesterday: our buyer has paid nothing.
#[test]
fn o4_an_older_refunded_sale_is_told_as_our_refund() {
    let mut world = World::new();
    world.pay_fails(Failure::MaybeSent);
    let yesterday = world.seconds(-86_400);
    world.query(&query_answer(&trade_node(
        "TRADE_CLOSED",
        AMOUNT,
        Some(yesterday),
    )));
    let outcome = world.outcome();
    assert!(
        !matches!(outcome, Outcome::Closed { refunded: Some(true) }),
        "{outcome:?}"
    );
}

/// Not sent was told, and a crash forgets it: an older sale is Paid.
#[test]
fn b5_not_sent_is_forgotten_by_a_crash() {
    let mut world = World::timeless();
    let pay = world.expect(RequestKind::Pay);
    let stored = world.payment.snapshot();
    world.fail(&pay, Failure::NotSent);
    let newer = match world.poll_once() {
        Output::Save => world.payment.snapshot(),
        _ => stored,
    };
    world.restore(&newer);
    world.query(&paid_at(world.now));
    let outcome = world.outcome();
    assert!(matches!(outcome, Outcome::Conflict { .. }), "{outcome:?}");
}

/// A first process saw the trade in the answer of a cancel that says "ask again".
#[test]
fn a11_retry_flag_of_a_trade() {
    let mut world = World::new();
    world.pay_fails(Failure::Aborted);
    let cancel = world.query_until_cancel(&not_exist());
    world.answer(
        &cancel,
        &cancel_answer(&format!(
            r#"{{"code":"10000","out_trade_no":"{NUMBER}","trade_no":"2026112122001400000000000001","retry_flag":"Y","action":"close"}}"#
        )),
    );
    not_closed(&world.nothing_until_done());
}

/// The same answer, after its time.
#[test]
fn a11b_a_late_answer_to_a_cancel() {
    let mut world = World::new();
    world.pay_fails(Failure::Aborted);
    let cancel = world.query_until_cancel(&not_exist());
    // Nothing is said of it until its time is over, and before the next one leaves.
    world.wait(15.0);
    assert!(matches!(world.poll(), Output::Timeout { .. }));
    world.answer(&cancel, &cancel_answer(&cancelled_node("N", Some("close"))));
    not_closed(&world.nothing_until_done());
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
    fn pick(&mut self, low: u32, high: u32) -> u32 {
        match self.roll(3) {
            0 => low,
            1 => high,
            _ => low + u32::try_from(self.roll(u64::from(high - low) + 1)).unwrap(),
        }
    }
}

/// Held: extreme policies, leaping clocks, all kinds of answers and ends, restores: no panic, no busy loop, pay once, an outcome.
#[test]
fn z_dice() {
    for seed in 0..3_000_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut policy = Policy {
            pay_timeout_ms: dice.pick(10, 120_000),
            query_timeout_ms: dice.pick(10, 120_000),
            cancel_timeout_ms: dice.pick(10, 120_000),
            sign_timeout_ms: dice.pick(10, 120_000),
            poll_interval_ms: dice.pick(10, 120_000),
            poll_window_ms: dice.pick(10, 3_600_000).min(400 * 10_000),
            retry_soon_ms: dice.pick(10, 120_000),
            settle_ms: 600_000,
            send_within_ms: dice.pick(10, 60_000),
            cancel_retry_ms: (0..dice.roll(17)).map(|_| 10).collect(),
            confirm_not_sent: dice.roll(2) == 0,
            fence_ms: dice.pick(0, 3_600_000),
            long_auth_codes: false,
        };
        policy.settle_ms = 2 * policy
            .pay_timeout_ms
            .max(policy.query_timeout_ms)
            .max(policy.cancel_timeout_ms);
        policy.poll_window_ms = policy
            .poll_window_ms
            .min(policy.poll_interval_ms.saturating_mul(50))
            .max(10);
        policy.check().unwrap();
        let external = dice.roll(4) == 0;
        let mut world = World::of(merchant_of(APP_ID, external), policy);
        let mut pays = 0;
        let mut done = false;
        for step in 0..6_000 {
            if step < 60 {
                match dice.roll(14) {
                    0 => {
                        world.leap(7_200.0);
                    }
                    1 => {
                        world.leap(-7_200.0);
                    }
                    2 if dice.roll(3) == 0 => {
                        world.input(Input::Cancel);
                    }
                    3 if dice.roll(3) == 0 => {
                        world.restored.writer_is_dead = dice.roll(2) == 0;
                        world.restored.never_suspended = dice.roll(2) == 0;
                        world.crash();
                    }
                    4 => {
                        let status =
                            ["TRADE_SUCCESS", "TRADE_CLOSED", "WAIT_BUYER_PAY"][dice.roll(3) as usize];
                        let id = dice.roll(5).to_string();
                        let now = world.now;
                        world.notify(&[("trade_status", status), ("notify_id", &id)], now);
                    }
                    5 => {
                        let _ = world.payment.handle_input(Input::GiveUp, world.now);
                    }
                    _ => {}
                }
            }
            match world.poll_once() {
                Output::Request(request) => {
                    if request.kind == RequestKind::Pay {
                        pays += 1;
                    }
                    if pays > 0 {
                        let text = String::from_utf8(world.payment.snapshot()).unwrap();
                        assert!(!text.contains(AUTH_CODE));
                    }
                    let node = match dice.roll(9) {
                        0 => refusal("40004", "ACQ.TRADE_NOT_EXIST"),
                        1 => trade_node("WAIT_BUYER_PAY", AMOUNT, None),
                        2 if step > 20 => trade_node("TRADE_SUCCESS", AMOUNT, Some(world.now)),
                        3 => refusal("20000", "aop.ACQ.SYSTEM_ERROR"),
                        4 => cancelled_node("N", None),
                        5 => refusal("40004", "ACQ.CANCEL_NOT_ALLOWED"),
                        6 => WAITING.to_owned(),
                        _ => String::new(),
                    };
                    if node.is_empty() {
                        match dice.roll(5) {
                            0 => {
                                world.fail(&request, Failure::NotSent);
                            }
                            1 => {
                                world.fail(&request, Failure::Aborted);
                            }
                            2 => {
                                world.fail(&request, Failure::MaybeSent);
                            }
                            3 => {
                                world.answer_and_reset(&request, &html(), dice.roll(2) == 0);
                            }
                            _ => {}
                        }
                    } else {
                        let method = match request.kind {
                            RequestKind::Pay => "alipay.trade.pay",
                            RequestKind::Query => "alipay.trade.query",
                            _ => "alipay.trade.cancel",
                        };
                        world.answer(&request, &signed(method, &node));
                    }
                }
                Output::Sign(sign) => {
                    if dice.roll(4) > 0 {
                        world.sign(&sign);
                    } else {
                        world.input(Input::Failure {
                            id: sign.id,
                            failure: Failure::MaybeSent,
                        });
                    }
                }
                Output::Timeout { at, .. } => world.now = at,
                Output::Done(_) if step >= 60 => {
                    done = true;
                    break;
                }
                _ => {}
            }
            assert!(pays <= 1, "seed {seed}");
        }
        assert!(done, "seed {seed}: no outcome: {:?}", world.payment);
    }
}

/// A gateway server's clock is ten minutes behind: its answer comes first.
#[test]
fn a8b_one_date_in_the_past() {
    let mut world = World::new();
    world.pay_fails(Failure::Aborted);
    let news = world.now;
    let (query, _) = world.next(RequestKind::Query);
    let mut answer = not_exist();
    answer
        .headers
        .push(("Date".to_owned(), http_date(world.seconds(-600))));
    world.answer(&query, &answer);
    let outcome = world.nothing_until_done();
    let waited = world.now.saturating_since(news).as_secs_f64();
    assert!(
        !matches!(outcome, Outcome::Closed { .. }) || waited >= 60.0,
        "{outcome:?} {waited} s after the news"
    );
}

/// The cancel is with the host, who stores it, when pay's answer says that the number is another's.
#[test]
fn c2b_a_cancel_about_to_leave_is_not_wanted_any_more() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    let (query, _) = world.next(RequestKind::Query);
    world.input(Input::Cancel);
    world.answer(&query, &waits());
    let cancel = world.expect(RequestKind::Cancel);
    world.answer(&pay, &taken());
    assert!(!world.payment.is_wanted(cancel.id), "rule 5");
}

/// A contradiction was notified, the host has told Alipay "success", and the process dies before it has asked.
#[test]
fn f7_a_contradiction_is_forgotten_by_a_crash() {
    let mut world = World::closed_by_not_found();
    world.notify(&[], world.now);
    world.crash();
    let output = world.poll();
    assert!(
        !matches!(output, Output::Done(_)),
        "Alipay does not send it again"
    );
}

/// Pay's own late answer says "paid" after Unresolved was told.
#[test]
fn f8_pays_late_success_after_unresolved() {
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    world.nothing_until_done();
    world.answer(&pay, &pay_answer(&paid_node(NUMBER, AMOUNT)));
    let output = world.poll();
    assert!(!matches!(output, Output::Done(_)), "swallowed: {output:?}");
}

/// A sale that is provably another's is told as ours that is still paid.
#[test]
fn f9_anothers_sale_is_told_as_still_paid() {
    let mut world = World::closed_by_not_found();
    let old = Timestamp::from_unix_ms(START - 86_400_000).unwrap();
    world.notify(&[], old);
    world.query(&paid_at(old));
    let news = world.news();
    assert!(!matches!(news, News::StillPaid { .. }), "{news:?}");
}

/// A version-1 snapshot whose pay has not left forgets the order's own limit.
#[test]
fn h4_version_1_and_the_orders_own_limit() {
    use sha2::{Digest as _, Sha256};
    let mut world = World::new();
    let mut order = order();
    order.timeout_express = Some("15d".into());
    world.payment = Payment::new(
        Arc::clone(&world.merchant),
        order,
        Policy::default(),
        start(),
        world.now,
    )
    .unwrap();
    let snapshot = String::from_utf8(world.payment.snapshot()).unwrap();
    let (_, body) = snapshot.split_once('\n').unwrap();
    let mut image: serde_json::Value = serde_json::from_str(body).unwrap();
    image.as_object_mut().unwrap().remove("gateway");
    image.as_object_mut().unwrap().remove("limit");
    image.as_object_mut().unwrap().insert("next_id".into(), 0.into());
    let body = image.to_string();
    let sum: String = Sha256::digest(body.as_bytes())
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    world.restore(format!("alipay-payment 1 {sum}\n{body}").as_bytes());
    world.expect(RequestKind::Pay);
    let text = String::from_utf8(world.payment.snapshot()).unwrap();
    assert!(text.contains("\"within\":1296000000"), "{text}");
}

/// After a10 for cancels: "maybe sent" of a cancel is forgotten by a crash, and a refused cancel makes its success Paid.
#[test]
fn b6_a_cancel_maybe_sent_is_forgotten_by_a_crash() {
    let mut world = World::resetting();
    world.restored.writer_is_dead = true;
    world.pay(WAITING);
    let cancel = world.query_until_cancel(&waits());
    let stored = world.payment.snapshot();
    world.fail(&cancel, Failure::MaybeSent);
    let newer = match world.poll_once() {
        Output::Save => world.payment.snapshot(),
        _ => stored,
    };
    world.restore(&newer);
    let cancel = world.query_until_cancel(&waits());
    world.answer(
        &cancel,
        &cancel_answer(&refusal("40004", "ACQ.CANCEL_NOT_ALLOWED")),
    );
    let outcome = world.query_until_done(&undated());
    assert!(
        !matches!(outcome, Outcome::Paid { .. }),
        "the first cancel may still land: {outcome:?}"
    );
}

/// Two snapshots that differ have two numbers.
#[test]
fn h5_a_timeout_changes_the_snapshot_and_not_its_number() {
    let mut world = World::new();
    world.expect(RequestKind::Pay);
    let (before, first) = (world.payment.revision(), world.payment.snapshot());
    world.wait(21.0);
    assert!(matches!(world.poll_once(), Output::Timeout { .. }));
    let stage = |snapshot: &[u8]| {
        let text = String::from_utf8(snapshot.to_vec()).unwrap();
        text.split("\"stage\":")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_ne!(stage(&first), stage(&world.payment.snapshot()));
    assert_ne!(
        before,
        world.payment.revision(),
        "another stage under the same number"
    );
}

/// Held: without leaps of the clock the time to an outcome is within `longest_ms`, also after a restore.
#[test]
fn z_bound() {
    let mut worst = 0.0_f64;
    for seed in 0..4_000_u64 {
        let mut dice = Dice(seed.wrapping_mul(0xD134_2543_DE82_EF95));
        let policy = match seed % 3 {
            0 => Policy::default(),
            1 => Policy {
                cancel_retry_ms: vec![10; 16],
                poll_window_ms: 10,
                ..Policy::fast()
            },
            _ => Policy {
                cancel_retry_ms: vec![],
                poll_interval_ms: 120_000,
                poll_window_ms: 10,
                ..Policy::default()
            },
        };
        let longest = policy.longest_ms();
        let mut world = World::of(merchant_of(APP_ID, seed % 5 == 0), policy);
        let mut begun = world.now;
        let crash_at = dice.roll(60);
        let bias = dice.roll(8);
        for step in 0..3_000 {
            if step == crash_at && dice.roll(2) == 0 {
                world.crash();
                begun = world.now;
            }
            match world.poll_once() {
                Output::Request(request) => {
                    let limit = u64::from(request.timeout_ms);
                    if dice.roll(2) == 0 {
                        #[allow(clippy::cast_precision_loss)]
                        world.wait(dice.roll(limit) as f64 / 1000.0);
                    }
                    let what = if dice.roll(2) == 0 { bias } else { dice.roll(8) };
                    let node = match what {
                        0 => refusal("40004", "ACQ.TRADE_NOT_EXIST"),
                        1 => trade_node("WAIT_BUYER_PAY", AMOUNT, None),
                        2 => refusal("20000", "aop.ACQ.SYSTEM_ERROR"),
                        3 => cancelled_node("N", None),
                        4 => WAITING.to_owned(),
                        _ => String::new(),
                    };
                    let method = match request.kind {
                        RequestKind::Pay => "alipay.trade.pay",
                        RequestKind::Query => "alipay.trade.query",
                        _ => "alipay.trade.cancel",
                    };
                    if !node.is_empty() {
                        world.answer(&request, &signed(method, &node));
                    } else if what == 5 {
                        world.fail(&request, Failure::Aborted);
                    } else if what == 6 && request.kind == RequestKind::Cancel {
                        world.fail(&request, Failure::NotStored);
                    }
                }
                Output::Sign(sign) => {
                    if dice.roll(4) > 0 {
                        world.sign(&sign);
                    }
                }
                Output::Timeout { at, .. } => world.now = at,
                Output::Done(_) => break,
                _ => {}
            }
            if dice.roll(20) == 0 {
                let id = dice.roll(5).to_string();
                let now = world.now;
                world.notify(&[("trade_status", "WAIT_BUYER_PAY"), ("notify_id", &id)], now);
            }
        }
        assert!(world.payment.outcome().is_some(), "seed {seed}");
        #[allow(clippy::cast_precision_loss)]
        let share = world.now.saturating_since(begun).as_secs_f64() * 1000.0 / longest as f64;
        worst = worst.max(share);
        assert!(share <= 1.0, "seed {seed}: {share}");
    }
    println!("worst {worst}");
}
