//! One pass over a response's top level: where each key and value lies, without understanding the values.
//!
//! What is signed is the node's raw bytes, so the range found here is both verified and parsed; nothing is searched
//! again by name and nothing is written anew. Bytes may be GBK even where UTF-8 was asked for: a trail byte of GBK can
//! be `\`, `{` or `}`, and must not be taken for one.

use super::MAX_RESPONSE_BYTES;
use crate::{
    charset::{Charset, ascii_len, starts_with_pair},
    error::{Error, ErrorCode},
};
use alloc::{borrow::Cow, string::String};
use core::ops::Range;
use memchr::memchr2;

/// The parts of a response that matter.
pub(crate) struct Envelope<'a> {
    /// The response node's raw bytes, quotes included if it is a string.
    pub(crate) node: &'a [u8],
    /// `sign`, unescaped.
    pub(crate) sign: Option<String>,
    /// `alipay_cert_sn`, unescaped; not signed.
    pub(crate) cert_sn: Option<String>,
}

impl<'a> Envelope<'a> {
    /// The parts of a body that is not verified, for a diagnosis.
    pub(crate) fn to_diagnose(body: &'a [u8], method: &str) -> Result<Self, Error> {
        if body.len() > MAX_RESPONSE_BYTES {
            return Err(ErrorCode::ResponseTooLarge.into());
        }
        Self::read(body, method, core::str::from_utf8(body).is_err())
    }

    /// `pairs`: the second byte of two that GBK takes together means nothing.
    pub(super) fn read(body: &'a [u8], method: &str, pairs: bool) -> Result<Self, Error> {
        let mut scanner = Scanner {
            body,
            at: 0,
            pairs: if pairs { beyond_ascii(body) } else { 0..0 },
        };
        let (mut node, mut sign, mut cert_sn) = (None, None, None);
        scanner.members(|key, value| {
            let key = lossy(key);
            let key: String = serde_json::from_str(&key).map_err(|_| ErrorCode::ResponseNotJson)?;
            let slot = match &*key {
                "sign" => &mut sign,
                "alipay_cert_sn" => &mut cert_sn,
                "error_response" => &mut node,
                name if is_node_of(method, name) => &mut node,
                name if name.ends_with("_response") => return Err(ErrorCode::ResponseNoNode.into()),
                _ => return Ok(()),
            };
            if slot.replace(value).is_some() {
                Err(ErrorCode::ResponseDuplicate.into())
            } else {
                Ok(())
            }
        })?;
        let sign = sign
            .map(|value| serde_json::from_slice::<String>(value).map_err(|_| ErrorCode::SignatureFormat))
            .transpose()?
            .filter(|sign| !sign.is_empty());
        Ok(Self {
            node: node.ok_or(ErrorCode::ResponseNoNode)?,
            sign,
            cert_sn: cert_sn.and_then(|value| serde_json::from_slice(value).ok()),
        })
    }

    /// The node as text, for parsing after verification: in this charset; else in what it may be instead (of
    /// GBK and its relatives GB18030 is the superset). What is neither, or GBK in a build without its tables, keeps its
    /// ASCII, so that codes and amounts stay legible, and reads as U+FFFD for the rest. Only the node's own bytes decide:
    /// those beside it are anybody's.
    pub(super) fn node_text(&self, charset: Charset) -> Cow<'a, str> {
        let other = if charset == Charset::Utf8 {
            Charset::Gb18030
        } else {
            Charset::Utf8
        };
        charset
            .decode(self.node)
            .or_else(|_| other.decode(self.node))
            .unwrap_or_else(|_| lossy(self.node))
    }
}

/// `alipay.trade.pay` is answered by `alipay_trade_pay_response`.
fn is_node_of(method: &str, name: &str) -> bool {
    name.strip_suffix("_response").is_some_and(|stem| {
        stem.len() == method.len()
            && stem
                .bytes()
                .zip(method.bytes())
                .all(|(s, m)| s == if m == b'.' { b'_' } else { m })
    })
}

/// UTF-8 as it is; in anything else only ASCII is legible.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = core::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [byte, behind @ ..] = rest {
        let pair = starts_with_pair(rest);
        out.push(if byte.is_ascii() {
            char::from(*byte)
        } else {
            char::REPLACEMENT_CHARACTER
        });
        rest = behind.get(usize::from(pair)..).unwrap_or_default();
    }
    Cow::Owned(out)
}

struct Scanner<'a> {
    body: &'a [u8],
    at: usize,
    /// From the first to the last byte that may begin a pair: outside it there are none to look for.
    pairs: Range<usize>,
}

/// From the first byte that is not ASCII to about the last.
fn beyond_ascii(bytes: &[u8]) -> Range<usize> {
    let first = ascii_len(bytes);
    let behind = bytes.get(first..).unwrap_or_default();
    let (_, chunks) = behind.as_rchunks::<32>();
    // A chunk more or less at the end is not worth being exact.
    let plain = chunks.iter().rev().take_while(|chunk| chunk.is_ascii()).count();
    first..bytes.len().saturating_sub(plain.saturating_mul(32))
}

impl<'a> Scanner<'a> {
    /// Calls `visit` with the raw key (quotes included) and raw value of each member of the one object the body must be.
    fn members(
        &mut self,
        mut visit: impl FnMut(&'a [u8], &'a [u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.expect(b'{')?;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at = self.at.saturating_add(1);
            return self.end();
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            self.expect(b':')?;
            self.skip_space();
            let value = self.value()?;
            visit(self.slice(key), self.slice(value))?;
            self.skip_space();
            match self.next() {
                Some(b',') => {}
                Some(b'}') => return self.end(),
                _ => return Err(not_json()),
            }
        }
    }

    fn slice(&self, range: Range<usize>) -> &'a [u8] {
        self.body.get(range).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at = self.at.saturating_add(1);
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Error> {
        self.skip_space();
        if self.next() == Some(byte) {
            Ok(())
        } else {
            Err(not_json())
        }
    }

    /// Nothing but white space may follow.
    fn end(&mut self) -> Result<(), Error> {
        self.skip_space();
        if self.peek().is_none() {
            Ok(())
        } else {
            Err(not_json())
        }
    }

    /// A string, quotes included.
    fn string(&mut self) -> Result<Range<usize>, Error> {
        let start = self.at;
        if self.next() != Some(b'"') {
            return Err(not_json());
        }
        loop {
            // Straight to the next byte that matters: most of a response is inside strings.
            let rest = self.body.get(self.at..).unwrap_or_default();
            let plain = memchr2(b'"', b'\\', rest).ok_or_else(not_json)?;
            let found = self.at.saturating_add(plain);
            if self.at < self.pairs.end && self.pairs.start < found {
                self.skip_pairs(found);
            }
            if self.at > found {
                // It was the second byte of a pair.
                continue;
            }
            self.at = found;
            match self.next().ok_or_else(not_json)? {
                b'"' => return Ok(start..self.at),
                _ => {
                    self.next().ok_or_else(not_json)?;
                }
            }
        }
    }

    /// Goes on to `end`, or behind it if a pair begins before it and ends there.
    fn skip_pairs(&mut self, end: usize) {
        while self.at < end {
            let pair = starts_with_pair(self.body.get(self.at..).unwrap_or_default());
            self.at = self.at.saturating_add(if pair { 2 } else { 1 });
        }
    }

    /// Any value: a string, a balanced object or array, or a bare word.
    fn value(&mut self) -> Result<Range<usize>, Error> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => return self.string(),
            Some(b'{' | b'[') => {}
            _ => return self.word(),
        }
        let mut depth = 0_usize;
        loop {
            match self.peek().ok_or_else(not_json)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at = self.at.saturating_add(1);
            if depth == 0 {
                return Ok(start..self.at);
            }
        }
    }

    fn word(&mut self) -> Result<Range<usize>, Error> {
        let start = self.at;
        while matches!(
            self.peek(),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.')
        ) {
            self.at = self.at.saturating_add(1);
        }
        if self.at == start {
            Err(not_json())
        } else {
            Ok(start..self.at)
        }
    }
}

fn not_json() -> Error {
    ErrorCode::ResponseNotJson.into()
}
