//! How each story ends for a driver that follows the core's default policy at the sandbox's own pace: what every
//! language's driver is tested against.

use crate::model::story::Story;
use alipay_core::codes::{Class, TABLE};

impl Story {
    /// The outcome's word (`paid`, `declined`, `closed`, `rejected`, `conflict` or `unresolved`) for a driver over v2 whose transport
    /// resets its connections. Over plain HTTP nothing tells Alipay's clock, so what a number that is taken is paid for
    /// can't be proven to be this sale.
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
            3201..=3204 | 3211..=3214 => "conflict",
            code @ 3301..=3310 if code % 2 == 0 => "closed",
            4005 => "declined",
            4001..=4006 | 4021 => "rejected",
            5002 | 5005 | 5009 | 5013 | 5014 => "closed",
            // Cancel is refused for good, and the buyer has paid.
            6006..=6010 => "paid",
            6011 => "unresolved",
            // 6012: refused for good, until the order's own time is over.
            6001..=6018 => "closed",
            7006 => "conflict",
            7007 => "unresolved",
            _ => "paid",
        }
    }

    /// The same for a driver whose transport can't say that a connection was reset: what got no answer may still land.
    #[must_use]
    pub fn ending_without_resets(&self) -> &'static str {
        match self.code {
            5002 | 5009 | 5013 | 5014 => "unresolved",
            _ => self.ending(),
        }
    }

    /// [`Story::ending`] over v3, whose answers are signed with Alipay's time.
    #[must_use]
    pub fn ending_over_v3(&self) -> &'static str {
        match self.code {
            3211..=3214 => "paid",
            // Over v3 these two codes are not certain to refuse for good: a query tells that nothing was sold.
            4002 | 4003 => "closed",
            _ => self.ending(),
        }
    }
}
