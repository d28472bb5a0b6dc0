//! The barcode payment (付款码支付): pay, poll, cancel, as a sans-IO state machine that is safe across crashes.
//!
//! **The run loop.** Ask [`Payment::poll_output`] what to do, do it, report with [`Payment::handle_input`], and ask again.
//! The machine never waits, sends or reads a clock; the host does, in about thirty lines:
//!
//! - [`Output::Request`]: if `checkpoint` is set, first store [`Payment::snapshot`] durably; then send it, and report
//!   [`Input::Response`] whatever the answer says, or [`Input::Failure`].
//! - [`Output::Sign`]: have the message signed, report [`Input::Signature`].
//! - [`Output::Timeout`]: wait until `at`, or until something else happens, and poll again.
//! - [`Output::Done`]: show the [`Outcome`], store it, and only then discard the snapshot.
//!
//! After a crash, [`Payment::restore`] the last snapshot and go on: a pay that may have left is never sent again, it is
//! queried. The rules that never bend are the tests of `core/tests/payment_rules.rs`.

#[macro_use]
mod broken;
mod clock;
mod exchange;
mod machine;
mod merchant;
mod outcome;
mod policy;
mod reading;
mod said;
mod sending;
mod snapshot;
mod state;
mod transitions;

#[cfg(feature = "broken")]
#[doc(hidden)]
pub use broken::Mutant;
pub use exchange::{Failure, Input, Output, Request, RequestId, RequestKind, SignRequest, Wake};
pub use machine::Payment;
pub use outcome::{ConflictReason, DeclineReason, Outcome, Phase, Trade, UnresolvedReason};
pub use policy::Policy;
pub use reading::{Heard, Problem};
