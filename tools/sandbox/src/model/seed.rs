//! What is drawn from the seed: numbers that look random and are the same in every run with the same seed.
//!
//! Each draw is a digest of the seed, a label and the parts that make it unique, so nothing has to be remembered over
//! a restart.

use crate::model::trade::Buyer;
use alipay_core::Timestamp;
use sha2::{Digest as _, Sha256};

/// The source of everything random.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed(u64);

impl Seed {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn draw(self, label: &str, parts: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.to_be_bytes());
        for part in [label].iter().chain(parts) {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }

    /// Thirty-two hexadecimal digits.
    pub(crate) fn hex(self, label: &str, parts: &[&str]) -> String {
        let bytes = self.draw(label, parts);
        bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Up to 32 decimal digits.
    fn digits(self, label: &str, parts: &[&str], count: usize) -> String {
        let bytes = self.draw(label, parts);
        bytes
            .iter()
            .take(count)
            .map(|byte| char::from(b'0' + byte % 10))
            .collect()
    }

    /// A trade_no of 28 digits: the day in Beijing, fourteen from the seed, and the trade's sequence number, which
    /// makes it unique.
    pub(crate) fn trade_no(self, sequence: usize, now: Timestamp) -> String {
        let day: String = now
            .to_beijing()
            .chars()
            .filter(char::is_ascii_digit)
            .take(8)
            .collect();
        let middle = self.digits("trade_no", &[&sequence.to_string()], 14);
        format!("{day}{middle}{:06}", sequence % 1_000_000)
    }

    /// The buyer behind a payment code: the third to sixth digit tell buyers apart, so that one buyer can show
    /// several codes.
    pub(crate) fn buyer(self, auth_code: &str) -> Buyer {
        self.buyer_named(auth_code.get(2..6).unwrap_or(auth_code))
    }

    /// The buyer with this name.
    pub(crate) fn buyer_named(self, name: &str) -> Buyer {
        let digits = self.digits("buyer", &[name], 18);
        let (user, logon) = digits.split_at(12);
        let (head, tail) = logon.split_at(2);
        Buyer {
            user_id: format!("2088{user}"),
            logon_id: format!("1{head}****{tail}"),
        }
    }

    /// What is remembered of a payment code once it was used: never the code.
    pub(crate) fn auth_code_digest(self, auth_code: &str) -> String {
        self.hex("auth_code", &[auth_code])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let now = Timestamp::from_unix_ms(1_406_142_470_000).unwrap();
        let trade_no = Seed::new(7).trade_no(3, now);
        assert_eq!(trade_no.len(), 28);
        assert!(trade_no.starts_with("20140724") && trade_no.ends_with("000003"));
        assert_eq!(trade_no, Seed::new(7).trade_no(3, now));
        assert_ne!(trade_no, Seed::new(8).trade_no(3, now));
    }

    #[test]
    fn digits_three_to_six_of_a_code_are_the_buyer() {
        let seed = Seed::new(1);
        let buyer = seed.buyer("2800010000000001");
        assert_eq!(buyer, seed.buyer("2700019999990002"));
        assert_ne!(buyer, seed.buyer("2800020000000001"));
        assert_eq!((buyer.user_id.len(), buyer.logon_id.len()), (16, 11));
    }
}
