//! HTTP as plain data. The host sends it with whatever client it has.

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

/// What came back, byte for byte: never decoded, trimmed or parsed by the host. `Debug` does not show the body.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The body after HTTP's own encodings (chunked, gzip) were undone.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpResponse({}, {} bytes)", self.status, self.body.len())
    }
}
