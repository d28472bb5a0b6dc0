//! Rules 9 and 11 of payment.md: what a restart knows, and one driver per payment.
#![allow(missing_docs)]

mod harness;

use alipay_core::{
    ErrorCode, Merchant, Payment, Timestamp,
    key::PublicKey,
    merchant::ApiVersion,
    payment::{
        ConflictReason, Failure, Input, Outcome, Output, Policy, RequestId, RequestKind, Restored, Start,
        UnresolvedReason, snapshot_number,
    },
};
use harness::*;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

fn text(payment: &Payment) -> String {
    String::from_utf8(payment.snapshot()).unwrap()
}

// Rule 9: a restored payment cancels only on a verified answer asked after the restore.

/// Every stage a payment may be in when its process dies, pay having left.
fn dying() -> Vec<(&'static str, World)> {
    let cancelling = || {
        let mut world = World::new();
        world.pay(WAITING).input(Input::Cancel);
        world.query(&waits());
        world
    };
    let mut paying = World::new();
    paying.expect(RequestKind::Pay);
    let mut polling = World::new();
    polling.pay(WAITING).query(&waits());
    let mut last = World::new();
    last.pay(WAITING).input(Input::Cancel);
    let mut leaving = cancelling();
    leaving.expect(RequestKind::Cancel);
    let mut lost = cancelling();
    lost.cancel_fails(Failure::MaybeSent);
    let mut settling = cancelling();
    settling.cancel(&cancelled_node("N", None));
    let mut unresolved = cancelling();
    unresolved.cancel(&refusal("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"));
    vec![
        ("paying", paying),
        ("polling", polling),
        ("last query", last),
        ("cancel is due", cancelling()),
        ("cancel is leaving", leaving),
        ("cancel was lost", lost),
        ("cancel found nothing", settling),
        ("unresolved", unresolved),
    ]
}

#[test]
fn nothing_is_cancelled_without_an_answer_also_in_later_rounds() {
    for (when, mut world) in dying() {
        let cancels = world.count(RequestKind::Cancel);
        for round in 1..=3 {
            world.wait(3_600.0).crash();
            let before = world.count(RequestKind::Query);
            world.query_until_done(&html());
            assert_eq!(world.unresolved(), UnresolvedReason::NoAnswer, "{when}, {round}");
            assert_eq!(world.count(RequestKind::Cancel), cancels, "{when}, {round}");
            let queries = world.count(RequestKind::Query) - before;
            assert!((5..=6).contains(&queries), "{when}, {round}: {queries}");
        }
    }
}

#[test]
fn an_open_trade_is_cancelled_when_it_was_seen_twice_half_a_minute_apart() {
    for (when, mut world) in dying() {
        world.wait(3_600.0).crash();
        let restored = world.age();
        let cancel = world.query_until_cancel(&waits());
        let took = world.age() - restored;
        assert!((took - 30.0).abs() < 0.01, "{when}: {took}");
        world.answer(&cancel, &cancel_answer(&cancelled_node("N", Some("close"))));
        assert_eq!(world.outcome().as_str(), "closed");
    }
    // Half of the time that requests take to settle.
    let mut patient = World::with(Policy {
        settle_ms: 120_000,
        ..Policy::default()
    });
    patient.pay(WAITING).wait(3_600.0).crash();
    patient.query_until_cancel(&waits());
    assert_eq!(patient.age(), 3_660.0);
}

#[test]
fn a_trade_seen_open_before_the_restart_counts_for_nothing() {
    let mut world = World::new();
    world.pay(WAITING).query(&waits()).wait(3_600.0);
    world.crash().query(&waits());
    world.crash().query(&waits());
    assert!(matches!(world.poll(), Output::Timeout { .. }));
}

#[test]
fn not_found_cancels_after_a_restart_only_if_it_counts() {
    let mut counts = World::new();
    counts.pay_fails(Failure::Aborted).wait(120.0).crash();
    let cancel = counts.query_until_cancel(&not_exist());
    counts.answer(&cancel, &cancel_answer(&cancelled_node("N", None)));
    counts.query(&not_exist());
    assert_eq!(
        counts.outcome(),
        Outcome::Closed {
            refunded: Some(false)
        }
    );
    let mut never = World::new();
    never.pay_fails(Failure::MaybeSent).wait(120.0).crash();
    never.query_until_done(&not_exist());
    assert_eq!(never.unresolved(), UnresolvedReason::MayLand);
    assert_eq!(never.count(RequestKind::Cancel), 0);
}

#[test]
fn a_success_after_a_cancel_of_before_the_restart_is_unresolved_and_not_cancelled() {
    for (when, mut world) in dying() {
        let cancels = world.count(RequestKind::Cancel);
        world.wait(10.0).crash();
        let paid = paid_now(&world);
        world.query_until_done(&paid);
        if cancels == 0 {
            assert_eq!(world.outcome().as_str(), "paid", "{when}");
        } else {
            assert_eq!(world.unresolved(), UnresolvedReason::PaidAfterCancel, "{when}");
        }
        assert_eq!(world.count(RequestKind::Cancel), cancels, "{when}");
        // In later rounds too.
        if cancels > 0 {
            world.wait(3_600.0).crash().query_until_done(&paid);
            assert_eq!(world.unresolved(), UnresolvedReason::PaidAfterCancel, "{when}");
        }
    }
}

#[test]
fn a_success_after_a_cancel_of_this_process_is_cancelled_again() {
    let mut world = World::new();
    world.pay(WAITING).crash();
    let cancel = world.query_until_cancel(&waits());
    world.fail(&cancel, Failure::MaybeSent);
    world.notify(&[], world.now);
    let paid = paid_now(&world);
    world.query(&paid).cancel(&cancelled_node("N", Some("refund")));
    assert_eq!(world.outcome(), Outcome::Closed { refunded: Some(true) });
}

// What a restart knows of requests that were about to leave.

#[test]
fn a_request_about_to_leave_is_aborted_only_if_its_transport_resets_and_its_writer_is_dead() {
    for (resets, writer_is_dead, expected) in [
        (true, true, "closed"),
        (true, false, "unresolved"),
        (false, true, "unresolved"),
    ] {
        let mut world = if resets { World::resetting() } else { World::new() };
        world.expect(RequestKind::Pay);
        world.restored.writer_is_dead = writer_is_dead;
        world.wait(3.0).crash();
        let output = world.query_until(&not_exist());
        if let Output::Request(cancel) = &output {
            world.answer(cancel, &cancel_answer(&cancelled_node("N", None)));
            world.query(&not_exist());
            // At the moment of the restore: a minute from then.
            assert!((world.age() - 63.0).abs() < 1.01, "{}", world.age());
        }
        assert_eq!(world.outcome().as_str(), expected, "{resets} {writer_is_dead}");
    }
}

#[test]
fn what_the_transport_declares_is_stored_with_the_request_and_not_asked_later() {
    let mut world = World::new();
    world.expect(RequestKind::Pay);
    let snapshot = world.payment.snapshot();
    world.resets = true;
    world.restored.writer_is_dead = true;
    world.restore(&snapshot).query_until_done(&not_exist());
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
}

#[test]
fn a_cancel_about_to_leave_is_told_by_the_same_news() {
    for (resets, expected) in [(true, "paid"), (false, "unresolved")] {
        let mut world = if resets { World::resetting() } else { World::new() };
        world.pay(WAITING).input(Input::Cancel);
        world.query(&waits()).expect(RequestKind::Cancel);
        world.restored.writer_is_dead = true;
        world.crash();
        let cancel = world.query_until_cancel(&waits());
        world.answer(
            &cancel,
            &cancel_answer(&refusal("40004", "ACQ.TRADE_HAS_FINISHED")),
        );
        let paid = paid_now(&world);
        assert_eq!(world.query_until_done(&paid).as_str(), expected);
    }
}

/// A snapshot of the first version.
fn version_1(stage: &str, more: &str) -> Vec<u8> {
    let body = format!(
        r#"{{"app":"{APP_ID}","number":"{NUMBER}","total":8888,"stage":{stage},"clock":[{START},1000,1000],"due":6000,"window_end":61000,"pay_left":[0,{START}],"known_ours":false{more},"cancels":0,"cancel_requested":false,"next_id":2,"policy":[[15000,5000,10000,10000,5000,60000,1000,15000],[2000,2000],true,false]}}"#
    );
    let checksum: String = Sha256::digest(&body)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("alipay-payment 1 {checksum}\n{body}").into_bytes()
}

#[test]
fn a_snapshot_of_the_first_version_is_read_and_whatever_left_may_still_land() {
    let mut world = World::resetting();
    world.restored.writer_is_dead = true;
    let old = version_1(r#""polling""#, "");
    assert_eq!(snapshot_number(&old), Ok(0));
    world.wait(600.0).restore(&old);
    // What it may wait for settling has grown with what is asked for.
    assert_eq!(world.payment.policy().settle_ms, 30_000);
    world.query_until_done(&not_exist());
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
    let paid = paid_now(&world);
    world.restore(&old).query(&paid);
    assert!(matches!(world.outcome(), Outcome::Paid { late: true, .. }));

    world.restore(&version_1(r#""cancelling""#, r#","cancel_left":900"#));
    world.query(&paid);
    assert_eq!(world.unresolved(), UnresolvedReason::PaidAfterCancel);

    // At which gateway it is, it does not say.
    let elsewhere = Merchant::builder(
        APP_ID,
        PublicKey::parse(include_str!("harness/some_public_key.txt")).unwrap(),
    )
    .gateway("https://openapi.alipaydev.com/gateway.do")
    .external_signer()
    .build()
    .unwrap();
    let now = world.now;
    assert!(Payment::restore(Arc::new(elsewhere), &old, Restored::default(), now).is_ok());
    for outcome in [
        r#"{"conflicting":{"reason":"paidEarlier","sub_code":null}}"#,
        r#"{"unresolved":{"reason":"cancelExhausted","sub_code":null}}"#,
        r#"{"paid":{"trade":{"trade_no":null,"receipt":null,"paid_at":null},"late":true}}"#,
    ] {
        world.restore(&version_1(outcome, ""));
    }
    assert!(matches!(
        world.outcome(),
        Outcome::Paid {
            late: true,
            proven: false,
            ..
        }
    ));
}

// Store first.

#[test]
fn a_conflict_is_stored_when_it_is_learnt_and_never_cancelled_after_a_crash() {
    let mut world = World::new();
    world.pay(&refusal("40004", "ACQ.TRADE_HAS_SUCCESS"));
    assert_eq!(world.poll_once(), Output::Save);
    world.wait(60.0).crash();
    world.query_until_done(&html());
    assert_eq!(world.unresolved(), UnresolvedReason::ConflictUnconfirmed);
    // The older sale that the number belongs to.
    world
        .crash()
        .query(&query_answer(&trade_node("TRADE_SUCCESS", AMOUNT, None)));
    let taken = Outcome::Conflict {
        reason: ConflictReason::OrderNumberTaken,
        sub_code: Some("ACQ.TRADE_HAS_SUCCESS".into()),
        cancel_sent: false,
    };
    assert_eq!(world.outcome(), taken);
    assert_eq!(world.count(RequestKind::Cancel), 0);
}

#[test]
fn a_cancel_that_can_not_be_stored_does_not_leave_is_retried_and_in_the_end_unresolved() {
    let mut world = World::new();
    world.pay(WAITING).input(Input::Cancel);
    world.query(&waits());
    for wait in [0.0, 2.0, 2.0, 2.0, 5.0, 10.0, 30.0, 60.0] {
        let before = world.age();
        let cancel = world.query_until_cancel(&waits());
        assert!(
            (world.age() - before - wait).abs() < 0.01,
            "{} not {wait}",
            world.age() - before
        );
        world.fail(&cancel, Failure::NotStored);
    }
    world.query(&waits());
    assert_eq!(world.unresolved(), UnresolvedReason::NotStored);
    // One that was stored and got no answer is another reason.
    let mut lost = World::with(Policy {
        cancel_retry_ms: vec![2_000],
        ..Policy::default()
    });
    lost.pay(WAITING).input(Input::Cancel);
    lost.query(&waits()).cancel_fails(Failure::NotStored);
    lost.query(&waits()).cancel_fails(Failure::MaybeSent);
    lost.query(&waits());
    assert_eq!(lost.unresolved(), UnresolvedReason::CancelExhausted);
}

#[test]
fn snapshots_are_numbered_and_each_is_newer_than_the_last() {
    let mut world = World::new();
    let mut last = snapshot_number(&world.payment.snapshot()).unwrap();
    let mut grows = |world: &World| {
        let number = snapshot_number(&world.payment.snapshot()).unwrap();
        assert_eq!(number, world.payment.revision());
        assert!(number > last, "{number} after {last}");
        last = number;
    };
    let pay = world.expect(RequestKind::Pay);
    grows(&world);
    world.answer(&pay, &pay_answer(WAITING));
    grows(&world);
    assert_eq!(world.poll_once(), Output::Save);
    grows(&world);
    world.crash();
    world.expect(RequestKind::Query);
    grows(&world);
    world.input(Input::Cancel);
    grows(&world);
    let text = text(&world.payment);
    for bad in ["", "other 2 aa 3\n{}", "alipay-payment 2 aa x\n{}"] {
        assert_eq!(
            snapshot_number(bad.as_bytes()).unwrap_err().code(),
            ErrorCode::SnapshotCorrupt
        );
    }
    // The number is under the checksum.
    let (header, body) = text.split_once('\n').unwrap();
    let (front, number) = header.rsplit_once(' ').unwrap();
    let number: u64 = number.parse().unwrap();
    let renumbered = format!("{front} {}\n{body}", number + 1);
    let restore = |text: &str| Payment::restore(merchant(), text.as_bytes(), Restored::default(), world.now);
    assert!(restore(&text).is_ok());
    assert_eq!(
        restore(&renumbered).unwrap_err().code(),
        ErrorCode::SnapshotCorrupt
    );
    for header in [front.to_owned(), format!("{header} 1"), format!("{front} x")] {
        let error = restore(&format!("{header}\n{body}")).unwrap_err();
        assert_eq!(error.code(), ErrorCode::SnapshotCorrupt, "{header}");
    }
}

// Rule 11: one driver per payment.

#[test]
fn requests_are_numbered_from_a_number_of_the_hosts() {
    let start = Start {
        first_id: u32::MAX,
        alipay_time: None,
    };
    let mut world = World::starting(merchant(), Policy::default(), start);
    let pay = world.expect(RequestKind::Pay);
    assert_eq!(pay.id, RequestId(u32::MAX));
    world.fail(&pay, Failure::MaybeSent);
    assert_eq!(
        world.next(RequestKind::Query).0.id,
        RequestId(0),
        "and go on behind the last"
    );
    world.restored.first_id = 7_000_000;
    world.crash();
    assert_eq!(world.expect(RequestKind::Query).id, RequestId(7_001_000));
    // Two processes that restore the same snapshot number theirs differently.
    assert!(!text(&world.payment).contains("next_id"));
}

#[test]
fn an_answer_to_another_process_is_not_taken_for_ours() {
    let mut world = World::new();
    world.pay(WAITING);
    let (old, _) = world.next(RequestKind::Query);
    world.crash();
    let query = world.expect(RequestKind::Query);
    world.answer(&old, &query_answer(&trade_node("TRADE_CLOSED", AMOUNT, None)));
    assert!(world.payment.outcome().is_none());
    let paid = paid_now(&world);
    world.answer(&query, &paid);
    assert_eq!(world.outcome().as_str(), "paid");
}

#[test]
fn an_old_process_does_not_end_the_pay_of_the_new_one() {
    // Its pay is not known by its number after the restart: what the old process says of it is not believed.
    let mut world = World::new();
    let pay = world.expect(RequestKind::Pay);
    world
        .crash()
        .fail(&pay, Failure::NotSent)
        .fail(&pay, Failure::Aborted);
    let mut nobody = pay;
    nobody.id = RequestId(0);
    world.fail(&nobody, Failure::Aborted);
    world.query_until_done(&not_exist());
    assert_eq!(world.unresolved(), UnresolvedReason::MayLand);
}

fn at(gateway: &str, version: ApiVersion) -> Arc<Merchant> {
    signing(new_merchant(APP_ID).gateway(gateway).api_version(version), false)
}

const PRODUCTION: &str = "https://openapi.alipay.com/gateway.do";
const MIRROR: &str = "https://alipay.example.com/gateway.do";
const SANDBOX: &str = "https://openapi-sandbox.dl.alipaydev.com/gateway.do";
const OLD_SANDBOX: &str = "https://openapi.alipaydev.com/gateway.do";
const HERE: &str = "http://127.0.0.1:8080/gateway.do";

#[test]
fn a_snapshot_knows_its_gateway_and_is_refused_at_another_unless_the_move_is_named() {
    for (from, to, named, fine) in [
        (PRODUCTION, PRODUCTION, false, true),
        (PRODUCTION, MIRROR, false, false),
        (PRODUCTION, MIRROR, true, true),
        (MIRROR, PRODUCTION, true, true),
        (PRODUCTION, SANDBOX, true, false),
        (SANDBOX, PRODUCTION, true, false),
        (PRODUCTION, HERE, true, false),
        (HERE, PRODUCTION, true, false),
        (SANDBOX, OLD_SANDBOX, false, false),
        (SANDBOX, OLD_SANDBOX, true, true),
    ] {
        let mut world = World::of(at(from, ApiVersion::V2), Policy::default());
        world.expect(RequestKind::Pay);
        let restored = Restored {
            gateway_moved: named,
            ..Restored::default()
        };
        let result = Payment::restore(
            at(to, ApiVersion::V2),
            &world.payment.snapshot(),
            restored,
            world.now,
        );
        let code = result.map(|_| ()).map_err(|error| error.code());
        let expected = if fine {
            Ok(())
        } else {
            Err(ErrorCode::SnapshotGateway)
        };
        assert_eq!(code, expected, "{from} {to} {named}");
    }
}

#[test]
fn the_protocol_may_change_where_nothing_is_in_flight() {
    let mut world = World::new();
    let v3 = at(PRODUCTION, ApiVersion::V3);
    let pay = world.expect(RequestKind::Pay);
    let error = world.payment.set_merchant(Arc::clone(&v3)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::RequestInFlight);
    // Another merchant of the same protocol may come at any time.
    world.payment.set_merchant(merchant()).unwrap();
    world.answer(&pay, &pay_answer(WAITING));
    world.payment.set_merchant(v3).unwrap();
    let (query, _) = world.next(RequestKind::Query);
    assert!(query.http.url.ends_with("/v3/alipay/trade/query"));
    for (other, code) in [
        (at(MIRROR, ApiVersion::V3), ErrorCode::SnapshotGateway),
        (
            merchant_of("2014072300007149", false),
            ErrorCode::SnapshotMerchant,
        ),
        (
            signing(new_merchant(APP_ID).app_auth_token("token"), false),
            ErrorCode::SnapshotMerchant,
        ),
    ] {
        assert_eq!(world.payment.set_merchant(other).unwrap_err().code(), code);
    }
}

#[test]
fn after_a_restart_a_notification_is_a_hint() {
    // A snapshot from a backup: the trade was refunded meanwhile, and the notification is sent again.
    let mut world = World::new();
    world.expect(RequestKind::Pay);
    world.crash().expect(RequestKind::Query);
    world.notify(&[], world.now);
    assert!(world.payment.outcome().is_none());
    let mut polling = World::new();
    polling.pay(WAITING).query(&waits());
    polling.crash().query(&waits());
    polling.notify(&[], polling.now);
    assert!(polling.payment.outcome().is_none());
    let query = polling.expect(RequestKind::Query);
    let refunded = query_answer(&trade_node("TRADE_CLOSED", AMOUNT, Some(polling.now)));
    polling.answer(&query, &refunded);
    assert_eq!(polling.outcome(), Outcome::Closed { refunded: Some(true) });
}

#[test]
fn a_payment_restored_before_pay_left_is_like_a_new_one() {
    let mut world = World::new();
    world.crash().pay(WAITING);
    world.notify(&[], world.now);
    assert!(matches!(
        world.outcome(),
        Outcome::Paid {
            late: false,
            proven: true,
            ..
        }
    ));
    let start = Timestamp::from_unix_ms(START).unwrap();
    assert_eq!(world.now, start);
}
