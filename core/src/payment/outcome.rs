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
        /// Whether it is proven to be our sale: pay's own answer said so, or it was paid no earlier than our pay left by Alipay's
        /// clock. If not, an older sale of the same amount under this number can't be excluded: compare [`Trade::paid_at`].
        proven: bool,
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
    /// Attempts are exhausted, or a request may still land. This is **not** "unpaid". Restore the snapshot at
    /// `ask_again_at` to reconcile: it queries, then cancels what is still open. Or wait no longer:
    /// [`Input::GiveUp`](super::Input::GiveUp).
    Unresolved {
        /// What remained open.
        reason: UnresolvedReason,
        /// The business code of the last refusal, if there was one.
        sub_code: Option<String>,
        /// From when on asking again can end it, by the host's clock.
        ask_again_at: Timestamp,
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

/// What became known after an outcome was told, because of a notification. The outcome stays as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A trade that was told as not paid is paid. After `Closed`, [`Input::Cancel`](super::Input::Cancel) cancels it again.
    StillPaid {
        /// The trade, from the answer to a query.
        trade: Trade,
        /// Whether it is provably this payment's, as in [`Outcome::Paid`]. If not, an older sale under the number can't be
        /// excluded.
        proven: bool,
    },
    /// What was notified is provably another sale's under the number: paid before this payment's pay left, or of another
    /// amount. Nothing of it is cancelled; a person looks.
    OtherSale,
    /// The trade is closed: after `Paid` the merchant (or Alipay) refunded or closed it; otherwise there is nothing to do.
    Closed {
        /// `Some(true)` if it had been paid.
        refunded: Option<bool>,
    },
    /// Something was notified that contradicts the outcome, and asking brought no answer: ask again.
    NotKnown,
}

impl News {
    /// The stable word: `stillPaid`, `otherSale`, `closed` or `notKnown`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::StillPaid { .. } => "stillPaid",
            Self::OtherSale => "otherSale",
            Self::Closed { .. } => "closed",
            Self::NotKnown => "notKnown",
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
        PaidAfterGivingUp "paidAfterGivingUp" "The payment was given up, and a trade of its amount is paid that may be another sale's: money to check.";
    }
}

words! {
    /// What remained open.
    UnresolvedReason {
        CancelExhausted "cancelExhausted" "Every cancel was sent without a decisive answer.";
        CancelRefused "cancelRefused" "Alipay refuses to cancel, and the trade is neither paid nor closed.";
        SellerBalance "sellerBalance" "The buyer has paid, and the merchant's balance does not cover the refund.";
        ConflictUnconfirmed "conflictUnconfirmed" "The number may belong to another trade, and no query was answered. Nothing was cancelled.";
        MayLand "mayLand" "No trade was found, but a request may still land: the buyer may yet be charged.";
        NoAnswer "noAnswer" "No query was answered, so nothing was cancelled: what is open may be another sale's.";
        NotStored "notStored" "Cancel could not be stored, so it was not sent.";
        PaidAfterCancel "paidAfterCancel" "The trade is paid although a cancel left before a restart. Keep it or refund it by hand, or give it up.";
        RefundDue "refundDue" "The payment was given up, the trade is paid and is ours, and cancelling is refused: money to refund.";
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
