//! `application/x-www-form-urlencoded`: bytes in, bytes out.

use crate::error::{Error, ErrorCode};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// A field's name and value, decoded.
pub type Field = (Vec<u8>, Vec<u8>);

/// Which bytes stand for themselves: letters, digits and `* - . _`.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler"
)]
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        plain[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_');
        byte += 1;
    }
    plain
};

/// Appends `text` percent-encoded; a space becomes `+`.
fn encode_into(out: &mut Vec<u8>, text: &[u8]) {
    // Room for the worst case first, so that no byte has to ask for it.
    let start = out.len();
    out.resize(start.saturating_add(text.len().saturating_mul(3)), 0);
    let mut slots = out.get_mut(start..).unwrap_or_default().iter_mut();
    let mut put = |byte: u8| {
        if let Some(slot) = slots.next() {
            *slot = byte;
        }
    };
    for &byte in text {
        if PLAIN.get(usize::from(byte)).is_some_and(|plain| *plain) {
            put(byte);
        } else if byte == b' ' {
            put(b'+');
        } else {
            put(b'%');
            put(hex_digit(byte >> 4));
            put(hex_digit(byte & 15));
        }
    }
    let unused = slots.len();
    out.truncate(out.len().saturating_sub(unused));
}

fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 {
        b'0'.saturating_add(nibble)
    } else {
        b'A'.saturating_add(nibble.saturating_sub(10))
    }
}

/// A whole form from names and values.
#[must_use]
pub fn encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    encode_bytes(
        fields
            .into_iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
    )
}

/// A whole form from names and values in whatever charset they are.
#[must_use]
pub fn encode_bytes<'a>(fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> String {
    let mut out = Vec::with_capacity(2048);
    for (name, value) in fields {
        if !out.is_empty() {
            out.push(b'&');
        }
        encode_into(&mut out, name);
        out.push(b'=');
        encode_into(&mut out, value);
    }
    // What was written is ASCII.
    String::from_utf8(out).unwrap_or_default()
}

/// The fields of a form, decoded once, to bytes, in their order. Empty pieces (`a=1&&b=2`) are skipped;
/// a piece without `=` is a name with an empty value.
///
/// # Errors
/// `form_malformed` where `%` is not followed by two hexadecimal digits. Alipay never sends that: the
/// message was cut or rewritten.
pub fn decode(form: &[u8]) -> Result<Vec<Field>, Error> {
    form.split(|&b| b == b'&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let mut parts = piece.splitn(2, |&b| b == b'=');
            let name = parts.next().unwrap_or_default();
            Ok((
                decode_piece(name)?,
                decode_piece(parts.next().unwrap_or_default())?,
            ))
        })
        .collect()
}

fn decode_piece(piece: &[u8]) -> Result<Vec<u8>, Error> {
    if !piece.iter().any(|b| matches!(b, b'%' | b'+')) {
        return Ok(piece.to_owned());
    }
    let mut out = Vec::with_capacity(piece.len());
    let mut bytes = piece.iter();
    while let Some(&byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = bytes.next().zip(bytes.next()).ok_or(ErrorCode::FormMalformed)?;
                hex(*high)
                    .zip(hex(*low))
                    .map(|(high, low)| high << 4 | low)
                    .ok_or(ErrorCode::FormMalformed)?
            }
            other => other,
        });
    }
    Ok(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_a_browser_does() {
        assert_eq!(
            encode([("a b", "1&2=3"), ("中", "*-._~")]),
            "a+b=1%262%3D3&%E4%B8%AD=*-._%7E"
        );
    }

    #[test]
    fn decodes_once() {
        let fields = decode(b"a+b=1%262%3d3&&flag&c=%2525+&=v&d=e=f").unwrap();
        let texts: Vec<_> = fields.iter().map(|(n, v)| (&n[..], &v[..])).collect();
        assert_eq!(
            texts,
            [
                (&b"a b"[..], &b"1&2=3"[..]),
                (b"flag", b""),
                (b"c", b"%25 "),
                (b"", b"v"),
                (b"d", b"e=f")
            ]
        );
    }

    #[test]
    fn malformed_percent_signs_are_an_error() {
        for form in [&b"a=%"[..], b"a=%2", b"a=%zz", b"%G1=a", b"a=%+1"] {
            assert_eq!(decode(form).unwrap_err().code(), ErrorCode::FormMalformed);
        }
    }
}
