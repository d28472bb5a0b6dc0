//! What comes back over v3: verified by its headers before it is read.

use crate::{
    charset::Charset,
    envelope::MAX_RESPONSE_BYTES,
    error::{Error, ErrorCode},
    http::HttpResponse,
    json::Object,
    merchant::Merchant,
    sign::{self, SignType},
    time::Timestamp,
};
use alloc::{format, string::String};
use core::{fmt, time::Duration};

/// How old an answer may be, and how far the two clocks may differ. Remembering nonces is the host's part, see
/// [`Answer::nonce`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The host's clock.
    pub now: Timestamp,
    /// The largest difference to the answer's own time, in either direction.
    pub window: Duration,
}

/// An answer over v3. `Debug` does not show the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    verified: bool,
    body: String,
    code: Option<String>,
    message: Option<String>,
    links: Option<String>,
    timestamp: Option<Timestamp>,
    nonce: Option<String>,
}

impl Answer {
    /// Whether Alipay's signature covers this answer. If not, it is an error that anybody may have written.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// Whether the status is 2xx and the body is no error's. A success is always verified.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status) && self.code.is_none()
    }

    /// The HTTP status. No signature covers it, so an error's body under a 2xx is an error.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body's JSON text, decrypted; empty if there is none.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// An error's code, such as `ACQ.TRADE_NOT_EXIST`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// An error's message.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// An error's links to help, as JSON text.
    #[must_use]
    pub fn links(&self) -> Option<&str> {
        self.links.as_deref()
    }

    /// When Alipay signed it, if that is readable. Signed.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.timestamp
    }

    /// What Alipay drew for this answer: the same one twice is a replay. Signed.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("verified", &self.verified)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

impl Merchant {
    /// Verifies a v3 response, then reads it. With `freshness`, one that was signed too long ago is refused.
    ///
    /// A verified answer may still be an error: see [`Answer::code`]. An unsigned *error* is returned too, marked as not
    /// verified; it proves nothing.
    ///
    /// # Errors
    /// `response_too_large`, `response_status` (neither 2xx nor 4xx nor 5xx), `response_duplicate` for a header that stands twice, `signature_missing`,
    /// `signature_format`, `alipay_cert_unknown`, `signature_invalid`, `response_stale`, `content_key_missing`, `decryption_failed`,
    /// `response_not_json`. Nothing of such a response may be believed.
    pub fn open_v3(&self, response: &HttpResponse, freshness: Option<Freshness>) -> Result<Answer, Error> {
        if response.body.len() > MAX_RESPONSE_BYTES {
            return Err(ErrorCode::ResponseTooLarge.into());
        }
        let failed = (400..600).contains(&response.status);
        if !failed && !(200..300).contains(&response.status) {
            return Err(ErrorCode::ResponseStatus.into());
        }
        let says_encrypted = response
            .header("alipay-encrypt-type")?
            .is_some_and(|kind| kind.eq_ignore_ascii_case("AES"));
        let (verified, timestamp, nonce) = match response.header("alipay-signature")? {
            Some(signature) => {
                let (timestamp, nonce) = self.verify_v3(response, signature)?;
                (true, Some(timestamp), Some(nonce))
            }
            // An error that can't be read is none.
            None if failed && !says_encrypted => (false, None, None),
            None => return Err(ErrorCode::SignatureMissing.into()),
        };
        let timestamp = timestamp
            .and_then(|text| text.parse().ok())
            .and_then(|ms| Timestamp::from_unix_ms(ms).ok());
        if let Some(Freshness { now, window }) = freshness.filter(|_| verified) {
            let then = timestamp.ok_or(ErrorCode::ResponseStale)?;
            if now.saturating_since(then) > window || then.saturating_since(now) > window {
                return Err(ErrorCode::ResponseStale.into());
            }
        }
        let text = core::str::from_utf8(&response.body).map_err(|_| ErrorCode::ResponseNotJson)?;
        // That header is not signed either: with a key at hand, what is no object is a cipher.
        let object = text.is_empty() || text.trim_start().starts_with('{');
        let encrypted = says_encrypted || verified && !object && self.content_key().is_some();
        let body = if encrypted {
            self.decrypt(text.trim(), Charset::Utf8)?
        } else {
            String::from(text)
        };
        let [mut code, mut message, mut links] = [None, None, None];
        // A success may have no body at all; its members are the method's own.
        if failed || !body.is_empty() {
            let members = Object::parse(&body).map_err(|_| ErrorCode::ResponseNotJson)?;
            let is_error = ["code", "message", "links"]
                .iter()
                .all(|name| members.member(name).is_some());
            if failed || is_error {
                code = members.text("code");
                message = members.text("message");
                links = members.member("links").map(String::from);
            }
        }
        Ok(Answer {
            status: response.status,
            verified,
            body,
            code,
            message,
            links,
            timestamp,
            nonce: nonce.map(String::from),
        })
    }

    /// Checks the signature in the headers; the time and the nonce that it covers.
    fn verify_v3<'a>(
        &self,
        response: &'a HttpResponse,
        signature: &str,
    ) -> Result<(&'a str, &'a str), Error> {
        let signed = |name| {
            response
                .header(name)?
                .ok_or_else(|| Error::from(ErrorCode::SignatureMissing))
        };
        let (timestamp, nonce) = (signed("alipay-timestamp")?, signed("alipay-nonce")?);
        let signature = sign::from_base64(signature)?;
        let verifier = self.verifier_of(response.header("alipay-sn")?)?;
        let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
        message.extend_from_slice(&response.body);
        message.push(b'\n');
        verifier.verify(SignType::Rsa2, &message, &signature)?;
        Ok((timestamp, nonce))
    }
}
