//! The wire model: the one JSON form of the machine's inputs and outputs.
//!
//! The golden vectors, the command line's `--json` and every binding speak it. Our own words are camelCase,
//! unions are tagged by `type`, money is a string in yuan, times are Unix milliseconds, bytes are standard base64. A
//! record of Alipay's (an order, a trade's document) keeps Alipay's field names.
//!
//! An output may hold an auth_code (in a request's body, in a message to sign): it is for the host, not for a log.
//! [`Output::redacted`] is for logs.

mod calls;
pub mod engine;
mod machine;
pub mod operation;
mod options;
mod start;
mod words;

pub use calls::{
    AmountValue, Answer, BusinessCode, Call, ErrorCodeRow, FormFields, KeyInfo, KeyPair, Notify,
    NotifyVariant, Pairs, PaymentState, Prepared, error_codes,
};
pub use machine::{Heard, HttpRequest, Input, News, Outcome, Output, Trade};
pub use options::{MerchantOptions, Policy, PolicyPreset};
pub use start::{Restored, Start};
pub use words::{
    Actor, ApiVersion, Charset, Class, ConflictReason, DeclineReason, Failure, Fault, Phase, RequestKind,
    SignType, UnresolvedReason, Wake,
};
#[cfg(feature = "diagnose")]
pub use words::{DifferenceKind, Proof, Verdict};

use crate::error::Error;
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes, as standard base64 in JSON.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "Uint8Array"))]
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
    pub fault: Fault,
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
            fault: code.fault().into(),
            subject: error.subject().map(ToOwned::to_owned),
            message: code.message(),
        }
    }
}
