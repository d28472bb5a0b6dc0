//! What happens next, given what was learnt: the rules of payment.md as state transitions.

use super::{
    clock::Moment,
    exchange::RequestKind,
    machine::{Flight, Payment, Stage, Step},
    outcome::{ConflictReason, DeclineReason, Outcome, Trade, UnresolvedReason},
    policy::CONFIRM_QUERIES,
    reading::{self, CancelReading, Heard, NotifyReading, PayReading, Problem, QueryReading},
};
use crate::{
    api::{ApiRequest, TradeCancelRequest, TradePayRequest, TradeQueryRequest},
    http::HttpResponse,
    notify::VerifiedNotify,
    time::Timestamp,
};
use alloc::{boxed::Box, string::String};

impl Payment {
    /// An HTTP answer came. Whatever of it can't be verified counts as no answer.
    pub(super) fn answered(&mut self, flight: &Flight, response: &HttpResponse) {
        let mut heard = Heard::default();
        let method = match flight.kind {
            RequestKind::Pay => TradePayRequest::METHOD,
            RequestKind::Query => TradeQueryRequest::METHOD,
            RequestKind::Cancel => TradeCancelRequest::METHOD,
        };
        let answer = reading::open(&self.merchant, method, response, &self.sale, &mut heard);
        match flight.kind {
            RequestKind::Pay => {
                let read = answer.as_ref().map_or(PayReading::Unknown, |a| {
                    reading::read_pay(a, &self.sale, &mut heard)
                });
                let display = answer.as_ref().and_then(reading::display);
                self.heard = Some(Box::new(heard));
                self.pay_answered(read, display);
            }
            RequestKind::Query => {
                let read = answer.map_or(QueryReading::Unknown, |a| {
                    reading::read_query(&a, &self.sale, &mut heard)
                });
                self.heard = Some(Box::new(heard));
                self.query_answered(read, flight.asked_after_settling);
            }
            RequestKind::Cancel => {
                let read = answer.as_ref().map_or(CancelReading::Retry, reading::read_cancel);
                self.heard = Some(Box::new(heard));
                self.cancel_answered(&read);
            }
        }
    }

    /// No answer came, or the request could not be signed.
    pub(super) fn fail(&mut self, flight: &Flight, problem: Problem) {
        self.heard = Some(Box::new(Heard {
            problem: Some(problem),
            ..Heard::default()
        }));
        // A request that was still with its signer provably never left.
        let not_sent = problem == Problem::NotSent || !matches!(flight.step, Step::Sent);
        broken!(let not_sent = DeclinesWhatMayHaveLeft => true);
        match flight.kind {
            RequestKind::Pay if not_sent => self.pay_not_sent(),
            RequestKind::Pay => self.pay_answered(PayReading::Unknown, None),
            RequestKind::Query if not_sent && self.stage == Stage::NotSent => self.declined_not_sent(),
            RequestKind::Query => self.query_answered(QueryReading::Unknown, false),
            RequestKind::Cancel => self.cancel_answered(&CancelReading::Retry),
        }
    }

    fn pay_answered(&mut self, reading: PayReading, display: Option<String>) {
        let heard = self.heard.as_deref().cloned().unwrap_or_default();
        match reading {
            PayReading::Paid(trade) => self.paid(trade),
            PayReading::AwaitingBuyer => {
                self.awaiting_buyer = true;
                self.sale.known_ours = true;
                self.poll_from(self.policy.poll_interval_ms);
            }
            PayReading::Unknown => {
                self.trouble = true;
                self.poll_from(self.policy.retry_soon_ms);
                broken!(PaysAgainWhenUnanswered => self.stage = Stage::Ready);
            }
            PayReading::Conflict => {
                self.trouble = true;
                self.stage = Stage::Conflict {
                    sub_code: heard.sub_code,
                };
                self.confirm_from(self.clock.elapsed);
                broken!(CancelsDisputedSales => self.cancel_now());
            }
            PayReading::Declined(reason) => {
                self.done(Outcome::Declined {
                    reason,
                    code: heard.code,
                    sub_code: heard.sub_code,
                    display,
                });
            }
            PayReading::Rejected => {
                self.done(Outcome::Rejected {
                    code: heard.code.unwrap_or_default(),
                    sub_code: heard.sub_code,
                    display,
                });
            }
        }
    }

    /// The transport (or the signer) says that pay never left.
    fn pay_not_sent(&mut self) {
        self.order = None;
        if self.policy.confirm_not_sent {
            self.trouble = true;
            self.stage = Stage::NotSent;
            self.confirm_from(self.clock.elapsed);
        } else {
            self.declined_not_sent();
        }
    }

    fn declined_not_sent(&mut self) {
        let reason = DeclineReason::NotSent;
        self.done(Outcome::Declined {
            reason,
            code: None,
            sub_code: None,
            display: None,
        });
    }

    /// Starts the polling window; the first query after `delay_ms`, or at once if the cashier wants to cancel.
    fn poll_from(&mut self, delay_ms: u32) {
        self.window_end = self.clock.elapsed.after(self.policy.poll_window_ms);
        self.stage = Stage::Polling;
        self.due = self.clock.elapsed.after(delay_ms).min(self.window_end);
        if self.cancel_requested {
            self.stage = Stage::LastQuery;
            self.due = self.clock.elapsed;
        }
    }

    /// Starts a confirming stage, its query leaving at `due`.
    fn confirm_from(&mut self, due: Moment) {
        self.unanswered = 0;
        // A hint heard before must not pull a query forward that has to wait for requests to settle.
        self.probe = false;
        self.due = due;
    }

    fn query_answered(&mut self, reading: QueryReading, asked_after_settling: bool) {
        broken!(PaysAgainWhenNotFound => if matches!(reading, QueryReading::NotExist) { self.stage = Stage::Ready });
        broken!(let asked_after_settling = BelievesNotFoundAtOnce => true);
        broken!(let asked_after_settling = JudgesByTheAnswersTime => self.pay_has_settled());
        self.awaiting_buyer = matches!(reading, QueryReading::AwaitingBuyer);
        let disputed = matches!(self.stage, Stage::NotSent | Stage::Conflict { .. });
        if let QueryReading::Paid(trade) = &reading
            && !disputed
            && self.sale.paid_by_another(trade)
        {
            // The answer that the number is taken was lost: this success is neither ours nor ours to cancel.
            return self.conflict(ConflictReason::PaidEarlier, None);
        }
        let no_cancel_left =
            self.cancel_left.is_none() && matches!(self.stage, Stage::Cancelling | Stage::Exhausted { .. });
        broken!(let no_cancel_left = GivesUpOnThePaid => false);
        if no_cancel_left && let QueryReading::Paid(trade) = reading {
            // Cancels were tried, and none left (a signer that failed): nothing can refund this.
            self.trouble = true;
            return self.paid(trade);
        }
        match self.stage.clone() {
            Stage::NotSent => self.not_sent_answered(reading),
            Stage::Conflict { sub_code } => self.conflict_answered(reading, sub_code),
            Stage::Cancelling => self.probe_answered(&reading),
            Stage::Settling => self.settling_answered(&reading, asked_after_settling),
            Stage::Exhausted { sub_code } => {
                self.exhausted_answered(&reading, asked_after_settling, sub_code);
            }
            Stage::Refused { sub_code } => self.refused_answered(reading, asked_after_settling, sub_code),
            Stage::Ready | Stage::Paying | Stage::Done(_) => {}
            Stage::Polling | Stage::LastQuery => match reading {
                // Once a cancel has left, it is finished: a success seen now may still be refunded by it.
                QueryReading::Paid(_) if self.cancel_left.is_some() => self.cancel_now(),
                QueryReading::Paid(trade) => self.paid(trade),
                QueryReading::Closed { refunded } => self.done(Outcome::Closed { refunded }),
                QueryReading::AmountDiffers => self.conflict(ConflictReason::AmountDiffers, None),
                // No timer between the last query and cancel.
                _ if self.stage == Stage::LastQuery => self.cancel_now(),
                QueryReading::NotExist if asked_after_settling => self.cancel_now(),
                QueryReading::AwaitingBuyer | QueryReading::NotExist | QueryReading::Unknown => {
                    self.next_tick();
                }
            },
        }
    }

    /// The next query of the window, an interval after the last one left; the last one when the window ends.
    fn next_tick(&mut self) {
        let tick = self.query_left.after(self.policy.poll_interval_ms);
        self.due = tick.min(self.window_end).max(self.clock.elapsed);
    }

    fn not_sent_answered(&mut self, reading: QueryReading) {
        match reading {
            QueryReading::NotExist | QueryReading::Closed { .. } => self.declined_not_sent(),
            QueryReading::Paid(trade) if self.sale.provably_paid_by_us(&trade) => self.paid(trade),
            QueryReading::AmountDiffers => self.conflict(ConflictReason::AmountDiffers, None),
            QueryReading::Paid(_) | QueryReading::AwaitingBuyer => {
                self.conflict(ConflictReason::ExistsUnsent, None);
            }
            // The one query says nothing: go on as if pay might have been sent after all.
            QueryReading::Unknown => self.poll_from(self.policy.retry_soon_ms),
        }
    }

    fn conflict_answered(&mut self, reading: QueryReading, sub_code: Option<String>) {
        match reading {
            QueryReading::Paid(trade) if self.sale.provably_paid_by_us(&trade) => self.paid(trade),
            QueryReading::Unknown if self.ask_again() => {}
            QueryReading::Unknown => {
                self.done(Outcome::Unresolved {
                    reason: UnresolvedReason::ConflictUnconfirmed,
                    sub_code,
                });
            }
            QueryReading::AmountDiffers => self.conflict(ConflictReason::AmountDiffers, sub_code),
            _ => self.conflict(ConflictReason::OrderNumberTaken, sub_code),
        }
    }

    /// Schedules one more query of a confirming stage, unless they are used up.
    fn ask_again(&mut self) -> bool {
        self.unanswered = self.unanswered.saturating_add(1);
        self.due = self.clock.elapsed.after(self.policy.poll_interval_ms);
        self.unanswered < CONFIRM_QUERIES
    }

    /// Cancel leaves on the next poll, with no timer in between.
    fn cancel_now(&mut self) {
        broken!(ClosesWithoutCancelling => return self.done(Outcome::Closed { refunded: Some(false) }));
        if usize::from(self.cancels) > self.policy.cancel_retry_ms.len() {
            self.exhausted(None);
        } else {
            self.stage = Stage::Cancelling;
            self.due = self.clock.elapsed;
            broken!(WaitsBeforeCancelling => self.due = self.due.after(self.policy.retry_soon_ms));
        }
    }

    /// A cancel found no trade, and now there is one: cancel at once. If that happens over and over, the gateway does not
    /// agree with itself, and is given the time between retries.
    fn cancel_again(&mut self) {
        let again = usize::from(self.cancels).checked_sub(2);
        let delay = again
            .and_then(|again| self.policy.cancel_retry_ms.get(again))
            .copied();
        self.cancel_now();
        if self.stage == Stage::Cancelling {
            self.due = self.clock.elapsed.after(delay.unwrap_or(0));
        }
    }

    fn exhausted(&mut self, sub_code: Option<String>) {
        self.stage = Stage::Exhausted { sub_code };
        self.confirm_from(self.clock.elapsed);
    }

    fn cancel_answered(&mut self, reading: &CancelReading) {
        // What can't be believed is no reason either.
        let believed = self.heard.as_ref().filter(|heard| heard.problem.is_none());
        let sub_code = believed.and_then(|heard| heard.sub_code.clone());
        match reading {
            CancelReading::Closed { refunded } => self.done(Outcome::Closed {
                refunded: Some(*refunded),
            }),
            CancelReading::SellerBalance => {
                self.done(Outcome::Unresolved {
                    reason: UnresolvedReason::SellerBalance,
                    sub_code,
                });
            }
            CancelReading::NoTrade => {
                self.stage = Stage::Settling;
                let soon = if self.pay_has_settled() {
                    0
                } else {
                    self.policy.poll_interval_ms
                };
                self.confirm_from(self.settling_tick(soon));
            }
            CancelReading::RefusedForGood => {
                self.stage = Stage::Refused { sub_code };
                self.confirm_from(self.cancels_settle_at());
                broken!(DoesNotWaitForItsCancels => self.due = self.clock.elapsed);
            }
            CancelReading::Retry => {
                let retries = usize::from(self.cancels).saturating_sub(1);
                match self.policy.cancel_retry_ms.get(retries) {
                    Some(delay) => {
                        self.stage = Stage::Cancelling;
                        self.due = self.clock.elapsed.after(*delay);
                    }
                    None => self.exhausted(sub_code),
                }
            }
        }
    }

    /// When the last cancel that left will have settled.
    fn cancels_settle_at(&self) -> Moment {
        let left = self.cancel_left.unwrap_or(Moment(0));
        self.clock.settles_at(left, self.policy.settle_ms)
    }

    /// `after_ms` from now, or as soon as pay has settled, whichever is earlier.
    fn settling_tick(&self, after_ms: u32) -> Moment {
        let tick = self.clock.elapsed.after(after_ms);
        match self.pay_left {
            Some(left) if !self.pay_has_settled() => {
                tick.min(self.clock.settles_at(left, self.policy.settle_ms))
            }
            _ => tick,
        }
    }

    /// A query between two cancels, because of a notification: only a closed trade ends it.
    fn probe_answered(&mut self, reading: &QueryReading) {
        match reading {
            QueryReading::Closed { refunded } => self.done(Outcome::Closed { refunded: *refunded }),
            QueryReading::AmountDiffers => self.conflict(ConflictReason::AmountDiffers, None),
            _ => {}
        }
    }

    fn settling_answered(&mut self, reading: &QueryReading, asked_after_settling: bool) {
        match reading {
            QueryReading::NotExist if asked_after_settling => self.done(Outcome::Closed {
                refunded: Some(false),
            }),
            QueryReading::Closed { refunded } => self.done(Outcome::Closed { refunded: *refunded }),
            QueryReading::AmountDiffers => self.conflict(ConflictReason::AmountDiffers, None),
            QueryReading::Paid(_) | QueryReading::AwaitingBuyer => self.cancel_again(),
            QueryReading::NotExist => self.due = self.settling_tick(self.policy.poll_interval_ms),
            QueryReading::Unknown => {
                if !self.pay_has_settled() {
                    self.due = self.settling_tick(self.policy.poll_interval_ms);
                } else if !self.ask_again() {
                    self.cancel_again();
                }
            }
        }
    }

    fn exhausted_answered(
        &mut self,
        reading: &QueryReading,
        asked_after_settling: bool,
        sub_code: Option<String>,
    ) {
        broken!(let asked_after_settling = GivesUpOnNothing => false);
        match reading {
            QueryReading::NotExist if asked_after_settling => self.done(Outcome::Closed {
                refunded: Some(false),
            }),
            QueryReading::Closed { refunded } => self.done(Outcome::Closed { refunded: *refunded }),
            QueryReading::AmountDiffers => self.conflict(ConflictReason::AmountDiffers, None),
            QueryReading::Unknown if self.ask_again() => {}
            _ => self.done(Outcome::Unresolved {
                reason: UnresolvedReason::CancelExhausted,
                sub_code,
            }),
        }
    }

    fn refused_answered(
        &mut self,
        reading: QueryReading,
        asked_after_settling: bool,
        sub_code: Option<String>,
    ) {
        broken!(let asked_after_settling = DoesNotWaitForItsCancels | BelievesRefusalsTooEarly => true);
        match reading {
            // A clock that leapt made the query leave too early: a cancel may land yet.
            QueryReading::Paid(_) if !asked_after_settling => self.confirm_from(self.cancels_settle_at()),
            // Refused for good, and every cancel that left has settled: this success stays.
            QueryReading::Paid(trade) => self.paid(trade),
            QueryReading::Closed { refunded } => self.done(Outcome::Closed { refunded }),
            QueryReading::AmountDiffers => self.conflict(ConflictReason::AmountDiffers, sub_code),
            QueryReading::Unknown if self.ask_again() => {}
            _ => self.done(Outcome::Unresolved {
                reason: UnresolvedReason::CancelRefused,
                sub_code,
            }),
        }
    }

    /// A verified notification.
    pub(super) fn notified(&mut self, notify: &VerifiedNotify) {
        let believable = self.pay_left.is_some()
            && self.cancel_left.is_none()
            && matches!(self.stage, Stage::Paying | Stage::Polling | Stage::LastQuery);
        broken!(let believable = BelievesNotificationsAfterCancel => self.pay_left.is_some() && !matches!(self.stage, Stage::Done(_)));
        broken!(let believable = ReopensByNotification => self.pay_left.is_some());
        match reading::read_notify(notify, &self.sale) {
            NotifyReading::NotOurs => {}
            NotifyReading::Paid(trade) if believable => self.paid(trade),
            // A reason to ask now, where a query can help: not before pay has left, and not while cancels settle.
            // The same notification sent again is no new reason.
            NotifyReading::Paid(_) | NotifyReading::Hint => {
                let [id, status] =
                    ["notify_id", "trade_status"].map(|name| notify.get(name).unwrap_or_default());
                let hint = alloc::format!("{id} {status}");
                let news = self.last_hint.as_ref() != Some(&hint);
                if news && matches!(self.stage, Stage::Polling | Stage::Cancelling | Stage::Settling) {
                    self.probe = true;
                    self.last_hint = Some(hint);
                }
            }
        }
    }

    /// The cashier's cancel.
    pub(super) fn cancel(&mut self) {
        match self.stage {
            Stage::Done(_) => return,
            Stage::Ready => return self.closed_unsent(),
            Stage::Paying if self.pay_left.is_none() => return self.closed_unsent(),
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
    fn closed_unsent(&mut self) {
        self.done(Outcome::Closed {
            refunded: Some(false),
        });
    }

    fn paid(&mut self, trade: Trade) {
        let late = self.trouble || self.cancel_requested || self.cancel_left.is_some();
        self.done(Outcome::Paid { trade, late });
    }

    fn conflict(&mut self, reason: ConflictReason, sub_code: Option<String>) {
        self.done(Outcome::Conflict { reason, sub_code });
    }

    fn done(&mut self, outcome: Outcome) {
        self.order = None;
        self.flight = None;
        self.probe = false;
        self.stage = Stage::Done(outcome);
    }

    /// After a restart: what was in flight is forgotten and asked about.
    pub(super) fn resume(&mut self, now: Timestamp) {
        self.clock.resume(now);
        let now = self.clock.elapsed;
        match &self.stage {
            Stage::Done(Outcome::Unresolved { reason, sub_code }) => {
                self.cancels = 0;
                self.stage = if *reason == UnresolvedReason::ConflictUnconfirmed {
                    Stage::Conflict {
                        sub_code: sub_code.clone(),
                    }
                } else {
                    Stage::LastQuery
                };
                self.confirm_from(now);
            }
            // What is waiting for the next cancel goes on waiting; a cancel that was in flight was read back as `Settling`.
            Stage::Ready | Stage::Done(_) | Stage::Cancelling => {}
            Stage::Paying => {
                self.stage = Stage::Polling;
                self.due = now;
            }
            Stage::Refused { .. } => self.due = self.cancels_settle_at(),
            _ => self.due = now,
        }
    }
}
