//! One exchange with the gateway: build a signed request; verify the response **before** anything in it is parsed.
//!
//! Protocol, sections 1 and 2. A request takes one step where the key is in this process ([`Merchant::request`]) and
//! two where it lives elsewhere ([`Merchant::prepare`], [`Prepared::finish`]).

mod page;
mod request;
mod scan;

pub use page::{FORM_ID, FormSubmit};
pub(crate) use request::signature_text;
pub use request::{Call, Prepared};
pub(crate) use scan::Envelope;

use crate::{
    canonical,
    charset::{Charset, starts_with_pair},
    error::{Error, ErrorCode},
    http::HttpResponse,
    json::Object,
    merchant::Merchant,
    sign::{self, SignType, Verifier},
};
use alloc::{borrow::Cow, string::String, vec::Vec};
use core::fmt;

/// Responses above this size are refused unread.
pub const MAX_RESPONSE_BYTES: usize = 1 << 20;

impl Merchant {
    /// Verifies the response to a call of `method`, then reads it.
    ///
    /// A verified answer may still be a refusal: see [`Answer::code`]. An unsigned *failure* is returned too, marked as
    /// not verified; it proves nothing.
    ///
    /// # Errors
    /// `response_too_large`, `response_status`, `response_not_json`, `response_no_node`, `response_duplicate`,
    /// `signature_missing`, `signature_format`, `alipay_cert_unknown` about the SN (certificate mode), `signature_invalid`, `content_key_missing`,
    /// `decryption_failed`. Nothing of such a
    /// body may be believed.
    pub fn open(&self, method: &str, response: &HttpResponse) -> Result<Answer, Error> {
        if response.body.len() > MAX_RESPONSE_BYTES {
            return Err(ErrorCode::ResponseTooLarge.into());
        }
        if !(200..300).contains(&response.status) {
            return Err(ErrorCode::ResponseStatus.into());
        }
        let utf8 = || core::str::from_utf8(&response.body).is_ok();
        if self.charset() == Charset::Utf8 {
            // Some error bodies come back GBK even so.
            return self.open_as(method, &response.body, Charset::Utf8, !utf8());
        }
        let opened = self.open_as(method, &response.body, self.charset(), true);
        if opened.is_err() && !response.body.is_ascii() && utf8() {
            // Written by somebody who never read our charset; the signature says whether this reading is right.
            let again = self.open_as(method, &response.body, Charset::Utf8, false);
            return again.or(opened);
        }
        opened
    }

    /// Opens a body that is scanned as GBK's pairs or as UTF-8, and whose node is in this charset if it can be.
    fn open_as(&self, method: &str, body: &[u8], charset: Charset, pairs: bool) -> Result<Answer, Error> {
        let envelope = Envelope::read(body, method, pairs)?;
        // Content is only decrypted once its signature is verified.
        let encrypted = envelope.node.starts_with(b"\"");
        let Some(sign) = &envelope.sign else {
            if encrypted {
                return Err(ErrorCode::SignatureMissing.into());
            }
            let answer = Answer::read(envelope.node_text(charset), false)?;
            return if answer.is_failure() {
                Ok(answer)
            } else {
                Err(ErrorCode::SignatureMissing.into())
            };
        };
        let signature = sign::from_base64(sign)?;
        let verifier = self.verifier_of(envelope.cert_sn.as_deref())?;
        self.verify_node(verifier, envelope.node, &signature, pairs)?;
        if encrypted {
            let text: String =
                serde_json::from_slice(envelope.node).map_err(|_| ErrorCode::ResponseNotJson)?;
            return Answer::read(Cow::Owned(self.decrypt(&text, charset)?), true);
        }
        Answer::read(envelope.node_text(charset), true)
    }

    /// Checks the signature over the node's raw bytes; if it fails and they hold `\/`, once more with `/` instead, as
    /// the official SDK does.
    fn verify_node(
        &self,
        verifier: &dyn Verifier,
        node: &[u8],
        signature: &[u8],
        pairs: bool,
    ) -> Result<(), Error> {
        let first = self.verify_response(verifier, node, signature);
        if first.is_ok() || !node.windows(2).any(|pair| pair == br"\/") {
            return first;
        }
        let mut unescaped = Vec::with_capacity(node.len());
        let mut rest = node;
        // Escapes and pairs are taken whole, so that the second half of `\\` never escapes the slash behind it.
        while let [byte, behind @ ..] = rest {
            let taken = match (byte, behind) {
                (b'\\', [b'/', ..]) => {
                    unescaped.push(b'/');
                    rest = behind.get(1..).unwrap_or_default();
                    continue;
                }
                (b'\\', [_, ..]) => 2,
                _ if pairs && starts_with_pair(rest) => 2,
                _ => 1,
            };
            let (taken, behind) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
            unescaped.extend_from_slice(taken);
            rest = behind;
        }
        self.verify_response(verifier, &unescaped, signature)
    }

    /// The gateway answers with the request's algorithm. A merchant that still uses SHA-1 also believes the stronger one;
    /// the other way round is the downgrade that must never be.
    fn verify_response(&self, verifier: &dyn Verifier, node: &[u8], signature: &[u8]) -> Result<(), Error> {
        let checked = verifier.verify(self.sign_type(), node, signature);
        match self.sign_type() {
            SignType::Rsa2 => checked,
            SignType::Rsa => checked.or_else(|_| verifier.verify(SignType::Rsa2, node, signature)),
        }
    }
}

/// The gateway's answer: the node of the response, and what every node has in common.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    node: String,
    verified: bool,
    code: Option<String>,
    msg: Option<String>,
    sub_code: Option<String>,
    sub_msg: Option<String>,
}

impl Answer {
    fn read(node: Cow<'_, str>, verified: bool) -> Result<Self, Error> {
        let members = Object::parse(&node).map_err(|_| ErrorCode::ResponseNotJson)?;
        let [code, msg, sub_code, sub_msg] =
            ["code", "msg", "sub_code", "sub_msg"].map(|name| members.text(name));
        Ok(Self {
            node: node.into_owned(),
            verified,
            code,
            msg,
            sub_code,
            sub_msg,
        })
    }

    /// Whether Alipay's signature covers this answer. If not, it is a failure that anybody may have written.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// The gateway's code (网关返回码), such as `10000`. Some old methods have none.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The gateway's message.
    #[must_use]
    pub fn msg(&self) -> Option<&str> {
        self.msg.as_deref()
    }

    /// The business code (业务返回码), such as `ACQ.TRADE_HAS_SUCCESS`; `None` also when it is blank.
    #[must_use]
    pub fn sub_code(&self) -> Option<&str> {
        self.sub_code.as_deref().filter(|text| !canonical::is_blank(text))
    }

    /// The business message. That of `isv.invalid-signature` repeats the whole request: don't log it.
    #[must_use]
    pub fn sub_msg(&self) -> Option<&str> {
        self.sub_msg.as_deref()
    }

    /// Whether the code is `10000`.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code() == Some("10000")
    }

    /// Whether the code is one of the documented failures (2xxxx or 4xxxx).
    fn is_failure(&self) -> bool {
        self.code()
            .is_some_and(|code| code.len() == 5 && (code.starts_with('2') || code.starts_with('4')))
    }

    /// The node's JSON text: what was signed, decoded.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("verified", &self.verified)
            .field("code", &self.code)
            .field("sub_code", &self.sub_code)
            .finish_non_exhaustive()
    }
}
