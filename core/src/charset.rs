//! Charsets: text to the bytes that are signed and sent, and bytes that came to text.
//!
//! UTF-8 is always there. GBK, GB18030 and GB2312 need the feature `gbk`, or `host-charset` and a host with tables of its own
//! (a browser's `TextDecoder`); without either they are `charset_unsupported`, never wrong bytes.
//!
//! # What is refused though a table has it
//! The gateway decodes what we send and encodes it again to verify. Where the implementations in the field (Java, glibc,
//! Python, browsers) disagree about a character, some gateway would verify other bytes than we signed, or show another
//! text. Such characters are `charset_unmappable`: the private use area; the 25 that the editions of GB18030 (2000, 2005,
//! 2022) place differently; in GBK the euro sign (0x80 for Windows, 0xA2E3 for Java), `⊕` (`♁` for Java) and what only
//! GB18030 has. The two that GB2312 itself left open, `·` and `—`, are sent: Java reads them as `・` and `―`, and writes
//! the same bytes again.

mod tables;

#[cfg(feature = "host-charset")]
pub use tables::{HostTables, use_host_tables};

use crate::error::{Error, ErrorCode};
use alloc::{borrow::Cow, vec::Vec};
use core::str::FromStr;

/// How text becomes bytes, by Alipay's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Charset {
    /// `utf-8`: every character there is.
    #[default]
    Utf8,
    /// `gbk`: 21,000 Chinese characters, no emoji.
    Gbk,
    /// `gb18030`: every character but [those that its readers disagree about](crate::charset); those of GBK as in GBK.
    Gb18030,
    /// `gb2312`: the 6,763 Chinese characters of 1980.
    Gb2312,
}

impl Charset {
    /// Every charset.
    pub const ALL: &'static [Self] = &[Self::Utf8, Self::Gbk, Self::Gb18030, Self::Gb2312];

    /// The name as it is sent: `utf-8`, `gbk`, `gb18030` or `gb2312`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gbk => "gbk",
            Self::Gb18030 => "gb18030",
            Self::Gb2312 => "gb2312",
        }
    }

    /// Whether its tables are there: UTF-8 always, the others with the feature `gbk`, or once the host gave its own.
    #[must_use]
    pub fn is_supported(self) -> bool {
        self == Self::Utf8 || tables::present()
    }

    /// The bytes of a text. Concatenating them is the same as encoding concatenated texts.
    ///
    /// # Errors
    /// `charset_unsupported`; `charset_unmappable` if a character has no bytes here, or none that everybody reads alike.
    pub fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, Error> {
        if self == Self::Utf8 || text.is_ascii() && self.is_supported() {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        let mut out = Vec::with_capacity(text.len());
        self.encode_into(text, &mut out)?;
        Ok(Cow::Owned(out))
    }

    /// The text of bytes that came. GB2312 is read as GBK, and GBK as GB18030, their supersets: who writes them often
    /// writes more than the name says, and never something else.
    ///
    /// # Errors
    /// `charset_unsupported`; `charset_malformed` if the bytes are no text in this charset.
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
        if self == Self::Utf8 || bytes.is_ascii() && self.is_supported() {
            return core::str::from_utf8(bytes)
                .map(Cow::Borrowed)
                .map_err(|_| ErrorCode::CharsetMalformed.into());
        }
        if !self.is_supported() {
            return Err(ErrorCode::CharsetUnsupported.into());
        }
        tables::decode(bytes).ok_or_else(|| ErrorCode::CharsetMalformed.into())
    }
}

impl FromStr for Charset {
    type Err = Error;

    /// In any case; `utf8` is `utf-8`.
    ///
    /// # Errors
    /// `charset_unsupported`.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.eq_ignore_ascii_case("utf8") {
            return Ok(Self::Utf8);
        }
        let mut all = Self::ALL.iter().copied();
        all.find(|charset| text.eq_ignore_ascii_case(charset.as_str()))
            .ok_or_else(|| ErrorCode::CharsetUnsupported.into())
    }
}

/// A two-byte character of GBK, or half of a four-byte one of GB18030, at the start of `bytes`: then its second byte must
/// not be taken for what it means in ASCII.
pub(crate) fn starts_with_pair(bytes: &[u8]) -> bool {
    matches!(bytes, [0x81..=0xFE, 0x30..=0x39 | 0x40..=0x7E | 0x80..=0xFE, ..])
}

/// The bytes that were read as this text, in GBK or GB18030: all that the tables have, also what must not be sent.
pub(crate) fn read_as_gb18030(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    tables::encode(text, &mut out)?;
    Some(out)
}

impl Charset {
    /// Appends a text's bytes. Of what can't be encoded a part may have been appended.
    pub(crate) fn encode_into(self, text: &str, out: &mut Vec<u8>) -> Result<(), Error> {
        if !self.is_supported() {
            return Err(ErrorCode::CharsetUnsupported.into());
        }
        if self == Self::Utf8 || text.is_ascii() {
            out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        let mut rest = text;
        while !rest.is_empty() {
            // Most of what is signed is ASCII, and there is nothing to be looked up or checked about it.
            let (ascii, behind) = rest
                .split_at_checked(ascii_len(rest.as_bytes()))
                .unwrap_or((rest, ""));
            out.extend_from_slice(ascii.as_bytes());
            let run = behind.find(|c: char| c.is_ascii()).unwrap_or(behind.len());
            let (run, behind) = behind.split_at_checked(run).unwrap_or((behind, ""));
            self.encode_run(run, out).ok_or(ErrorCode::CharsetUnmappable)?;
            rest = behind;
        }
        Ok(())
    }

    /// Appends characters that are not ASCII; `None` if one of them must not be sent.
    fn encode_run(self, run: &str, out: &mut Vec<u8>) -> Option<()> {
        if run.is_empty() {
            return Some(());
        }
        if run.chars().any(|c| self.disputes(c)) {
            return None;
        }
        let start = out.len();
        tables::encode(run, out)?;
        let encoded = out.get(start..)?;
        let fits = match self {
            Self::Gbk => all_pairs(encoded, |lead, trail| {
                // Not what GB18030 added to GBK: four bytes, a letter, signs of ideographic description, radicals.
                trail >= 0x40 && !matches!((lead, trail), (0xA8, 0xBF) | (0xA9, 0x89..=0x95) | (0xFE, 0x50..))
            }),
            Self::Gb2312 => all_pairs(encoded, |lead, trail| {
                // The rows of 1980, without what GBK filled their gaps with.
                matches!((lead, trail), (0xA1..=0xF7, 0xA1..=0xFE))
                    && !matches!(
                        (lead, trail),
                        (0xA2, 0xA1..=0xAA | 0xE3) | (0xA6, 0xE0..=0xF5) | (0xA8, 0xBB..=0xC0)
                    )
            }),
            Self::Utf8 | Self::Gb18030 => true,
        };
        fits.then_some(())
    }

    /// Whether the implementations in the field disagree about this character.
    fn disputes(self, c: char) -> bool {
        match c {
            // Nearly all there is to be encoded.
            '\u{4E00}'..='\u{9FA5}' => false,
            '\u{E000}'..='\u{F8FF}' | 'ḿ' | '\u{9FB4}'..='\u{9FBB}' | '︐'..='︙' => true,
            '\u{20087}' | '\u{20089}' | '\u{200CC}' | '\u{215D7}' | '\u{2298F}' | '\u{241FE}' => true,
            '€' | '⊕' => self == Self::Gbk,
            _ => false,
        }
    }
}

/// How much of the start is ASCII.
pub(crate) fn ascii_len(text: &[u8]) -> usize {
    let (chunks, rest) = text.as_chunks::<32>();
    let whole = chunks.iter().take_while(|chunk| chunk.is_ascii()).count();
    let rest = chunks.get(whole).map_or(rest, |chunk| chunk);
    let more = rest.iter().take_while(|byte| byte.is_ascii()).count();
    whole.saturating_mul(32).saturating_add(more)
}

/// Whether `fits` holds for every pair of what GBK's encoder wrote.
fn all_pairs(bytes: &[u8], fits: impl Fn(u8, u8) -> bool) -> bool {
    let mut pairs = bytes.chunks(2);
    pairs.all(|pair| matches!(*pair, [lead, trail] if fits(lead, trail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charset_is_read_in_any_case_and_written_as_alipay_writes_it() {
        for (text, charset) in [
            ("utf-8", Charset::Utf8),
            ("UTF8", Charset::Utf8),
            ("GBK", Charset::Gbk),
            ("gb18030", Charset::Gb18030),
            ("Gb2312", Charset::Gb2312),
        ] {
            assert_eq!(text.parse(), Ok(charset));
            assert_eq!(charset.as_str().parse(), Ok(charset));
        }
        for text in ["", " utf-8", "big5", "gbk\0", "utf_8", "latin1"] {
            let error = text.parse::<Charset>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::CharsetUnsupported, "{text}");
        }
    }

    #[test]
    fn utf_8_is_borrowed_and_its_errors_are_told() {
        assert!(matches!(
            Charset::Utf8.encode("中🍜"),
            Ok(Cow::Borrowed(b"\xE4\xB8\xAD\xF0\x9F\x8D\x9C"))
        ));
        assert!(matches!(
            Charset::Utf8.decode("中🍜".as_bytes()),
            Ok(Cow::Borrowed("中🍜"))
        ));
        let error = Charset::Utf8.decode(b"\xCC\xD8").unwrap_err();
        assert_eq!(error.code(), ErrorCode::CharsetMalformed);
    }

    #[test]
    fn a_pair_is_two_bytes_of_gbk_or_half_of_gb18030() {
        for pair in [
            &b"\x81\\"[..],
            b"\x95{",
            b"\x95}x",
            b"\xA9|",
            b"\xFE\xFE",
            b"\x81\x30",
            b"\x90\x39",
        ] {
            assert!(starts_with_pair(pair), "{pair:x?}");
        }
        // A lead byte that was cut off swallows neither a quote nor a comma.
        for other in [
            &b"\x81"[..],
            b"\x81\"",
            b"\x81,",
            b"\x81\x7F",
            b"\x81\xFF",
            b"\x80\\",
            b"\xFF\\",
            b"a\\",
            b"",
        ] {
            assert!(!starts_with_pair(other), "{other:x?}");
        }
    }

    #[cfg(not(any(feature = "gbk", feature = "host-charset")))]
    #[test]
    fn without_its_tables_a_charset_is_an_error_even_for_ascii() {
        for charset in [Charset::Gbk, Charset::Gb18030, Charset::Gb2312] {
            assert!(!charset.is_supported());
            for text in ["a", "中"] {
                assert_eq!(
                    charset.encode(text).unwrap_err().code(),
                    ErrorCode::CharsetUnsupported
                );
                assert_eq!(
                    charset.decode(text.as_bytes()).unwrap_err().code(),
                    ErrorCode::CharsetUnsupported
                );
            }
        }
    }

    /// The bytes are Python's (`str.encode`).
    #[cfg(feature = "gbk")]
    #[test]
    fn text_becomes_the_bytes_that_everybody_reads_alike() {
        let all = [Charset::Gbk, Charset::Gb18030, Charset::Gb2312];
        for (text, bytes) in [
            ("", &b""[..]),
            ("a\\\"{}\n", b"a\\\"{}\n"),
            ("特价手机", b"\xCC\xD8\xBC\xDB\xCA\xD6\xBB\xFA"),
            ("中 文", b"\xD6\xD0 \xCE\xC4"),
        ] {
            for charset in all {
                assert_eq!(charset.encode(text).unwrap(), bytes);
                assert_eq!(charset.decode(bytes).unwrap(), text);
            }
        }
        let traps = ("乗亄亇昞", b"\x81\\\x81{\x81}\x95\\");
        assert_eq!(Charset::Gbk.encode(traps.0).unwrap(), &traps.1[..]);
        assert_eq!(Charset::Gb18030.encode("€").unwrap(), &b"\xA2\xE3"[..]);
        assert_eq!(Charset::Gb18030.encode("🍜").unwrap(), &b"\x94\x39\xB9\x30"[..]);
        assert_eq!(Charset::Gb2312.encode("·—").unwrap(), &b"\xA1\xA4\xA1\xAA"[..]);
    }

    #[cfg(feature = "gbk")]
    #[test]
    fn what_is_not_there_or_read_in_two_ways_is_unmappable() {
        use Charset::{Gb2312, Gb18030, Gbk};
        for (charsets, texts) in [
            (&[Gbk, Gb2312][..], "🍜€⊕ǹ㐀⿰\u{E5E5}ḿ龴︐"),
            (&[Gb18030], "\u{E5E5}ḿ龴︐\u{20087}"),
            (&[Gb2312], "镕乗婾ⅰ︱ń・―"),
        ] {
            for charset in charsets {
                for text in texts.chars() {
                    let text = alloc::format!("中{text}文");
                    let error = charset.encode(&text).map(|_| ()).map_err(|error| error.code());
                    assert_eq!(error, Err(ErrorCode::CharsetUnmappable), "{charset:?} {text}");
                }
            }
        }
    }

    #[cfg(feature = "gbk")]
    #[test]
    fn bytes_that_are_no_text_are_malformed() {
        for bytes in [&b"\x81"[..], b"\xFF", b"\xFF\xFF", b"a\x81\"", b"\x81\x30\x81"] {
            let error = Charset::Gbk.decode(bytes).unwrap_err();
            assert_eq!(error.code(), ErrorCode::CharsetMalformed, "{bytes:x?}");
        }
    }
}
