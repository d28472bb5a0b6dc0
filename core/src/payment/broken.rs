//! Deliberately broken machines: the proof that the proof of money safety can fail (`docs/money-safety.md`).
//!
//! Only with the feature `broken`, which no release can be built with. Without it every `broken!` line vanishes before the
//! compiler sees it: strike those lines out, and what remains is the machine.

#[cfg(all(feature = "broken", not(debug_assertions)))]
compile_error!(
    "the feature `broken` makes payment machines that lose money: it is for tests in the dev profile only"
);

#[cfg(not(feature = "broken"))]
macro_rules! broken {
    ($($anything:tt)*) => {};
}

/// `broken!(Mutant => statement)` does something more; `broken!(let name = Mutant => wrong)` takes another value for
/// what `name` already is; `broken!(keep name = value)` keeps for one of the first kind what will be gone.
#[cfg(feature = "broken")]
macro_rules! broken {
    (let $name:ident = $($mutant:ident)|+ => $wrong:expr) => {
        let $name = if $($crate::payment::Mutant::$mutant.is_on())||+ {
            $wrong
        } else {
            $name
        };
    };
    (keep $name:ident = $value:expr) => {
        let $name = $value;
    };
    ($($mutant:ident)|+ => $statement:expr) => {
        if $($crate::payment::Mutant::$mutant.is_on())||+ {
            $statement;
        }
    };
}

#[cfg(feature = "broken")]
mod mutants {
    use core::sync::atomic::{AtomicU8, Ordering};

    macro_rules! mutants {
        ($($name:ident $word:literal $rule:literal $about:literal;)*) => {
            /// What is wrong with the machines of this process.
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
            #[repr(u8)]
            pub enum Mutant {
                $(#[doc = $about] $name,)*
            }

            impl Mutant {
                /// Every one, in the order of the rules.
                pub const ALL: &'static [Self] = &[$(Self::$name,)*];

                /// Its name.
                #[must_use]
                pub const fn as_str(self) -> &'static str {
                    match self { $(Self::$name => $word,)* }
                }

                /// The rule of `docs/money-safety.md` that it must be caught breaking.
                #[must_use]
                pub const fn rule(self) -> &'static str {
                    match self { $(Self::$name => $rule,)* }
                }

                /// What is wrong with it.
                #[must_use]
                pub const fn about(self) -> &'static str {
                    match self { $(Self::$name => $about,)* }
                }
            }
        };
    }

    mutants! {
        PaysAgainAfterRestart "pays-again-after-restart" "pay-once" "a pay in flight is stored as one that has not left";
        PaysAgainWhenUnanswered "pays-again-when-unanswered" "pay-once" "a pay without a usable answer is sent again";
        PaysAgainWhenNotFound "pays-again-when-not-found" "pay-once" "where a query finds no trade, pay is sent again";
        TakesWaitingForPaid "takes-waiting-for-paid" "paid-is-proven" "10003, the buyer is being asked, is Paid";
        TakesAnyAmount "takes-any-amount" "paid-is-proven" "a query's success is Paid whatever its amount";
        TakesAnyAmountFromPay "takes-any-amount-from-pay" "paid-is-proven" "pay's own success is Paid whatever its amount";
        TakesAnyNotification "takes-any-notification" "paid-is-proven" "a notification is Paid whatever its status";
        DeclinesTheUnknown "declines-the-unknown" "declined-is-listed" "every 40004 is a definitive refusal";
        DeclinesWhatMayHaveLeft "declines-what-may-have-left" "declined-is-listed" "'maybe sent' counts as 'not sent'";
        WaitsBeforeCancelling "waits-before-cancelling" "cancel-at-once" "a timer between the last query and cancel";
        CancelsDisputedSales "cancels-disputed-sales" "conflict-untouched" "a number that is taken is cancelled";
        ForgetsTheDispute "forgets-the-dispute" "conflict-untouched" "that the number is taken is not stored";
        BelievesTheUnsigned "believes-the-unsigned" "unverified-decides-nothing" "an answer without a signature is believed";
        BelievesOthersAnswers "believes-others-answers" "unverified-decides-nothing" "whose order an answer names is not looked at";
        WakesAtOnce "wakes-at-once" "never-stuck" "a timer is set for now";
        PollsForEver "polls-for-ever" "never-stuck" "the last query is never the last";
        GivesUpOnThePaid "gives-up-on-the-paid" "never-stuck" "found in this machine: where no cancel could leave, a success is still Unresolved";
        GivesUpOnNothing "gives-up-on-nothing" "never-stuck" "found in this machine: no such trade, and every cancel used up, is Unresolved";
        CancelsForEver "cancels-for-ever" "never-stuck" "cancels are not counted";
        BelievesNotFoundAtOnce "believes-not-found-at-once" "not-found-waits" "'no such trade' is believed from any query";
        JudgesByTheAnswersTime "judges-by-the-answers-time" "not-found-waits" "when the answer came counts, not when the query left";
        SettlesTooEarly "settles-too-early" "not-found-waits" "requests settle in half the time";
        TrustsTheClock "trusts-the-clock" "not-found-waits" "a clock set ahead is time that has passed";
        CountsLeapsAsTime "counts-leaps-as-time" "not-found-waits" "found in this machine: news after a leap of the clock prove that the wait has passed";
        ForgetsItsCancels "forgets-its-cancels" "cancel-is-finished" "that a cancel has left is not noted";
        BelievesNotificationsAfterCancel "believes-notifications-after-cancel" "cancel-is-finished" "a notified success is Paid although a cancel has left";
        PaysUnstored "pays-unstored" "stored-first" "pay leaves without a checkpoint";
        CancelsUnstored "cancels-unstored" "stored-first" "cancel leaves without a checkpoint";
        KeepsTheAuthCode "keeps-the-auth-code" "snapshot-is-clean" "the order is not wiped when pay has left";
        TakesOlderSales "takes-older-sales" "paid-means-charged" "when a sale was paid is not looked at";
        TakesDisputedSales "takes-disputed-sales" "paid-means-charged" "a success is ours although the number is taken";
        DoesNotWaitForItsCancels "does-not-wait-for-its-cancels" "paid-means-charged" "a refused cancel's success is Paid while another cancel may land";
        BelievesRefusalsTooEarly "believes-refusals-too-early" "paid-means-charged" "found in this machine: after a refused cancel a success is believed whenever its query left";
        ClosesWithoutCancelling "closes-without-cancelling" "unpaid-means-uncharged" "what has to be cancelled is Closed, and no cancel leaves";
        TakesAskAgainForDone "takes-ask-again-for-done" "unpaid-means-uncharged" "retry_flag=Y is Closed";
        TakesNothingForDone "takes-nothing-for-done" "unpaid-means-uncharged" "a cancel that met no trade is Closed at once";
        TakesRefusedForDone "takes-refused-for-done" "unpaid-means-uncharged" "a cancel refused for good is Closed";
        ForgetsRefunds "forgets-refunds" "refunded-is-true" "a refunding cancel closed a trade that was not paid";
        ForgetsRefundsSeenLater "forgets-refunds-seen-later" "refunded-is-true" "a closed trade was never paid";
        SuspectsItsOwnSale "suspects-its-own-sale" "conflict-has-a-cause" "our own success is an older sale's";
        ForgetsItsPolicy "forgets-its-policy" "restore-goes-on" "a restored payment follows the default policy";
        StoresNoRefund "stores-no-refund" "restore-goes-on" "a snapshot does not say whether money went back";
        TakesAnyAnswer "takes-any-answer" "stale-changes-nothing" "an answer is taken whatever request it is for";
        ReopensByNotification "reopens-by-notification" "stale-changes-nothing" "a notification changes an outcome";
        SignsSomethingElse "signs-something-else" "in-order" "what is signed is not what is sent";
        CallsDuplicatesMisuse "calls-duplicates-misuse" "in-order" "an answer nobody waits for is an error";
    }

    /// No mutant has so high a number.
    const NONE: u8 = u8::MAX;
    static CHOSEN: AtomicU8 = AtomicU8::new(NONE);

    impl Mutant {
        /// Breaks every machine of this process in this way from now on, or in none.
        pub fn choose(mutant: Option<Self>) {
            CHOSEN.store(mutant.map_or(NONE, |mutant| mutant as u8), Ordering::SeqCst);
        }

        /// Whether it is the chosen one.
        pub(crate) fn is_on(self) -> bool {
            CHOSEN.load(Ordering::Relaxed) == self as u8
        }
    }
}

#[cfg(feature = "broken")]
pub use mutants::Mutant;
