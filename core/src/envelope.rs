//! One exchange with the gateway: build a signed request; verify the response **before** anything in it is parsed.
//!
//! Protocol, sections 1 and 2. A request takes one step where the key is in this process ([`Merchant::request`]) and
//! two where it lives elsewhere ([`Merchant::prepare`], [`Prepared::finish`]).

mod scan;

use crate::{
    canonical,
    error::{Error, ErrorCode},
    form,
    http::{HttpRequest, HttpResponse},
    json::Object,
    merchant::Merchant,
    sign::{self, SignType},
    time::Timestamp,
};
use alloc::{
    borrow::Cow,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

/// Responses above this size are refused unread.
pub const MAX_RESPONSE_BYTES: usize = 1 << 20;

/// Public parameters that only the library sets.
const RESERVED: [&str; 9] = [
    "app_id",
    "method",
    "format",
    "charset",
    "sign_type",
    "sign",
    "timestamp",
    "version",
    "biz_content",
];

/// One call of any method: its name, its `biz_content` as exact JSON text, and further public parameters.
#[derive(Clone)]
pub struct Call {
    method: Cow<'static, str>,
    biz_content: String,
    parameters: Vec<(String, String)>,
}

impl Call {
    /// A call of any method, typed or not. `biz_content` is sent and signed exactly as given.
    ///
    /// # Errors
    /// `method_name`; `json_syntax` if `biz_content` is neither blank nor one JSON object.
    pub fn new(method: impl Into<Cow<'static, str>>, biz_content: impl Into<String>) -> Result<Self, Error> {
        let (method, biz_content) = (method.into(), biz_content.into());
        let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_');
        if method.is_empty() || method.len() > 128 || !method.bytes().all(name) {
            return Err(ErrorCode::MethodName.into());
        }
        if !canonical::is_blank(&biz_content) {
            Object::parse(&biz_content).map_err(|error| error.or_about("biz_content"))?;
        }
        Ok(Self {
            method,
            biz_content,
            parameters: Vec::new(),
        })
    }

    /// Skips the checks for text that the library itself wrote.
    pub(crate) fn own(method: &'static str, biz_content: String) -> Self {
        Self {
            method: Cow::Borrowed(method),
            biz_content,
            parameters: Vec::new(),
        }
    }

    /// Adds a public parameter such as `return_url`, or overrides the merchant's `notify_url` or `app_auth_token` for this
    /// call. A later value replaces an earlier one; a blank value is neither signed nor sent.
    ///
    /// # Errors
    /// `parameter_reserved` with the name, for those that the library sets itself.
    pub fn parameter(mut self, name: &str, value: &str) -> Result<Self, Error> {
        if RESERVED.contains(&name) || name.is_empty() {
            return Err(Error::about(ErrorCode::ParameterReserved, name.to_string()));
        }
        self.parameters.retain(|(known, _)| known != name);
        self.parameters.push((name.into(), value.into()));
        Ok(self)
    }

    /// The `biz_content`, exactly as it is sent. That of a pay holds the auth_code: don't log it.
    #[must_use]
    pub fn biz_content(&self) -> &str {
        &self.biz_content
    }

    /// The method's name, such as `alipay.trade.pay`.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({}, {} bytes)", self.method, self.biz_content.len())
    }
}

/// Name and value; most of them are known words.
type Parameter = (Cow<'static, str>, Cow<'static, str>);

/// A request that only lacks its signature.
#[derive(Clone)]
pub struct Prepared {
    url: String,
    sign_type: SignType,
    /// Everything that is signed, without `sign`, sorted.
    parameters: Vec<Parameter>,
    string_to_sign: String,
}

impl Prepared {
    /// The bytes to be signed with [`Prepared::sign_type`], in the request's charset (UTF-8). Holds the whole `biz_content`.
    #[must_use]
    pub fn string_to_sign(&self) -> &str {
        &self.string_to_sign
    }

    /// The algorithm to sign with.
    #[must_use]
    pub fn sign_type(&self) -> SignType {
        self.sign_type
    }

    /// Adds the raw signature over [`Prepared::string_to_sign`].
    ///
    /// # Errors
    /// `signature_format` unless the signature has 128 to 512 bytes, as those of accepted keys do.
    pub fn finish(self, signature: &[u8]) -> Result<HttpRequest, Error> {
        if !(128..=512).contains(&signature.len()) {
            return Err(ErrorCode::SignatureFormat.into());
        }
        let sign = sign::to_base64(signature);
        // `charset` travels in the URL: without it there, the gateway decodes the body as GBK.
        let fields = self
            .parameters
            .iter()
            .filter(|(name, _)| name != "charset")
            .map(|(name, value)| (&**name, &**value));
        let body = form::encode(fields.chain([("sign", &*sign)])).into_bytes();
        let content_type = String::from("application/x-www-form-urlencoded;charset=utf-8");
        Ok(HttpRequest {
            url: self.url,
            headers: alloc::vec![("content-type", content_type)],
            body,
        })
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({} parameters)", self.parameters.len())
    }
}

impl Merchant {
    /// Builds everything of a request but its signature.
    #[must_use]
    pub fn prepare(&self, call: &Call, now: Timestamp) -> Prepared {
        let given = |name: &str| call.parameters.iter().any(|(known, _)| known == name);
        let mut parameters: Vec<Parameter> = Vec::with_capacity(12);
        let mut add = |name: &'static str, value: Cow<'static, str>| {
            if !given(name) && !canonical::is_blank(&value) {
                parameters.push((Cow::Borrowed(name), value));
            }
        };
        let owned = |text: &str| Cow::Owned(text.to_string());
        add("app_id", owned(self.app_id().as_str()));
        add("method", call.method.clone());
        add("format", Cow::Borrowed("JSON"));
        add("charset", Cow::Borrowed("utf-8"));
        add("sign_type", Cow::Borrowed(self.sign_type().as_str()));
        add("timestamp", Cow::Owned(now.to_beijing()));
        add("version", Cow::Borrowed("1.0"));
        add("notify_url", owned(self.notify_url().unwrap_or_default()));
        add("app_auth_token", owned(self.app_auth_token().unwrap_or_default()));
        add("biz_content", owned(&call.biz_content));
        let further = call
            .parameters
            .iter()
            .filter(|(_, value)| !canonical::is_blank(value));
        parameters.extend(further.map(|(name, value)| (Cow::Owned(name.clone()), Cow::Owned(value.clone()))));
        parameters.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        // Sorted by key and free of blanks: only to be joined.
        let string_to_sign = canonical::join(parameters.iter().map(|(name, value)| (&**name, &**value)));
        let mut url = String::with_capacity(self.gateway().len().saturating_add(14));
        url.push_str(self.gateway());
        url.push_str("?charset=utf-8");
        Prepared {
            url,
            sign_type: self.sign_type(),
            parameters,
            string_to_sign,
        }
    }

    /// Builds and signs a request in one step.
    ///
    /// # Errors
    /// `signer_external` if the key lives elsewhere, `signing_failed`.
    pub fn request(&self, call: &Call, now: Timestamp) -> Result<HttpRequest, Error> {
        let prepared = self.prepare(call, now);
        let signature = self.sign(prepared.string_to_sign.as_bytes(), prepared.sign_type)?;
        prepared.finish(&signature)
    }

    /// Verifies the response to a call of `method`, then reads it.
    ///
    /// A verified answer may still be a refusal: see [`Answer::code`]. An unsigned *failure* is returned too, marked as
    /// not verified; it proves nothing.
    ///
    /// # Errors
    /// `response_too_large`, `response_status`, `response_not_json`, `response_no_node`, `response_duplicate`,
    /// `signature_missing`, `signature_format`, `signature_invalid`. Nothing of such a body may be believed.
    pub fn open(&self, method: &str, response: &HttpResponse) -> Result<Answer, Error> {
        if response.body.len() > MAX_RESPONSE_BYTES {
            return Err(ErrorCode::ResponseTooLarge.into());
        }
        if !(200..300).contains(&response.status) {
            return Err(ErrorCode::ResponseStatus.into());
        }
        let envelope = scan::Envelope::read(&response.body, method)?;
        let Some(sign) = &envelope.sign else {
            let answer = Answer::read(envelope.node_text(), false)?;
            return if answer.is_failure() {
                Ok(answer)
            } else {
                Err(ErrorCode::SignatureMissing.into())
            };
        };
        let signature = sign::from_base64(sign)?;
        self.verify_node(envelope.node, &signature)?;
        Answer::read(envelope.node_text(), true)
    }

    /// Checks the signature over the node's raw bytes; if it fails and they hold `\/`, once more with `/` instead, as
    /// the official SDK does.
    fn verify_node(&self, node: &[u8], signature: &[u8]) -> Result<(), Error> {
        let first = self.verifier().verify(self.sign_type(), node, signature);
        if first.is_ok() || !node.windows(2).any(|pair| pair == br"\/") {
            return first;
        }
        let mut unescaped = Vec::with_capacity(node.len());
        let mut bytes = node.iter().copied();
        while let Some(byte) = bytes.next() {
            // An escape is taken whole, so that the second half of `\\` never escapes the slash behind it.
            match (byte, (byte == b'\\').then(|| bytes.next()).flatten()) {
                (_, Some(b'/')) => unescaped.push(b'/'),
                (byte, Some(escaped)) => unescaped.extend([byte, escaped]),
                (byte, None) => unescaped.push(byte),
            }
        }
        self.verifier().verify(self.sign_type(), &unescaped, signature)
    }
}

/// A response's node, as it stands in the body, and its signature, for a diagnosis.
pub(crate) fn node_and_sign<'a>(body: &'a [u8], method: &str) -> Result<(&'a [u8], Option<String>), Error> {
    if body.len() > MAX_RESPONSE_BYTES {
        return Err(ErrorCode::ResponseTooLarge.into());
    }
    let envelope = scan::Envelope::read(body, method)?;
    Ok((envelope.node, envelope.sign))
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
