//! What a pending payment costs: sizes are exact, so they are a test and not a benchmark.
#![allow(missing_docs)]

mod harness;

use alipay_core::{
    Payment,
    payment::{Policy, RequestKind},
};
use harness::*;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::{alloc::System, sync::Arc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_pending_payment_holds_at_most_2_kb_and_its_snapshot_1_kb() {
    let merchant = merchant();
    let now = World::new().now;
    let region = Region::new(ALLOCATOR);
    let mut payment = Payment::new(Arc::clone(&merchant), order(), Policy::default(), start(), now).unwrap();
    let output = payment.poll_output(now);
    let alipay_core::payment::Output::Request(request) = &output else {
        panic!()
    };
    assert_eq!(request.kind, RequestKind::Pay);
    let input = alipay_core::payment::Input::Response {
        id: request.id,
        response: &pay_answer(WAITING),
        reset: false,
    };
    payment.handle_input(input, now).unwrap();
    drop(output);
    let change = region.change();
    let heap = change.bytes_allocated as isize - change.bytes_deallocated as isize + change.bytes_reallocated;
    let total = heap + isize::try_from(size_of::<Payment>()).unwrap();
    let snapshot = payment.snapshot().len();
    println!(
        "pending payment: {total} bytes ({} on the stack); snapshot: {snapshot} bytes",
        size_of::<Payment>()
    );
    assert!(total <= 2048, "{total} bytes");
    assert!(snapshot <= 1024, "{snapshot} bytes");
}
