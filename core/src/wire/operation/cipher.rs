//! Operations of content encryption.
#![allow(
    clippy::needless_pass_by_value,
    reason = "the table of operations gives its inputs away"
)]

use crate::{
    cipher::ContentKey,
    error::{Error, ErrorCode},
    merchant::Merchant,
};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// A text and the AES key for it.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyedText {
    /// Base64 of 16 bytes.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    #[serde(deserialize_with = "crate::json::deserialize_secret")]
    pub encrypt_key: zeroize::Zeroizing<String>,
    /// The text to encrypt, or the base64 to decrypt.
    pub text: String,
}

/// A text.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Text {
    /// The text, or base64 of what was encrypted.
    pub text: String,
}

/// What a mini program was given.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EncryptedPayload {
    /// Its `response`: base64.
    pub response: String,
    /// Its `sign`. Without one, nothing but the AES key says that the content is Alipay's.
    #[serde(default)]
    pub sign: Option<String>,
}

pub(super) fn encrypt(input: KeyedText) -> Result<Text, Error> {
    let key = ContentKey::parse(&input.encrypt_key)?;
    Ok(Text {
        text: key.encrypt(input.text.as_bytes()),
    })
}

pub(super) fn decrypt(input: KeyedText) -> Result<Text, Error> {
    let bytes = ContentKey::parse(&input.encrypt_key)?.decrypt(&input.text)?;
    let text = String::from_utf8(bytes).map_err(|_| ErrorCode::DecryptionFailed)?;
    Ok(Text { text })
}

pub(super) fn decrypt_payload(merchant: &Merchant, input: EncryptedPayload) -> Result<Text, Error> {
    let text = merchant.decrypt_payload(&input.response, input.sign.as_deref())?;
    Ok(Text { text })
}
