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
    /// This order number belongs to another trade, or its amount is another. Nothing was cancelled; a person must look.
    Conflict {
        /// How it was noticed.
        reason: ConflictReason,
        /// The business code that said so, if one did.
        sub_code: Option<String>,
    },
    /// Attempts are exhausted. This is **not** "unpaid". Resume the snapshot later to reconcile: it queries, then cancels
    /// what is still open.
    Unresolved {
        /// What remained open.
        reason: UnresolvedReason,
        /// The business code of the last refusal, if there was one.
        sub_code: Option<String>,
    },
}

impl From<wire::Outcome> for Outcome {
    fn from(outcome: wire::Outcome) -> Self {
        match outcome {
            wire::Outcome::Paid { trade, late } => Self::Paid {
                trade: trade.into(),
                late,
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
            wire::Outcome::Conflict { reason, sub_code } => Self::Conflict {
                reason: reason.into(),
                sub_code,
            },
            wire::Outcome::Unresolved { reason, sub_code } => Self::Unresolved {
                reason: reason.into(),
                sub_code,
            },
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
