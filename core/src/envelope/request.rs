//! A request: what is called, what is signed, what is sent.

use crate::{
    canonical,
    charset::Charset,
    error::{Error, ErrorCode},
    form,
    http::HttpRequest,
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
pub(super) type Encoded = (Cow<'static, [u8]>, Cow<'static, [u8]>);

/// A request that only lacks its signature.
#[derive(Clone)]
pub struct Prepared {
    pub(super) url: String,
    sign_type: SignType,
    pub(super) charset: Charset,
    /// Everything that is signed, without `sign`, sorted, in the charset.
    pub(super) parameters: Vec<Encoded>,
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
}
