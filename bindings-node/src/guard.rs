//! The edge: errors leave as JSON, panics as the error `internal`.

use alipay_core::{Error, ErrorCode, wire::engine};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs what may fail or, by a defect, panic.
///
/// What a panic leaves behind is not used again: a merchant never changes, and a payment that panicked is gone (see
/// `payment.rs`).
pub(crate) fn guard<T>(run: impl FnOnce() -> Result<T, Error>) -> napi::Result<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(outcome) => outcome.map_err(|error| thrown(&error)),
        Err(panic) => {
            // Dropping what a panic carries could panic again.
            std::mem::forget(panic);
            Err(thrown(&ErrorCode::Internal.into()))
        }
    }
}

fn thrown(error: &Error) -> napi::Error {
    napi::Error::from_reason(engine::error(error))
}
