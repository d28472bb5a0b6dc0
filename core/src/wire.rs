//! The wire model: the one JSON form of the machine's inputs and outputs.
//!
//! The golden vectors, the command line's `--json` and the JavaScript bindings speak it. Our own words are camelCase,
//! unions are tagged by `type`, money is a string in yuan, times are Unix milliseconds, bytes are standard base64. A
//! record of Alipay's (an order, a trade's document) keeps Alipay's field names.
//!
//! An output may hold an auth_code (in a request's body, in a message to sign): it is for the host, not for a log.
//! [`Output::redacted`] is for logs.

use crate::{
    Merchant,
    error::{Error, ErrorCode},
    http,
    json::Json,
    key::{PrivateKey, PublicKey},
    payment,
};
use alloc::{borrow::ToOwned, boxed::Box, collections::BTreeMap, string::String, string::ToString, vec::Vec};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

/// Bytes, as standard base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode(text)
            .map(Self)
            .map_err(|_| de::Error::custom("not base64"))
    }
}

impl core::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

/// `{"code":"key_too_short","fault":"configuration","subject":null,"message":"…"}`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorReport {
    /// The stable code.
    pub code: &'static str,
    /// Who can mend it.
    pub fault: &'static str,
    /// The field or parameter it is about.
    pub subject: Option<String>,
    /// What it means, in English.
    pub message: &'static str,
}

impl From<&Error> for ErrorReport {
    fn from(error: &Error) -> Self {
        let code = error.code();
        Self {
            code: code.as_str(),
            fault: code.fault().as_str(),
            subject: error.subject().map(ToOwned::to_owned),
            message: code.message(),
        }
    }
}

/// A merchant's options, as text. Keys in any accepted format.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MerchantOptions {
    /// The application's id.
    pub app_id: String,
    /// Alipay's public key or certificate.
    pub alipay_public_key: String,
    /// The application's private key; absent if it lives elsewhere.
    #[serde(default)]
    pub private_key: Option<zeroize::Zeroizing<String>>,
    /// The gateway; production by default.
    #[serde(default)]
    pub gateway: Option<String>,
    /// `RSA2` (default) or `RSA`.
    #[serde(default)]
    pub sign_type: Option<String>,
    /// Where notifications go.
    #[serde(default)]
    pub notify_url: Option<String>,
    /// The authorisation of the merchant an ISV acts for.
    #[serde(default)]
    pub app_auth_token: Option<String>,
    /// Accept a plain http gateway on another machine.
    #[serde(default)]
    pub allow_http: bool,
}

impl MerchantOptions {
    /// Checks the options and makes the merchant.
    ///
    /// # Errors
    /// Those of the keys and of [`crate::merchant::MerchantBuilder::build`].
    pub fn build(&self) -> Result<Merchant, Error> {
        let alipay =
            PublicKey::parse(&self.alipay_public_key).map_err(|error| error.or_about("alipayPublicKey"))?;
        let mut builder = Merchant::builder(&self.app_id, alipay).allow_http(self.allow_http);
        if let Some(key) = &self.private_key {
            builder =
                builder.private_key(PrivateKey::parse(key.as_bytes()).map_err(|e| e.or_about("privateKey"))?);
        }
        if let Some(gateway) = &self.gateway {
            builder = builder.gateway(gateway);
        }
        if let Some(sign_type) = &self.sign_type {
            builder = builder.sign_type(sign_type.parse()?);
        }
        if let Some(url) = &self.notify_url {
            builder = builder.notify_url(url);
        }
        if let Some(token) = &self.app_auth_token {
            builder = builder.app_auth_token(token);
        }
        builder.build()
    }
}

/// A policy: a preset, and what differs from it. Milliseconds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of payment::Policy")]
pub struct Policy {
    /// `default`, `officialDemo` or `fast`.
    #[serde(default)]
    pub preset: Option<String>,
    #[serde(default)]
    pub pay_timeout_ms: Option<u32>,
    #[serde(default)]
    pub query_timeout_ms: Option<u32>,
    #[serde(default)]
    pub cancel_timeout_ms: Option<u32>,
    #[serde(default)]
    pub sign_timeout_ms: Option<u32>,
    #[serde(default)]
    pub poll_interval_ms: Option<u32>,
    #[serde(default)]
    pub poll_window_ms: Option<u32>,
    #[serde(default)]
    pub retry_soon_ms: Option<u32>,
    #[serde(default)]
    pub settle_ms: Option<u32>,
    #[serde(default)]
    pub cancel_retry_ms: Option<Vec<u32>>,
    #[serde(default)]
    pub confirm_not_sent: Option<bool>,
    #[serde(default)]
    pub long_auth_codes: Option<bool>,
}

impl Policy {
    /// The policy meant, checked.
    ///
    /// # Errors
    /// `policy_range`, `policy_settle`.
    pub fn build(&self) -> Result<payment::Policy, Error> {
        let base = match self.preset.as_deref() {
            None | Some("default") => payment::Policy::default(),
            Some("officialDemo") => payment::Policy::official_demo(),
            Some("fast") => payment::Policy::fast(),
            Some(_) => return Err(Error::about(ErrorCode::PolicyRange, "preset")),
        };
        let policy = payment::Policy {
            pay_timeout_ms: self.pay_timeout_ms.unwrap_or(base.pay_timeout_ms),
            query_timeout_ms: self.query_timeout_ms.unwrap_or(base.query_timeout_ms),
            cancel_timeout_ms: self.cancel_timeout_ms.unwrap_or(base.cancel_timeout_ms),
            sign_timeout_ms: self.sign_timeout_ms.unwrap_or(base.sign_timeout_ms),
            poll_interval_ms: self.poll_interval_ms.unwrap_or(base.poll_interval_ms),
            poll_window_ms: self.poll_window_ms.unwrap_or(base.poll_window_ms),
            retry_soon_ms: self.retry_soon_ms.unwrap_or(base.retry_soon_ms),
            settle_ms: self.settle_ms.unwrap_or(base.settle_ms),
            cancel_retry_ms: self.cancel_retry_ms.clone().unwrap_or(base.cancel_retry_ms),
            confirm_not_sent: self.confirm_not_sent.unwrap_or(base.confirm_not_sent),
            long_auth_codes: self.long_auth_codes.unwrap_or(base.long_auth_codes),
        };
        policy.check()?;
        Ok(policy)
    }
}

/// A request to send.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// Always `POST`.
    pub method: &'static str,
    /// Absolute URL.
    pub url: String,
    /// Header names (lower case) and values.
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
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of payment::Output")]
pub enum Output {
    Request {
        id: u32,
        kind: &'static str,
        /// Left out of the redacted form.
        #[serde(skip_serializing_if = "Option::is_none")]
        http: Option<HttpRequest>,
        timeout_ms: u32,
        checkpoint: bool,
    },
    Sign {
        id: u32,
        kind: &'static str,
        sign_type: &'static str,
        /// UTF-8 text to sign; left out of the redacted form.
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        timeout_ms: u32,
    },
    Timeout {
        at: i64,
        wake: &'static str,
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
                ..
            } => Self::Request {
                id,
                kind,
                http: None,
                timeout_ms,
                checkpoint,
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
                timeout_ms,
            },
            Self::Done { outcome } => Self::Done {
                outcome: outcome.redacted(),
            },
            timeout @ Self::Timeout { .. } => timeout,
        }
    }
}

impl From<payment::Output> for Output {
    fn from(output: payment::Output) -> Self {
        match output {
            payment::Output::Request(request) => Self::Request {
                id: request.id.0,
                kind: request.kind.as_str(),
                http: Some(request.http.into()),
                timeout_ms: request.timeout_ms,
                checkpoint: request.checkpoint,
            },
            payment::Output::Sign(sign) => Self::Sign {
                id: sign.id.0,
                kind: sign.kind.as_str(),
                sign_type: sign.sign_type.as_str(),
                message: Some(sign.message),
                timeout_ms: sign.timeout_ms,
            },
            payment::Output::Timeout { at, wake } => Self::Timeout {
                at: at.unix_ms(),
                wake: wake.as_str(),
            },
            payment::Output::Done(outcome) => Self::Done {
                outcome: outcome.into(),
            },
        }
    }
}

/// An outcome, tagged by `type`: `paid`, `declined`, `closed`, `rejected`, `conflict` or `unresolved`.
#[derive(Clone, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of payment::Outcome")]
pub enum Outcome {
    Paid {
        trade: Trade,
        late: bool,
    },
    Declined {
        reason: &'static str,
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
        reason: &'static str,
        sub_code: Option<String>,
    },
    Unresolved {
        reason: &'static str,
        sub_code: Option<String>,
    },
}

impl Outcome {
    /// The outcome without the trade's document, which holds the buyer's ids.
    #[must_use]
    pub fn redacted(self) -> Self {
        match self {
            Self::Paid { trade, late } => Self::Paid {
                trade: Trade {
                    document: None,
                    ..trade
                },
                late,
            },
            other => other,
        }
    }
}

impl From<payment::Outcome> for Outcome {
    fn from(outcome: payment::Outcome) -> Self {
        match outcome {
            payment::Outcome::Paid { trade, late } => Self::Paid {
                trade: trade.into(),
                late,
            },
            payment::Outcome::Declined {
                reason,
                code,
                sub_code,
                display,
            } => Self::Declined {
                reason: reason.as_str(),
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
            payment::Outcome::Conflict { reason, sub_code } => Self::Conflict {
                reason: reason.as_str(),
                sub_code,
            },
            payment::Outcome::Unresolved { reason, sub_code } => Self::Unresolved {
                reason: reason.as_str(),
                sub_code,
            },
        }
    }
}

/// A paid trade.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of payment::Trade")]
pub struct Trade {
    pub out_trade_no: String,
    pub trade_no: Option<String>,
    pub total_amount: String,
    pub receipt_amount: Option<String>,
    pub paid_at: Option<i64>,
    /// What Alipay said, in Alipay's own words; left out of the redacted form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Box<RawValue>>,
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
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of payment::Heard")]
pub struct Heard {
    pub verified: bool,
    pub problem: Option<&'static str>,
    pub code: Option<String>,
    pub sub_code: Option<String>,
    pub sub_msg: Option<String>,
    pub trade_status: Option<String>,
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
        } = heard.clone();
        Self {
            verified,
            problem: problem.map(payment::Problem::as_str),
            code,
            sub_code,
            sub_msg,
            trade_status,
        }
    }
}

/// What happened: `{"type":"response",…}`, `failure`, `signature`, `notify` (the raw body) or `cancel`.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[allow(missing_docs, reason = "the fields are those of payment::Input")]
pub enum Input {
    Response { id: u32, status: u16, body: Bytes },
    Failure { id: u32, failure: String },
    Signature { id: u32, signature: Bytes },
    Notify { body: Bytes },
    Cancel {},
}

impl Input {
    /// Feeds this input to a payment. A notification's body is verified first.
    ///
    /// # Errors
    /// Those of [`payment::Payment::handle_input`] and [`Merchant::verify_notify`]; `field_type` for an unknown failure.
    pub fn apply(
        &self,
        payment: &mut payment::Payment,
        merchant: &Merchant,
        now: crate::Timestamp,
    ) -> Result<(), Error> {
        match self {
            Self::Response { id, status, body } => {
                let response = http::HttpResponse {
                    status: *status,
                    body: body.0.clone(),
                };
                payment.handle_input(
                    payment::Input::Response {
                        id: payment::RequestId(*id),
                        response: &response,
                    },
                    now,
                )
            }
            Self::Failure { id, failure } => {
                let failure = payment::Failure::from_word(failure)
                    .ok_or_else(|| Error::about(ErrorCode::FieldType, "failure"))?;
                payment.handle_input(
                    payment::Input::Failure {
                        id: payment::RequestId(*id),
                        failure,
                    },
                    now,
                )
            }
            Self::Signature { id, signature } => payment.handle_input(
                payment::Input::Signature {
                    id: payment::RequestId(*id),
                    signature: &signature.0,
                },
                now,
            ),
            Self::Notify { body } => {
                let notify = merchant.verify_notify(&body.0)?;
                payment.handle_input(payment::Input::Notify(&notify), now)
            }
            Self::Cancel {} => payment.handle_input(payment::Input::Cancel, now),
        }
    }
}
