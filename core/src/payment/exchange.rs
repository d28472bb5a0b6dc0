//! What goes between the machine and its host: one enum out, one enum in.

use super::outcome::{Outcome, words};
use crate::{
    http::{HttpRequest, HttpResponse},
    notify::VerifiedNotify,
    sign::SignType,
    time::Timestamp,
};
use alloc::{string::String, vec::Vec};
use core::fmt;

/// Correlates an answer with its request. Unique within a payment, also across restarts.
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
    /// Give up after so many milliseconds.
    pub timeout_ms: u32,
    /// If set, **store [`Payment::snapshot`](super::Payment::snapshot) durably before sending**: this is a pay or a cancel.
    pub checkpoint: bool,
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
    /// The cashier wants to cancel.
    Cancel,
}

words! {
    /// What the transport knows about a request that got no answer.
    Failure {
        NotSent "notSent" "Not a byte of it can have reached the gateway: no address, connection refused, TLS failed.";
        MaybeSent "maybeSent" "Anything else: a timeout, a connection that broke.";
    }
}
