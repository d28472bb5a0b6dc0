//! How each story ends for a driver that follows the core's default policy at the sandbox's own pace: what every
//! language's driver is tested against.

use crate::model::story::Story;
use alipay_core::codes::{Class, TABLE};

impl Story {
    /// The outcome's word: `paid`, `declined`, `closed`, `rejected`, `conflict` or `unresolved`.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        match self.code {
            // 31NN: the NN-th code of the document.
            code @ 3101..=3199 => match TABLE.get(usize::from(code - 3101)).map(|row| row.class) {
                Some(Class::Declined | Class::Configuration) => "declined",
                Some(Class::Conflict) => "conflict",
                // Not known, so asked: there is no trade.
                Some(Class::Unknown) | None => "closed",
            },
            1002..=1004 | 2002 | 2004 => "closed",
            3201..=3204 => "conflict",
            code @ 3301..=3310 if code % 2 == 0 => "closed",
            4005 => "declined",
            4001..=4006 | 4021 => "rejected",
            5002 | 5005 | 5009 | 5013 | 5014 => "closed",
            // Cancel is refused for good, and the buyer has paid.
            6006..=6010 => "paid",
            6011 | 6012 => "unresolved",
            6001..=6018 => "closed",
            7006 => "conflict",
            7007 => "closed",
            _ => "paid",
        }
    }
}
