//! What happens next, given what was learnt: the rules of payment.md as state transitions.

use super::{
    cancelling::NotFound,
    clock::Moment,
    exchange::{RequestId, RequestKind},
    landing::Ended,
    machine::Payment,
    outcome::{ConflictReason, DeclineReason, News, Outcome, Trade, UnresolvedReason},
    policy::CONFIRM_QUERIES,
    reading::{self, Believed, CancelReading, Heard, PayReading, Problem, QueryReading},
    said::Said,
    sale::Whose,
    stage::{Asked, Flight, Stage, Step},
};
use crate::{
    api::{ApiRequest, TradeCancelRequest, TradePayRequest, TradeQueryRequest},
    http::HttpResponse,
    time::Timestamp,
};
use alloc::{boxed::Box, string::String};
use core::time::Duration;

impl Payment {
    /// An HTTP answer came. Whatever of it can't be verified counts as no answer.
    pub(super) fn answered(&mut self, flight: &Flight, response: &HttpResponse, reset: bool) {
        let mut heard = Heard::default();
        let believed = self.open(flight.kind, response, &mut heard);
        if let Some(Believed { time, .. }) = &believed {
            self.learn_time(*time, flight);
        }
        self.ends(flight.kind, Ended::settling(believed.is_some() || reset));
        let time = believed.as_ref().and_then(|believed| believed.time);
        let said = believed.map(|believed| believed.said);
        match flight.kind {
            RequestKind::Pay => {
                let read = said.as_ref().map_or(PayReading::Unknown, |said| {
                    reading::read_pay(said, &self.sale, &mut heard)
                });
                if matches!(read, PayReading::Unknown) && said.as_ref().is_some_and(Said::is_about_a_trade) {
                    self.trade_is_seen();
                }
                let display = said.as_ref().and_then(|said| reading::display(said, &self.sale));
                self.heard = Some(Box::new(heard));
                self.pay_answered(read, display);
            }
            RequestKind::Query => {
                let exists = said.as_ref().is_some_and(Said::is_about_a_trade);
                let read = said.map_or(QueryReading::Unknown, |said| {
                    reading::read_query(&said, &self.sale, &mut heard)
                });
                if exists && matches!(read, QueryReading::Unknown) {
                    self.trade_is_seen();
                }
                self.heard = Some(Box::new(heard));
                self.query_answered(read, flight.asked, time);
            }
            RequestKind::Cancel => {
                if said.as_ref().is_some_and(Said::has_a_trade_to_cancel) {
                    self.trade_is_seen();
                }
                let read = said.as_ref().map_or(CancelReading::Retry, |said| {
                    reading::read_cancel(said, &self.sale)
                });
                self.heard = Some(Box::new(heard));
                self.cancel_answered(&read);
            }
        }
    }

    pub(super) fn open(
        &self,
        kind: RequestKind,
        response: &HttpResponse,
        heard: &mut Heard,
    ) -> Option<Believed> {
        let method = match kind {
            RequestKind::Pay => TradePayRequest::METHOD,
            RequestKind::Query => TradeQueryRequest::METHOD,
            RequestKind::Cancel => TradeCancelRequest::METHOD,
        };
        reading::open(&self.merchant, method, response, &self.sale, heard)
    }

    /// A verified answer says what time it is at Alipay's.
    pub(super) fn learn_time(&mut self, time: Option<Timestamp>, flight: &Flight) {
        let Some(time) = time else { return };
        self.alipay_time = self.alipay_time.max(Some(time));
        if let Some((elapsed, witnessed)) = self.pay_moment {
            let earliest = Duration::from_millis(elapsed.until(self.clock.elapsed));
            let latest = Duration::from_millis(witnessed.until(flight.asked.at));
            // A clock that was set back counts less time than passed: how early pay left is not known then.
            let earliest = if self.clock.set_back {
                Timestamp::UNIX_EPOCH
            } else {
                time.saturating_sub(earliest)
            };
            self.sale.left_within(
                earliest,
                // HTTP's dates are whole seconds.
                time.saturating_add(Duration::from_secs(1)).saturating_sub(latest),
            );
        }
        for (kind, landing) in [
            (RequestKind::Pay, &mut self.pay),
            (RequestKind::Cancel, &mut self.cancels_left),
        ] {
            if kind != flight.kind {
                landing.told(time, flight.asked.endings);
            }
        }
    }

    pub(super) fn ends(&mut self, kind: RequestKind, ended: Ended) {
        let (now, elapsed) = (self.clock.witnessed, self.clock.elapsed);
        let landing = match kind {
            RequestKind::Pay => &mut self.pay,
            RequestKind::Cancel => {
                self.cancelled_here = true;
                &mut self.cancels_left
            }
            RequestKind::Query => return,
        };
        self.endings = self.endings.saturating_add(1);
        // A crash must not turn it into one that was reset, nor, once it is unresolved, forget that it settles.
        self.save_due |= match ended {
            Ended::Open => landing.flying.is_some_and(|flying| flying.resets),
            Ended::Settles => matches!(self.stage, Stage::Done(Outcome::Unresolved { .. })),
        };
        landing.ends(ended, now, elapsed, self.endings);
    }

    /// No answer came, or the request could not be signed.
    pub(super) fn fail(&mut self, flight: &Flight, problem: Problem) {
        self.heard = Some(Box::new(Heard {
            problem: Some(problem),
            ..Heard::default()
        }));
        // A request that was still with its signer provably never left.
        let not_sent =
            matches!(problem, Problem::NotSent | Problem::NotStored) || !matches!(flight.step, Step::Sent);
        broken!(let not_sent = DeclinesWhatMayHaveLeft => true);
        if not_sent {
            self.never_left(flight.kind, flight.id);
        } else {
            self.ended_without_answer(flight.kind, flight.id, problem);
        }
        match flight.kind {
            RequestKind::Pay if not_sent => self.pay_not_sent(),
            RequestKind::Pay => self.pay_answered(PayReading::Unknown, None),
            RequestKind::Query if not_sent && self.stage == Stage::NotSent => self.declined_not_sent(),
            RequestKind::Query => self.query_answered(QueryReading::Unknown, flight.asked, None),
            RequestKind::Cancel if not_sent => self.cancel_not_sent(problem == Problem::NotStored),
            RequestKind::Cancel => self.cancel_answered(&CancelReading::Retry),
        }
    }

    /// What the host says of how a request ended that has no usable answer.
    pub(super) fn ended_without_answer(&mut self, kind: RequestKind, id: RequestId, problem: Problem) {
        match problem {
            Problem::NotSent | Problem::NotStored => self.never_left(kind, id),
            Problem::Aborted => self.ends(kind, Ended::Settles),
            // The host has not said how it ended: until it does, it is with the host.
            Problem::TimedOut if kind == RequestKind::Query => {
                self.query_overdue = Some(id).filter(|_| !self.trade_seen);
            }
            Problem::TimedOut => self.cancelled_here |= kind == RequestKind::Cancel,
            _ => self.ends(kind, Ended::Open),
        }
    }

    fn never_left(&mut self, kind: RequestKind, id: RequestId) {
        match kind {
            RequestKind::Pay if self.pay.is(id) => {
                self.pay.never_left();
                self.sale.unsent = true;
                // A crash must not turn it into one that may have been sent.
                self.save_due = true;
            }
            RequestKind::Cancel if self.cancels_left.is(id) => self.cancels_left.never_left(),
            _ => {}
        }
    }

    pub(super) fn trade_is_seen(&mut self) {
        self.gone_since = None;
        let goes_on = match &self.stage {
            Stage::Done(outcome) => matches!(outcome, Outcome::Unresolved { .. }),
            _ => true,
        };
        if goes_on && !self.trade_seen {
            self.trade_seen = true;
            self.save_due = true;
        }
    }

    /// A verified message says that a trade under the number is another sale's.
    pub(super) fn another_is_seen(&mut self) {
        self.trade_is_seen();
        self.save_due |= !self.anothers;
        self.anothers = true;
        if self.stage == Stage::Cancelling {
            self.flight = None;
            self.disputed(None);
        }
    }

    pub(super) fn pay_answered(&mut self, reading: PayReading, display: Option<String>) {
        let heard = self.heard.as_deref().cloned().unwrap_or_default();
        match reading {
            PayReading::Paid(trade) => self.paid(trade, true),
            PayReading::AwaitingBuyer => {
                self.awaiting_buyer = true;
                self.answered = true;
                self.sale.known_ours = true;
                self.trade_is_seen();
                self.poll_from(self.policy.poll_interval_ms);
            }
            PayReading::OfAnotherAmount | PayReading::Unknown => {
                if matches!(reading, PayReading::OfAnotherAmount) {
                    self.another_is_seen();
                }
                self.trouble = true;
                self.poll_from(self.policy.retry_soon_ms);
                broken!(PaysAgainWhenUnanswered => self.stage = Stage::Ready);
            }
            PayReading::Conflict => {
                self.disputed(heard.sub_code);
                broken!(CancelsDisputedSales => self.cancel_now());
            }
            PayReading::Declined(reason) => self.refused(Outcome::Declined {
                reason,
                code: heard.code,
                sub_code: heard.sub_code,
                display,
            }),
            PayReading::Rejected => self.refused(Outcome::Rejected {
                code: heard.code.unwrap_or_default(),
                sub_code: heard.sub_code,
                display,
            }),
        }
    }

    /// Pay was refused. A trade that was notified meanwhile contradicts that.
    fn refused(&mut self, outcome: Outcome) {
        self.done(outcome);
        if self.trade_seen {
            self.ask_about_the_outcome();
        }
    }

    /// Alipay answered pay that the number is another sale's. A crash must not forget that (rule 5).
    pub(super) fn disputed(&mut self, sub_code: Option<String>) {
        self.trouble = true;
        self.stage = Stage::Conflict { sub_code };
        self.save_due = true;
        self.confirm_from(self.clock.elapsed);
    }

    /// Pay provably never left.
    pub(super) fn pay_not_sent(&mut self) {
        self.order = None;
        if self.policy.confirm_not_sent {
            self.trouble = true;
            self.stage = Stage::NotSent;
            self.confirm_from(self.clock.elapsed);
        } else {
            self.declined_not_sent();
        }
    }

    pub(super) fn declined_not_sent(&mut self) {
        if self.trade_seen {
            return self.conflict(ConflictReason::ExistsUnsent, None);
        }
        let reason = DeclineReason::NotSent;
        self.done(Outcome::Declined {
            reason,
            code: None,
            sub_code: None,
            display: None,
        });
    }

    /// Starts the polling window; the first query after `delay_ms`, or at once if the cashier wants to cancel.
    pub(super) fn poll_from(&mut self, delay_ms: u32) {
        self.window_end = self.clock.elapsed.after(self.policy.poll_window_ms);
        self.stage = Stage::Polling;
        self.due = self.clock.elapsed.after(delay_ms).min(self.window_end);
        if self.cancel_requested {
            self.stage = Stage::LastQuery;
            self.due = self.clock.elapsed;
        }
    }

    /// Starts a confirming stage, its query leaving at `due`.
    pub(super) fn confirm_from(&mut self, due: Moment) {
        self.unanswered = 0;
        // A hint heard before must not pull a query forward that has to wait for requests to settle.
        self.probe = false;
        self.due = due;
    }

    pub(super) fn query_answered(&mut self, reading: QueryReading, asked: Asked, time: Option<Timestamp>) {
        broken!(PaysAgainWhenNotFound => if matches!(reading, QueryReading::NotExist) { self.stage = Stage::Ready });
        broken!(let asked = BelievesNotFoundAtOnce => Asked { after_pay: true, ..asked });
        broken!(let asked = JudgesByTheAnswersTime => Asked { after_pay: self.has_settled(&self.pay), ..asked });
        if let Stage::Done(outcome) = self.stage.clone() {
            return self.outcome_confirmed(&outcome, reading);
        }
        self.note(&reading);
        match self.stage.clone() {
            Stage::NotSent => return self.not_sent_answered(&reading),
            Stage::Conflict { sub_code } => return self.conflict_answered(reading, sub_code),
            _ => {}
        }
        let reading = match reading {
            QueryReading::Paid(trade) => return self.success_found(trade, asked, time),
            QueryReading::Closed { refunded } => return self.done(Outcome::Closed { refunded }),
            QueryReading::AmountDiffers => return self.conflict(ConflictReason::AmountDiffers, None),
            undecided => undecided,
        };
        match self.stage.clone() {
            Stage::Settling => self.settling_answered(&reading, asked, time),
            Stage::Exhausted { sub_code } => self.exhausted_answered(&reading, asked, time, sub_code),
            Stage::Refused { sub_code } => self.refused_answered(&reading, sub_code),
            Stage::LastQuery => self.last_query_answered(&reading, asked, time),
            Stage::Polling => match reading {
                QueryReading::NotExist if self.not_found(asked, time) == NotFound::Counts => {
                    self.last_query_answered(&reading, asked, time);
                }
                _ => self.next_tick(),
            },
            // Between two cancels, because of a notification: only a trade's end ends it.
            Stage::Cancelling
            | Stage::Ready
            | Stage::Paying
            | Stage::NotSent
            | Stage::Conflict { .. }
            | Stage::Done(_) => {}
        }
    }

    /// The query about an outcome that a notification contradicts was answered.
    fn outcome_confirmed(&mut self, outcome: &Outcome, reading: QueryReading) {
        let news = self.follow_up(outcome, reading);
        let mut undone = false;
        match &news {
            Some(News::NotKnown) => {
                // Sent again, the notification is asked about again.
                self.hints.iter_mut().for_each(String::clear);
            }
            Some(News::StillPaid { proven, .. }) => {
                // After an answer that the number is another's, only what is provably ours may be cancelled.
                self.contradicted |= self.pay.left() && (*proven || !self.anothers);
                self.save_due = true;
                undone = *proven && self.given_up && matches!(outcome, Outcome::Unresolved { .. });
                self.trade_is_seen();
                self.trade_seen = true;
            }
            _ => {}
        }
        self.news = news.map(Box::new);
        if undone {
            self.cancels = 0;
            self.cancel_now();
        }
    }

    /// What a query's answer teaches, whatever follows from it.
    pub(super) fn note(&mut self, reading: &QueryReading) {
        self.awaiting_buyer = matches!(reading, QueryReading::AwaitingBuyer);
        if matches!(reading, QueryReading::Unknown) {
            return;
        }
        self.answered = true;
        self.unanswered = 0;
        if matches!(reading, QueryReading::AwaitingBuyer) {
            self.open_since.get_or_insert(self.clock.witnessed);
        }
        if matches!(reading, QueryReading::AwaitingBuyer | QueryReading::Paid(_)) {
            self.gone_since = None;
            // Of a success that ends it, the outcome is stored.
            self.trade_is_seen();
        }
    }

    /// A success of our number and amount, and nobody said that the number is another's.
    pub(super) fn success_found(&mut self, trade: Trade, asked: Asked, time: Option<Timestamp>) {
        let whose = self.sale.whose(&trade);
        broken!(let whose = TakesOlderSales => Whose::Ours);
        if whose == Whose::Anothers {
            // The answer that the number is taken was lost: this success is neither ours nor ours to cancel.
            return self.conflict(ConflictReason::PaidEarlier, None);
        }
        if self.given_up && whose == Whose::Unknown {
            return self.conflict(ConflictReason::PaidAfterGivingUp, None);
        }
        let proven = whose == Whose::Ours;
        if let Stage::Refused { sub_code } = self.stage.clone() {
            return self.refused_and_paid(trade, proven, asked, sub_code);
        }
        let undone = self.given_up || self.cancels_left.left();
        broken!(let undone = GivesUpOnThePaid => undone || matches!(self.stage, Stage::Cancelling | Stage::Exhausted { .. }));
        if !undone {
            // Cancels may have been tried, and none left: nothing can refund this.
            self.trouble |= !matches!(self.stage, Stage::Polling | Stage::LastQuery);
            return self.paid(trade, proven);
        }
        if !self.given_up && !self.cancelled_here {
            // A cancel left before a restart. What was told of this payment since is not known here.
            return self.unresolved(UnresolvedReason::PaidAfterCancel, None, time);
        }
        match self.stage.clone() {
            // It leaves when it is due.
            Stage::Cancelling => {}
            Stage::Settling => self.cancel_again(),
            Stage::Exhausted { sub_code } => {
                let reason = self.exhausted_reason();
                self.unresolved(reason, sub_code, time);
            }
            // Once a cancel has left, it is finished: a success seen now may still be refunded by it.
            _ => self.cancel_now(),
        }
    }

    /// The next query of the window, an interval after the last one left; the last one when the window ends.
    pub(super) fn next_tick(&mut self) {
        let tick = self.query_left.after(self.policy.poll_interval_ms);
        self.due = tick.min(self.window_end).max(self.clock.elapsed);
    }

    pub(super) fn not_sent_answered(&mut self, reading: &QueryReading) {
        match reading {
            QueryReading::AmountDiffers => self.conflict(ConflictReason::AmountDiffers, None),
            QueryReading::Paid(_) | QueryReading::AwaitingBuyer => {
                self.conflict(ConflictReason::ExistsUnsent, None);
            }
            QueryReading::Unknown if self.ask_again() => {}
            // A cancel of ours left, and may have done that to another's.
            QueryReading::Closed { .. } if self.cancels_left.left() => {
                self.conflict(ConflictReason::ExistsUnsent, None);
            }
            // Whether the number is free or not: nothing was taken by this payment.
            QueryReading::NotExist | QueryReading::Closed { .. } | QueryReading::Unknown => {
                self.declined_not_sent();
            }
        }
    }

    pub(super) fn conflict_answered(&mut self, reading: QueryReading, sub_code: Option<String>) {
        match reading {
            // Once a cancel has left, a success is never Paid: a person looks.
            QueryReading::Paid(trade)
                if self.sale.whose(&trade) == Whose::Ours && !self.cancels_left.left() =>
            {
                if self.given_up {
                    self.cancel_now();
                } else {
                    self.paid(trade, true);
                }
            }
            QueryReading::Unknown if self.ask_again() => {}
            QueryReading::Unknown => {
                self.unresolved(UnresolvedReason::ConflictUnconfirmed, sub_code, None);
            }
            QueryReading::AmountDiffers => self.conflict(ConflictReason::AmountDiffers, sub_code),
            _ => self.conflict(ConflictReason::OrderNumberTaken, sub_code),
        }
    }

    /// Schedules one more query of a confirming stage, unless they are used up.
    pub(super) fn ask_again(&mut self) -> bool {
        self.unanswered = self.unanswered.saturating_add(1);
        self.due = self.clock.elapsed.after(self.policy.poll_interval_ms);
        self.unanswered < CONFIRM_QUERIES
    }
}
