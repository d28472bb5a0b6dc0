//! The wire model: the one JSON form of the machine's inputs and outputs.
//!
//! The golden vectors, the command line's `--json` and the JavaScript bindings speak it. Our own words are camelCase,
//! unions are tagged by `type`, money is a string in yuan, times are Unix milliseconds, bytes are standard base64. A
//! record of Alipay's (an order, a trade's document) keeps Alipay's field names.
//!
//! An output may hold an auth_code (in a request's body, in a message to sign): it is for the host, not for a log.
//! [`Output::redacted`] is for logs.

mod machine;

pub use machine::{Heard, HttpRequest, Input, Outcome, Output, Trade};

use crate::{
    Merchant,
    error::{Error, ErrorCode},
    key::{PrivateKey, PublicKey},
    payment,
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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
