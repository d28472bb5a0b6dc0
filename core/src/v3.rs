//! OpenAPI v3: methods with paths and JSON bodies, and signatures in headers.
//!
//! Protocol, section 7. Always SHA-256 and UTF-8, whatever the merchant's `sign_type` and charset are. The nonce is drawn
//! by the host: it must be new for every request, a UUID for instance.

mod answer;

pub use answer::{Answer, Freshness};

use crate::{
    canonical,
    envelope::signature_text,
    error::{Error, ErrorCode},
    form,
    json::Object,
    merchant::Merchant,
    multipart::{self, File},
    sign::SignType,
    time::Timestamp,
};
use alloc::{format, string::String, vec::Vec};
use core::{fmt, str::FromStr};

/// The HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`: no body.
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// Its name, such as `POST`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl FromStr for Method {
    type Err = Error;

    /// # Errors
    /// `field_type` about `method`.
    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str() == text)
            .ok_or_else(|| Error::about(ErrorCode::FieldType, "method"))
    }
}

/// One call. `Debug` shows neither query nor body.
#[derive(Clone)]
pub struct Call {
    method: Method,
    path: String,
    body: String,
    files: Vec<File>,
    app_auth_token: Option<String>,
    plain: bool,
}

impl Call {
    /// A call of a path such as `/v3/alipay/trade/query`, which may have a query. `body` is one JSON object, sent and signed exactly
    /// as given, or blank.
    ///
    /// # Errors
    /// `v3_path`; `json_syntax` about `body`; `field_conflict` about `body` for a GET with one.
    pub fn new(method: Method, path: impl Into<String>, body: impl Into<String>) -> Result<Self, Error> {
        let (path, body) = (path.into(), body.into());
        let fits = |b: u8| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\' | b'"' | b'<' | b'>');
        if !path.starts_with("/v3/") || path.len() > 8192 || !path.bytes().all(fits) {
            return Err(ErrorCode::V3Path.into());
        }
        let body = if canonical::is_blank(&body) {
            String::new()
        } else {
            body
        };
        if !body.is_empty() {
            if method == Method::Get {
                return Err(Error::about(ErrorCode::FieldConflict, "body"));
            }
            Object::parse(&body).map_err(|error| error.or_about("body"))?;
        }
        Ok(Self {
            method,
            path,
            body,
            files: Vec::new(),
            app_auth_token: None,
            plain: false,
        })
    }

    /// Adds a parameter to the query, percent-encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path.push_str(&form::encode([(name, value)]));
        self
    }

    /// Adds a file: the body becomes `multipart/form-data` with the JSON as its part `data`. Only that part is signed.
    ///
    /// # Errors
    /// `field_conflict` about `files` for a GET.
    pub fn file(mut self, file: File) -> Result<Self, Error> {
        if self.method == Method::Get {
            return Err(Error::about(ErrorCode::FieldConflict, "files"));
        }
        self.files.push(file);
        Ok(self)
    }

    /// Another authorisation than the merchant's; blank for none.
    ///
    /// # Errors
    /// `app_auth_token` unless it is at most 40 visible ASCII characters.
    pub fn app_auth_token(self, token: &str) -> Result<Self, Error> {
        if token.len() > 40 || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ErrorCode::AppAuthToken.into());
        }
        Ok(Self {
            app_auth_token: Some(token.into()),
            ..self
        })
    }

    /// Sends the body as it is, also if the merchant has an AES key.
    #[must_use]
    pub fn plain(self) -> Self {
        Self { plain: true, ..self }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        write!(
            f,
            "Call({} {path}, {} bytes)",
            self.method.as_str(),
            self.body.len()
        )
    }
}

/// A request for the host to send, byte for byte. `Debug` shows neither query, headers nor body.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// Absolute URL, query included.
    pub url: String,
    /// Header names (lower case) and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body, exactly as it must be sent; empty for none.
    pub body: Vec<u8>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split('?').next().unwrap_or_default();
        write!(
            f,
            "Request({} {url}, {} bytes)",
            self.method.as_str(),
            self.body.len()
        )
    }
}

/// A request that only lacks its signature.
#[derive(Clone)]
pub struct Prepared {
    request: Request,
    /// `app_id=…,nonce=…,timestamp=…`
    auth: String,
    string_to_sign: String,
}

impl Prepared {
    /// The string to be signed with SHA-256: its UTF-8 bytes. Holds the whole body.
    #[must_use]
    pub fn string_to_sign(&self) -> &str {
        &self.string_to_sign
    }

    /// Adds the raw signature over [`Prepared::string_to_sign`].
    ///
    /// # Errors
    /// `signature_format` unless the signature has 128 to 512 bytes, as those of accepted keys do.
    pub fn finish(self, signature: &[u8]) -> Result<Request, Error> {
        let sign = signature_text(signature)?;
        let mut request = self.request;
        let authorization = format!("ALIPAY-SHA256withRSA {},sign={sign}", self.auth);
        request.headers.push(("authorization", authorization));
        Ok(request)
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({:?})", self.request)
    }
}

impl Merchant {
    /// Builds everything of a v3 request but its signature. Its host is the gateway's.
    ///
    /// # Errors
    /// `nonce` unless it is 8 to 64 ASCII letters, digits or hyphens, or if a file holds it.
    pub fn prepare_v3(&self, call: &Call, nonce: &str, now: Timestamp) -> Result<Prepared, Error> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if !(8..=64).contains(&nonce.len()) || !nonce.bytes().all(fits) {
            return Err(ErrorCode::Nonce.into());
        }
        let mut headers = alloc::vec![
            ("accept", String::from("application/json")),
            ("alipay-request-id", String::from(nonce)),
        ];
        let mut auth = format!("app_id={}", self.app_id().as_str());
        if let Some(certificates) = self.certificates() {
            auth.push_str(&format!(",app_cert_sn={}", certificates.app_cert_sn()));
            headers.push(("alipay-root-cert-sn", certificates.root_cert_sn().into()));
        }
        auth.push_str(&format!(",nonce={nonce},timestamp={}", now.unix_ms()));
        let token = call.app_auth_token.as_deref().or(self.app_auth_token());
        let token = token.filter(|token| !token.is_empty());
        if let Some(token) = token {
            headers.push(("alipay-app-auth-token", token.into()));
        }
        let key = self
            .content_key()
            .filter(|_| !call.plain && !call.body.is_empty());
        let (data, data_type) = match key {
            Some(key) => (key.encrypt(call.body.as_bytes()), "text/plain"),
            None => (call.body.clone(), "application/json"),
        };
        if key.is_some() {
            headers.push(("alipay-encrypt-type", "AES".into()));
        }
        let mut string_to_sign = format!("{auth}\n{}\n{}\n{data}\n", call.method.as_str(), call.path);
        if let Some(token) = token {
            string_to_sign.push_str(token);
            string_to_sign.push('\n');
        }
        let (body, content_type) = if call.files.is_empty() {
            (data.into_bytes(), String::from(data_type))
        } else {
            let boundary = format!("alipay-{nonce}");
            let fields = [("data", data_type, data.as_bytes())];
            let body = multipart::encode(&boundary, &fields, &call.files).ok_or(ErrorCode::Nonce)?;
            (body, format!("multipart/form-data; boundary={boundary}"))
        };
        if !body.is_empty() {
            headers.push(("content-type", content_type));
        }
        Ok(Prepared {
            request: Request {
                method: call.method,
                url: format!("{}{}", self.origin(), call.path),
                headers,
                body,
            },
            auth,
            string_to_sign,
        })
    }

    /// Builds and signs a v3 request in one step.
    ///
    /// # Errors
    /// Those of [`Merchant::prepare_v3`]; `signer_external` if the key lives elsewhere, `signing_failed`.
    pub fn request_v3(&self, call: &Call, nonce: &str, now: Timestamp) -> Result<Request, Error> {
        let prepared = self.prepare_v3(call, nonce, now)?;
        let signature = self.sign(prepared.string_to_sign.as_bytes(), SignType::Rsa2)?;
        prepared.finish(&signature)
    }

    /// Scheme and host of the gateway.
    fn origin(&self) -> &str {
        let gateway = self.gateway();
        let host = gateway.find("://").map_or(0, |at| at.saturating_add(3));
        let rest = gateway.get(host..).unwrap_or_default();
        let end = rest.find('/').map_or(gateway.len(), |at| at.saturating_add(host));
        gateway.get(..end).unwrap_or(gateway)
    }
}
