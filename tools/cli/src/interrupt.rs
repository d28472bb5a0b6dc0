//! Ctrl-C: once asks for one thing, twice leaves at once.

use crate::{failure::Failure, output};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The exit code of a process that an interrupt ended.
const INTERRUPTED: i32 = 130;

/// What the first Ctrl-C comes to.
pub(crate) enum First {
    /// It was taken up; the second one leaves.
    TakenUp,
    /// There is nothing left to take up: leave.
    Leave,
}

/// Calls `once` at the first Ctrl-C; at the second, or if that says so, prints `farewell` and leaves.
///
/// # Errors
/// `interrupt` if the handler can't be set.
pub(crate) fn on_interrupt(
    once: impl Fn() -> First + Send + 'static,
    farewell: impl Fn() -> String + Send + 'static,
) -> Result<(), Failure> {
    let seen = AtomicUsize::new(0);
    let set = ctrlc::set_handler(move || {
        let first = seen.fetch_add(1, Ordering::SeqCst) == 0;
        if !first || matches!(once(), First::Leave) {
            output::leave(&farewell(), INTERRUPTED);
        }
    });
    set.map_err(|error| Failure::internal("interrupt", error.to_string()))
}
