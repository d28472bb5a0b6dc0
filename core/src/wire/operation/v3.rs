//! Operations of OpenAPI v3.
#![allow(
    clippy::needless_pass_by_value,
    reason = "the table of operations gives its inputs away"
)]

use super::super::{Bytes, Pairs, SignType};
use crate::{
    error::Error,
    http::HttpResponse,
    merchant::Merchant,
    multipart::File,
    sign,
    time::Timestamp,
    v3::{self, Freshness},
};
use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, vec::Vec};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// One call of OpenAPI v3.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct V3Call {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    #[cfg_attr(
        feature = "typescript",
        ts(type = "\"GET\" | \"POST\" | \"PUT\" | \"PATCH\" | \"DELETE\"")
    )]
    pub method: String,
    /// Such as `/v3/alipay/trade/query`; it may have a query.
    pub path: String,
    /// Parameters for the query, to be percent-encoded.
    #[serde(default)]
    pub query: Option<Pairs>,
    /// The body: one JSON object, sent and signed exactly as it is here; or blank.
    #[serde(default)]
    pub body: Option<String>,
    /// Files: the body becomes `multipart/form-data`, with the JSON as its part `data`.
    #[serde(default)]
    pub files: Option<Vec<V3File>>,
    /// Another authorisation than the merchant's; blank for none.
    #[serde(default)]
    pub app_auth_token: Option<String>,
    /// Send the body as it is, also if the merchant has an AES key.
    #[serde(default)]
    pub plain: Option<bool>,
    /// New for every request: a UUID, for instance.
    pub nonce: String,
    /// Unix milliseconds.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub now: i64,
    /// The raw signature over what `v3Prepare` gave for the same input, where the key is elsewhere.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(optional, type = "string"))]
    pub signature: Option<Bytes>,
}

/// A file of a form.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct V3File {
    /// The field, such as `image_content`.
    pub name: String,
    /// The file's name.
    pub file_name: String,
    /// Such as `image/jpeg`.
    pub content_type: String,
    /// Its bytes.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub content: Bytes,
}

/// A request for the host to send, byte for byte.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct V3Request {
    /// The HTTP method.
    pub method: &'static str,
    /// Absolute URL.
    pub url: String,
    /// Header names (lower case) and values.
    #[cfg_attr(feature = "typescript", ts(type = "Record<string, string>"))]
    pub headers: BTreeMap<&'static str, String>,
    /// The body; empty for none.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub body: Bytes,
}

/// What came back over v3.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct V3Response {
    /// The HTTP status.
    pub status: u16,
    /// Header names, in any case, and values.
    pub headers: Pairs,
    /// The body's bytes.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub body: Bytes,
    /// With `windowMs`: the host's clock, Unix milliseconds.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(optional, type = "number"))]
    pub now: Option<i64>,
    /// How far the answer's own time may be from `now`, in milliseconds; without it, any age will do.
    #[serde(default)]
    pub window_ms: Option<u32>,
}

/// An answer over v3.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct V3Answer {
    /// Whether it is a success; that is always verified.
    pub success: bool,
    /// Whether Alipay's signature covers it. If not, it is an error that anybody may have written.
    pub verified: bool,
    /// The HTTP status.
    pub status: u16,
    /// The body's JSON text, decrypted; empty if there is none.
    pub body: String,
    /// An error's code.
    pub code: Option<String>,
    /// An error's message.
    pub message: Option<String>,
    /// An error's links to help, as JSON text.
    pub links: Option<String>,
    /// When Alipay signed it, Unix milliseconds.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub timestamp: Option<i64>,
    /// What Alipay drew for this answer: the same one twice is a replay.
    pub nonce: Option<String>,
}

impl V3Call {
    fn prepare(self, merchant: &Merchant) -> Result<v3::Prepared, Error> {
        let mut call = v3::Call::new(self.method.parse()?, self.path, self.body.unwrap_or_default())?;
        for (name, value) in self.query.iter().flatten() {
            call = call.query(name, value);
        }
        for file in self.files.into_iter().flatten() {
            call = call.file(File::new(
                file.name,
                file.file_name,
                file.content_type,
                file.content.0,
            )?)?;
        }
        if let Some(token) = &self.app_auth_token {
            call = call.app_auth_token(token)?;
        }
        if self.plain == Some(true) {
            call = call.plain();
        }
        merchant.prepare_v3(&call, &self.nonce, Timestamp::from_unix_ms(self.now)?)
    }
}

/// What is to be signed elsewhere of a call of v3.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct V3Prepared {
    /// The text whose UTF-8 bytes are to be signed. Holds the whole body.
    pub string_to_sign: String,
    /// Always `RSA2`.
    pub sign_type: SignType,
}

pub(super) fn prepare(merchant: &Merchant, input: V3Call) -> Result<V3Prepared, Error> {
    let prepared = input.prepare(merchant)?;
    Ok(V3Prepared {
        string_to_sign: prepared.string_to_sign().to_owned(),
        sign_type: SignType::from(sign::SignType::Rsa2),
    })
}

pub(super) fn request(merchant: &Merchant, mut input: V3Call) -> Result<V3Request, Error> {
    let signature = input.signature.take();
    let prepared = input.prepare(merchant)?;
    let signature = match signature {
        Some(signature) => signature.0,
        None => merchant.sign(prepared.string_to_sign().as_bytes(), sign::SignType::Rsa2)?,
    };
    let request = prepared.finish(&signature)?;
    Ok(V3Request {
        method: request.method.as_str(),
        url: request.url,
        headers: request.headers.into_iter().collect(),
        body: Bytes(request.body),
    })
}

pub(super) fn open(merchant: &Merchant, input: V3Response) -> Result<V3Answer, Error> {
    let freshness = match (input.now, input.window_ms) {
        (Some(now), Some(window)) => Some(Freshness {
            now: Timestamp::from_unix_ms(now)?,
            window: Duration::from_millis(window.into()),
        }),
        (None, None) => None,
        _ => return Err(Error::about(crate::ErrorCode::FieldConflict, "windowMs")),
    };
    let response = HttpResponse {
        status: input.status,
        headers: input.headers,
        body: input.body.0,
    };
    let answer = merchant.open_v3(&response, freshness)?;
    let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
    Ok(V3Answer {
        success: answer.is_success(),
        verified: answer.is_verified(),
        status: answer.status(),
        body: answer.body().to_owned(),
        code: owned(answer.code()),
        message: owned(answer.message()),
        links: owned(answer.links()),
        timestamp: answer.timestamp().map(Timestamp::unix_ms),
        nonce: owned(answer.nonce()),
    })
}
