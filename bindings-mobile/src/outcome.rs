//! How a payment ended, mirrored.

use crate::{ConflictReason, DeclineReason, UnresolvedReason, calls::Hidden};
use alipay_core::wire;
use std::fmt;

/// How a payment ended. None of these is an error.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum Outcome {
    /// The money is taken.
    Paid {
        /// The trade, from a verified answer or notification.
        trade: Trade,
        /// Whether it was found out after trouble (a lost answer, a restart, a cashier's cancel that came too late).
        late: bool,
        /// Whether it is proven to be our sale: pay's own answer said so, or it was paid no earlier than our pay left by Alipay's
        /// clock. If not, an older sale of the same amount under this number can't be excluded: compare the trade's `paidAt`.
        proven: bool,
    },
    /// Definitely refused; nothing was taken. The buyer may try again with a new order number.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// The gateway's code, if it answered.
        code: Option<String>,
        /// The business code; `businessCode` says what to do.
        sub_code: Option<String>,
        /// What Alipay says to the cashier.
        display: Option<String>,
    },
    /// Cancelled: the buyer owes nothing.
    Closed {
        /// True if the buyer had paid and the money went back, false if nothing was paid, absent if the answer that said so
        /// was lost.
        refunded: Option<bool>,
    },
    /// Our configuration or permission is wrong; nothing was taken.
    Rejected {
        /// The gateway's code: 40001, 40002, 40003, 40006 or 20001.
        code: String,
        /// The business code.
        sub_code: Option<String>,
        /// What Alipay says about it.
        display: Option<String>,
    },
    /// This order number belongs to another trade, or its amount is another, or it can't be told whether a payment is ours. A
    /// person must look.
    Conflict {
        /// How it was noticed.
        reason: ConflictReason,
        /// The business code that said so, if one did.
        sub_code: Option<String>,
        /// Whether a cancel was sent before it was noticed. If not, nothing was cancelled.
        cancel_sent: bool,
    },
    /// Attempts are exhausted, or a request may still land. This is **not** "unpaid". Resume the snapshot at `askAgainAt` to
    /// reconcile: it queries, then cancels what is still open. Or wait no longer, and give it up.
    Unresolved {
        /// What remained open.
        reason: UnresolvedReason,
        /// The business code of the last refusal, if there was one.
        sub_code: Option<String>,
        /// From when on asking again can end it: Unix milliseconds, by the host's clock.
        ask_again_at: i64,
    },
}

impl From<wire::Outcome> for Outcome {
    fn from(outcome: wire::Outcome) -> Self {
        match outcome {
            wire::Outcome::Paid { trade, late, proven } => Self::Paid {
                trade: trade.into(),
                late,
                proven,
            },
            wire::Outcome::Declined {
                reason,
                code,
                sub_code,
                display,
            } => Self::Declined {
                reason: reason.into(),
                code,
                sub_code,
                display,
            },
            wire::Outcome::Closed { refunded } => Self::Closed { refunded },
            wire::Outcome::Rejected {
                code,
                sub_code,
                display,
            } => Self::Rejected {
                code,
                sub_code,
                display,
            },
            wire::Outcome::Conflict {
                reason,
                sub_code,
                cancel_sent,
            } => Self::Conflict {
                reason: reason.into(),
                sub_code,
                cancel_sent,
            },
            wire::Outcome::Unresolved {
                reason,
                sub_code,
                ask_again_at,
            } => Self::Unresolved {
                reason: reason.into(),
                sub_code,
                ask_again_at,
            },
        }
    }
}

/// What became known after an outcome was told, because of a notification. The outcome stays as it was told.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum News {
    /// A trade that was told as not paid is paid. After `Closed`, `Input.Cancel` cancels it again.
    StillPaid {
        /// The trade, from the answer to a query.
        trade: Trade,
        /// Whether it is provably this payment's, as in `Outcome.Paid`. If not, an older sale under the number can't be excluded.
        proven: bool,
    },
    /// What was notified is provably another sale's under the number: paid before this payment's pay left, or of another
    /// amount. Nothing of it is cancelled; a person looks.
    OtherSale,
    /// The trade is closed: after `Paid` the merchant (or Alipay) refunded or closed it; otherwise there is nothing to do.
    Closed {
        /// True if it had been paid.
        refunded: Option<bool>,
    },
    /// Something was notified that contradicts the outcome, and asking brought no answer: ask again.
    NotKnown,
}

impl From<wire::News> for News {
    fn from(news: wire::News) -> Self {
        match news {
            wire::News::StillPaid { trade, proven } => Self::StillPaid {
                trade: trade.into(),
                proven,
            },
            wire::News::OtherSale {} => Self::OtherSale,
            wire::News::Closed { refunded } => Self::Closed { refunded },
            wire::News::NotKnown {} => Self::NotKnown,
        }
    }
}

/// A paid trade.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct Trade {
    /// The merchant's order number.
    pub out_trade_no: String,
    /// Alipay's trade number.
    pub trade_no: Option<String>,
    /// The order's total in yuan.
    pub total_amount: String,
    /// What the merchant receives, in yuan.
    pub receipt_amount: Option<String>,
    /// When it was paid, by Alipay's clock; Unix milliseconds.
    pub paid_at: Option<i64>,
    /// Everything Alipay said, as JSON: the verified node, or the notification's fields. It holds the buyer's ids: don't log
    /// it. A snapshot does not keep it.
    pub document: Option<String>,
}

impl From<wire::Trade> for Trade {
    fn from(trade: wire::Trade) -> Self {
        let wire::Trade {
            out_trade_no,
            trade_no,
            total_amount,
            receipt_amount,
            paid_at,
            document,
        } = trade;
        Self {
            out_trade_no,
            trade_no,
            total_amount,
            receipt_amount,
            paid_at,
            document: document.map(|document| document.get().to_owned()),
        }
    }
}

impl fmt::Debug for Trade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trade")
            .field("out_trade_no", &self.out_trade_no)
            .field("trade_no", &self.trade_no)
            .field("total_amount", &self.total_amount)
            .field("receipt_amount", &self.receipt_amount)
            .field("paid_at", &self.paid_at)
            .field("document", &Hidden(self.document.is_some()))
            .finish()
    }
}
