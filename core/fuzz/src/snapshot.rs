//! Snapshots: whatever was stored, what is restored is a payment in order.

use super::{budget::within, witness};
use alipay_core::{
    ErrorCode, Payment, Timestamp,
    payment::{Failure, Input, Outcome, Output, RequestKind, Restored},
};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// The records, the texts and the policy of one payment, which are of a bounded size.
const CONSTANT: usize = 8 * 1024;

/// How many steps of a payment are watched: the most patient policies ask a million times.
const MOST_STEPS: u32 = 40_000;

/// Bit 0: the checksum is made right, so that a changed snapshot is read at all. Bit 1: the transport fails for certain. The
/// others: how long the host was away.
pub(super) fn run(input: &[u8]) {
    let Some((bits, stored)) = super::split(input) else {
        return;
    };
    let stored = if bits & 1 == 0 {
        stored.to_vec()
    } else {
        with_checksum(stored)
    };
    let merchant = witness::merchant(witness::USUAL);
    let now = time(1_795_262_400_000 + (i64::from(bits >> 2) << 16));
    let restored = within(stored.len(), CONSTANT, || {
        Payment::restore(Arc::clone(&merchant), &stored, Restored::default(), now)
    });
    let mut payment = match restored {
        Ok(payment) => payment,
        Err(error) => {
            let known = [
                ErrorCode::SnapshotCorrupt,
                ErrorCode::SnapshotVersion,
                ErrorCode::SnapshotMerchant,
                ErrorCode::SnapshotGateway,
            ];
            assert!(known.contains(&error.code()), "{error}");
            return;
        }
    };
    assert_eq!(payment.policy().check(), Ok(()));
    let first = payment.snapshot();
    let again = Payment::restore(Arc::clone(&merchant), &first, Restored::default(), now)
        .expect("what was just written");
    assert_eq!(
        String::from_utf8_lossy(&again.snapshot()),
        String::from_utf8_lossy(&first),
        "written again it is another"
    );
    assert_eq!(again.out_trade_no(), payment.out_trade_no());
    let failure = if bits & 2 == 0 {
        Failure::MaybeSent
    } else {
        Failure::NotSent
    };
    go_on(&mut payment, failure, now);
}

/// Runs the payment while nothing ever answers: it ends within its policy's time.
fn go_on(payment: &mut Payment, failure: Failure, start: Timestamp) {
    let mut now = start;
    let longest = payment.policy().longest_ms();
    let ready = payment.phase() == alipay_core::payment::Phase::Ready;
    let paid = matches!(payment.outcome(), Some(Outcome::Paid { .. }));
    let mut pays = 0;
    for _ in 0..MOST_STEPS {
        match payment.poll_output(now) {
            Output::Request(request) => {
                assert_eq!(request.checkpoint, request.kind != RequestKind::Query);
                if request.kind == RequestKind::Pay {
                    pays += 1;
                }
                let id = request.id;
                let told = payment.handle_input(Input::Failure { id, failure }, now);
                assert_eq!(told, Ok(()));
            }
            Output::Timeout { at, .. } => {
                assert!(at > now, "a timer that is not later than now");
                now = at;
                let so_far = passed(start, now);
                assert!(so_far <= longest, "no outcome after {so_far} ms of {longest}");
            }
            Output::Save => {}
            Output::Sign(_) | Output::News(_) => panic!("this merchant signs here, and nothing was notified"),
            Output::Done(outcome) => {
                assert!(
                    paid || !matches!(outcome, Outcome::Paid { .. }),
                    "paid, and nobody said so"
                );
                break;
            }
        }
    }
    // What asks without waiting never ends.
    let waits = passed(start, now) >= u64::from(MOST_STEPS);
    assert!(
        payment.outcome().is_some() || waits,
        "no outcome after {MOST_STEPS} steps"
    );
    assert!(pays <= u32::from(ready), "{pays} pays left");
}

fn passed(start: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.saturating_since(start).as_millis()).expect("a time")
}

/// The header with the right checksum of what stands behind it; of version 2, whose number is under it, if it says so.
fn with_checksum(stored: &[u8]) -> Vec<u8> {
    let (header, body) = match stored.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&stored[..at], &stored[at + 1..]),
        None => (&[][..], stored),
    };
    let number = core::str::from_utf8(header)
        .ok()
        .and_then(|header| header.strip_prefix("alipay-payment 2 "))
        .and_then(|rest| rest.split(' ').nth(1));
    let covered = match number {
        Some(number) => [number.as_bytes(), b"\n", body].concat(),
        None => body.to_vec(),
    };
    let digest = Sha256::digest(covered);
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let header = match number {
        Some(number) => format!("alipay-payment 2 {hex} {number}\n"),
        None => format!("alipay-payment 1 {hex}\n"),
    };
    [header.as_bytes(), body].concat()
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms).expect("a time")
}
