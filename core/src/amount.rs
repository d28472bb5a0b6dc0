//! Money, counted in fen (1/100 yuan). Never a float, never rounded.
//!
//! This room knows nothing of the others but the error table.

use crate::error::{Error, ErrorCode};
use core::{fmt, str::FromStr};

/// An amount of money in CNY, in whole fen.
///
/// On the wire it is a decimal string in yuan: `"88.88"`. [`Amount::from_str`] reads what a merchant types: digits
/// with at most two decimals, between 0.01 and 100000000 yuan (`Price` of `alipay.trade.pay`).
///
/// ```
/// use alipay_core::Amount;
/// let total: Amount = "88.8".parse()?;
/// assert_eq!(total.fen(), 8880);
/// assert_eq!(total.to_string(), "88.80");
/// assert!("1e3".parse::<Amount>().is_err());
/// # Ok::<(), alipay_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

impl Amount {
    /// The smallest amount that can be charged: 0.01 yuan.
    pub const MIN: Self = Self(1);
    /// The largest amount that can be charged: 100000000 yuan.
    pub const MAX: Self = Self(10_000_000_000);
    /// Nothing; only ever read from an answer, never charged.
    pub const ZERO: Self = Self(0);

    /// An amount to be charged, in fen.
    ///
    /// # Errors
    /// `amount_range` outside 1 to 10 000 000 000 fen.
    pub fn from_fen(fen: u64) -> Result<Self, Error> {
        let amount = Self(fen);
        if (Self::MIN..=Self::MAX).contains(&amount) {
            Ok(amount)
        } else {
            Err(ErrorCode::AmountRange.into())
        }
    }

    /// An amount out of an answer that was read before; it may be zero.
    pub(crate) const fn from_any_fen(fen: u64) -> Self {
        Self(fen)
    }

    /// The amount in fen.
    #[must_use]
    pub const fn fen(self) -> u64 {
        self.0
    }

    /// How many characters [`Display`](fmt::Display) writes.
    pub(crate) fn written_len(self) -> usize {
        let digits = (self.0 / 100).checked_ilog10().unwrap_or(0).saturating_add(1);
        let decimals = if self == Self::MAX { 0 } else { 3 };
        usize::try_from(digits)
            .unwrap_or(usize::MAX)
            .saturating_add(decimals)
    }

    /// Reads an amount out of an answer: as [`Amount::from_str`], but zero is allowed, since
    /// a discount or a refund may be nothing.
    ///
    /// # Errors
    /// `amount_format`, `amount_range`.
    pub fn parse_any(text: &str) -> Result<Self, Error> {
        let format = || Error::new(ErrorCode::AmountFormat);
        let (yuan, decimals) = match text.split_once('.') {
            Some((_, "")) => return Err(format()),
            Some(parts) => parts,
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if yuan.is_empty() || decimals.len() > 2 || !digits(yuan) || !digits(decimals) {
            return Err(format());
        }
        let range = || Error::new(ErrorCode::AmountRange);
        // More digits than the limit has can only be leading zeros or too much money: both are refused.
        if yuan.len() > 11 {
            return Err(range());
        }
        let yuan: u64 = yuan.parse().map_err(|_| format())?;
        let cents: u64 = match decimals.len() {
            0 => 0,
            1 => decimals.parse::<u64>().map_err(|_| format())?.saturating_mul(10),
            _ => decimals.parse().map_err(|_| format())?,
        };
        let fen = yuan
            .checked_mul(100)
            .and_then(|fen| fen.checked_add(cents))
            .ok_or_else(range)?;
        if fen > Self::MAX.0 {
            Err(range())
        } else {
            Ok(Self(fen))
        }
    }

    /// The sum, unless it is more than can be charged.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0
            .checked_add(other.0)
            .map(Self)
            .filter(|sum| *sum <= Self::MAX)
    }
}

impl FromStr for Amount {
    type Err = Error;

    /// # Errors
    /// `amount_format` for anything but digits with at most two decimals; `amount_range` outside 0.01–100000000.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse_any(text).and_then(|amount| Self::from_fen(amount.0))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The field has 11 characters: the largest amount only fits without its decimals.
        if *self == Self::MAX {
            return write!(f, "{}", self.0 / 100);
        }
        let fen = self.0 % 100;
        write!(f, "{}.{}{}", self.0 / 100, fen / 10, fen % 10)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Amount({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn reads_and_writes_what_the_document_allows() {
        for (text, fen, written) in [
            ("0.01", 1, "0.01"),
            ("88.88", 8888, "88.88"),
            ("1", 100, "1.00"),
            ("9.9", 990, "9.90"),
            ("100000000", 10_000_000_000, "100000000"),
            ("100000000.00", 10_000_000_000, "100000000"),
        ] {
            let amount: Amount = text.parse().unwrap();
            assert_eq!(
                (amount.fen(), amount.to_string().as_str()),
                (fen, written),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_an_amount() {
        for text in [
            "", ".", "1.", ".5", "1.001", "0.001", "1e3", "-1", "+1", " 1", "1 ", "1,000", "0x10", "１",
            "1.2.3", "NaN", "1_000",
        ] {
            assert_eq!(
                text.parse::<Amount>().unwrap_err().code(),
                ErrorCode::AmountFormat,
                "{text:?}"
            );
        }
        for text in [
            "0",
            "0.00",
            "100000000.01",
            "100000001",
            "99999999999999999999999",
        ] {
            assert_eq!(
                text.parse::<Amount>().unwrap_err().code(),
                ErrorCode::AmountRange,
                "{text:?}"
            );
        }
    }
}
