//! HTTP as plain data. The host sends it with whatever client it has.

use crate::error::{Error, ErrorCode};
use alloc::{string::String, vec::Vec};
use core::fmt;

/// A `POST` for the host to send, byte for byte. `Debug` shows neither query nor body.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Absolute URL, query included.
    pub url: String,
    /// Header names (lower case) and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body, exactly as it must be sent.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// Always `POST`.
    pub const METHOD: &'static str = "POST";
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split('?').next().unwrap_or_default();
        write!(f, "HttpRequest(POST {url}, {} bytes)", self.body.len())
    }
}

/// What came back, byte for byte: never decoded, trimmed or parsed by the host. `Debug` shows neither headers nor body.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Header names, in any case, and values. OpenAPI v3 needs them: its signatures are there. The gateway's other
    /// answers are read without; then it may be empty.
    pub headers: Vec<(String, String)>,
    /// The body after HTTP's own encodings (chunked, gzip) were undone.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The one header of this name, without the white space around it; blank is none.
    ///
    /// # Errors
    /// `response_duplicate` if there are two.
    pub(crate) fn header(&self, name: &str) -> Result<Option<&str>, Error> {
        let mut found = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim());
        let first = found.next();
        if found.next().is_some() {
            return Err(Error::about(ErrorCode::ResponseDuplicate, String::from(name)));
        }
        Ok(first.filter(|value| !value.is_empty()))
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpResponse({}, {} bytes)", self.status, self.body.len())
    }
}
