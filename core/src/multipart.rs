//! `multipart/form-data` (RFC 7578), as browsers write it: for methods that take files.

use crate::error::{Error, ErrorCode};
use alloc::{string::String, vec::Vec};
use core::fmt;

/// A file of a form. `Debug` does not show its content.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    name: String,
    file_name: String,
    content_type: String,
    content: Vec<u8>,
}

impl File {
    /// A file for the field `name`, such as `image_content`; `content_type` such as `image/jpeg`.
    ///
    /// # Errors
    /// `field_missing` about `name` or `file_name` if it is empty, `field_type` about `content_type` unless it is visible ASCII.
    pub fn new(
        name: impl Into<String>,
        file_name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Vec<u8>>,
    ) -> Result<Self, Error> {
        let file = Self {
            name: name.into(),
            file_name: file_name.into(),
            content_type: content_type.into(),
            content: content.into(),
        };
        for (subject, text) in [("name", &file.name), ("file_name", &file.file_name)] {
            if text.is_empty() {
                return Err(Error::about(ErrorCode::FieldMissing, subject));
            }
        }
        let visible = |b: u8| b.is_ascii_graphic() || b == b' ';
        if file.content_type.is_empty() || !file.content_type.bytes().all(visible) {
            return Err(Error::about(ErrorCode::FieldType, "content_type"));
        }
        Ok(file)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({}, {} bytes)", self.name, self.content.len())
    }
}

/// The body: `fields` (name, content type, content), then `files`. None if the boundary stands in one of the contents.
pub(crate) fn encode(boundary: &str, fields: &[(&str, &str, &[u8])], files: &[File]) -> Option<Vec<u8>> {
    let contents = fields.iter().map(|(_, _, content)| *content);
    let mut all = contents.chain(files.iter().map(|file| &*file.content));
    if all.any(|content| memchr::memmem::find(content, boundary.as_bytes()).is_some()) {
        return None;
    }
    let mut out = Vec::new();
    let mut part = |name: &str, file_name: Option<&str>, content_type: &str, content: &[u8]| {
        for text in ["--", boundary, "\r\ncontent-disposition: form-data; name=\""] {
            out.extend_from_slice(text.as_bytes());
        }
        quote(&mut out, name);
        if let Some(file_name) = file_name {
            out.extend_from_slice(b"\"; filename=\"");
            quote(&mut out, file_name);
        }
        for text in ["\"\r\ncontent-type: ", content_type, "\r\n\r\n"] {
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(content);
        out.extend_from_slice(b"\r\n");
    };
    for (name, content_type, content) in fields {
        part(name, None, content_type, content);
    }
    for file in files {
        part(
            &file.name,
            Some(&file.file_name),
            &file.content_type,
            &file.content,
        );
    }
    for text in ["--", boundary, "--\r\n"] {
        out.extend_from_slice(text.as_bytes());
    }
    Some(out)
}

/// In quotes, as the HTML standard has it: what would end the quotes or the line is percent-encoded.
fn quote(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"%22"),
            b'\r' => out.extend_from_slice(b"%0D"),
            b'\n' => out.extend_from_slice(b"%0A"),
            byte => out.push(byte),
        }
    }
}
