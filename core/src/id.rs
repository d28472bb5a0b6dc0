//! Identifiers that were checked when they were made.

use crate::error::{Error, ErrorCode};
use alloc::string::String;
use core::{fmt, str::FromStr};
use zeroize::Zeroizing;

fn all(text: &str, max: usize, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.len() <= max && text.bytes().all(allowed)
}

/// The merchant's order number (商户订单号): 1 to 64 ASCII letters, digits or underscores.
///
/// It is the merchant's to choose and must never be used for two sales (seed document 002).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutTradeNo(String);

impl OutTradeNo {
    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OutTradeNo {
    type Err = Error;

    /// # Errors
    /// `out_trade_no`.
    fn from_str(text: &str) -> Result<Self, Error> {
        if all(text, 64, |b| b.is_ascii_alphanumeric() || b == b'_') {
            Ok(Self(text.into()))
        } else {
            Err(ErrorCode::OutTradeNo.into())
        }
    }
}

impl fmt::Display for OutTradeNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The application's id (APPID): 1 to 32 ASCII letters or digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AppId(String);

impl AppId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppId {
    type Err = Error;

    /// # Errors
    /// `app_id`.
    fn from_str(text: &str) -> Result<Self, Error> {
        if all(text, 32, |b| b.is_ascii_alphanumeric()) {
            Ok(Self(text.into()))
        } else {
            Err(ErrorCode::AppId.into())
        }
    }
}

/// The buyer's payment code (付款码), as the scanner read it. Good for one payment and wiped from memory when dropped;
/// `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthCode(Zeroizing<String>);

impl AuthCode {
    /// A code in today's format: 16 to 24 digits that start with 25 to 30.
    ///
    /// # Errors
    /// `auth_code`.
    pub fn new(text: &str) -> Result<Self, Error> {
        let code = Self::new_lenient(text)?;
        let prefix_known = text
            .get(..2)
            .is_some_and(|prefix| ("25"..="30").contains(&prefix));
        if (16..=24).contains(&text.len()) && prefix_known {
            Ok(code)
        } else {
            Err(ErrorCode::AuthCode.into())
        }
    }

    /// A code in a future format: the document asks integrators to take the code's length from the scanner, so this
    /// accepts 1 to 32 digits (the field's length). A payment takes one only if its policy allows `long_auth_codes`.
    ///
    /// # Errors
    /// `auth_code`.
    pub fn new_lenient(text: &str) -> Result<Self, Error> {
        if all(text, 32, |b| b.is_ascii_digit()) {
            Ok(Self(Zeroizing::new(text.into())))
        } else {
            Err(ErrorCode::AuthCode.into())
        }
    }

    /// What a face payment (刷脸支付, scene `security_code`) has instead: 35 characters that start with `fp`.
    ///
    /// # Errors
    /// `auth_code`.
    pub fn face(text: &str) -> Result<Self, Error> {
        if is_face(text) {
            Ok(Self(Zeroizing::new(text.into())))
        } else {
            Err(ErrorCode::AuthCode.into())
        }
    }

    /// Whether it is a face payment's.
    #[must_use]
    pub fn is_face(&self) -> bool {
        is_face(&self.0)
    }

    /// Whether the code has today's format.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        let prefix_known = self
            .0
            .get(..2)
            .is_some_and(|prefix| ("25"..="30").contains(&prefix));
        (16..=24).contains(&self.0.len()) && prefix_known
    }

    /// The secret.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

fn is_face(text: &str) -> bool {
    text.len() == 35 && text.starts_with("fp") && text.bytes().all(|b| b.is_ascii_graphic())
}

impl fmt::Debug for AuthCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthCode(..)")
    }
}

/// Text about a person, such as a buyer's id: in the message, never in `Debug`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Personal(String);

impl Personal {
    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Personal {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Personal {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_checked() {
        let long = "a".repeat(65);
        for text in ["", "a b", "订单", "a-b", &long] {
            assert_eq!(
                text.parse::<OutTradeNo>().unwrap_err().code(),
                ErrorCode::OutTradeNo,
                "{text:?}"
            );
        }
        assert!("a".repeat(64).parse::<OutTradeNo>().is_ok());
        assert!("20150320010101001".parse::<OutTradeNo>().is_ok());
        assert_eq!("2014 0723".parse::<AppId>().unwrap_err().code(), ErrorCode::AppId);
    }

    #[test]
    fn an_auth_code_is_checked_and_never_shown() {
        for text in [
            "2412345678901234",
            "3112345678901234",
            "251234567890123",
            "2512345678901234567890123",
            "25123456789O1234",
            "",
        ] {
            assert_eq!(
                AuthCode::new(text).unwrap_err().code(),
                ErrorCode::AuthCode,
                "{text:?}"
            );
        }
        let code = AuthCode::new("28763443825664394").unwrap();
        assert_eq!(alloc::format!("{code:?}"), "AuthCode(..)");
        assert!(AuthCode::new_lenient("99999999999999999999999999999999").is_ok());
    }

    #[test]
    fn a_face_payments_code_is_35_characters_from_fp_on() {
        let face = alloc::format!("fp{}", "0aZ".repeat(11));
        assert!(AuthCode::face(&face).unwrap().is_face());
        assert!(!AuthCode::face(&face).unwrap().is_standard());
        for text in [
            &face[1..],
            &alloc::format!("{face}0"),
            &face.replace('f', "F"),
            &face.replace('Z', " "),
        ] {
            assert_eq!(
                AuthCode::face(text).unwrap_err().code(),
                ErrorCode::AuthCode,
                "{text:?}"
            );
        }
    }
}
