//! The machine's outputs and inputs in the wire model.

use super::{
    Bytes, ConflictReason, DeclineReason, Failure, Pairs, RequestKind, SignType, UnresolvedReason, Wake,
};
use crate::{Error, http, json::Json, payment};
use alloc::{borrow::ToOwned, boxed::Box, collections::BTreeMap, string::String, string::ToString};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A request to send.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// Always `POST`.
    #[cfg_attr(feature = "typescript", ts(type = "\"POST\""))]
    pub method: &'static str,
    /// Absolute URL.
    pub url: String,
    /// Header names (lower case) and values.
    #[cfg_attr(feature = "typescript", ts(type = "Record<string, string>"))]
    pub headers: BTreeMap<&'static str, String>,
    /// The body.
    pub body: Bytes,
}

impl From<http::HttpRequest> for HttpRequest {
    fn from(request: http::HttpRequest) -> Self {
        Self {
            method: http::HttpRequest::METHOD,
            url: request.url,
            headers: request.headers.into_iter().collect(),
            body: Bytes(request.body),
        }
    }
}

/// What to do next: `{"type":"request",…}`, `{"type":"sign",…}`, `{"type":"timeout",…}` or `{"type":"done",…}`.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of payment::Output")]
pub enum Output {
    Request {
        id: u32,
        kind: RequestKind,
        /// Left out of the redacted form.
        #[cfg_attr(feature = "typescript", ts(type = "HttpRequest"))]
        #[serde(skip_serializing_if = "Option::is_none")]
        http: Option<HttpRequest>,
        timeout_ms: u32,
        checkpoint: bool,
        send_within_ms: u32,
    },
    Save {},
    News {
        news: News,
    },
    Sign {
        id: u32,
        kind: RequestKind,
        sign_type: SignType,
        /// The text that is to be signed, to be looked at; left out of the redacted form.
        #[cfg_attr(feature = "typescript", ts(type = "string"))]
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// What to sign: the text's bytes in the merchant's charset; left out of the redacted form.
        #[cfg_attr(feature = "typescript", ts(type = "Uint8Array"))]
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<Bytes>,
        timeout_ms: u32,
    },
    Timeout {
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        at: i64,
        wake: Wake,
    },
    Done {
        outcome: Outcome,
    },
}

impl Output {
    /// The output without what only the host may see: no body, no message to sign, nothing about the buyer.
    #[must_use]
    pub fn redacted(self) -> Self {
        match self {
            Self::Request {
                id,
                kind,
                timeout_ms,
                checkpoint,
                send_within_ms,
                ..
            } => Self::Request {
                id,
                kind,
                http: None,
                timeout_ms,
                checkpoint,
                send_within_ms,
            },
            Self::Sign {
                id,
                kind,
                sign_type,
                timeout_ms,
                ..
            } => Self::Sign {
                id,
                kind,
                sign_type,
                message: None,
                bytes: None,
                timeout_ms,
            },
            Self::Done { outcome } => Self::Done {
                outcome: outcome.redacted(),
            },
            Self::News { news } => Self::News {
                news: news.redacted(),
            },
            plain @ (Self::Save {} | Self::Timeout { .. }) => plain,
        }
    }
}

impl From<payment::Output> for Output {
    fn from(output: payment::Output) -> Self {
        match output {
            payment::Output::Request(request) => Self::Request {
                id: request.id.0,
                kind: request.kind.into(),
                http: Some(request.http.into()),
                timeout_ms: request.timeout_ms,
                checkpoint: request.checkpoint,
                send_within_ms: request.send_within_ms,
            },
            payment::Output::Save => Self::Save {},
            payment::Output::News(news) => Self::News { news: news.into() },
            payment::Output::Sign(sign) => Self::Sign {
                id: sign.id.0,
                kind: sign.kind.into(),
                sign_type: sign.sign_type.into(),
                message: Some(sign.string_to_sign),
                bytes: Some(Bytes(sign.message)),
                timeout_ms: sign.timeout_ms,
            },
            payment::Output::Timeout { at, wake } => Self::Timeout {
                at: at.unix_ms(),
                wake: wake.into(),
            },
            payment::Output::Done(outcome) => Self::Done {
                outcome: outcome.into(),
            },
        }
    }
}

/// An outcome, tagged by `type`: `paid`, `declined`, `closed`, `rejected`, `conflict` or `unresolved`.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of payment::Outcome")]
pub enum Outcome {
    Paid {
        trade: Trade,
        late: bool,
        proven: bool,
    },
    Declined {
        reason: DeclineReason,
        code: Option<String>,
        sub_code: Option<String>,
        display: Option<String>,
    },
    Closed {
        refunded: Option<bool>,
    },
    Rejected {
        code: String,
        sub_code: Option<String>,
        display: Option<String>,
    },
    Conflict {
        reason: ConflictReason,
        sub_code: Option<String>,
        cancel_sent: bool,
    },
    Unresolved {
        reason: UnresolvedReason,
        sub_code: Option<String>,
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        ask_again_at: i64,
    },
}

impl Outcome {
    /// The outcome without the trade's document, which holds the buyer's ids.
    #[must_use]
    pub fn redacted(self) -> Self {
        match self {
            Self::Paid { trade, late, proven } => Self::Paid {
                trade: trade.redacted(),
                late,
                proven,
            },
            other => other,
        }
    }
}

impl From<payment::Outcome> for Outcome {
    fn from(outcome: payment::Outcome) -> Self {
        match outcome {
            payment::Outcome::Paid { trade, late, proven } => Self::Paid {
                trade: trade.into(),
                late,
                proven,
            },
            payment::Outcome::Declined {
                reason,
                code,
                sub_code,
                display,
            } => Self::Declined {
                reason: reason.into(),
                code,
                sub_code,
                display,
            },
            payment::Outcome::Closed { refunded } => Self::Closed { refunded },
            payment::Outcome::Rejected {
                code,
                sub_code,
                display,
            } => Self::Rejected {
                code,
                sub_code,
                display,
            },
            payment::Outcome::Conflict {
                reason,
                sub_code,
                cancel_sent,
            } => Self::Conflict {
                reason: reason.into(),
                sub_code,
                cancel_sent,
            },
            payment::Outcome::Unresolved {
                reason,
                sub_code,
                ask_again_at,
            } => Self::Unresolved {
                reason: reason.into(),
                sub_code,
                ask_again_at: ask_again_at.unix_ms(),
            },
        }
    }
}

/// What became known after an outcome, tagged by `type`: `stillPaid`, `otherSale`, `closed` or `notKnown`.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of payment::News")]
pub enum News {
    StillPaid { trade: Trade, proven: bool },
    OtherSale {},
    Closed { refunded: Option<bool> },
    NotKnown {},
}

impl News {
    fn redacted(self) -> Self {
        match self {
            Self::StillPaid { trade, proven } => Self::StillPaid {
                trade: trade.redacted(),
                proven,
            },
            other => other,
        }
    }
}

impl From<payment::News> for News {
    fn from(news: payment::News) -> Self {
        match news {
            payment::News::StillPaid { trade, proven } => Self::StillPaid {
                trade: trade.into(),
                proven,
            },
            payment::News::OtherSale => Self::OtherSale {},
            payment::News::Closed { refunded } => Self::Closed { refunded },
            payment::News::NotKnown => Self::NotKnown {},
        }
    }
}

/// A paid trade.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of payment::Trade")]
pub struct Trade {
    pub out_trade_no: String,
    pub trade_no: Option<String>,
    pub total_amount: String,
    pub receipt_amount: Option<String>,
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub paid_at: Option<i64>,
    /// What Alipay said, in Alipay's own words; left out of the redacted form. A snapshot does not keep it.
    #[cfg_attr(feature = "typescript", ts(optional, type = "Record<string, unknown>"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Box<RawValue>>,
}

impl Trade {
    fn redacted(self) -> Self {
        Self {
            document: None,
            ..self
        }
    }
}

impl From<payment::Trade> for Trade {
    fn from(trade: payment::Trade) -> Self {
        Self {
            out_trade_no: trade.out_trade_no,
            trade_no: trade.trade_no,
            total_amount: trade.total_amount.to_string(),
            receipt_amount: trade.receipt_amount.map(|amount| amount.to_string()),
            paid_at: trade.paid_at.map(crate::Timestamp::unix_ms),
            document: trade.document.as_ref().map(Json::raw).map(ToOwned::to_owned),
        }
    }
}

/// What the last answer said.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of payment::Heard")]
pub struct Heard {
    pub verified: bool,
    #[cfg_attr(feature = "typescript", ts(type = "ErrorCode | null"))]
    pub problem: Option<&'static str>,
    pub code: Option<String>,
    pub sub_code: Option<String>,
    pub sub_msg: Option<String>,
    pub trade_status: Option<String>,
    pub alipay_cert_sn: Option<String>,
}

impl From<&payment::Heard> for Heard {
    fn from(heard: &payment::Heard) -> Self {
        let payment::Heard {
            verified,
            problem,
            code,
            sub_code,
            sub_msg,
            trade_status,
            alipay_cert_sn,
        } = heard.clone();
        Self {
            verified,
            problem: problem.map(payment::Problem::as_str),
            code,
            sub_code,
            sub_msg,
            trade_status,
            alipay_cert_sn,
        }
    }
}

/// What happened: `{"type":"response",…}`, `failure`, `signature`, `notify` (the raw body), `cancel` or `giveUp`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[allow(missing_docs, reason = "the fields are those of payment::Input")]
pub enum Input {
    Response {
        id: u32,
        status: u16,
        /// Names, in any case, and values. OpenAPI v3 needs them.
        #[cfg_attr(feature = "typescript", ts(optional))]
        #[serde(default)]
        headers: Option<Pairs>,
        body: Bytes,
        /// Whether the connection was reset after it, on a direct path; by default not.
        #[cfg_attr(feature = "typescript", ts(optional, type = "boolean"))]
        #[serde(default)]
        reset: bool,
    },
    Failure {
        id: u32,
        failure: Failure,
    },
    Signature {
        id: u32,
        signature: Bytes,
    },
    Notify {
        body: Bytes,
    },
    Cancel {},
    GiveUp {},
}

impl Input {
    /// Feeds this input to a payment. A notification's body is verified first, by the payment's own merchant.
    ///
    /// # Errors
    /// Those of [`payment::Payment::handle_input`] and [`crate::Merchant::verify_notify`].
    pub fn apply(&self, payment: &mut payment::Payment, now: crate::Timestamp) -> Result<(), Error> {
        match self {
            Self::Response {
                id,
                status,
                headers,
                body,
                reset,
            } => {
                let response = http::HttpResponse {
                    status: *status,
                    headers: headers.clone().unwrap_or_default(),
                    body: body.0.clone(),
                };
                payment.handle_input(
                    payment::Input::Response {
                        id: payment::RequestId(*id),
                        response: &response,
                        reset: *reset,
                    },
                    now,
                )
            }
            Self::Failure { id, failure } => payment.handle_input(
                payment::Input::Failure {
                    id: payment::RequestId(*id),
                    failure: (*failure).into(),
                },
                now,
            ),
            Self::Signature { id, signature } => payment.handle_input(
                payment::Input::Signature {
                    id: payment::RequestId(*id),
                    signature: &signature.0,
                },
                now,
            ),
            Self::Notify { body } => {
                let notify = payment.merchant().verify_notify(&body.0)?;
                payment.handle_input(payment::Input::Notify(&notify), now)
            }
            Self::Cancel {} => payment.handle_input(payment::Input::Cancel, now),
            Self::GiveUp {} => payment.handle_input(payment::Input::GiveUp, now),
        }
    }
}
