//! Forms: decoded as the browsers' library does, and the way back.

use super::budget::within;
use alipay_core::{
    ErrorCode,
    charset::Charset,
    form::{decode, encode, encode_bytes},
};

/// The output is reserved 4 KB at once, and the table of fields holds at most 1,000 of 48 bytes, one and a half times over while
/// it grows.
const CONSTANT: usize = 4 * 1024 + 1_000 * 48 * 3;

pub(super) fn run(input: &[u8]) {
    let decoded = within(input.len(), CONSTANT, || decode(input));
    let malformed = malformed(input);
    let fields = match decoded {
        Ok(fields) => fields,
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::FormMalformed);
            assert!(
                malformed || pieces(input) > 1_000,
                "a well-formed form is refused"
            );
            return;
        }
    };
    assert!(!malformed, "a lone % is read as something");
    let lossy: Vec<_> = fields
        .iter()
        .map(|(name, value)| (String::from_utf8_lossy(name), String::from_utf8_lossy(value)))
        .collect();
    let theirs: Vec<_> = form_urlencoded::parse(input).collect();
    assert_eq!(lossy, theirs, "the browsers' library reads something else");
    let borrowed = || fields.iter().map(|(name, value)| (&name[..], &value[..]));
    let content: usize = borrowed().map(|(name, value)| name.len() + value.len() + 2).sum();
    for charset in Charset::ALL {
        let text = within(content, CONSTANT, || encode_bytes(*charset, borrowed()));
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(
            decode(text.as_bytes()).as_ref(),
            Ok(&fields),
            "{charset:?}: not the same again"
        );
    }
    let mut theirs = String::new();
    for (name, value) in borrowed() {
        if !theirs.is_empty() {
            theirs.push('&');
        }
        theirs.extend(form_urlencoded::byte_serialize(name));
        theirs.push('=');
        theirs.extend(form_urlencoded::byte_serialize(value));
    }
    assert_eq!(encode_bytes(Charset::Utf8, borrowed()), theirs);
    let texts: Option<Vec<_>> = fields
        .iter()
        .map(|(name, value)| Some((str::from_utf8(name).ok()?, str::from_utf8(value).ok()?)))
        .collect();
    if let Some(texts) = texts {
        assert_eq!(encode(texts), theirs);
    }
}

/// Whether some `%` has not two hexadecimal digits behind it.
fn malformed(form: &[u8]) -> bool {
    let escape = |at: usize| {
        let digits = form.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    (0..form.len()).any(|at| form[at] == b'%' && !escape(at))
}

fn pieces(form: &[u8]) -> usize {
    form.split(|byte| *byte == b'&')
        .filter(|piece| !piece.is_empty())
        .count()
}
