//! The string to be signed (待签名字符串): which parameters count, in which order, joined how.
//!
//! Protocol, section 1: drop `sign` and blank values, sort by **key** by byte, join the raw `key=value` with `&`.
//! Sorting whole `key=value` strings would differ when one key is a prefix of another (`a`, `a1`).

use alloc::{string::String, vec::Vec};

/// Whether a parameter with this value is left out, of the string to be signed *and* of what is sent: it is empty
/// or all white space. Other values are never trimmed.
#[must_use]
pub fn is_blank(value: &str) -> bool {
    value.chars().all(char::is_whitespace)
}

/// The parameters that count for a request's signature, in order: everything but `sign` and blank values.
#[must_use]
pub fn sorted<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let mut kept: Vec<_> = parameters
        .into_iter()
        .filter(|(name, value)| *name != "sign" && !is_blank(value))
        .collect();
    kept.sort_unstable_by_key(|(name, _)| *name);
    kept
}

/// The string to be signed of a request.
///
/// ```
/// use alipay_core::canonical::string_to_sign;
/// let params = [("b", "2"), ("a1", "x&y"), ("a", "中"), ("sign", "old"), ("c", " ")];
/// assert_eq!(string_to_sign(params), "a=中&a1=x&y&b=2");
/// ```
#[must_use]
pub fn string_to_sign<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::with_capacity(1024);
    for (name, value) in sorted(parameters) {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
    out
}

/// `key=value` joined with `&`, raw, in the order given: for a notification, whose charset is only known once it is verified.
#[must_use]
pub fn join_bytes<'a>(parameters: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    for (name, value) in parameters {
        if !out.is_empty() {
            out.push(b'&');
        }
        out.extend_from_slice(name);
        out.push(b'=');
        out.extend_from_slice(value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_by_key_not_by_pair() {
        // As pairs, "a1=…" would sort before "a=…", since '1' < '='.
        assert_eq!(
            string_to_sign([("a1", "1"), ("a", "2"), ("B", "3")]),
            "B=3&a=2&a1=1"
        );
    }

    #[test]
    fn blank_values_are_dropped_and_others_never_trimmed() {
        assert_eq!(
            string_to_sign([
                ("a", ""),
                ("b", " \t\n\u{3000}"),
                ("c", " x "),
                ("sign", "s"),
                ("sign_type", "RSA2")
            ]),
            "c= x &sign_type=RSA2"
        );
    }
}
