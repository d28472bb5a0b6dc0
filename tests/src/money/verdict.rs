//! The rules by name, and the comparison of the outcome with the ledger at the end of a run.

use super::{
    alipay::Alipay,
    plan::{Aftermath, Plan},
};
use alipay_core::payment::{ConflictReason, Outcome, UnresolvedReason};

macro_rules! rules {
    ($($name:ident $word:literal $about:literal;)*) => {
        /// What must hold, in every run.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule {
            $(#[doc = $about] $name,)*
        }

        impl Rule {
            /// Every rule, in the order of `docs/money-safety.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What it says.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }
        }
    };
}

rules! {
    PayOnce "pay-once" "rule 1: at most one pay leaves, also across crash and restore";
    PaidIsProven "paid-is-proven" "rule 2: Paid only on a verified answer or notification with our number and amount";
    DeclinedIsListed "declined-is-listed" "rule 3: Declined only for a listed refusal, or when pay provably never left";
    CancelAtOnce "cancel-at-once" "rule 4: where the last query says 'waiting', cancel leaves in the same step";
    ConflictUntouched "conflict-untouched" "rule 5: no cancel once Alipay said that the number is another sale's";
    UnverifiedDecidesNothing "unverified-decides-nothing" "rule 6: what can't be verified leads to no decision";
    NeverStuck "never-stuck" "rule 7: a request in flight or a timer, later than now, and an outcome within the policy's bound";
    NotFoundWaits "not-found-waits" "rule 8: 'no such trade' is believed only from a query asked after pay has settled, and never where it may land or was seen";
    CancelIsFinished "cancel-is-finished" "rule 8: once a cancel has left, a success is never Paid, unless cancelling is refused for good";
    NotCancelledBlindly "not-cancelled-blindly" "rules 8, 9: no cancel before Alipay has said what the trade is, nor after a restart before it has said so anew";
    PaidIsKept "paid-is-kept" "rule 9: nothing that was told as Paid is cancelled, also across a backup or a store that fails";
    NewsAreTold "news-are-told" "rule 12: what is notified against an outcome is told";
    GivenUpIsFinal "given-up-is-final" "rule 14: what was given up is never Paid";
    StoredFirst "stored-first" "rule 9: pay and cancel leave only after a checkpoint, and what was learnt of the number is stored before anything else";
    LeavesInTime "leaves-in-time" "rule 10: pay and cancel leave soon after they were made, and pay only while the cashier wants it";
    SnapshotIsClean "snapshot-is-clean" "rule 9: no auth_code in a snapshot once pay has left";
    PaidMeansCharged "paid-means-charged" "Paid: the ledger says charged and not refunded";
    UnpaidMeansUncharged "unpaid-means-uncharged" "Closed, Declined, Rejected, or nothing stored: never while the ledger ends charged and not refunded";
    RefundedIsTrue "refunded-is-true" "Closed { refunded } says what the ledger says";
    ConflictHasACause "conflict-has-a-cause" "Conflict only if the number was used before, a clock was wrong or not known, or Alipay contradicts itself";
    RestoreGoesOn "restore-goes-on" "a restored payment goes on as the original, save that what was in flight is queried";
    StaleChangesNothing "stale-changes-nothing" "duplicate, stale and unknown answers change nothing";
    InOrder "in-order" "requests are signed as documented, nothing genuine is refused, nothing is misuse";
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The outcome's word; `unstored` if the host died before it had anything to store.
    pub outcome: &'static str,
    /// Why it is unresolved, if it is.
    pub reason: Option<&'static str>,
    /// Whether the host's transport resets what it gives up, all day, and its store works.
    pub keeps_promises: bool,
    /// Rules that were broken, with what exactly.
    pub broken: Option<(Rule, String)>,
    /// A known limit of what can be known at all (docs/money-safety.md), not a broken rule.
    pub limit: Option<&'static str>,
    /// Requests that left.
    pub requests: u32,
    /// How often the host died.
    pub crashes: u32,
}

/// Compares the outcome with the ledger, when nothing is under way any more.
pub(crate) fn compare(outcome: Option<&Outcome>, alipay: &Alipay, plan: &Plan) -> Result<(), (Rule, String)> {
    if alipay.merchant_refunded {
        return Ok(());
    }
    let money = alipay.has_our_money();
    let breaks = |rule: Rule, what: &str| {
        let ledger = format!("charged {}, kept {money}", alipay.was_charged());
        Err((rule, format!("{what}; the ledger says: {ledger}")))
    };
    match outcome {
        // One that is not proven says so, and another's sale can't be excluded.
        Some(Outcome::Paid { proven: false, .. })
            if alipay.trade.as_ref().is_some_and(|trade| !trade.ours) =>
        {
            Ok(())
        }
        // Somebody used the number again before this payment had stored its end.
        Some(Outcome::Paid { .. })
            if plan.aftermath == Aftermath::AnotherPays
                && plan.older_sale.is_none()
                && alipay.trade.as_ref().is_some_and(|trade| !trade.ours) =>
        {
            Ok(())
        }
        Some(Outcome::Paid { .. }) if !money => breaks(Rule::PaidMeansCharged, "Paid"),
        None if money => breaks(Rule::UnpaidMeansUncharged, "nothing is stored"),
        Some(Outcome::Declined { .. } | Outcome::Rejected { .. } | Outcome::Closed { .. }) if money => {
            let word = outcome.map_or("", Outcome::as_str);
            breaks(Rule::UnpaidMeansUncharged, word)
        }
        // What an older sale was refunded is not known to be another's where pay's answer was lost.
        Some(Outcome::Closed {
            refunded: Some(refunded),
        }) if plan.older_sale.is_none() && *refunded != alipay.was_charged() => {
            breaks(Rule::RefundedIsTrue, &format!("Closed, refunded {refunded}"))
        }
        Some(Outcome::Conflict { reason, .. })
            if *reason != ConflictReason::PaidAfterGivingUp
                && plan.older_sale.is_none()
                && plan.aftermath != Aftermath::AnotherPays
                && plan.clock_error == 0
                && plan.clock_set.is_none()
                && plan.hidden_ms == 0
                // A copy of pay was answered that the number is taken, and nothing tells whose the sale is (rule 13).
                && (*reason != ConflictReason::OrderNumberTaken || plan.transport.tells_time) =>
        {
            breaks(Rule::ConflictHasACause, reason.as_str())
        }
        Some(Outcome::Unresolved {
            reason: UnresolvedReason::ConflictUnconfirmed,
            ..
        }) if plan.older_sale.is_none() && !alipay.trade.as_ref().is_some_and(|trade| trade.ours) => {
            breaks(Rule::ConflictHasACause, "Unresolved for a conflict")
        }
        _ => Ok(()),
    }
}

/// Whether the merchant was told the same. A snapshot does not keep what Alipay said.
pub(crate) fn same_outcome(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Paid { trade: a, .. }, Outcome::Paid { trade: b, .. }) => {
            (&a.trade_no, a.paid_at, a.total_amount) == (&b.trade_no, b.paid_at, b.total_amount)
        }
        (one, other) => one == other,
    }
}
