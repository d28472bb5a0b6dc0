//! Secrets in JSON: read without leaving a copy behind.

use alloc::string::String;
#[cfg(feature = "serde")]
use serde::de::{Deserialize, Deserializer};
#[cfg(feature = "serde")]
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// The text of a JSON string that is a secret; `None` if it is no string.
///
/// `serde_json` would do, but for a string with escapes, as that of a PEM file: it unescapes in a buffer of its own, which grows,
/// and nobody wipes it.
pub(crate) fn read_secret(json: &str) -> Option<Zeroizing<String>> {
    let mut rest = json.trim().strip_prefix('"')?.strip_suffix('"')?;
    // Never longer than it is written, so this never grows.
    let mut text = Zeroizing::new(String::with_capacity(rest.len()));
    while let Some(at) = rest.find('\\') {
        let (plain, escaped) = rest.split_at_checked(at)?;
        text.push_str(plain);
        let len = match escaped.as_bytes() {
            // A character beyond 16 bits: two escapes.
            [_, b'u', b'd' | b'D', b'8' | b'9' | b'a' | b'b' | b'A' | b'B', ..] => 12,
            [_, b'u', ..] => 6,
            _ => 2,
        };
        let (escape, after) = escaped.split_at_checked(len)?;
        let character = Zeroizing::new(alloc::format!("\"{escape}\""));
        text.push(serde_json::from_str(&character).ok()?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// [`read_secret`] for a field of a type that derives `Deserialize`.
#[cfg(feature = "serde")]
pub(crate) fn deserialize_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Zeroizing<String>, D::Error> {
    let json = <&RawValue>::deserialize(deserializer)?;
    read_secret(json.get()).ok_or_else(|| serde::de::Error::custom("not a string"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_serde_reads_any_string() {
        for json in [
            r#""""#,
            r#""28763443825664394""#,
            r#""-----BEGIN\nMII\/+=\r\n\t\"\\\b\f""#,
            r#""\u0041\u00e9\uD83c\uDF5c\ud83C\udf5c\u4ed8款🍜""#,
        ] {
            let expected: String = serde_json::from_str(json).unwrap();
            assert_eq!(*read_secret(json).unwrap(), expected);
        }
        for json in [
            "1",
            "null",
            "{}",
            r#""\ud83c""#,
            r#""\ud83c\n12345""#,
            r#""\x41""#,
            r#""\u00""#,
            r#"""#,
        ] {
            assert_eq!(
                serde_json::from_str::<String>(json).ok(),
                read_secret(json).map(|text| (*text).clone()),
                "{json}"
            );
        }
    }
}
