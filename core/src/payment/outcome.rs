//! How a payment ends, and where it stands on the way: data for a cashier's screen.

use crate::{amount::Amount, json::Json, time::Timestamp};
use alloc::string::String;

/// How a payment ended. None of these is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        /// The gateway's code, if it answered; over v3, only where the gateway itself refused (`app-call-limited`).
        code: Option<String>,
        /// The business code; see [`crate::codes::lookup`] for what to do.
        sub_code: Option<String>,
        /// What Alipay says to the cashier (`display_message`, or `sub_msg`).
        display: Option<String>,
    },
    /// Cancelled: the buyer owes nothing.
    Closed {
        /// `Some(true)` if the buyer had paid and the money went back, `Some(false)` if nothing was paid, `None` if the answer
        /// that said so was lost.
        refunded: Option<bool>,
    },
    /// Our configuration or permission is wrong; nothing was taken.
    Rejected {
        /// The gateway's code: 40001, 40002, 40003, 40006 or 20001; over v3 a word such as `invalid-signature`, and no `sub_code`.
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
    /// Attempts are exhausted. This is **not** "unpaid". Restore the snapshot later to reconcile: it queries, then cancels
    /// what is still open.
    Unresolved {
        /// What remained open.
        reason: UnresolvedReason,
        /// The business code of the last refusal, if there was one.
        sub_code: Option<String>,
    },
}

impl Outcome {
    /// The stable word: `paid`, `declined`, `closed`, `rejected`, `conflict` or `unresolved`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Paid { .. } => "paid",
            Self::Declined { .. } => "declined",
            Self::Closed { .. } => "closed",
            Self::Rejected { .. } => "rejected",
            Self::Conflict { .. } => "conflict",
            Self::Unresolved { .. } => "unresolved",
        }
    }
}

/// A paid trade. `Debug` shows nothing about the buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trade {
    /// The merchant's order number.
    pub out_trade_no: String,
    /// Alipay's trade number.
    pub trade_no: Option<String>,
    /// The order's total.
    pub total_amount: Amount,
    /// What the merchant receives.
    pub receipt_amount: Option<Amount>,
    /// When it was paid, by Alipay's clock.
    pub paid_at: Option<Timestamp>,
    /// Everything Alipay said: the verified node or the notification's fields, as JSON. A snapshot does not keep it.
    pub document: Option<Json>,
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident $word:literal $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $doc] $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable word of the wire model.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The value of a word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }
    };
}

words! {
    /// Why a payment was declined.
    DeclineReason {
        Refused "refused" "Alipay refused it for good.";
        RateLimited "rateLimited" "Too many calls (40005; over v3 `app-call-limited` or `method-call-limited`).";
        NotSent "notSent" "The request provably never left this machine.";
    }
}

words! {
    /// How a conflict was noticed.
    ConflictReason {
        OrderNumberTaken "orderNumberTaken" "Alipay answered pay that the number belongs to another trade.";
        AmountDiffers "amountDiffers" "A trade under this number has another amount.";
        PaidEarlier "paidEarlier" "A trade under this number was paid before our pay left.";
        ExistsUnsent "existsUnsent" "A trade under this number exists although our pay was never sent.";
    }
}

words! {
    /// What remained open.
    UnresolvedReason {
        CancelExhausted "cancelExhausted" "Every cancel was sent without a decisive answer.";
        CancelRefused "cancelRefused" "Alipay refuses to cancel, and the trade is neither paid nor closed.";
        SellerBalance "sellerBalance" "The buyer has paid, and the merchant's balance does not cover the refund.";
        ConflictUnconfirmed "conflictUnconfirmed" "The number may belong to another trade, and no query was answered. Nothing was cancelled.";
    }
}

words! {
    /// Where a payment stands, for a cashier's screen.
    Phase {
        Ready "ready" "Nothing was sent yet.";
        Paying "paying" "The payment was sent; waiting for the answer.";
        AwaitingBuyer "awaitingBuyer" "The buyer is asked to confirm on the phone (等待用户付款).";
        Confirming "confirming" "The result is unknown; asking Alipay.";
        Cancelling "cancelling" "Cancelling the trade.";
        Done "done" "There is an outcome.";
    }
}
pub(crate) use words;
