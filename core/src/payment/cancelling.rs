//! When a payment is cancelled, and what follows: what "no such trade" is worth, and the cancels themselves.

use super::{
    clock::Moment,
    exchange::RequestKind,
    landing::{KERNEL_KEEPS_MS, Landing},
    machine::Payment,
    outcome::{Outcome, Trade, UnresolvedReason},
    reading::{CancelReading, QueryReading},
    stage::{Asked, Stage, Step},
};
use crate::time::Timestamp;
use alloc::string::String;
use core::time::Duration;

/// What "no such trade" is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotFound {
    /// There is none, and none will come to be.
    Counts,
    /// There was one, and its time is over.
    CountsIfSeenTwice,
    /// It may count once pay has settled.
    Later,
    /// Pay may land at any time, or a replica lags.
    Never,
}

/// What follows from the last query's answer.
pub(super) enum Verdict {
    Cancel,
    AskAgain(Moment),
    Unresolved(UnresolvedReason),
}

impl Payment {
    /// The query whose answer decides was answered, and neither a success nor an end was found.
    pub(super) fn last_query_answered(
        &mut self,
        reading: &QueryReading,
        asked: Asked,
        time: Option<Timestamp>,
    ) {
        self.stage = Stage::LastQuery;
        match self.verdict(reading, asked, time) {
            // No timer between the last query and cancel.
            Verdict::Cancel => self.cancel_now(),
            Verdict::AskAgain(due) => self.due = due,
            Verdict::Unresolved(reason) => self.unresolved(reason, None, time),
        }
    }

    pub(super) fn verdict(
        &mut self,
        reading: &QueryReading,
        asked: Asked,
        time: Option<Timestamp>,
    ) -> Verdict {
        match reading {
            QueryReading::AwaitingBuyer if self.restored => {
                let first = self.open_since.unwrap_or(self.clock.witnessed);
                let missing = self.clock.witnessed.until(first.after(self.policy.twice_ms()));
                if missing == 0 {
                    Verdict::Cancel
                } else {
                    Verdict::AskAgain(Moment(self.clock.elapsed.0.saturating_add(missing)))
                }
            }
            QueryReading::NotExist if self.restored => match self.not_found(asked, time) {
                NotFound::Counts => Verdict::Cancel,
                NotFound::CountsIfSeenTwice => {
                    self.gone_since.get_or_insert(self.clock.witnessed);
                    Verdict::Cancel
                }
                NotFound::Later => Verdict::AskAgain(self.settling_tick(self.policy.poll_interval_ms)),
                NotFound::Never => Verdict::Unresolved(UnresolvedReason::MayLand),
            },
            QueryReading::Unknown if self.restored || !self.answered => {
                if self.ask_again() {
                    Verdict::AskAgain(self.due)
                } else {
                    Verdict::Unresolved(UnresolvedReason::NoAnswer)
                }
            }
            _ => Verdict::Cancel,
        }
    }

    /// What "no such trade" says that a query was answered which was asked then, at Alipay's `time`.
    pub(super) fn not_found(&self, asked: Asked, time: Option<Timestamp>) -> NotFound {
        if self.trade_seen {
            let over = self
                .pay
                .known_at
                .zip(time)
                .is_some_and(|(known_at, now)| now >= self.order_over_at(known_at));
            let landed = !self.pay.is_open() || self.kernel_has_let_go(&self.pay, time);
            if over && landed {
                NotFound::CountsIfSeenTwice
            } else {
                NotFound::Never
            }
        } else if asked.after_pay {
            NotFound::Counts
        } else if !self.pay.is_open() {
            NotFound::Later
        } else if self.kernel_has_let_go(&self.pay, time) {
            NotFound::Counts
        } else {
            NotFound::Never
        }
    }

    /// Whether no kernel carries these any more, at Alipay's `time`.
    pub(super) fn kernel_has_let_go(&self, landing: &Landing, time: Option<Timestamp>) -> bool {
        landing.flying.is_none()
            && self.never_suspended
            // One wrong time of Alipay's is no proof against the host's clock.
            && self.sale.pay_left.is_none_or(|left| self.clock.host >= self.kernel_lets_go_at(left))
            && landing
                .known_at
                .zip(time)
                .is_some_and(|(known_at, now)| now >= self.kernel_lets_go_at(known_at))
    }

    /// From when on no kernel carries a request any more that had left at Alipay's time `known_at`.
    pub(super) fn kernel_lets_go_at(&self, known_at: Timestamp) -> Timestamp {
        known_at.saturating_add(Duration::from_millis(
            u64::from(KERNEL_KEEPS_MS).saturating_add(self.policy.query_timeout_ms.into()),
        ))
    }

    /// From when on an order is over that pay, which had left at Alipay's time `known_at`, can have made.
    pub(super) fn order_over_at(&self, known_at: Timestamp) -> Timestamp {
        let settle = Duration::from_millis(self.policy.settle_ms.into());
        self.limit.is_over_at(known_at).saturating_add(settle)
    }

    /// Whether none of these can land any more.
    pub(super) fn has_settled(&self, landing: &Landing) -> bool {
        broken!(SettlesTooEarly => return !landing.is_open() && landing.settles.is_none_or(|from| self.clock.has_settled(from, self.policy.settle_ms / 2)));
        let settle =
            Duration::from_secs(1).saturating_add(Duration::from_millis(self.policy.settle_ms.into()));
        // Across a restart, or where the host's clock leapt, Alipay's times tell; they are whole seconds.
        let by_alipay = landing
            .settles_known_at
            .zip(self.alipay_time)
            .is_some_and(|(then, now)| now >= then.saturating_add(settle))
            // One wrong time of Alipay's is no proof against the host's clock.
            && self.clock.elapsed >= landing.settles_elapsed.after(self.policy.settle_ms);
        let settled = |from| self.clock.has_settled(from, self.policy.settle_ms) || by_alipay;
        !landing.is_open() && landing.settles.is_none_or(settled)
    }

    /// Whether these can land until a moment that is known, and not any more after it.
    pub(super) fn is_settling(&self, landing: &Landing) -> bool {
        !landing.is_open() && !self.has_settled(landing)
    }

    /// Cancel leaves on the next poll, with no timer in between.
    pub(super) fn cancel_now(&mut self) {
        broken!(ClosesWithoutCancelling => return self.done(Outcome::Closed { refunded: Some(false) }));
        if self.anothers {
            self.disputed(None);
        } else if usize::from(self.cancels) > self.policy.cancel_retry_ms.len() {
            self.exhausted(None);
        } else {
            self.stage = Stage::Cancelling;
            self.due = self.clock.elapsed;
            broken!(WaitsBeforeCancelling => self.due = self.due.after(self.policy.retry_soon_ms));
        }
    }

    /// Whether a cancel is next, or is being signed: it asks for a checkpoint itself.
    pub(super) fn cancel_is_imminent(&self) -> bool {
        match &self.flight {
            Some(flight) => flight.kind == RequestKind::Cancel && !matches!(flight.step, Step::Sent),
            None => self.next_kind() == RequestKind::Cancel && self.clock.elapsed >= self.next_due(),
        }
    }

    /// A cancel found no trade, and now there is one: cancel at once. If that happens over and over, the gateway does not
    /// agree with itself, and is given the time between retries.
    pub(super) fn cancel_again(&mut self) {
        let again = usize::from(self.cancels).checked_sub(2);
        let delay = again
            .and_then(|again| self.policy.cancel_retry_ms.get(again))
            .copied();
        self.cancel_now();
        if self.stage == Stage::Cancelling {
            self.due = self.clock.elapsed.after(delay.unwrap_or(0));
        }
    }

    pub(super) fn exhausted(&mut self, sub_code: Option<String>) {
        self.stage = Stage::Exhausted { sub_code };
        self.confirm_from(self.clock.elapsed);
    }

    /// A cancel did not leave: it is made anew, after one more query (rule 10).
    pub(super) fn cancel_not_sent(&mut self, unstored: bool) {
        self.cancel_unstored = unstored;
        // A success found now is late.
        self.trouble = true;
        match self.retry_delay() {
            Some(delay) => {
                self.stage = Stage::LastQuery;
                self.confirm_from(self.clock.elapsed.after(delay));
            }
            None => self.exhausted(None),
        }
    }

    pub(super) fn retry_delay(&self) -> Option<u32> {
        let retries = usize::from(self.cancels).saturating_sub(1);
        self.policy.cancel_retry_ms.get(retries).copied()
    }

    pub(super) fn cancel_answered(&mut self, reading: &CancelReading) {
        self.cancel_unstored = false;
        // What can't be believed is no reason either.
        let believed = self.heard.as_ref().filter(|heard| heard.problem.is_none());
        let sub_code = believed.and_then(|heard| heard.sub_code.clone());
        match reading {
            CancelReading::Closed { refunded } => self.done(Outcome::Closed {
                refunded: Some(*refunded),
            }),
            CancelReading::SellerBalance => {
                self.trade_is_seen();
                let reason = if self.given_up {
                    UnresolvedReason::RefundDue
                } else {
                    UnresolvedReason::SellerBalance
                };
                self.unresolved(reason, sub_code, None);
            }
            CancelReading::NoTrade => {
                self.cancel_found_nothing = true;
                self.stage = Stage::Settling;
                let wait = self.trade_seen || self.is_settling(&self.pay);
                let soon = if wait { self.policy.poll_interval_ms } else { 0 };
                self.confirm_from(self.settling_tick(soon));
            }
            CancelReading::RefusedForGood => {
                self.trade_is_seen();
                self.stage = Stage::Refused { sub_code };
                self.confirm_from(self.cancels_settle_at());
                broken!(DoesNotWaitForItsCancels => self.due = self.clock.elapsed);
            }
            CancelReading::Retry => match self.retry_delay() {
                Some(delay) => {
                    self.stage = Stage::Cancelling;
                    self.due = self.clock.elapsed.after(delay);
                }
                None => self.exhausted(sub_code),
            },
        }
    }

    /// When the cancels that left will have settled; now, if one may land at any time.
    pub(super) fn cancels_settle_at(&self) -> Moment {
        match self.cancels_left.settles {
            Some(from) if !self.cancels_left.is_open() => self.clock.settles_at(from, self.policy.settle_ms),
            _ => self.clock.elapsed,
        }
    }

    /// `after_ms` from now, or as soon as pay has settled, whichever is earlier.
    pub(super) fn settling_tick(&self, after_ms: u32) -> Moment {
        let tick = self.clock.elapsed.after(after_ms);
        match self.pay.settles {
            Some(from) if self.is_settling(&self.pay) => {
                tick.min(self.clock.settles_at(from, self.policy.settle_ms))
            }
            _ => tick,
        }
    }

    pub(super) fn settling_answered(
        &mut self,
        reading: &QueryReading,
        asked: Asked,
        time: Option<Timestamp>,
    ) {
        match reading {
            QueryReading::AwaitingBuyer => self.cancel_again(),
            QueryReading::NotExist => match self.not_found(asked, time) {
                NotFound::Counts => self.done(Outcome::Closed {
                    refunded: Some(false),
                }),
                NotFound::CountsIfSeenTwice if self.gone_for_good() => {
                    self.done(Outcome::Closed { refunded: None });
                }
                NotFound::Later => self.due = self.settling_tick(self.policy.poll_interval_ms),
                // A replica that lags catches up: as long as the cancel may take, wait for it.
                NotFound::CountsIfSeenTwice | NotFound::Never
                    if self.trade_seen && self.is_settling(&self.cancels_left) =>
                {
                    self.due = self.clock.elapsed.after(self.policy.poll_interval_ms);
                }
                NotFound::CountsIfSeenTwice | NotFound::Never => {
                    self.unresolved(UnresolvedReason::MayLand, None, time);
                }
            },
            _ => {
                if self.is_settling(&self.pay) {
                    self.due = self.settling_tick(self.policy.poll_interval_ms);
                } else if !self.ask_again() {
                    self.unresolved(UnresolvedReason::NoAnswer, None, time);
                }
            }
        }
    }

    /// Whether a trade whose time is over was already gone before a cancel that found nothing, a settle time ago.
    pub(super) fn gone_for_good(&self) -> bool {
        self.gone_since
            .is_some_and(|since| self.clock.has_settled(since, self.policy.settle_ms))
    }

    pub(super) fn exhausted_answered(
        &mut self,
        reading: &QueryReading,
        asked: Asked,
        time: Option<Timestamp>,
        sub_code: Option<String>,
    ) {
        let nothing_to_cancel = !self.cancels_left.left() || self.cancel_found_nothing;
        broken!(let nothing_to_cancel = GivesUpOnNothing => false);
        match reading {
            QueryReading::NotExist
                if nothing_to_cancel && self.not_found(asked, time) == NotFound::Counts =>
            {
                self.done(Outcome::Closed {
                    refunded: Some(false),
                });
            }
            QueryReading::Unknown if self.ask_again() => {}
            _ => {
                let reason = self.exhausted_reason();
                self.unresolved(reason, sub_code, time);
            }
        }
    }

    pub(super) fn exhausted_reason(&self) -> UnresolvedReason {
        if self.cancel_unstored {
            UnresolvedReason::NotStored
        } else {
            UnresolvedReason::CancelExhausted
        }
    }

    pub(super) fn refused_and_paid(
        &mut self,
        trade: Trade,
        proven: bool,
        asked: Asked,
        sub_code: Option<String>,
    ) {
        broken!(let asked = DoesNotWaitForItsCancels | BelievesRefusalsTooEarly => Asked { after_cancels: true, ..asked });
        if !asked.after_cancels && !self.cancels_left.is_open() {
            // A clock that leapt made the query leave too early: a cancel may land yet.
            self.confirm_from(self.cancels_settle_at());
        } else if self.given_up {
            self.unresolved(UnresolvedReason::RefundDue, sub_code, None);
        } else if !asked.after_cancels {
            self.unresolved(UnresolvedReason::MayLand, sub_code, None);
        } else {
            // Refused for good, and every cancel that left has settled: this success stays.
            self.paid(trade, proven);
        }
    }

    pub(super) fn refused_answered(&mut self, reading: &QueryReading, sub_code: Option<String>) {
        match reading {
            QueryReading::Unknown if self.ask_again() => {}
            _ => self.unresolved(UnresolvedReason::CancelRefused, sub_code, None),
        }
    }
}
