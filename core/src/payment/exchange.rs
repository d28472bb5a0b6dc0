//! What goes between the machine and its host: one enum out, one enum in.

use super::outcome::{News, Outcome, words};
use crate::{
    http::{HttpRequest, HttpResponse},
    notify::VerifiedNotify,
    sign::SignType,
    time::Timestamp,
};
use alloc::{string::String, vec::Vec};
use core::fmt;

/// Correlates an answer with its request. Unique within a payment, also across restarts and restored backups: numbering starts
/// from a random number of the host's each time ([`Start::first_id`], [`Restored::first_id`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(pub u32);

words! {
    /// Which of the three calls a request is.
    RequestKind {
        Pay "pay" "`alipay.trade.pay`: sent at most once.";
        Query "query" "`alipay.trade.query`.";
        Cancel "cancel" "`alipay.trade.cancel`.";
    }
}

words! {
    /// What a timer is for.
    Wake {
        RequestTimeout "requestTimeout" "The request in flight is given up.";
        SignTimeout "signTimeout" "The signature asked for is given up.";
        Query "query" "It is time for the next query.";
        Cancel "cancel" "It is time for the next cancel.";
    }
}

/// What the host must do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this, then report with [`Input::Response`] or [`Input::Failure`].
    Request(Request),
    /// Have this signed, then report with [`Input::Signature`], or [`Input::Failure`] if it can't be.
    Sign(SignRequest),
    /// Store [`Payment::snapshot`](super::Payment::snapshot) now, then poll again: Alipay said something that a crash must not
    /// forget (that the number is another sale's, that the trade exists, that the outcome is contradicted), or how a request ended,
    /// or the payment was given up. Said once. Go on if storing fails, and tell the application.
    Save,
    /// Something that happened after the outcome was told. Said once; poll again.
    News(News),
    /// Nothing to do before `at`; poll again then, or after any input.
    Timeout {
        /// Always later than the `now` just given.
        at: Timestamp,
        /// What for.
        wake: Wake,
    },
    /// The end. Polling again gives the same.
    Done(Outcome),
}

/// A request to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// To be given back with the answer.
    pub id: RequestId,
    /// Which call it is.
    pub kind: RequestKind,
    /// What to send, byte for byte.
    pub http: HttpRequest,
    /// Give up after so many milliseconds, counted from the first byte.
    pub timeout_ms: u32,
    /// If set, **store [`Payment::snapshot`](super::Payment::snapshot) durably before sending**: this is a pay or a cancel.
    pub checkpoint: bool,
    /// A pay or a cancel leaves within so many milliseconds of this output or not at all: from here to its first byte on an
    /// established connection, storing included, by a monotonic clock that counts suspension. Too late, or no longer
    /// [wanted](super::Payment::is_wanted): don't send it, and report [`Failure::NotSent`].
    pub send_within_ms: u32,
}

/// How a payment starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Start {
    /// A random number: requests are numbered from it.
    pub first_id: u32,
    /// Alipay's clock at this moment, if an earlier answer of this process told it (its time plus the monotonic time since). A
    /// sale that was paid before this payment's pay left is then told apart from ours even after a crash. Poll at once then: how
    /// long a payment waits before pay is counted by the host's clock.
    pub alipay_time: Option<Timestamp>,
}

/// What the host knows when it goes on with a stored payment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restored {
    /// A random number: requests are numbered from it.
    pub first_id: u32,
    /// The process that wrote the snapshot is provably dead: on this machine, the store took anew a kernel lock that the
    /// writer had held. A lease proves no death.
    pub writer_is_dead: bool,
    /// The machine that sent the requests has been running or switched off ever since, never suspended: a suspended
    /// machine's kernel sends what it still holds when it wakes.
    pub never_suspended: bool,
    /// The merchant's gateway is another than the snapshot's on purpose. Between sandbox and production it never may be.
    pub gateway_moved: bool,
}

/// What is to be signed where the key lives.
#[derive(Clone, PartialEq, Eq)]
pub struct SignRequest {
    /// To be given back with the signature.
    pub id: RequestId,
    /// Which call it is for.
    pub kind: RequestKind,
    /// The algorithm.
    pub sign_type: SignType,
    /// The bytes to sign, in the merchant's charset. For a pay they hold the auth_code: don't log them.
    pub message: Vec<u8>,
    /// The same as text, to be looked at.
    pub string_to_sign: String,
    /// Give up after so many milliseconds.
    pub timeout_ms: u32,
}

impl fmt::Debug for SignRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignRequest")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What happened.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// An HTTP answer came, whatever it says.
    Response {
        /// Of which request.
        id: RequestId,
        /// The answer, unchanged.
        response: &'a HttpResponse,
        /// Whether the transport reset the connection after it, on a direct path to the gateway (no proxy, no TLS terminator).
        /// It counts only if the answer can't be verified: the request is then [`Failure::Aborted`], else
        /// [`Failure::MaybeSent`].
        reset: bool,
    },
    /// No HTTP answer came, or no signature.
    Failure {
        /// Of which request.
        id: RequestId,
        /// What the transport knows.
        failure: Failure,
    },
    /// The signature asked for.
    Signature {
        /// Of which request.
        id: RequestId,
        /// The raw signature.
        signature: &'a [u8],
    },
    /// A notification came and was verified ([`Merchant::verify_notify`](crate::Merchant::verify_notify)).
    Notify(&'a VerifiedNotify),
    /// The cashier wants to cancel. After an outcome `Closed`, once [`News::StillPaid`] was told: cancel that trade again.
    Cancel,
    /// The cashier gives up this unresolved payment and will take another one under a new order number. What is found of
    /// this one later is undone and never `Paid`. A payment that was restored to be reconciled can be given up too, before or
    /// while it asks.
    GiveUp,
}

words! {
    /// How a request without a usable answer ended.
    Failure {
        NotSent "notSent" "Not a byte of it can have reached the gateway: no address, connection refused, TLS failed, or the host did not send it.";
        NotStored "notStored" "It was not sent, because the snapshot could not be stored.";
        Aborted "aborted" "Its connection was reset by either side, on a direct path to the gateway: it lands within the policy's `settle_ms` or never.";
        MaybeSent "maybeSent" "Anything else: a timeout on a connection that was closed normally, a proxy between.";
    }
}
