//! Rule 13 of payment.md: what is ours is told by Alipay's clock, not the till's.
#![allow(missing_docs)]

mod harness;

use alipay_core::{
    Payment, Timestamp,
    merchant::ApiVersion,
    payment::{ConflictReason, Failure, Input, Outcome, Policy, RequestKind, Start},
    sign::{SignType, Signer as _, to_base64},
};
use harness::*;
use std::sync::Arc;

const MINUTE: i64 = 60_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(START + ms).unwrap()
}

fn success(paid_at: i64) -> alipay_core::http::HttpResponse {
    query_answer(&trade_node("TRADE_SUCCESS", AMOUNT, Some(at(paid_at))))
}

/// The outcome in a word, and whether it is proven.
fn told(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Paid { proven: true, .. } => "proven",
        Outcome::Paid { proven: false, .. } => "unproven",
        Outcome::Conflict {
            reason: ConflictReason::PaidEarlier,
            ..
        } => "earlier",
        Outcome::Conflict {
            reason: ConflictReason::OrderNumberTaken,
            ..
        } => "taken",
        other => other.as_str(),
    }
}

/// How pay's own answer is lost, and how it says that the number is taken.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Lost,
    Unclear,
    Forged,
    Taken,
}

fn asked(answer: Answer, alipay_ahead: Option<i64>) -> World {
    let mut world = World::new();
    world.alipay_ahead = alipay_ahead;
    match answer {
        Answer::Lost => world.pay_fails(Failure::MaybeSent),
        Answer::Unclear => world.pay(&refusal("20000", "isp.unknow-error")),
        Answer::Forged => {
            let pay = world.expect(RequestKind::Pay);
            world.answer(&pay, &html())
        }
        Answer::Taken => world.pay(&refusal("40004", "ACQ.TRADE_HAS_SUCCESS")),
    };
    world
}

#[test]
fn a_success_is_ours_if_it_is_no_earlier_than_our_pay_by_alipays_clock() {
    for ahead in [0, 60 * MINUTE, -60 * MINUTE] {
        for answer in [Answer::Lost, Answer::Unclear, Answer::Forged, Answer::Taken] {
            for (paid_at, expected) in [(0, "proven"), (2_000, "proven"), (-30 * MINUTE, "another's")] {
                let mut world = asked(answer, Some(ahead));
                world.query(&success(ahead + paid_at));
                let expected = match (expected, answer) {
                    ("another's", Answer::Taken) => "taken",
                    ("another's", _) => "earlier",
                    _ => expected,
                };
                assert_eq!(told(&world.outcome()), expected, "{ahead} {answer:?} {paid_at}");
            }
        }
    }
}

#[test]
fn where_alipays_clock_is_not_known_a_success_is_paid_and_not_proven() {
    for answer in [Answer::Lost, Answer::Unclear, Answer::Forged] {
        for (paid_at, expected) in [
            (5_000, "unproven"),
            (-10 * MINUTE, "unproven"),
            // The till's clock puts it more than ten minutes before our pay.
            (-11 * MINUTE, "earlier"),
            // Nor is one proven that the till's clock puts after it.
            (60 * MINUTE, "unproven"),
        ] {
            let mut world = asked(answer, None);
            world.query(&success(paid_at));
            assert_eq!(told(&world.outcome()), expected, "{answer:?} {paid_at}");
        }
        let mut undated = asked(answer, None);
        undated.query(&query_answer(&trade_node("TRADE_SUCCESS", AMOUNT, None)));
        assert_eq!(told(&undated.outcome()), "unproven");
    }
}

#[test]
fn where_alipays_clock_is_not_known_and_the_number_is_taken_nothing_is_paid() {
    for paid_at in [5_000, 0, -30 * MINUTE, 60 * MINUTE] {
        let mut world = asked(Answer::Taken, None);
        world.query(&success(paid_at));
        assert_eq!(told(&world.outcome()), "taken", "{paid_at}");
        assert_eq!(world.count(RequestKind::Cancel), 0);
    }
}

#[test]
fn on_a_till_an_hour_slow_an_older_sale_of_half_an_hour_ago_is_never_proven() {
    // By the till's clock it was paid half an hour from now.
    let older = 30 * MINUTE;
    for (answer, known, unknown) in [
        (Answer::Lost, "earlier", "unproven"),
        (Answer::Taken, "taken", "taken"),
    ] {
        for (ahead, expected) in [(Some(60 * MINUTE), known), (None, unknown)] {
            let mut world = asked(answer, ahead);
            world.query(&success(older));
            assert_eq!(told(&world.outcome()), expected, "{answer:?} {ahead:?}");
        }
    }
}

#[test]
fn pays_own_answer_and_the_buyer_being_asked_are_proof() {
    let mut paid = World::timeless();
    paid.pay(&paid_node(NUMBER, AMOUNT));
    assert_eq!(told(&paid.outcome()), "proven");
    let mut waited = World::timeless();
    waited.pay(WAITING).query(&success(-60 * MINUTE));
    assert_eq!(told(&waited.outcome()), "proven");
    // Also if that answer came when its time was over.
    let mut late = World::timeless();
    let pay = late.expect(RequestKind::Pay);
    let (query, _) = late.next(RequestKind::Query);
    late.answer(&pay, &pay_answer(WAITING))
        .answer(&query, &success(0));
    assert_eq!(told(&late.outcome()), "proven");
}

#[test]
fn a_notification_proves_by_the_same_clock() {
    for (ahead, paid_at, expected) in [
        (Some(0), 0, "proven"),
        (Some(60 * MINUTE), 60 * MINUTE, "proven"),
        (None, 0, "unproven"),
    ] {
        let mut world = asked(Answer::Lost, ahead);
        world.query(&not_exist());
        world.notify(&[], at(paid_at));
        assert_eq!(told(&world.outcome()), expected, "{ahead:?} {paid_at}");
    }
    // One of an older sale is a reason to ask.
    let mut world = asked(Answer::Lost, Some(0));
    world.query(&not_exist()).notify(&[], at(-30 * MINUTE));
    world.expect(RequestKind::Query);
}

#[test]
fn over_plain_http_a_date_proves_nothing() {
    let here = signing(
        new_merchant(APP_ID).gateway("http://127.0.0.1:8080/gateway.do"),
        false,
    );
    let mut world = World::of(here, Policy::default());
    world.pay_fails(Failure::MaybeSent).query(&success(0));
    assert_eq!(told(&world.outcome()), "unproven");
}

#[test]
fn a_date_that_is_none_proves_nothing() {
    for date in [
        "",
        "yesterday",
        "2026-11-21 12:00:00",
        "Sat, 21 Nov 2026 12:00:00 CST",
    ] {
        let mut world = asked(Answer::Lost, None);
        let (query, _) = world.next(RequestKind::Query);
        let mut response = success(0);
        response.headers.push(("date".into(), date.into()));
        world.answer(&query, &response);
        assert_eq!(told(&world.outcome()), "unproven", "{date}");
    }
}

#[test]
fn an_answer_that_is_not_verified_tells_no_time() {
    let mut world = asked(Answer::Lost, None);
    let (query, _) = world.next(RequestKind::Query);
    let mut page = html();
    page.headers.push(("Date".into(), http_date(at(0))));
    world.answer(&query, &page).query(&success(0));
    assert_eq!(told(&world.outcome()), "unproven");
}

#[test]
fn clocks_that_contradict_each_other_prove_nothing() {
    let mut world = asked(Answer::Lost, Some(0));
    world.query(&not_exist());
    // A minute later Alipay's clock is an hour ahead.
    world.alipay_ahead = Some(60 * MINUTE);
    world.query(&not_exist()).alipay_ahead = None;
    world.query(&success(0));
    assert_eq!(told(&world.outcome()), "unproven");
}

#[test]
fn over_v3_the_signed_time_tells() {
    let merchant = signing(new_merchant(APP_ID).api_version(ApiVersion::V3), false);
    for (ahead, paid_at, expected) in [
        (0, 0, "proven"),
        (60 * MINUTE, 60 * MINUTE, "proven"),
        (60 * MINUTE, 30 * MINUTE, "earlier"),
    ] {
        let mut world = World::of(Arc::clone(&merchant), Policy::default());
        world.pay_fails(Failure::MaybeSent);
        let (query, _) = world.next(RequestKind::Query);
        let node = trade_node("TRADE_SUCCESS", AMOUNT, Some(at(paid_at)));
        let body = node.replace(r#""code":"10000","msg":"Success","#, "");
        let time = (world.now.unix_ms() + ahead).to_string();
        let message = format!("{time}\nn0nce\n{body}\n");
        let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, message.as_bytes()).unwrap());
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let response = alipay_core::http::HttpResponse {
            status: 200,
            headers: vec![
                header("alipay-timestamp", &time),
                header("alipay-nonce", "n0nce"),
                header("alipay-signature", &sign),
                // Not what is signed.
                header("date", "Sat, 21 Nov 2020 12:00:00 GMT"),
            ],
            body: body.into_bytes(),
        };
        world.answer(&query, &response);
        assert_eq!(told(&world.outcome()), expected, "{ahead} {paid_at}");
    }
}

// The snapshot before pay carries Alipay's time, so that it holds across a restart.

fn started(alipay_time: Option<i64>) -> World {
    let start = Start {
        first_id: 1,
        alipay_time: alipay_time.map(at),
    };
    World::starting(merchant(), Policy::default(), start)
}

#[test]
fn an_earlier_answers_time_holds_across_a_restart() {
    for (ahead, paid_at, expected) in [
        (Some(60 * MINUTE), 60 * MINUTE, "proven"),
        (Some(60 * MINUTE), 30 * MINUTE, "earlier"),
        (None, 60 * MINUTE, "unproven"),
        (None, 30 * MINUTE, "unproven"),
    ] {
        let mut world = started(ahead);
        world.alipay_ahead = None;
        world.expect(RequestKind::Pay);
        world.wait(300.0).crash().query(&success(paid_at));
        assert_eq!(told(&world.outcome()), expected, "{ahead:?} {paid_at}");
    }
    // Also where the answer that the number is taken came first.
    let mut world = started(Some(60 * MINUTE));
    world.alipay_ahead = None;
    world.pay(&refusal("40004", "ACQ.TRADE_HAS_SUCCESS"));
    world.crash().query(&success(60 * MINUTE));
    assert_eq!(told(&world.outcome()), "proven");
}

#[test]
fn a_payment_that_waited_before_pay_counts_the_wait() {
    // Signed elsewhere, for five seconds: pay leaves five seconds later by Alipay's clock too.
    let start = Start {
        first_id: 1,
        alipay_time: Some(at(60 * MINUTE)),
    };
    let mut world = World::starting(merchant_of(APP_ID, true), Policy::default(), start);
    world.alipay_ahead = None;
    let sign = world.expect_sign(RequestKind::Pay);
    world.wait(5.0).input(Input::Signature {
        id: sign.id,
        signature: &[1; 256],
    });
    world.expect(RequestKind::Pay);
    let text = String::from_utf8(world.payment.snapshot()).unwrap();
    let earliest = START + 60 * MINUTE + 5_000;
    assert!(
        text.contains(&format!(r#""left_between":[{earliest},{}]"#, earliest + 1_000)),
        "{text}"
    );
}

#[test]
fn a_time_from_before_a_restart_says_nothing_of_when_pay_left_after_it() {
    // How long the process was down, only the till's clock says.
    let mut world = started(Some(0));
    world.crash().wait(60.0).expect(RequestKind::Pay);
    world.alipay_ahead = None;
    world.crash().query(&success(60_000));
    assert_eq!(told(&world.outcome()), "unproven");
}

#[test]
fn the_tills_time_across_a_restart_is_believed_only_as_far_as_alipays_confirms_it() {
    let mut world = asked(Answer::Lost, Some(0));
    world.query(&not_exist());
    // Paid after our pay left: still provable, whatever the till's clock does meanwhile.
    world.leap(86_400.0).crash().query(&success(1_000));
    assert_eq!(told(&world.outcome()), "proven");
}

#[test]
fn a_later_answer_does_not_move_when_pay_left() {
    // An hour after the outcome a notification comes, and is asked about.
    let mut world = asked(Answer::Lost, Some(0));
    world
        .input(Input::Cancel)
        .query(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    world.cancel(&cancelled_node("N", Some("close")));
    world.outcome();
    world.wait(3_600.0).notify(&[], at(2_000));
    world.query(&not_exist());
    world.news();
    // Another notification of the same sale is a reason to ask as well, and not an older sale's.
    world
        .notify(&[("notify_id", "another")], at(2_000))
        .expect(RequestKind::Query);
}

#[test]
fn payments_made_at_once_do_not_know_each_others_time() {
    let now = at(0);
    let one = Payment::new(merchant(), order(), Policy::default(), Start::default(), now).unwrap();
    let text = String::from_utf8(one.snapshot()).unwrap();
    assert!(
        !text.contains("anchor") && !text.contains("left_between"),
        "{text}"
    );
}
