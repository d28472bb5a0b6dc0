//! How a payment ends, what notifications and the cashier change, and how one that was stored goes on.

use super::{
    exchange::Restored,
    machine::Payment,
    outcome::{ConflictReason, News, Outcome, Trade, UnresolvedReason},
    reading::{self, NotifyReading, QueryReading},
    sale::Whose,
    stage::Stage,
};
use crate::{notify::VerifiedNotify, time::Timestamp};
use alloc::{boxed::Box, string::String};
use core::time::Duration;

/// So many notifications of a payment are reasons to ask: resent ones must not make queries without end.
const MOST_HINTS: usize = 16;

impl Payment {
    /// A verified notification.
    pub(super) fn notified(&mut self, notify: &VerifiedNotify) {
        // After a restart a notification is a hint: it may be older than what was told since the snapshot was taken. So it is
        // while the host has pay, which may not leave: then the sale is another's.
        let believable = self.pay.left()
            && !self.restored
            && !self.given_up
            && !self.cancels_left.left()
            && matches!(
                self.stage,
                Stage::Polling | Stage::LastQuery | Stage::Cancelling | Stage::Exhausted { .. }
            );
        broken!(let believable = BelievesNotificationsAfterCancel => self.pay.left() && !matches!(self.stage, Stage::Done(_)));
        broken!(let believable = ReopensByNotification => self.pay.left());
        let reading = reading::read_notify(notify, &self.sale);
        let proven = matches!(&reading, NotifyReading::Paid(trade) if self.sale.whose(trade) == Whose::Ours);
        match reading {
            NotifyReading::NotOurs => return,
            NotifyReading::Paid(trade) if believable && (proven || !self.anothers) => {
                return self.paid(trade, proven);
            }
            NotifyReading::Anothers | NotifyReading::OfAnotherAmount => self.another_is_seen(),
            // There is a trade under our number, whatever a replica says. Before pay has left it is another's.
            _ => self.trade_is_seen(),
        }
        // A reason to ask now, or once pay has ended, where a query can help: not before it, and not while cancels settle.
        let asks = match &self.stage {
            Stage::Paying => self.pay.left(),
            Stage::Polling | Stage::Cancelling | Stage::Settling => true,
            Stage::Done(outcome) => contradicts(outcome, &reading),
            _ => false,
        };
        // The same notification sent again is no new reason.
        let [id, status] = ["notify_id", "trade_status"].map(|name| notify.get(name).unwrap_or_default());
        let hint = alloc::format!("{id} {status}");
        if !asks || self.hints.contains(&hint) {
            return;
        }
        if self.hints.len() >= MOST_HINTS {
            // Not asked about any more, and not swallowed either.
            if matches!(self.stage, Stage::Done(_)) {
                self.news.get_or_insert_with(|| Box::new(News::NotKnown));
            }
            return;
        }
        self.hints.push(hint);
        if matches!(self.stage, Stage::Done(_)) {
            self.ask_about_the_outcome();
        } else {
            self.probe = true;
        }
    }

    /// The outcome is contradicted. A crash must not forget it: Alipay does not notify again.
    pub(super) fn ask_about_the_outcome(&mut self) {
        self.question = true;
        self.save_due = true;
    }

    /// Whether the outcome is contradicted, and nothing was told about it yet.
    pub(super) fn is_in_question(&self) -> bool {
        let asking = matches!(self.stage, Stage::Done(_)) && self.flight.is_some();
        self.question || asking || self.news.is_some()
    }

    /// What the query after such a notification found.
    pub(super) fn follow_up(&self, outcome: &Outcome, reading: QueryReading) -> Option<News> {
        let closed = self
            .hints
            .last()
            .is_some_and(|hint| hint.ends_with("TRADE_CLOSED"));
        Some(match (outcome, reading) {
            (Outcome::Paid { proven: false, .. }, QueryReading::Paid(trade))
                if self.sale.whose(&trade) == Whose::Anothers =>
            {
                News::OtherSale
            }
            // A replica lags behind what was notified, or nobody can tell whose the sale is.
            (Outcome::Paid { .. }, QueryReading::Paid(_)) if closed || self.anothers => News::NotKnown,
            // Refunded in part: still paid, as was told.
            (Outcome::Paid { .. }, QueryReading::Paid(_)) => return None,
            (_, QueryReading::Paid(trade)) => match self.sale.whose(&trade) {
                Whose::Anothers => News::OtherSale,
                whose => News::StillPaid {
                    trade,
                    proven: whose == Whose::Ours,
                },
            },
            (_, QueryReading::AmountDiffers) => News::OtherSale,
            (_, QueryReading::Closed { refunded }) => News::Closed { refunded },
            _ => News::NotKnown,
        })
    }

    /// The cashier's cancel.
    pub(super) fn cancel(&mut self) {
        match self.stage {
            Stage::Done(Outcome::Closed { .. }) if self.contradicted => {
                self.contradicted = false;
                self.cancels = 0;
                self.flight = None;
                self.cancel_now();
            }
            Stage::Done(_) => return,
            Stage::Ready => return self.closed_unsent(),
            Stage::Paying if !self.pay.left() => return self.closed_unsent(),
            Stage::Polling => {
                // A query in flight becomes the last one; else it leaves now.
                self.stage = Stage::LastQuery;
                self.due = self.clock.elapsed;
            }
            _ => {}
        }
        self.cancel_requested = true;
    }

    /// Nothing ever left: nothing to close.
    pub(super) fn closed_unsent(&mut self) {
        self.done(Outcome::Closed {
            refunded: Some(false),
        });
    }

    pub(super) fn paid(&mut self, trade: Trade, proven: bool) {
        let late = self.trouble || self.cancel_requested || self.cancels_left.left();
        self.done(Outcome::Paid { trade, late, proven });
    }

    pub(super) fn conflict(&mut self, reason: ConflictReason, sub_code: Option<String>) {
        let cancel_sent = self.cancels_left.left();
        self.done(Outcome::Conflict {
            reason,
            sub_code,
            cancel_sent,
        });
    }

    pub(super) fn unresolved(
        &mut self,
        reason: UnresolvedReason,
        sub_code: Option<String>,
        time: Option<Timestamp>,
    ) {
        let ask_again_at = self.ask_again_at(reason, time);
        self.done(Outcome::Unresolved {
            reason,
            sub_code,
            ask_again_at,
        });
    }

    /// From when on another round can end it, by the host's clock; `time` is Alipay's now, if it is known.
    pub(super) fn ask_again_at(&self, reason: UnresolvedReason, time: Option<Timestamp>) -> Timestamp {
        let settle = Duration::from_millis(self.policy.settle_ms.into());
        let soon = self.clock.host.saturating_add(settle);
        if reason != UnresolvedReason::MayLand {
            return soon;
        }
        let now = time.unwrap_or(self.clock.host);
        let known_at = self.pay.known_at.unwrap_or(now);
        let over = if self.trade_seen {
            self.order_over_at(known_at)
        } else {
            self.kernel_lets_go_at(known_at)
        };
        let at = self.clock.host.saturating_add(over.saturating_since(now));
        at.max(soon)
    }

    pub(super) fn done(&mut self, outcome: Outcome) {
        self.order = None;
        self.flight = None;
        self.probe = false;
        self.save_due = false;
        self.hints.clear();
        self.news = None;
        self.question = false;
        self.stage = Stage::Done(outcome);
    }

    /// After a restart: what was in flight is forgotten and asked about.
    pub(super) fn resume(&mut self, restored: Restored, now: Timestamp) {
        self.clock.resume(now);
        self.next_id = restored.first_id;
        let now = self.clock.elapsed;
        self.restored = self.stage != Stage::Ready;
        self.never_suspended = restored.never_suspended;
        for landing in [&mut self.pay, &mut self.cancels_left] {
            landing.orphaned(restored.writer_is_dead, self.clock.witnessed, self.clock.elapsed);
        }
        match &self.stage {
            Stage::Done(Outcome::Unresolved { reason, sub_code, .. }) => {
                self.reconciling = true;
                self.cancels = 0;
                self.stage = if self.sale.unsent {
                    Stage::NotSent
                } else if *reason == UnresolvedReason::ConflictUnconfirmed {
                    Stage::Conflict {
                        sub_code: sub_code.clone(),
                    }
                } else {
                    Stage::LastQuery
                };
                self.confirm_from(now);
            }
            Stage::Ready | Stage::Done(_) => {}
            Stage::Paying => {
                self.stage = Stage::Polling;
                self.due = now;
            }
            Stage::Refused { .. } => self.due = self.cancels_settle_at(),
            // Nothing is cancelled before Alipay has answered anew.
            Stage::Cancelling | Stage::Settling | Stage::Exhausted { .. } => {
                self.stage = Stage::LastQuery;
                self.confirm_from(now);
            }
            Stage::NotSent | Stage::Conflict { .. } | Stage::Polling | Stage::LastQuery => self.due = now,
        }
    }
}

/// Whether a notification says something else than the outcome that was told.
fn contradicts(outcome: &Outcome, reading: &NotifyReading) -> bool {
    match outcome {
        Outcome::Paid { proven, .. } => match reading {
            NotifyReading::Closed | NotifyReading::RefundedInPart => true,
            NotifyReading::Anothers | NotifyReading::OfAnotherAmount => !proven,
            _ => false,
        },
        Outcome::Declined { .. }
        | Outcome::Closed { .. }
        | Outcome::Rejected { .. }
        | Outcome::Unresolved { .. } => matches!(
            reading,
            NotifyReading::Paid(_)
                | NotifyReading::Anothers
                | NotifyReading::RefundedInPart
                | NotifyReading::OfAnotherAmount
        ),
        Outcome::Conflict { .. } => false,
    }
}
