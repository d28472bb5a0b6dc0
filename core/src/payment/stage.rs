//! What the machine is about, and what it waits for.

use super::{
    clock::Moment,
    exchange::{RequestId, RequestKind},
    outcome::Outcome,
    sending::Unsigned,
};
use crate::http::HttpRequest;
use alloc::{boxed::Box, string::String};

/// What the machine is about. Each stage but the last has a request in flight or a moment at which the next leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Pay has not left. It leaves on the next poll.
    Ready,
    /// Pay is in flight.
    Paying,
    /// Pay provably never left: one query makes sure that the number is free.
    NotSent,
    /// Alipay says the number is another sale's: one query tells "ours, already paid" apart. Never cancelled.
    Conflict { sub_code: Option<String> },
    /// A query every interval, until the window ends.
    Polling,
    /// The query whose answer decides: an outcome, or cancel in the same step. After a restart it may have to be asked again.
    LastQuery,
    /// Cancel, as often as the policy allows.
    Cancelling,
    /// A cancel met no trade: query until a late pay can no longer land.
    Settling,
    /// Every cancel was sent: one more query, which can only find the trade closed.
    Exhausted { sub_code: Option<String> },
    /// Cancelling was refused for good: once every cancel has settled, one query tells what is.
    Refused { sub_code: Option<String> },
    /// There is an outcome.
    Done(Outcome),
}

/// A request between leaving `poll_output` and its answer.
#[derive(Clone)]
pub(super) struct Flight {
    pub(super) id: RequestId,
    pub(super) kind: RequestKind,
    pub(super) step: Step,
    pub(super) deadline: Moment,
    pub(super) asked: Asked,
}

/// What a query's answer is worth, which depends on when the query left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Asked {
    /// In witnessed time.
    pub(super) at: Moment,
    /// How many endings of pays and cancels had been told.
    pub(super) endings: u32,
    /// Whether pay had settled.
    pub(super) after_pay: bool,
    /// Whether every cancel had settled.
    pub(super) after_cancels: bool,
}

/// How far a request has come.
#[derive(Clone)]
pub(super) enum Step {
    /// Waiting for a signature made elsewhere.
    Signing(Box<Unsigned>),
    /// Signed elsewhere, to leave on the next poll.
    Signed(Box<HttpRequest>),
    /// With the host.
    Sent,
}
