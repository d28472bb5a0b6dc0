//! What may have happened to a value on its way, each undone: from the value as it is here back to the value that was
//! signed, if that happened to it.

use super::{cause::Cause, json};
use crate::charset;
use alloc::{borrow::ToOwned, string::String, vec::Vec};
#[cfg(feature = "normalization")]
use unicode_normalization::UnicodeNormalization as _;

/// How likely a change is tried with others: the lower, the earlier.
pub(super) type Rank = u8;
/// The value shows it, and it usually happens to every value.
pub(super) const EVIDENT: Rank = 0;
/// It happens often.
pub(super) const LIKELY: Rank = 1;
/// The value shows it.
pub(super) const POSSIBLE: Rank = 2;
/// Nothing speaks for it.
pub(super) const GUESS: Rank = 3;

/// A change undone; `None` where there is nothing to undo.
pub(super) type Undo = fn(&[u8]) -> Option<Vec<u8>>;

/// One change of a value.
pub(super) struct Rule {
    pub(super) cause: Cause,
    pub(super) rank: Rank,
    pub(super) undo: Undo,
}

const fn rule(cause: Cause, rank: Rank, undo: Undo) -> Rule {
    Rule { cause, rank, undo }
}

/// Every change that may happen to all values alike.
pub(super) static RULES: &[Rule] = &[
    rule(Cause::PlusNotDecoded, EVIDENT, |value| swap(value, b"+", b" ")),
    rule(Cause::PlusBecameSpace, EVIDENT, |value| swap(value, b" ", b"+")),
    rule(Cause::HtmlEscaped, EVIDENT, unescaped),
    rule(Cause::NotDecoded, EVIDENT, form_decoded),
    rule(Cause::NotDecoded, POSSIBLE, percent_decoded),
    rule(Cause::SlashesAdded, EVIDENT, unslashed),
    rule(Cause::ListValue, EVIDENT, unlisted),
    rule(Cause::NullText, EVIDENT, emptied),
    rule(Cause::NumberRewritten, EVIDENT, two_decimals),
    rule(Cause::Utf8ReadAsLatin1, EVIDENT, latin1),
    rule(Cause::Utf8ReadAsGbk, EVIDENT, |value| {
        gbk(value).filter(|bytes| core::str::from_utf8(bytes).is_ok())
    }),
    rule(Cause::GbkSigned, EVIDENT, gbk),
    rule(Cause::JsonRewritten, EVIDENT, json::compact),
    rule(Cause::JsonRewritten, POSSIBLE, json::single_quoted),
    rule(Cause::LineEnds, EVIDENT, |value| swap(value, b"\r\n", b"\n")),
    rule(Cause::LineEnds, LIKELY, |value| {
        swap(value, b"\n", b"\r\n").filter(|_| !contains(value, b"\r\n"))
    }),
    #[cfg(feature = "normalization")]
    rule(Cause::Normalized, POSSIBLE, |value| {
        normalized(value, |text| text.nfd().collect())
    }),
    #[cfg(feature = "normalization")]
    rule(Cause::Normalized, POSSIBLE, |value| {
        normalized(value, |text| text.nfc().collect())
    }),
    rule(Cause::WhitespaceAdded, POSSIBLE, trimmed),
    rule(Cause::DoubleDecoded, GUESS, |value| encoded(value, true, false)),
    rule(Cause::DoubleDecoded, GUESS, |value| encoded(value, false, false)),
    rule(Cause::DoubleDecoded, GUESS, |value| encoded(value, true, true)),
    rule(Cause::DoubleDecoded, GUESS, |value| swap(value, b"%", b"%25")),
    rule(Cause::HtmlUnescaped, GUESS, |value| swap(value, b"\"", b"&quot;")),
    rule(Cause::HtmlUnescaped, GUESS, |value| swap(value, b"&", b"&amp;")),
    rule(Cause::HtmlUnescaped, GUESS, escaped),
];

/// Further originals of one value: too many to be tried on all values alike.
pub(super) fn further(value: &[u8]) -> Vec<(Cause, Rank, Vec<u8>)> {
    let mut found: Vec<(Cause, Rank, Vec<u8>)> = Vec::new();
    // Only some of the spaces were pluses.
    let spaces = value
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b' ')
        .take(8);
    for (at, _) in spaces {
        let mut one = value.to_owned();
        if let Some(byte) = one.get_mut(at) {
            *byte = b'+';
        }
        found.push((Cause::PlusBecameSpace, POSSIBLE, one));
    }
    if !value.is_empty() {
        let around = |before: &str, after: &str| [before.as_bytes(), value, after.as_bytes()].concat();
        for (before, after) in [
            ("", " "),
            (" ", ""),
            ("", "\n"),
            (" ", " "),
            ("", "\r\n"),
            ("", "\t"),
            ("", "  "),
            ("  ", ""),
            ("\t", ""),
            ("\n", ""),
            ("", "\u{3000}"),
            ("\u{3000}", ""),
        ] {
            found.push((Cause::Trimmed, GUESS, around(before, after)));
        }
    }
    for (rank, text) in json::originals(value) {
        found.push((Cause::JsonRewritten, rank, text));
    }
    found
}

pub(super) fn contains(value: &[u8], part: &[u8]) -> bool {
    value.windows(part.len()).any(|window| window == part)
}

/// Every `from` replaced; `None` if there is none.
fn swap(value: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    if !contains(value, from) {
        return None;
    }
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = after;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    Some(out)
}

const ENTITIES: &[(&[u8], &[u8])] = &[
    (b"&quot;", b"\""),
    (b"&#34;", b"\""),
    (b"&#034;", b"\""),
    (b"&#x22;", b"\""),
    (b"&#39;", b"'"),
    (b"&#039;", b"'"),
    (b"&#x27;", b"'"),
    (b"&apos;", b"'"),
    (b"&lt;", b"<"),
    (b"&gt;", b">"),
    (b"&#x2F;", b"/"),
    (b"&#x2f;", b"/"),
    (b"&#47;", b"/"),
    (b"&#61;", b"="),
    (b"&#x3D;", b"="),
    (b"&#43;", b"+"),
    (b"&#x2B;", b"+"),
    (b"&nbsp;", "\u{a0}".as_bytes()),
    (b"&amp;", b"&"),
    (b"&#38;", b"&"),
];

/// HTML entities read once.
pub(super) fn unescaped(value: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((first, after)) = rest.split_first() {
        let entity = ENTITIES.iter().find_map(|(entity, plain)| {
            let after = (*first == b'&').then(|| rest.strip_prefix(*entity)).flatten()?;
            Some((plain, after))
        });
        if let Some((plain, after)) = entity {
            out.extend_from_slice(plain);
            rest = after;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    (out.len() != value.len()).then_some(out)
}

/// Escaped as most libraries do.
fn escaped(value: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len());
    for byte in value {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            other => out.push(*other),
        }
    }
    (out.len() != value.len()).then_some(out)
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// Percent-decoded, `+` left alone; `None` if there is no escape or a broken one.
pub(super) fn percent_decoded(value: &[u8]) -> Option<Vec<u8>> {
    if !value.contains(&b'%') {
        return None;
    }
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'%' {
            let (high, low) = (hex(*bytes.next()?)?, hex(*bytes.next()?)?);
            out.push(high << 4 | low);
        } else {
            out.push(*byte);
        }
    }
    Some(out)
}

/// Percent-decoded as a form: `+` is a space.
pub(super) fn form_decoded(value: &[u8]) -> Option<Vec<u8>> {
    let spaced = swap(value, b"+", b" ");
    percent_decoded(spaced.as_deref().unwrap_or(value))
}

/// Percent-encoded, as a form or as encodeURIComponent does.
fn encoded(value: &[u8], form: bool, lower: bool) -> Option<Vec<u8>> {
    let digits: &[u8; 16] = if lower {
        b"0123456789abcdef"
    } else {
        b"0123456789ABCDEF"
    };
    let digit = |nibble: u8| digits.get(usize::from(nibble)).copied().unwrap_or_default();
    let mut out = Vec::with_capacity(value.len());
    for byte in value {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'*')
            || (!form && matches!(byte, b'!' | b'~' | b'\'' | b'(' | b')'));
        if plain {
            out.push(*byte);
        } else if form && *byte == b' ' {
            out.push(b'+');
        } else {
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    (out != value).then_some(out)
}

/// `\"`, `\'` and `\\` read once; `None` if there are other escapes, which are JSON's own.
fn unslashed(value: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next()? {
                escaped @ (b'"' | b'\'' | b'\\') => out.push(*escaped),
                _ => return None,
            },
            other => out.push(*other),
        }
    }
    (out.len() != value.len()).then_some(out)
}

/// The one item of a list: `["x"]`, `['x']`, `[x]`.
fn unlisted(value: &[u8]) -> Option<Vec<u8>> {
    let inner = value.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let unquoted = |quote: &[u8]| inner.strip_prefix(quote)?.strip_suffix(quote);
    if inner.starts_with(b"\"") {
        // A JSON list's string may hold escapes.
        let text = core::str::from_utf8(value).ok()?;
        let items: [String; 1] = serde_json::from_str(text).ok()?;
        return Some(items.concat().into_bytes());
    }
    Some(unquoted(b"'").unwrap_or(inner).to_owned())
}

/// Nothing, for the words that programs write for nothing.
fn emptied(value: &[u8]) -> Option<Vec<u8>> {
    let words = [
        &b"null"[..],
        b"None",
        b"undefined",
        b"NULL",
        b"nil",
        b"(null)",
        b"Null",
        b"NaN",
    ];
    words.contains(&value).then(Vec::new)
}

/// An amount with its two decimals again, without separators.
fn two_decimals(value: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(value).ok()?.replace(',', "");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    // Longer numbers are ids.
    if whole.is_empty() || whole.len() > 9 || !digits(whole) || !digits(cents) {
        return None;
    }
    let cents = cents.trim_end_matches('0');
    if cents.len() > 2 {
        return None;
    }
    let out = alloc::format!("{whole}.{cents:0<2}").into_bytes();
    (out != value).then_some(out)
}

/// The bytes that were read as ISO-8859-1, if they can have been UTF-8.
fn latin1(value: &[u8]) -> Option<Vec<u8>> {
    if value.is_ascii() {
        return None;
    }
    let text = core::str::from_utf8(value).ok()?;
    let bytes: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(c).ok().or_else(|| windows_1252(c)))
        .collect::<Option<_>>()?;
    core::str::from_utf8(&bytes).is_ok().then_some(bytes)
}

/// The bytes 0x80 to 0x9f as windows-1252 reads them, which most programs mean by ISO-8859-1 (WHATWG Encoding).
fn windows_1252(c: char) -> Option<u8> {
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let at = HIGH.chars().position(|known| known == c)?;
    u8::try_from(at).ok()?.checked_add(0x80)
}

/// The value's characters as GBK, or as its superset GB18030.
fn gbk(value: &[u8]) -> Option<Vec<u8>> {
    if value.is_ascii() {
        return None;
    }
    charset::read_as_gb18030(core::str::from_utf8(value).ok()?)
}

/// The value in another of Unicode's normal forms.
#[cfg(feature = "normalization")]
fn normalized(value: &[u8], form: fn(&str) -> String) -> Option<Vec<u8>> {
    if value.is_ascii() {
        return None;
    }
    let text = core::str::from_utf8(value).ok()?;
    let out = form(text);
    (out != text).then(|| out.into_bytes())
}

fn trimmed(value: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(value).ok()?;
    let out = text.trim();
    (out.len() != text.len()).then(|| out.as_bytes().to_owned())
}

/// A name as it may have been: without a list's brackets.
pub(super) fn plain_name(name: &[u8]) -> Option<Vec<u8>> {
    let at = name.iter().position(|byte| *byte == b'[')?;
    let (plain, index) = name.split_at_checked(at)?;
    let index = index.strip_prefix(b"[")?.strip_suffix(b"]")?;
    (!plain.is_empty() && index.iter().all(u8::is_ascii_digit)).then(|| plain.to_owned())
}

/// A name in Alipay's writing: `outTradeNo`, `OUT_TRADE_NO`, `out-trade-no` and `Out_Trade_No` are `out_trade_no`.
pub(super) fn snake_name(name: &[u8]) -> Option<Vec<u8>> {
    let camel = name.iter().any(u8::is_ascii_lowercase) && !name.contains(&b'_') && !name.contains(&b'-');
    let mut out = Vec::with_capacity(name.len());
    for byte in name {
        if byte.is_ascii_uppercase() && camel && !out.is_empty() {
            out.push(b'_');
        }
        out.push(if *byte == b'-' {
            b'_'
        } else {
            byte.to_ascii_lowercase()
        });
    }
    (out != name).then_some(out)
}

/// A name in lower case, and nothing else.
pub(super) fn lower_name(name: &[u8]) -> Option<Vec<u8>> {
    let out = name.to_ascii_lowercase();
    (out != name).then_some(out)
}
