//! `application/x-www-form-urlencoded`: bytes in, bytes out.

use crate::{
    charset::{Charset, starts_with_pair},
    error::{Error, ErrorCode},
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// A field's name and value, decoded.
pub type Field = (Vec<u8>, Vec<u8>);

/// More fields than this are no form of Alipay's, which have a few dozen; PHP and others draw the line there too. A field of two
/// bytes takes 48 in memory, so without a line a long form would take many times its own length.
pub const MAX_FIELDS: usize = 1000;

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

/// Appends `text` percent-encoded; a space becomes `+`. Of a character of two or four bytes every byte is, as Java's
/// `URLEncoder` does it: its `URLDecoder` can't read a pair whose second byte stands for itself.
fn encode_into(out: &mut Vec<u8>, text: &[u8], charset: Charset) {
    let mut rest = text;
    loop {
        let plain = |byte: &u8| PLAIN.get(usize::from(*byte)).is_some_and(|plain| *plain);
        let run = rest.iter().position(|byte| !plain(byte)).unwrap_or(rest.len());
        let (run, behind) = rest.split_at_checked(run).unwrap_or_default();
        out.extend_from_slice(run);
        let [byte, behind @ ..] = behind else { break };
        rest = behind;
        if *byte == b' ' {
            out.push(b'+');
            continue;
        }
        out.extend_from_slice(&escape(*byte));
        if !byte.is_ascii()
            && charset != Charset::Utf8
            && let [second, behind @ ..] = behind
            && starts_with_pair(&[*byte, *second])
        {
            out.extend_from_slice(&escape(*second));
            rest = behind;
        }
    }
}

fn escape(byte: u8) -> [u8; 3] {
    let digit = |nibble: u8| b"0123456789ABCDEF".get(usize::from(nibble)).copied();
    [
        b'%',
        digit(byte >> 4).unwrap_or_default(),
        digit(byte & 15).unwrap_or_default(),
    ]
}

/// A whole form from names and values.
#[must_use]
pub fn encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    encode_bytes(
        Charset::Utf8,
        fields
            .into_iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
    )
}

/// A whole form from names and values that are in a charset already.
#[must_use]
pub fn encode_bytes<'a>(charset: Charset, fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> String {
    // What was written is ASCII.
    String::from_utf8(body(charset, fields)).unwrap_or_default()
}

/// [`encode_bytes`] as the bytes that are posted.
pub(crate) fn body<'a>(charset: Charset, fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    for (name, value) in fields {
        if !out.is_empty() {
            out.push(b'&');
        }
        encode_into(&mut out, name, charset);
        out.push(b'=');
        encode_into(&mut out, value, charset);
    }
    out
}

/// The fields of a form, decoded once, to bytes, in their order. Empty pieces (`a=1&&b=2`) are skipped;
/// a piece without `=` is a name with an empty value.
///
/// # Errors
/// `form_malformed` where `%` is not followed by two hexadecimal digits: Alipay never sends that, the
/// message was cut or rewritten. And if there are more than [`MAX_FIELDS`] fields.
pub fn decode(form: &[u8]) -> Result<Vec<Field>, Error> {
    let mut fields = Vec::new();
    for piece in form.split(|&b| b == b'&').filter(|piece| !piece.is_empty()) {
        if fields.len() >= MAX_FIELDS {
            return Err(ErrorCode::FormMalformed.into());
        }
        let mut parts = piece.splitn(2, |&b| b == b'=');
        let name = parts.next().unwrap_or_default();
        let value = parts.next().unwrap_or_default();
        fields.push((decode_piece(name)?, decode_piece(value)?));
    }
    Ok(fields)
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
    fn of_a_pair_every_byte_is_encoded() {
        // Second bytes that are a backslash, a letter, a digit; then ASCII, which stands for itself.
        let gbk = b"\x81\\\xCBj\xD6\xD0j \x94\x39\xB9\x30";
        let form = encode_bytes(Charset::Gb18030, [(&b"a"[..], &gbk[..])]);
        assert_eq!(form, "a=%81%5C%CB%6A%D6%D0j+%94%39%B9%30");
        assert_eq!(decode(form.as_bytes()).unwrap(), [(b"a".to_vec(), gbk.to_vec())]);
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
    fn a_form_of_more_than_a_thousand_fields_is_refused() {
        let most = "a&".repeat(MAX_FIELDS);
        assert_eq!(decode(most.as_bytes()).unwrap().len(), MAX_FIELDS);
        // Empty pieces are no fields.
        assert_eq!(decode("&".repeat(2 * MAX_FIELDS).as_bytes()), Ok(Vec::new()));
        let more = most + "a";
        assert_eq!(
            decode(more.as_bytes()).unwrap_err().code(),
            ErrorCode::FormMalformed
        );
    }

    #[test]
    fn malformed_percent_signs_are_an_error() {
        for form in [&b"a=%"[..], b"a=%2", b"a=%zz", b"%G1=a", b"a=%+1"] {
            assert_eq!(decode(form).unwrap_err().code(), ErrorCode::FormMalformed);
        }
    }
}
