//! The ways to read a raw body: the right one, and those of hosts that did something to it before.

use super::{cause::Cause, rewrite, search::Found};
use crate::{
    form::{self, Field},
    json::Object,
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// One way to read a message: its parameters with `sign`, and what happened if that way is right.
pub(super) struct Base {
    pub(super) cause: Option<Found>,
    pub(super) fields: Vec<Field>,
}

/// Every way to read a raw body, the right one first. One of more fields than a form may have is not read: the time and the
/// memory that looking for their differences takes grow with the square of their number, and anybody may post one.
pub(super) fn bases(body: &[u8]) -> Vec<Base> {
    let mut found: Vec<Base> = Vec::new();
    let decoded = form::decode(body);
    if let Ok(fields) = &decoded {
        found.push(Base {
            cause: None,
            fields: fields.clone(),
        });
    }
    // Already decoded when it came here: our own decoding is the second.
    for joined in [false, true] {
        if body.split(|byte| *byte == b'&').count() > form::MAX_FIELDS {
            break;
        }
        let fields = verbatim(body, joined);
        if found.iter().all(|known| known.fields != fields) {
            let was_decoded = |field: &&Field| match &decoded {
                Ok(fields) => !fields.contains(*field),
                Err(_) => field.1.iter().any(|byte| matches!(byte, b'%' | b'+' | b'&')),
            };
            let names = fields.iter().filter(was_decoded);
            let names = names.map(|(name, _)| String::from_utf8_lossy(name).into_owned());
            found.push(Base {
                cause: Some((Cause::DoubleDecoded, names.collect())),
                fields,
            });
        }
    }
    // Encoded as a whole.
    if let Some(outer) = rewrite::form_decoded(body)
        && !body.contains(&b'&')
        && let Ok(fields) = form::decode(&outer)
    {
        found.push(Base {
            cause: Some((Cause::NotDecoded, Vec::new())),
            fields,
        });
    }
    if let Ok(text) = core::str::from_utf8(body)
        && let Ok(members) = Object::parse(text)
        && members.names().count() <= form::MAX_FIELDS
    {
        let names: Vec<String> = members.names().map(ToOwned::to_owned).collect();
        let fields = names.into_iter().filter_map(|name| {
            let value = members
                .text(&name)
                .or_else(|| members.member(&name).map(ToOwned::to_owned))?;
            Some((name.into_bytes(), value.into_bytes()))
        });
        found.push(Base {
            cause: Some((Cause::BodyIsJson, Vec::new())),
            fields: fields.collect(),
        });
    }
    found
}

/// The pieces of a body without decoding. `joined`: a piece that does not begin with a name of Alipay's writing belongs to
/// the value before it, whose `&` was decoded.
fn verbatim(body: &[u8], joined: bool) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for piece in body.split(|byte| *byte == b'&') {
        let at = piece.iter().position(|byte| *byte == b'=');
        let parts = at.and_then(|at| piece.split_at_checked(at));
        let named = parts.filter(|(name, _)| {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'[' | b']');
            !joined || (!name.is_empty() && name.iter().all(plain))
        });
        match (named, fields.last_mut()) {
            (Some((name, value)), _) => {
                let value = value.strip_prefix(b"=").unwrap_or_default();
                fields.push((name.to_owned(), value.to_owned()));
            }
            (None, Some((_, value))) if joined => {
                value.push(b'&');
                value.extend_from_slice(piece);
            }
            (None, _) => fields.push((piece.to_owned(), Vec::new())),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_body_of_more_fields_than_a_form_may_have_is_not_looked_into() {
        // Each field differs in every way to read it: comparing all with all would take minutes.
        let form: String = (0..60_000).map(|at| format!("+{at}%&")).collect();
        assert!(bases(form.as_bytes()).is_empty());
        let members: String = (0..60_000).map(|at| format!("\"{at}\":0,")).collect();
        let readings = bases(format!("{{{members}\"sign\":\"AAAA\"}}").as_bytes());
        assert!(!readings.is_empty());
        assert!(readings.iter().all(|base| base.fields.len() <= form::MAX_FIELDS));
    }
}
