//! One exchange with the gateway: build a signed request; verify the response **before** anything in it is parsed.
//!
//! Protocol, sections 1 and 2. A request takes one step where the key is in this process ([`Merchant::request`]) and
//! two where it lives elsewhere ([`Merchant::prepare`], [`Prepared::finish`]).

mod page;
mod scan;

pub use page::{FORM_ID, FormSubmit};
pub(crate) use scan::Envelope;

use crate::{
    canonical,
    charset::{Charset, starts_with_pair},
    error::{Error, ErrorCode},
    form,
    http::{HttpRequest, HttpResponse},
    json::Object,
    merchant::Merchant,
    sign::{self, SignType, Verifier},
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
const RESERVED: [&str; 12] = [
    "app_id",
    "method",
    "format",
    "charset",
    "sign_type",
    "sign",
    "timestamp",
    "version",
    "biz_content",
    "app_cert_sn",
    "alipay_root_cert_sn",
    "encrypt_type",
];

/// One call of any method: its name, its `biz_content` as exact JSON text, and further public parameters.
#[derive(Clone)]
pub struct Call {
    method: Cow<'static, str>,
    biz_content: String,
    parameters: Vec<(String, String)>,
    plain: bool,
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
            plain: false,
        })
    }

    /// Skips the checks for text that the library itself wrote.
    pub(crate) fn own(method: &'static str, biz_content: String) -> Self {
        Self {
            method: Cow::Borrowed(method),
            biz_content,
            parameters: Vec::new(),
            plain: false,
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

    /// Sends this call's `biz_content` as it is, also if the merchant has an AES key: for methods that can't be encrypted.
    #[must_use]
    pub fn plain(self) -> Self {
        Self { plain: true, ..self }
    }

    /// The `biz_content`, exactly as it is sent unless it is encrypted. That of a pay holds the auth_code: don't log it.
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
/// The same in the request's charset.
type Encoded = (Cow<'static, [u8]>, Cow<'static, [u8]>);

/// A request that only lacks its signature.
#[derive(Clone)]
pub struct Prepared {
    url: String,
    sign_type: SignType,
    charset: Charset,
    /// Everything that is signed, without `sign`, sorted, in the charset.
    parameters: Vec<Encoded>,
    string_to_sign: String,
    /// Where they are others than the string's own.
    bytes_to_sign: Option<Vec<u8>>,
}

impl Prepared {
    /// The string to be signed (待签名字符串), to be looked at. Holds the whole `biz_content`.
    #[must_use]
    pub fn string_to_sign(&self) -> &str {
        &self.string_to_sign
    }

    /// The same in the request's charset: the bytes to be signed with [`Prepared::sign_type`].
    #[must_use]
    pub fn bytes_to_sign(&self) -> &[u8] {
        self.bytes_to_sign
            .as_deref()
            .unwrap_or(self.string_to_sign.as_bytes())
    }

    /// String and bytes, for a signer elsewhere.
    pub(crate) fn to_be_signed(&self) -> (String, Vec<u8>) {
        (self.string_to_sign.clone(), self.bytes_to_sign().to_vec())
    }

    /// The algorithm to sign with.
    #[must_use]
    pub fn sign_type(&self) -> SignType {
        self.sign_type
    }

    /// Adds the raw signature over [`Prepared::bytes_to_sign`].
    ///
    /// # Errors
    /// `signature_format` unless the signature has 128 to 512 bytes, as those of accepted keys do.
    pub fn finish(self, signature: &[u8]) -> Result<HttpRequest, Error> {
        let sign = signature_text(signature)?;
        // `charset` travels in the URL: without it there, the gateway decodes the body as GBK.
        let fields = self
            .parameters
            .iter()
            .filter(|(name, _)| &**name != b"charset")
            .map(|(name, value)| (&**name, &**value));
        let body =
            form::encode_bytes(self.charset, fields.chain([(&b"sign"[..], sign.as_bytes())])).into_bytes();
        let mut content_type = String::from("application/x-www-form-urlencoded;charset=");
        content_type.push_str(self.charset.as_str());
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

/// A signature from elsewhere as it is sent.
pub(crate) fn signature_text(signature: &[u8]) -> Result<String, Error> {
    if (128..=512).contains(&signature.len()) {
        Ok(sign::to_base64(signature))
    } else {
        Err(ErrorCode::SignatureFormat.into())
    }
}

fn encode(charset: Charset, parameters: Vec<Parameter>) -> Result<Vec<Encoded>, Error> {
    let encoded = |name: &str, text: Cow<'static, str>| match (charset, text) {
        (Charset::Utf8, Cow::Borrowed(text)) => Ok(Cow::Borrowed(text.as_bytes())),
        (Charset::Utf8, Cow::Owned(text)) => Ok(Cow::Owned(text.into_bytes())),
        (_, Cow::Owned(text)) if text.is_ascii() => Ok(Cow::Owned(text.into_bytes())),
        (_, text) => match charset.encode(&text) {
            Ok(bytes) => Ok(Cow::Owned(bytes.into_owned())),
            Err(error) => Err(Error::about(error.code(), name.to_string())),
        },
    };
    let mut out = Vec::with_capacity(parameters.len());
    for (name, value) in parameters {
        let value = encoded(&name, value)?;
        out.push((encoded(&name.clone(), name)?, value));
    }
    Ok(out)
}

impl Merchant {
    /// Builds everything of a request but its signature.
    ///
    /// # Errors
    /// `charset_unmappable` with the parameter's name if it can't be written in the merchant's charset. In a `biz_content` of
    /// your own, such a character can be given as JSON's `\u` escape.
    pub fn prepare(&self, call: &Call, now: Timestamp) -> Result<Prepared, Error> {
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
        add("charset", Cow::Borrowed(self.charset().as_str()));
        add("sign_type", Cow::Borrowed(self.sign_type().as_str()));
        add("timestamp", Cow::Owned(now.to_beijing()));
        add("version", Cow::Borrowed("1.0"));
        if let Some(certificates) = self.certificates() {
            add("app_cert_sn", owned(certificates.app_cert_sn()));
            add("alipay_root_cert_sn", owned(certificates.root_cert_sn()));
        }
        add("notify_url", owned(self.notify_url().unwrap_or_default()));
        add("app_auth_token", owned(self.app_auth_token().unwrap_or_default()));
        let key = self
            .content_key()
            .filter(|_| !call.plain && !canonical::is_blank(&call.biz_content));
        match key {
            Some(key) => {
                add("encrypt_type", Cow::Borrowed("AES"));
                add(
                    "biz_content",
                    Cow::Owned(key.encrypt(call.biz_content.as_bytes())),
                );
            }
            None => add("biz_content", owned(&call.biz_content)),
        }
        let further = call
            .parameters
            .iter()
            .filter(|(_, value)| !canonical::is_blank(value));
        parameters.extend(further.map(|(name, value)| (Cow::Owned(name.clone()), Cow::Owned(value.clone()))));
        parameters.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        // Sorted by key and free of blanks: only to be joined.
        let string_to_sign = canonical::join(parameters.iter().map(|(name, value)| (&**name, &**value)));
        let parameters = encode(self.charset(), parameters)?;
        let bytes_to_sign = (self.charset() != Charset::Utf8)
            .then(|| canonical::join_bytes(parameters.iter().map(|(name, value)| (&**name, &**value))));
        let mut url = String::with_capacity(self.gateway().len().saturating_add(16));
        url.push_str(self.gateway());
        url.push_str("?charset=");
        url.push_str(self.charset().as_str());
        Ok(Prepared {
            url,
            sign_type: self.sign_type(),
            charset: self.charset(),
            parameters,
            string_to_sign,
            bytes_to_sign,
        })
    }

    /// Builds and signs a request in one step.
    ///
    /// # Errors
    /// Those of [`Merchant::prepare`], `signer_external` if the key lives elsewhere, `signing_failed`.
    pub fn request(&self, call: &Call, now: Timestamp) -> Result<HttpRequest, Error> {
        let prepared = self.prepare(call, now)?;
        let signature = self.sign(prepared.bytes_to_sign(), prepared.sign_type)?;
        prepared.finish(&signature)
    }

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
