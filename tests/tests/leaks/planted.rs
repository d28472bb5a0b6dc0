//! Secrets that a test plants, and the search for them in whatever a program shows: as they are, in pieces, and in every
//! notation in which bytes, texts and numbers get written down.

use alipay_core::{form, sign::to_base64};
use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
};

/// A key to the index of needles: enough bytes to be rare.
const HEAD: usize = 4;
/// A text is found by any piece of this many characters.
const PIECE: usize = 10;
/// A number is found by any aligned word of this many bytes.
const WORD: usize = 8;

/// What must not be found.
#[derive(Default)]
pub(crate) struct Planted {
    needles: HashMap<[u8; HEAD], Vec<(Vec<u8>, String)>>,
}

impl Planted {
    fn needle(&mut self, name: &str, notation: &str, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        let head = bytes.first_chunk::<HEAD>().expect("long enough to be rare");
        let needles = self.needles.entry(*head).or_default();
        if !needles.iter().any(|(known, _)| *known == bytes) {
            needles.push((bytes, format!("{name} ({notation})")));
        }
    }

    /// A secret text, such as a payment code or a token.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        let bytes = text.as_bytes();
        for piece in bytes.windows(PIECE.min(bytes.len())) {
            self.needle(name, "a piece", piece);
        }
        let encoded = form::encode([("", text)]);
        self.needle(name, "form", &encoded[1..]);
        let escaped = |write: fn(&mut String, u8)| {
            bytes.iter().fold(String::new(), |mut out, byte| {
                write(&mut out, *byte);
                out
            })
        };
        self.needle(
            name,
            "percent",
            escaped(|out, byte| write!(out, "%{byte:02X}").expect("memory")),
        );
        self.needle(
            name,
            "percent",
            escaped(|out, byte| write!(out, "%{byte:02x}").expect("memory")),
        );
        self.needle(
            name,
            "\\u",
            escaped(|out, byte| write!(out, "\\u{byte:04x}").expect("memory")),
        );
        self.bytes(name, bytes);
    }

    /// Secret bytes, found whole.
    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        let hex = |upper: bool| {
            bytes.iter().fold(String::new(), |mut out, byte| {
                let written = if upper {
                    write!(out, "{byte:02X}")
                } else {
                    write!(out, "{byte:02x}")
                };
                written.expect("memory");
                out
            })
        };
        self.needle(name, "hex", hex(false));
        self.needle(name, "hex", hex(true));
        // As `Debug` writes bytes. White space is not compared.
        let list: Vec<String> = bytes.iter().map(u8::to_string).collect();
        self.needle(name, "list of bytes", list.join(","));
        // Base64 of something longer: the secret may begin at any of three places of a group. Characters that its neighbours
        // decide are left out.
        for before in 0..3 {
            let padded: Vec<u8> = std::iter::repeat_n(0, before)
                .chain(bytes.iter().copied())
                .collect();
            let text = to_base64(&padded);
            let own = &text[(before * 8).div_ceil(6)..padded.len() * 8 / 6];
            self.needle(name, "base64", own);
            self.needle(name, "base64url", own.replace('+', "-").replace('/', "_"));
        }
    }

    /// A secret number of a key, from its bytes, the highest first.
    pub(crate) fn number(&mut self, name: &str, number: &[u8]) {
        // From the lowest word up, as arithmetic divides it; the highest may be short.
        for word in number.rchunks_exact(WORD) {
            self.needle(name, "bytes", word);
            let mut turned = word.to_vec();
            turned.reverse();
            self.needle(name, "bytes, lowest first", &*turned);
            self.bytes(name, word);
            self.bytes(name, &turned);
            let value = u64::from_be_bytes(word.try_into().expect("a word"));
            self.needle(name, "decimal word", value.to_string());
        }
        let digits = decimal(number);
        for piece in digits.as_bytes().chunks_exact(20) {
            self.needle(name, "decimal", piece);
        }
    }

    /// Which secrets these bytes show.
    pub(crate) fn found_in(&self, shown: &[u8]) -> BTreeSet<&str> {
        // Secrets have no white space, but lists, wrapped base64 and pretty `Debug` do.
        let dense: Vec<u8> = shown
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let mut found = BTreeSet::new();
        for text in [shown, &dense] {
            for (at, head) in text.windows(HEAD).enumerate() {
                for (needle, name) in self.needles.get(head).into_iter().flatten() {
                    if text[at..].starts_with(needle) {
                        found.insert(&**name);
                    }
                }
            }
        }
        found
    }
}

/// A number in decimal, by long division.
fn decimal(number: &[u8]) -> String {
    let (mut rest, mut digits) = (number.to_vec(), Vec::new());
    while rest.iter().any(|byte| *byte != 0) {
        let mut carry = 0_u32;
        for byte in &mut rest {
            carry = carry << 8 | u32::from(*byte);
            *byte = u8::try_from(carry / 10).expect("below 256");
            carry %= 10;
        }
        digits.push(char::from_digit(carry, 10).expect("below 10"));
    }
    digits.iter().rev().collect()
}

/// The secret numbers of a PKCS#1 private key, by name, read without the core.
pub(crate) fn private_numbers(pkcs1: &[u8]) -> Vec<(&'static str, &[u8])> {
    let names = [
        "version", "modulus", "exponent", "d", "p", "q", "dp", "dq", "qinv",
    ];
    let mut rest = value(pkcs1).0;
    let numbers = names.map(|name| {
        let (number, after) = value(rest);
        rest = after;
        (name, number.strip_prefix(&[0]).unwrap_or(number))
    });
    numbers[3..].to_vec()
}

/// The contents of a DER value, and what follows it.
fn value(der: &[u8]) -> (&[u8], &[u8]) {
    let long = if der[1] < 0x80 {
        0
    } else {
        usize::from(der[1] & 0x7f)
    };
    let len = match long {
        0 => usize::from(der[1]),
        _ => der[2..2 + long]
            .iter()
            .fold(0, |len, byte| len << 8 | usize::from(*byte)),
    };
    der[2 + long..].split_at(len)
}

#[test]
fn a_planted_secret_is_found_in_every_notation() {
    let mut planted = Planted::default();
    planted.text("code", "28763443825664394");
    planted.text("mail", "buyer@example.com");
    let number: Vec<u8> = (1..=128_u8).map(|byte| byte.wrapping_mul(91) ^ 0x35).collect();
    planted.number("p", &number);
    let code = "28763443825664394";
    for shown in [
        format!("auth_code={code}"),
        format!("auth_code={}", &code[3..14]),
        to_base64(format!("a{code}b").as_bytes()),
        to_base64(format!("ab{code}").as_bytes()),
        to_base64(format!("abc{code}cde").as_bytes()).replace('=', ""),
        code.bytes().map(|byte| format!("{byte:02x}")).collect(),
        code.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        format!("{:?}", code.as_bytes()),
        format!("{:#?}", code.as_bytes().to_vec()),
        "buyer%40example.com".to_owned(),
        "buyer@example.com".to_owned(),
        format!("{:?}", &number[40..70]),
        format!("{:02X?}", &number[..]).replace(", ", ""),
        number.iter().rev().map(|byte| format!("{byte:02x}")).collect(),
        decimal(&number),
        to_base64(&number[5..]),
        to_base64(&number[6..]),
        to_base64(&number[7..]),
    ] {
        assert!(!planted.found_in(shown.as_bytes()).is_empty(), "{shown}");
    }
    assert!(!planted.found_in(&number[50..]).is_empty());
    assert_eq!(decimal(&[0x01, 0x00]), "256");
    for harmless in [
        "",
        "28763",
        "out_trade_no=20150320010101001",
        "PrivateKey(2048 bits)",
    ] {
        assert!(planted.found_in(harmless.as_bytes()).is_empty(), "{harmless}");
    }
}
