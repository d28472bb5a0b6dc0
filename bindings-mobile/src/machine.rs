//! The machine's inputs and outputs, and where a payment stands.

use crate::{
    ErrorCode, Failure, HttpRequest, News, Outcome, Parameter, Phase, PolicyPreset, RequestKind, SignType,
    Wake, calls::pairs,
};
use alipay_core::{Error, ErrorCode as CoreCode, wire};
use std::fmt;

/// A payment's policy: a preset, and what differs from it. Milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Policy {
    /// What the rest differs from.
    #[uniffi(default = None)]
    pub preset: Option<PolicyPreset>,
    /// How long to wait for pay's answer (default 15 s).
    #[uniffi(default = None)]
    pub pay_timeout_ms: Option<i64>,
    /// How long to wait for a query's answer (default 5 s).
    #[uniffi(default = None)]
    pub query_timeout_ms: Option<i64>,
    /// How long to wait for a cancel's answer (default 10 s).
    #[uniffi(default = None)]
    pub cancel_timeout_ms: Option<i64>,
    /// How long to wait for an external signature (default 10 s).
    #[uniffi(default = None)]
    pub sign_timeout_ms: Option<i64>,
    /// Between one query and the next (default 5 s).
    #[uniffi(default = None)]
    pub poll_interval_ms: Option<i64>,
    /// How long the buyer may take (default 60 s).
    #[uniffi(default = None)]
    pub poll_window_ms: Option<i64>,
    /// Before the first query after trouble (default 1 s).
    #[uniffi(default = None)]
    pub retry_soon_ms: Option<i64>,
    /// How long after a request ended (answered, or its connection was reset) it may still land or be invisible to queries
    /// (default 60 s). At least twice the longest timeout.
    #[uniffi(default = None)]
    pub settle_ms: Option<i64>,
    /// How long after the machine asked for it a pay or a cancel may leave, storing included (default 5 s).
    #[uniffi(default = None)]
    pub send_within_ms: Option<i64>,
    /// Before each further cancel (default 2, 2, 2, 5, 10, 30, 60 s); at most 16.
    #[uniffi(default = None)]
    pub cancel_retry_ms: Option<Vec<i64>>,
    /// Ask once whether the trade exists even if pay was provably not sent (default yes).
    #[uniffi(default = None)]
    pub confirm_not_sent: Option<bool>,
    /// For tills whose clock is right within so many milliseconds: pay carries a `time_expire` in addition to all the rules
    /// (default 0, no fence).
    #[uniffi(default = None)]
    pub fence_ms: Option<i64>,
    /// Let auth_codes pass that are longer or otherwise prefixed than today's (default no).
    #[uniffi(default = None)]
    pub long_auth_codes: Option<bool>,
}

fn milliseconds(name: &'static str) -> impl Fn(i64) -> Result<u32, Error> {
    move |value| {
        value
            .try_into()
            .map_err(|_| Error::about(CoreCode::PolicyRange, name))
    }
}

impl TryFrom<Policy> for wire::Policy {
    type Error = Error;

    /// # Errors
    /// `policy_range` for what is no count of milliseconds at all; the rest is checked by `build`.
    fn try_from(policy: Policy) -> Result<Self, Error> {
        let Policy {
            preset,
            pay_timeout_ms,
            query_timeout_ms,
            cancel_timeout_ms,
            sign_timeout_ms,
            poll_interval_ms,
            poll_window_ms,
            retry_soon_ms,
            settle_ms,
            send_within_ms,
            cancel_retry_ms,
            confirm_not_sent,
            fence_ms,
            long_auth_codes,
        } = policy;
        let some = |name, value: Option<i64>| value.map(milliseconds(name)).transpose();
        Ok(Self {
            preset: preset.map(Into::into),
            pay_timeout_ms: some("payTimeoutMs", pay_timeout_ms)?,
            query_timeout_ms: some("queryTimeoutMs", query_timeout_ms)?,
            cancel_timeout_ms: some("cancelTimeoutMs", cancel_timeout_ms)?,
            sign_timeout_ms: some("signTimeoutMs", sign_timeout_ms)?,
            poll_interval_ms: some("pollIntervalMs", poll_interval_ms)?,
            poll_window_ms: some("pollWindowMs", poll_window_ms)?,
            retry_soon_ms: some("retrySoonMs", retry_soon_ms)?,
            settle_ms: some("settleMs", settle_ms)?,
            send_within_ms: some("sendWithinMs", send_within_ms)?,
            cancel_retry_ms: cancel_retry_ms
                .map(|all| all.into_iter().map(milliseconds("cancelRetryMs")).collect())
                .transpose()?,
            confirm_not_sent,
            fence_ms: some("fenceMs", fence_ms)?,
            long_auth_codes,
        })
    }
}

/// What to do next.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum Output {
    /// Send this, once, and hand in its answer or that there is none.
    Request {
        /// Goes with the answer.
        id: u32,
        /// Which call it is.
        kind: RequestKind,
        /// What to send.
        http: HttpRequest,
        /// How long to wait for the answer, counted from the first byte.
        timeout_ms: i64,
        /// The snapshot must be durable before this leaves.
        checkpoint: bool,
        /// It leaves within so many milliseconds of this output or not at all: from here to its first byte on an established
        /// connection, storing included, by a monotonic clock that counts suspension. Too late, or no longer wanted
        /// (`isWanted`): hand in that it was not sent.
        send_within_ms: i64,
    },
    /// Have this signed where the key lives, and hand in the raw signature or a failure.
    Sign {
        /// Goes with the signature.
        id: u32,
        /// Which call it is.
        kind: RequestKind,
        /// The algorithm.
        sign_type: SignType,
        /// The text that is to be signed, to be looked at. That of a pay holds the auth_code: don't log it.
        message: String,
        /// What to sign: the text in the merchant's charset.
        bytes: Vec<u8>,
        /// How long to wait for the signature.
        timeout_ms: i64,
    },
    /// Store the snapshot now, then poll again. If that fails, go on and tell the application.
    Save,
    /// Something that happened after the outcome was told. Poll again.
    News {
        /// What.
        news: News,
    },
    /// Nothing to do until then.
    Timeout {
        /// When to poll again, Unix milliseconds.
        at: i64,
        /// What happens then.
        wake: Wake,
    },
    /// This is how it ended.
    Done {
        /// The outcome.
        outcome: Outcome,
    },
}

impl TryFrom<wire::Output> for Output {
    type Error = Error;

    /// # Errors
    /// `internal` for a redacted output, which the core never gives to a host.
    fn try_from(output: wire::Output) -> Result<Self, Error> {
        Ok(match output {
            wire::Output::Request {
                id,
                kind,
                http,
                timeout_ms,
                checkpoint,
                send_within_ms,
            } => Self::Request {
                id,
                kind: kind.into(),
                http: http.ok_or(CoreCode::Internal)?.into(),
                timeout_ms: timeout_ms.into(),
                checkpoint,
                send_within_ms: send_within_ms.into(),
            },
            wire::Output::Save {} => Self::Save,
            wire::Output::News { news } => Self::News { news: news.into() },
            wire::Output::Sign {
                id,
                kind,
                sign_type,
                message,
                bytes,
                timeout_ms,
            } => Self::Sign {
                id,
                kind: kind.into(),
                sign_type: sign_type.into(),
                message: message.ok_or(CoreCode::Internal)?,
                bytes: bytes.ok_or(CoreCode::Internal)?.0,
                timeout_ms: timeout_ms.into(),
            },
            wire::Output::Timeout { at, wake } => Self::Timeout {
                at,
                wake: wake.into(),
            },
            wire::Output::Done { outcome } => Self::Done {
                outcome: outcome.into(),
            },
        })
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request {
                id,
                kind,
                http,
                timeout_ms,
                checkpoint,
                send_within_ms,
            } => f
                .debug_struct("Request")
                .field("id", id)
                .field("kind", kind)
                .field("http", http)
                .field("timeout_ms", timeout_ms)
                .field("checkpoint", checkpoint)
                .field("send_within_ms", send_within_ms)
                .finish(),
            Self::Save => f.write_str("Save"),
            Self::News { news } => f.debug_tuple("News").field(news).finish(),
            Self::Sign {
                id,
                kind,
                sign_type,
                message: _,
                bytes: _,
                timeout_ms,
            } => f
                .debug_struct("Sign")
                .field("id", id)
                .field("kind", kind)
                .field("sign_type", sign_type)
                .field("timeout_ms", timeout_ms)
                .finish_non_exhaustive(),
            Self::Timeout { at, wake } => f
                .debug_struct("Timeout")
                .field("at", at)
                .field("wake", wake)
                .finish(),
            Self::Done { outcome } => f.debug_tuple("Done").field(outcome).finish(),
        }
    }
}

/// What happened.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum Input {
    /// An HTTP answer came.
    Response {
        /// The request's.
        id: u32,
        /// The HTTP status.
        status: i32,
        /// The body: at most 1 MiB, and one byte more if there was more.
        body: Vec<u8>,
        /// Names, in any case, and values: all that there are. OpenAPI v3 has its signature in them, v2 its time (`Date`).
        #[uniffi(default = [])]
        headers: Vec<Parameter>,
        /// Whether the transport reset the connection after it, on a direct path to the gateway: no proxy, nothing that ends
        /// TLS on the way. It counts only if the answer can't be verified.
        #[uniffi(default = false)]
        reset: bool,
    },
    /// No answer came.
    Failure {
        /// The request's.
        id: u32,
        /// How it ended.
        failure: Failure,
    },
    /// The signature asked for.
    Signature {
        /// The request's.
        id: u32,
        /// The raw signature.
        signature: Vec<u8>,
    },
    /// A notification came. It is verified first.
    Notify {
        /// Its raw body.
        body: Vec<u8>,
    },
    /// The cashier wants to cancel. After an outcome `Closed`, once `News.StillPaid` was told: cancel that trade again.
    Cancel,
    /// The cashier gives up this unresolved payment and will take another one under a new order number: only after the
    /// snapshot was stored, which is the next output. What is found of this one later is undone and never `Paid`.
    GiveUp,
}

impl From<Input> for wire::Input {
    fn from(input: Input) -> Self {
        match input {
            Input::Response {
                id,
                status,
                body,
                headers,
                reset,
            } => Self::Response {
                id,
                // What is no status at all is not a good one.
                status: status.try_into().unwrap_or(0),
                headers: Some(pairs(headers)),
                body: wire::Bytes(body),
                reset,
            },
            Input::Failure { id, failure } => Self::Failure {
                id,
                failure: failure.into(),
            },
            Input::Signature { id, signature } => Self::Signature {
                id,
                signature: wire::Bytes(signature),
            },
            Input::Notify { body } => Self::Notify {
                body: wire::Bytes(body),
            },
            Input::Cancel => Self::Cancel {},
            Input::GiveUp => Self::GiveUp {},
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response {
                id,
                status,
                body,
                reset,
                ..
            } => {
                write!(
                    f,
                    "Response {{ id: {id}, status: {status}, {} bytes, reset: {reset} }}",
                    body.len()
                )
            }
            Self::Failure { id, failure } => write!(f, "Failure {{ id: {id}, failure: {failure:?} }}"),
            Self::Signature { id, .. } => write!(f, "Signature {{ id: {id} }}"),
            Self::Notify { body } => write!(f, "Notify {{ {} bytes }}", body.len()),
            Self::Cancel => f.write_str("Cancel"),
            Self::GiveUp => f.write_str("GiveUp"),
        }
    }
}

/// What the last answer said.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct Heard {
    /// Whether it was verified. If not, nothing of it was believed.
    pub verified: bool,
    /// Why it could not be believed, or that there was no answer at all.
    pub problem: Option<ErrorCode>,
    /// The gateway's code.
    pub code: Option<String>,
    /// The business code.
    pub sub_code: Option<String>,
    /// The business message. That of `isv.invalid-signature` repeats the whole request: don't log it.
    pub sub_msg: Option<String>,
    /// The trade's status, from a query.
    pub trade_status: Option<String>,
    /// With the problem `alipay_cert_unknown`: the SN of the certificate that the answer was signed with. Whoever downloads
    /// it goes on with `setMerchant`.
    #[uniffi(default = None)]
    pub alipay_cert_sn: Option<String>,
}

impl From<wire::Heard> for Heard {
    fn from(heard: wire::Heard) -> Self {
        let wire::Heard {
            verified,
            problem,
            code,
            sub_code,
            sub_msg,
            trade_status,
            alipay_cert_sn,
        } = heard;
        let problem = problem.map(|word| {
            let known = CoreCode::ALL.iter().find(|code| code.as_str() == word);
            known.copied().unwrap_or(CoreCode::Internal).into()
        });
        Self {
            verified,
            problem,
            code,
            sub_code,
            sub_msg,
            trade_status,
            alipay_cert_sn,
        }
    }
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard")
            .field("verified", &self.verified)
            .field("problem", &self.problem)
            .field("code", &self.code)
            .field("sub_code", &self.sub_code)
            .field("trade_status", &self.trade_status)
            .field("alipay_cert_sn", &self.alipay_cert_sn)
            .finish_non_exhaustive()
    }
}

/// Where a payment stands, without asking it to do anything.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct PaymentState {
    /// For a cashier's screen.
    pub phase: Phase,
    /// The merchant's order number.
    pub out_trade_no: String,
    /// What the last answer said.
    pub heard: Option<Heard>,
    /// The outcome, once there is one.
    pub outcome: Option<Outcome>,
}

impl From<wire::PaymentState> for PaymentState {
    fn from(state: wire::PaymentState) -> Self {
        let wire::PaymentState {
            phase,
            out_trade_no,
            heard,
            outcome,
        } = state;
        Self {
            phase: phase.into(),
            out_trade_no,
            heard: heard.map(Into::into),
            outcome: outcome.map(Into::into),
        }
    }
}
