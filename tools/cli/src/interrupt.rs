//! Ctrl-C: once asks for one thing, twice leaves at once.

use crate::failure::Failure;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The exit code of a process that an interrupt ended.
const INTERRUPTED: i32 = 130;

/// Calls `once` at the first Ctrl-C; at the second, prints `farewell` and leaves.
///
/// # Errors
/// `interrupt` if the handler can't be set.
pub(crate) fn on_interrupt(once: impl Fn() + Send + 'static, farewell: String) -> Result<(), Failure> {
    let seen = AtomicUsize::new(0);
    let set = ctrlc::set_handler(move || {
        if seen.fetch_add(1, Ordering::SeqCst) == 0 {
            once();
        } else {
            eprintln!("{farewell}");
            std::process::exit(INTERRUPTED);
        }
    });
    set.map_err(|error| Failure::internal("interrupt", error.to_string()))
}
