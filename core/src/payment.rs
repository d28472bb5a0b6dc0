//! The barcode payment (付款码支付): pay, poll, cancel, as a sans-IO state machine that is safe across crashes.
//!
//! **The run loop.** Ask [`Payment::poll_output`] what to do, do it, report with [`Payment::handle_input`], and ask again.
//! The machine never waits, sends or reads a clock; the host does:
//!
//! - [`Output::Request`]: if `checkpoint` is set, first store [`Payment::snapshot`] durably, then ask [`Payment::is_wanted`] and that
//!   `send_within_ms` have not passed. Then send it once, and report [`Input::Response`] whatever the answer says, or
//!   [`Input::Failure`] with how it ended: what may still land decides when a payment can be told as closed.
//! - [`Output::Save`]: store [`Payment::snapshot`], and poll again.
//! - [`Output::Sign`]: have the message signed, report [`Input::Signature`].
//! - [`Output::Timeout`]: wait until `at`, or until something else happens, and poll again.
//! - [`Output::News`]: tell the application what became known after the outcome, and poll again.
//! - [`Output::Done`]: store the snapshot, show the [`Outcome`], and go on storing until it succeeds.
//!
//! After a crash, [`Payment::restore`] the last snapshot and go on: a pay that may have left is never sent again, it is
//! queried. One process drives a payment at a time. What a host must promise is in `docs/host.md`; the rules that never bend are the
//! tests of `core/tests/payment_rules.rs`.

#[macro_use]
mod broken;
mod cancelling;
mod clock;
mod ending;
mod exchange;
mod image;
mod landing;
mod late;
mod limit;
mod machine;
mod merchant;
mod outcome;
mod policy;
mod reading;
mod redacting;
mod said;
mod sale;
mod sending;
mod snapshot;
mod stage;
mod state;
mod transitions;

#[cfg(feature = "broken")]
#[doc(hidden)]
pub use broken::Mutant;
pub use exchange::{
    Failure, Input, Output, Request, RequestId, RequestKind, Restored, SignRequest, Start, Wake,
};
pub use machine::Payment;
pub use outcome::{ConflictReason, DeclineReason, News, Outcome, Phase, Trade, UnresolvedReason};
pub use policy::Policy;
pub use reading::{Heard, Problem};
pub use snapshot::number as snapshot_number;
