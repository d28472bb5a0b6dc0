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
        Ok(Self::own(method, biz_content))
    }

    /// Skips the checks for text that the library itself wrote.
    pub(crate) fn own(method: impl Into<Cow<'static, str>>, biz_content: String) -> Self {
        Self {
            method: method.into(),
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

    /// Whether [`Call::plain`] was asked for.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.plain
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

/// Of the names and values that the bytes to be signed are joined of: what is sent is cut out of them.
type Lengths = Vec<(usize, usize)>;

/// A request that only lacks its signature.
#[derive(Clone)]
pub struct Prepared {
    pub(super) url: String,
    sign_type: SignType,
    pub(super) charset: Charset,
    bytes_to_sign: Vec<u8>,
    lengths: Lengths,
}

impl Prepared {
    /// The string to be signed (待签名字符串), to be looked at. Holds the whole `biz_content`.
    #[must_use]
    pub fn string_to_sign(&self) -> Cow<'_, str> {
        // What was encoded can be decoded.
        self.charset.decode(&self.bytes_to_sign).unwrap_or_default()
    }

    /// The same in the request's charset: the bytes to be signed with [`Prepared::sign_type`].
    #[must_use]
    pub fn bytes_to_sign(&self) -> &[u8] {
        &self.bytes_to_sign
    }

    /// Everything that is signed, without `sign`, sorted, in the charset.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = self.bytes_to_sign();
        self.lengths.iter().map(move |&(name, value)| {
            let (name, behind) = rest.split_at_checked(name).unwrap_or_default();
            let behind = behind.strip_prefix(b"=").unwrap_or_default();
            let (value, behind) = behind.split_at_checked(value).unwrap_or_default();
            rest = behind.strip_prefix(b"&").unwrap_or_default();
            (name, value)
        })
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
        let fields = self.fields().filter(|(name, _)| *name != b"charset");
        let body = form::body(self.charset, fields.chain([(&b"sign"[..], sign.as_bytes())]));
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
        write!(f, "Prepared({} parameters)", self.lengths.len())
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

/// Joins names and values in the charset; their lengths there.
fn join(charset: Charset, parameters: &[(&str, Cow<'_, str>)]) -> Result<(Vec<u8>, Lengths), Error> {
    let room =
        |(name, value): &(&str, Cow<'_, str>)| name.len().saturating_add(value.len()).saturating_add(2);
    let room = parameters.iter().map(room).fold(0, usize::saturating_add);
    let (mut out, mut lengths) = (Vec::with_capacity(room), Vec::with_capacity(parameters.len()));
    for (name, value) in parameters {
        if !out.is_empty() {
            out.push(b'&');
        }
        let about = |error: Error| Error::about(error.code(), name.to_string());
        let start = out.len();
        charset.encode_into(name, &mut out).map_err(about)?;
        let name_len = out.len().saturating_sub(start);
        out.push(b'=');
        let start = out.len();
        charset.encode_into(value, &mut out).map_err(about)?;
        lengths.push((name_len, out.len().saturating_sub(start)));
    }
    Ok((out, lengths))
}

impl Merchant {
    /// Builds everything of a request but its signature.
    ///
    /// # Errors
    /// `charset_unmappable` with the parameter's name if it can't be written in the merchant's charset. In a `biz_content` of
    /// your own, such a character can be given as JSON's `\u` escape.
    pub fn prepare(&self, call: &Call, now: Timestamp) -> Result<Prepared, Error> {
        let given = |name: &str| call.parameters.iter().any(|(known, _)| known == name);
        let (app_cert_sn, root_cert_sn) = self
            .certificates()
            .map_or(("", ""), |own| (own.app_cert_sn(), own.root_cert_sn()));
        let key = self
            .content_key()
            .filter(|_| !call.plain && !canonical::is_blank(&call.biz_content));
        let (encrypt_type, biz_content) = match key {
            Some(key) => ("AES", Cow::Owned(self.encrypt(key, &call.biz_content)?)),
            None => ("", Cow::Borrowed(&*call.biz_content)),
        };
        let own = [
            ("app_id", self.app_id().as_str().into()),
            ("method", (*call.method).into()),
            ("format", "JSON".into()),
            ("charset", self.charset().as_str().into()),
            ("sign_type", self.sign_type().as_str().into()),
            ("timestamp", now.to_beijing().into()),
            ("version", "1.0".into()),
            ("app_cert_sn", app_cert_sn.into()),
            ("alipay_root_cert_sn", root_cert_sn.into()),
            ("notify_url", self.notify_url().unwrap_or_default().into()),
            ("app_auth_token", self.app_auth_token().unwrap_or_default().into()),
            ("encrypt_type", encrypt_type.into()),
            ("biz_content", biz_content),
        ];
        let further = call.parameters.iter();
        let mut parameters: Vec<(&str, Cow<'_, str>)> = own
            .into_iter()
            .filter(|(name, _)| !given(name))
            .chain(further.map(|(name, value)| (&**name, (&**value).into())))
            .filter(|(_, value)| !canonical::is_blank(value))
            .collect();
        parameters.sort_unstable_by_key(|(name, _)| *name);
        // Sorted by key and free of blanks: only to be joined.
        let (bytes_to_sign, lengths) = join(self.charset(), &parameters)?;
        let mut url = String::with_capacity(self.gateway().len().saturating_add(16));
        url.push_str(self.gateway());
        url.push_str("?charset=");
        url.push_str(self.charset().as_str());
        Ok(Prepared {
            url,
            sign_type: self.sign_type(),
            charset: self.charset(),
            bytes_to_sign,
            lengths,
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
