//! What we are charging, and whose a trade under our number is (rule 13): told by Alipay's clock, not the till's.

use super::{outcome::Trade, redacting::OwnCode};
use crate::{amount::Amount, id::OutTradeNo, json::Json, time::Timestamp};
use alloc::string::String;
use core::time::Duration;

/// How much earlier than our pay a payment may seem to be by Alipay's clock, whose times are whole seconds.
const TOLERANCE: Duration = Duration::from_secs(2);
/// The same by the till's clock, which may be wrong by minutes.
const TILL_TOLERANCE: Duration = Duration::from_secs(10 * 60);

/// Whose a paid trade of our number and amount is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Provably the one our pay made.
    Ours,
    /// Provably an older one.
    Anothers,
    /// Nobody can tell.
    Unknown,
}

/// What an answer must match to be about our sale.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    pub(super) out_trade_no: OutTradeNo,
    pub(super) total_amount: Amount,
    /// The host's clock when pay left, once it has.
    pub(super) pay_left: Option<Timestamp>,
    /// Alipay's clock when pay left: no earlier and no later than these.
    pub(super) left_between: Option<(Timestamp, Timestamp)>,
    /// Whether the answer to our pay itself said that the trade is ours.
    pub(super) known_ours: bool,
    /// Our pay provably never left: whatever is paid under the number is another's.
    pub(super) unsent: bool,
    /// What was charged with, to be struck out of answers; not known after a restart.
    pub(super) own_code: Option<OwnCode>,
}

impl Sale {
    /// Our sale, paid: number and amount are ours, the rest is what Alipay said.
    pub(super) fn trade(
        &self,
        trade_no: Option<String>,
        receipt_amount: Option<Amount>,
        paid_at: Option<Timestamp>,
        document: Option<Json>,
    ) -> Trade {
        Trade {
            out_trade_no: self.out_trade_no.as_str().into(),
            trade_no,
            total_amount: self.total_amount,
            receipt_amount,
            paid_at,
            document,
        }
    }

    /// Whose this paid trade is.
    pub(super) fn whose(&self, trade: &Trade) -> Whose {
        broken!(TakesDisputedSales => return Whose::Ours);
        broken!(SuspectsItsOwnSale => if !self.known_ours { return Whose::Anothers });
        if self.unsent {
            return Whose::Anothers;
        }
        if self.known_ours {
            return Whose::Ours;
        }
        let Some(paid_at) = trade.paid_at else {
            return Whose::Unknown;
        };
        match self.left_between {
            Some((_, latest)) if paid_at.saturating_add(TOLERANCE) >= latest => Whose::Ours,
            Some((earliest, _)) if paid_at.saturating_add(TOLERANCE) < earliest => Whose::Anothers,
            _ if self.long_before_by_the_till(paid_at) => Whose::Anothers,
            _ => Whose::Unknown,
        }
    }

    fn long_before_by_the_till(&self, paid_at: Timestamp) -> bool {
        self.pay_left
            .is_none_or(|left| paid_at.saturating_add(TILL_TOLERANCE) < left)
    }

    /// One more thing is known about when pay left.
    pub(super) fn left_within(&mut self, earliest: Timestamp, latest: Timestamp) {
        self.left_between = match self.left_between {
            None => Some((earliest, latest)),
            Some((low, high)) => {
                let (low, high) = (low.max(earliest), high.min(latest));
                // Clocks that contradict each other prove nothing.
                (low <= high).then_some((low, high))
            }
        };
    }
}
