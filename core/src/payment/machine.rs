//! The machine's state and its outside: what to do next, and what happened. What an answer leads to is in
//! `transitions`, what it means in `reading`; how requests are made is in `sending`.

use super::{
    clock::{Clock, Moment},
    exchange::{Failure, Input, Output, RequestId, RequestKind, Start, Wake},
    landing::Landing,
    limit::Limit,
    outcome::{News, Outcome, Phase},
    policy::Policy,
    reading::{Heard, Problem},
    redacting::OwnCode,
    sale::Sale,
    stage::{Flight, Stage, Step},
};
use crate::{
    api::TradePayRequest,
    error::{Error, ErrorCode},
    merchant::Merchant,
    time::Timestamp,
};
use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use core::fmt;

/// One barcode payment. See the [module's page](super) for the run loop.
///
/// `Debug` shows the stage and no secret.
#[derive(Clone)]
pub struct Payment {
    pub(super) merchant: Arc<Merchant>,
    pub(super) policy: Policy,
    pub(super) sale: Sale,
    /// The whole order, with the auth_code, until pay leaves; wiped then.
    pub(super) order: Option<Box<TradePayRequest>>,
    pub(super) clock: Clock,
    pub(super) stage: Stage,
    pub(super) flight: Option<Flight>,
    /// When the next request leaves, if none is in flight.
    pub(super) due: Moment,
    /// When polling ends.
    pub(super) window_end: Moment,
    /// The latest of Alipay's times that is known; before pay leaves, its time when the payment began.
    pub(super) alipay_time: Option<Timestamp>,
    /// Whether pay may still land.
    pub(super) pay: Landing,
    /// When pay left, in elapsed and in witnessed time; unknown after a restart.
    pub(super) pay_moment: Option<(Moment, Moment)>,
    /// Whether cancels may still land.
    pub(super) cancels_left: Landing,
    /// Whether a cancel left in this process. If only an earlier one's did, its outcome may have been told.
    pub(super) cancelled_here: bool,
    /// Whether a verified answer to a cancel said that it found nothing to do.
    pub(super) cancel_found_nothing: bool,
    /// Whether the last cancel was not sent because it could not be stored.
    pub(super) cancel_unstored: bool,
    /// When the order ends at Alipay's, whatever becomes of it.
    pub(super) limit: Limit,
    /// Whether a verified message ever said that the trade exists.
    pub(super) trade_seen: bool,
    /// Whether a verified message said that a trade under the number is another sale's: nothing is cancelled from then on.
    pub(super) anothers: bool,
    /// Whether Alipay said in this process what state the trade is in: nothing is cancelled blindly.
    pub(super) answered: bool,
    /// When the trade was first seen open in this process, in witnessed time.
    pub(super) open_since: Option<Moment>,
    /// When a trade that had been seen was first not found after its limit, in witnessed time.
    pub(super) gone_since: Option<Moment>,
    /// Whether this went on from a snapshot of a payment whose pay may have left.
    pub(super) restored: bool,
    /// [`Restored::never_suspended`].
    pub(super) never_suspended: bool,
    /// It had ended unresolved when it was restored, and has not ended otherwise since.
    pub(super) reconciling: bool,
    /// The cashier gave it up.
    pub(super) given_up: bool,
    /// Whether the host's transport resets its connections when the process dies.
    pub(super) resets_on_death: bool,
    /// When the last query began, or left, in elapsed time.
    pub(super) query_left: Moment,
    /// The last query whose time was over: its answer may yet say that the trade exists.
    pub(super) query_overdue: Option<RequestId>,
    /// Cancels begun in this stretch.
    pub(super) cancels: u8,
    /// Queries in a row without a usable answer.
    pub(super) unanswered: u8,
    /// A notification gave a reason to query now, before the next cancel or tick.
    pub(super) probe: bool,
    /// Those that did: `notify_id` and `trade_status`.
    pub(super) hints: Vec<String>,
    /// The cashier wants to cancel.
    pub(super) cancel_requested: bool,
    /// Something went wrong on the way: a success found now is late.
    pub(super) trouble: bool,
    /// The buyer was last seen being asked.
    pub(super) awaiting_buyer: bool,
    /// Something was learnt that a crash must not forget.
    pub(super) save_due: bool,
    /// What became known after the outcome, to be told.
    pub(super) news: Option<Box<News>>,
    /// A notification contradicts the outcome: Alipay is to be asked.
    pub(super) question: bool,
    /// [`News::StillPaid`] was told.
    pub(super) contradicted: bool,
    /// How many endings of pays and cancels the host has told.
    pub(super) endings: u32,
    /// Counts the snapshots, across restarts.
    pub(super) revision: u64,
    pub(super) next_id: u32,
    pub(super) heard: Option<Box<Heard>>,
}

impl Payment {
    /// A new payment. Nothing is sent before the first [`Payment::poll_output`].
    ///
    /// # Errors
    /// Every code of [`TradePayRequest::check`] and [`Policy::check`]; `charset_unmappable` if the order can't be written in the
    /// merchant's charset.
    pub fn new(
        merchant: Arc<Merchant>,
        order: TradePayRequest,
        policy: Policy,
        start: Start,
        now: Timestamp,
    ) -> Result<Self, Error> {
        policy.check()?;
        order.check_bar_code(policy.long_auth_codes)?;
        order.check_charset(merchant.payment_charset())?;
        let sale = Sale {
            out_trade_no: order.out_trade_no.as_deref().unwrap_or_default().parse()?,
            total_amount: order.amount()?,
            pay_left: None,
            left_between: None,
            known_ours: false,
            unsent: false,
            own_code: order.auth_code.as_ref().and_then(OwnCode::of),
        };
        let limit = Limit::of(&order, &policy);
        let payment = Self::at_start(merchant, policy, sale, Clock::new(now));
        Ok(Self {
            order: Some(Box::new(order)),
            alipay_time: start.alipay_time,
            limit,
            next_id: start.first_id,
            ..payment
        })
    }

    pub(super) fn at_start(merchant: Arc<Merchant>, policy: Policy, sale: Sale, clock: Clock) -> Self {
        Self {
            merchant,
            policy,
            sale,
            order: None,
            clock,
            stage: Stage::Ready,
            flight: None,
            due: clock.elapsed,
            window_end: Moment(0),
            alipay_time: None,
            pay: Landing::default(),
            pay_moment: None,
            cancels_left: Landing::default(),
            cancelled_here: false,
            cancel_found_nothing: false,
            cancel_unstored: false,
            limit: Limit::DOCUMENTED,
            trade_seen: false,
            anothers: false,
            answered: false,
            open_since: None,
            gone_since: None,
            restored: false,
            never_suspended: false,
            reconciling: false,
            given_up: false,
            resets_on_death: false,
            query_left: Moment(0),
            query_overdue: None,
            cancels: 0,
            unanswered: 0,
            probe: false,
            hints: Vec::new(),
            cancel_requested: false,
            trouble: false,
            awaiting_buyer: false,
            save_due: false,
            news: None,
            question: false,
            endings: 0,
            contradicted: false,
            revision: 0,
            next_id: 0,
            heard: None,
        }
    }

    /// Says whether the host's transport resets its connections when the process dies (on Unix: `SO_LINGER` of zero since the
    /// connection was made, on a direct path to the gateway). The default is no. Snapshots carry it: only such a request is
    /// taken for reset after a restart.
    pub fn set_resets_on_death(&mut self, resets: bool) {
        self.resets_on_death = resets;
    }

    /// What to do next. Call it after every input and whenever a timeout is due; calling it more often changes nothing.
    pub fn poll_output(&mut self, now: Timestamp) -> Output {
        self.advance(now, false);
        self.revision = self.revision.saturating_add(1);
        self.next_output()
    }

    fn next_output(&mut self) -> Output {
        loop {
            if self.save_due && !self.cancel_is_imminent() {
                self.save_due = false;
                return Output::Save;
            }
            if let Some(news) = self.news.take() {
                return Output::News(*news);
            }
            if let Stage::Done(outcome) = &self.stage
                && self.flight.is_none()
            {
                if !self.question {
                    return Output::Done(outcome.clone());
                }
                self.question = false;
            }
            if let Some(flight) = self.flight.take() {
                // What was made too long ago does not leave any more.
                let in_time = self.clock.elapsed < flight.deadline;
                if let Step::Signed(http) = flight.step {
                    if in_time {
                        return self.send(flight.id, flight.kind, *http);
                    }
                    let step = Step::Signed(http);
                    self.fail(&Flight { step, ..flight }, Problem::TimedOut);
                    continue;
                }
                if in_time {
                    let wake = if matches!(flight.step, Step::Sent) {
                        Wake::RequestTimeout
                    } else {
                        Wake::SignTimeout
                    };
                    let at = self.clock.host_at(flight.deadline);
                    self.flight = Some(flight);
                    return Output::Timeout { at, wake };
                }
                self.fail(&flight, Problem::TimedOut);
                continue;
            }
            let kind = self.next_kind();
            if self.clock.elapsed < self.next_due() {
                let wake = if kind == RequestKind::Cancel {
                    Wake::Cancel
                } else {
                    Wake::Query
                };
                broken!(WakesAtOnce => return Output::Timeout { at: self.clock.host, wake });
                return Output::Timeout {
                    at: self.clock.host_at(self.next_due()),
                    wake,
                };
            }
            if let Some(output) = self.start(kind) {
                return output;
            }
        }
    }

    /// Whether the request with this id should still be sent. Ask after storing and right before sending: the cashier may have
    /// cancelled, or a notification may show that the number is another sale's. If not, report [`Failure::NotSent`].
    #[must_use]
    pub fn is_wanted(&self, id: RequestId) -> bool {
        self.flight.as_ref().is_some_and(|flight| {
            flight.id == id
                && matches!(flight.step, Step::Sent)
                && match flight.kind {
                    // A trade that was notified before pay left is another sale's.
                    RequestKind::Pay => !self.cancel_requested && !self.trade_seen,
                    RequestKind::Cancel => !self.anothers,
                    RequestKind::Query => true,
                }
        })
    }

    /// Whether something about the request with this id is still of use: its answer, or only how it ended.
    #[doc(hidden)]
    #[must_use]
    pub fn awaits(&self, id: RequestId) -> bool {
        let in_flight = self.flight.as_ref().is_some_and(|flight| flight.id == id);
        in_flight || self.overdue(id).is_some()
    }

    /// Tells the machine what happened. Duplicate and unknown ids change nothing. Of a pay or a cancel that was given up
    /// because of its time, only how it ended is still of use.
    ///
    /// # Errors
    /// `signature_format` if a signature can't be one; the machine still waits for it. `not_unresolved` if a payment is given up that
    /// did not end so.
    pub fn handle_input(&mut self, input: Input<'_>, now: Timestamp) -> Result<(), Error> {
        self.advance(now, true);
        self.revision = self.revision.saturating_add(1);
        match input {
            Input::Response { id, response, reset } => {
                broken!(CallsDuplicatesMisuse => if self.flight.is_none() { return Err(ErrorCode::SignatureFormat.into()) });
                if let Some(flight) = self.take_flight(id, true) {
                    self.answered(&flight, response, reset);
                } else {
                    self.answered_late(id, response, reset);
                }
            }
            Input::Failure { id, failure } => {
                let problem = match failure {
                    Failure::NotSent => Problem::NotSent,
                    Failure::NotStored => Problem::NotStored,
                    Failure::Aborted => Problem::Aborted,
                    Failure::MaybeSent => Problem::MaybeSent,
                };
                if let Some(flight) = self.take_flight(id, true).or_else(|| self.take_flight(id, false)) {
                    self.fail(&flight, problem);
                } else {
                    self.failed_late(id, problem);
                }
            }
            Input::Signature { id, signature } => {
                let now = self.clock.elapsed;
                let mut asked = self.flight.as_mut();
                if let Some(Flight { step, deadline, .. }) = asked.take_if(|flight| flight.id == id)
                    && now < *deadline
                    && let Step::Signing(prepared) = step
                {
                    *step = Step::Signed(Box::new(prepared.as_ref().clone().finish(signature)?));
                }
            }
            Input::Notify(notify) => self.notified(notify),
            Input::Cancel => self.cancel(),
            Input::GiveUp => {
                let unresolved = match &self.stage {
                    Stage::Done(outcome) => matches!(outcome, Outcome::Unresolved { .. }),
                    _ => self.reconciling || self.given_up,
                };
                if !unresolved {
                    return Err(ErrorCode::NotUnresolved.into());
                }
                self.save_due |= !self.given_up;
                self.given_up = true;
                // A success that was told already is undone, if it is ours.
                self.question |= self.contradicted;
            }
        }
        Ok(())
    }

    /// Where the payment stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.stage {
            Stage::Ready => Phase::Ready,
            Stage::Paying if !self.pay.left() => Phase::Ready,
            Stage::Paying => Phase::Paying,
            Stage::Polling if self.awaiting_buyer => Phase::AwaitingBuyer,
            Stage::Polling | Stage::NotSent | Stage::Conflict { .. } | Stage::LastQuery => Phase::Confirming,
            Stage::Cancelling | Stage::Settling | Stage::Exhausted { .. } | Stage::Refused { .. } => {
                Phase::Cancelling
            }
            Stage::Done(_) => Phase::Done,
        }
    }

    /// The outcome, once there is one.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.stage {
            Stage::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// What the last answer said, or why there was none.
    #[must_use]
    pub fn heard(&self) -> Option<&Heard> {
        self.heard.as_deref()
    }

    /// The merchant's order number.
    #[must_use]
    pub fn out_trade_no(&self) -> &str {
        self.sale.out_trade_no.as_str()
    }

    /// Whether it was given up ([`Input::GiveUp`]).
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// The latest of Alipay's times that a verified answer told: for the next payment's [`Start::alipay_time`], with the monotonic
    /// time since added.
    #[must_use]
    pub fn alipay_time(&self) -> Option<Timestamp> {
        self.alipay_time
    }

    /// The policy it follows.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The merchant it was made with.
    #[must_use]
    pub fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    /// Lets the clock run to `now`, when the host brings `news` or only comes back. At the end nobody waits, so that nobody
    /// witnesses how much time passes: it only elapses.
    fn advance(&mut self, now: Timestamp, news: bool) {
        match (&self.stage, &self.flight) {
            (Stage::Done(_), None) => self.clock.resume(now),
            (_, Some(flight)) => self.clock.advance(now, flight.deadline, true),
            (_, None) => self.clock.advance(now, self.next_due(), news),
        }
    }

    /// Takes the request with this id out of flight, if it is with the host (`sent`) or with its signer.
    fn take_flight(&mut self, id: RequestId, sent: bool) -> Option<Flight> {
        broken!(TakesAnyAnswer => return self.flight.take_if(|flight| matches!(flight.step, Step::Sent) == sent));
        self.flight
            .take_if(|flight| flight.id == id && matches!(flight.step, Step::Sent) == sent)
    }

    pub(super) fn next_due(&self) -> Moment {
        if self.probe || matches!(self.stage, Stage::Done(_)) {
            Moment(0)
        } else {
            self.due
        }
    }

    pub(super) fn next_kind(&self) -> RequestKind {
        match self.stage {
            Stage::Ready | Stage::Paying => RequestKind::Pay,
            // A hint is asked about only while the next cancel is not due.
            Stage::Cancelling if !self.probe || self.clock.elapsed >= self.due => RequestKind::Cancel,
            _ => RequestKind::Query,
        }
    }

    /// Replaces the policy, from the next step on.
    ///
    /// # Errors
    /// Those of [`Policy::check`].
    pub fn set_policy(&mut self, policy: Policy) -> Result<(), Error> {
        policy.check()?;
        let started = self
            .window_end
            .0
            .saturating_sub(u64::from(self.policy.poll_window_ms));
        self.window_end = Moment(started).after(policy.poll_window_ms);
        self.revision = self.revision.saturating_add(1);
        self.policy = policy;
        Ok(())
    }
}

impl fmt::Debug for Payment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payment")
            .field("out_trade_no", &self.out_trade_no())
            .field("stage", &self.stage)
            .field("in_flight", &self.flight.as_ref().map(|flight| flight.kind))
            .finish_non_exhaustive()
    }
}
