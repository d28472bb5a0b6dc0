//! What Alipay's answers may repeat of a request must not reach a screen, a log or a snapshot: the payment code above all.

use crate::id::AuthCode;
use alloc::string::String;
use core::fmt;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// As many digits as the shortest auth_code has today.
const SHORTEST_CODE: usize = 16;
/// So many characters may be between two groups of a code's digits.
const MOST_BETWEEN: u8 = 3;
/// A snapshot is small whatever Alipay answers: no documented code is longer, in characters.
const LONGEST_WORD: usize = 64;
const LONGEST_MESSAGE: usize = 256;
/// With fewer digits than these a number is no secret.
const SHORTEST_SECRET: usize = 8;

/// What tells the payment's own code when it is seen again, without being it. A snapshot does not keep it.
#[derive(Clone)]
pub(super) struct OwnCode {
    length: usize,
    digest: [u8; 32],
}

impl OwnCode {
    pub(super) fn of(code: &AuthCode) -> Option<Self> {
        let code = code.expose();
        (code.len() >= SHORTEST_SECRET).then(|| Self {
            length: code.len(),
            digest: Sha256::digest(code).into(),
        })
    }

    fn is_in(&self, digits: &[u8]) -> bool {
        digits
            .windows(self.length)
            .any(|window| Sha256::digest(window).as_slice() == self.digest)
    }
}

impl fmt::Debug for OwnCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnCode(..)")
    }
}

/// A message as it may go to a screen, a log and a snapshot.
pub(super) fn presentable(message: &str, own: Option<&OwnCode>) -> String {
    without_codes(first(without_parameters(message), LONGEST_MESSAGE), own)
}

/// The same of a code or a status.
pub(super) fn word(word: &str, own: Option<&OwnCode>) -> String {
    without_codes(first(word, LONGEST_WORD), own)
}

fn first(text: &str, most: usize) -> &str {
    text.char_indices()
        .nth(most)
        .and_then(|(end, _)| text.get(..end))
        .unwrap_or(text)
}

/// The text with whatever may be an auth_code struck out: 16 digits and more, also in groups or full width, a face code, and
/// the payment's own code, whatever its length.
fn without_codes(text: &str, own: Option<&OwnCode>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if digit(first).is_none() {
            if rest.starts_with("fp") && rest.chars().take_while(char::is_ascii_graphic).count() >= 35 {
                out.push_str("***");
                rest = rest.trim_start_matches(|c: char| c.is_ascii_graphic());
            } else {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
            continue;
        }
        // A run of digits, with a few other characters between groups of them.
        let mut digits = Zeroizing::new([0; SHORTEST_CODE]);
        let (mut count, mut end, mut between) = (0_usize, 0, 0_u8);
        for (at, c) in rest.char_indices() {
            if let Some(digit) = digit(c) {
                if let Some(place) = digits.get_mut(count) {
                    *place = digit;
                }
                count = count.saturating_add(1);
                end = at.saturating_add(c.len_utf8());
                between = 0;
            } else if !c.is_alphanumeric() && between < MOST_BETWEEN {
                between = between.saturating_add(1);
            } else {
                break;
            }
        }
        let (run, after) = rest.split_at(end);
        let secret = match digits.get(..count) {
            Some(digits) if count < SHORTEST_CODE => own.is_some_and(|own| own.is_in(digits)),
            _ => true,
        };
        out.push_str(if secret { "***" } else { run });
        rest = after;
    }
    out
}

/// The digit in ASCII, if it is one, of either width.
fn digit(c: char) -> Option<u8> {
    let value = match c {
        '０'..='９' => u32::from(c).checked_sub(u32::from('０')),
        _ => c.to_digit(10),
    };
    value
        .and_then(|value| u8::try_from(value).ok())
        .and_then(|value| b'0'.checked_add(value))
}

/// Alipay's number of a trade: nothing that holds what may be an auth_code. A trade's number has 28 digits, of which the first are its
/// date; a code has 16 to 24 and begins with 25 to 30.
pub(super) fn trade_no(text: Option<String>, own: Option<&OwnCode>) -> Option<String> {
    text.filter(|text| {
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric());
        let mut runs = text.split(|c: char| !c.is_ascii_digit());
        let is_code = |run: &str| {
            let number = run.len() < SHORTEST_CODE || run.len() == 28 && run.starts_with("20");
            !number || own.is_some_and(|own| own.is_in(run.as_bytes()))
        };
        let face = text
            .find("fp")
            .and_then(|at| text.get(at..))
            .is_some_and(|rest| rest.len() >= 35);
        plain && text.len() <= 64 && !runs.any(is_code) && !face
    })
}

/// A message up to its first `key=value`: `isv.invalid-signature` repeats the whole request, auth_code included, and
/// messages go to screens and logs.
fn without_parameters(message: &str) -> &str {
    match message.split_once('=') {
        Some((before, _)) => before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        None => message,
    }
}
