//! The machine's state and its outside: what to do next, and what happened. What an answer leads to is in
//! `transitions`, what it means in `reading`; how requests are made is in `sending`.

use super::{
    clock::{Clock, Moment},
    exchange::{Failure, Input, Output, RequestId, RequestKind, Wake},
    outcome::{Outcome, Phase},
    policy::Policy,
    reading::{Heard, Problem, Sale},
    sending::Unsigned,
};
use crate::{api::TradePayRequest, error::Error, http::HttpRequest, merchant::Merchant, time::Timestamp};
use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use core::fmt;

/// What the machine is about. Each stage but the last has a request in flight or a moment at which the next leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Pay has not left. It leaves on the next poll.
    Ready,
    /// Pay is in flight.
    Paying,
    /// The transport says pay never left: one query makes sure.
    NotSent,
    /// Alipay says the number is another sale's: one query tells "ours, already paid" apart. Never cancelled.
    Conflict { sub_code: Option<String> },
    /// A query every interval, until the window ends.
    Polling,
    /// The query whose answer decides: an outcome, or cancel in the same step.
    LastQuery,
    /// Cancel, as often as the policy allows.
    Cancelling,
    /// A cancel met no trade, or its answer was lost with the process: query until a late pay can no longer land.
    Settling,
    /// Every cancel was sent: one more query, which can only find the trade closed.
    Exhausted { sub_code: Option<String> },
    /// Cancelling was refused for good: once every cancel has settled, one query tells what is.
    Refused { sub_code: Option<String> },
    /// There is an outcome.
    Done(Outcome),
}

/// A request between leaving `poll_output` and its answer.
#[derive(Clone)]
pub(super) struct Flight {
    pub(super) id: RequestId,
    pub(super) kind: RequestKind,
    pub(super) step: Step,
    pub(super) deadline: Moment,
    /// Whether pay had settled when this left (where cancelling is refused: the cancels): only such a query is believed.
    pub(super) asked_after_settling: bool,
}

/// How far a request has come.
#[derive(Clone)]
pub(super) enum Step {
    /// Waiting for a signature made elsewhere.
    Signing(Box<Unsigned>),
    /// Signed elsewhere, to leave on the next poll.
    Signed(Box<HttpRequest>),
    /// With the host.
    Sent,
}

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
    /// When pay left, in witnessed time.
    pub(super) pay_left: Option<Moment>,
    /// When the last cancel left, in witnessed time.
    pub(super) cancel_left: Option<Moment>,
    /// When the last query left, in elapsed time.
    pub(super) query_left: Moment,
    /// Cancels begun in this stretch.
    pub(super) cancels: u8,
    /// Queries without a usable answer in a confirming stage.
    pub(super) unanswered: u8,
    /// A notification gave a reason to query now, before the next cancel or tick.
    pub(super) probe: bool,
    /// The last one that did: its `notify_id` and `trade_status`.
    pub(super) last_hint: Option<String>,
    /// The cashier wants to cancel.
    pub(super) cancel_requested: bool,
    /// Something went wrong on the way: a success found now is late.
    pub(super) trouble: bool,
    /// The buyer was last seen being asked.
    pub(super) awaiting_buyer: bool,
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
        now: Timestamp,
    ) -> Result<Self, Error> {
        policy.check()?;
        order.check_bar_code(policy.long_auth_codes)?;
        order.check_charset(merchant.payment_charset())?;
        let sale = Sale {
            out_trade_no: order.out_trade_no.as_deref().unwrap_or_default().parse()?,
            total_amount: order.amount()?,
            pay_left: None,
            known_ours: false,
        };
        Ok(Self::at_start(merchant, policy, sale, Clock::new(now)).with_order(order))
    }

    fn with_order(self, order: TradePayRequest) -> Self {
        Self {
            order: Some(Box::new(order)),
            ..self
        }
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
            pay_left: None,
            cancel_left: None,
            query_left: Moment(0),
            cancels: 0,
            unanswered: 0,
            probe: false,
            last_hint: None,
            cancel_requested: false,
            trouble: false,
            awaiting_buyer: false,
            next_id: 1,
            heard: None,
        }
    }

    /// What to do next. Call it after every input and whenever a timeout is due; calling it more often changes nothing.
    pub fn poll_output(&mut self, now: Timestamp) -> Output {
        self.advance(now, false);
        loop {
            if let Stage::Done(outcome) = &self.stage {
                return Output::Done(outcome.clone());
            }
            if let Some(flight) = self.flight.take() {
                if let Step::Signed(http) = flight.step {
                    return self.send(flight.id, flight.kind, *http);
                }
                if self.clock.elapsed < flight.deadline {
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

    /// Tells the machine what happened. Stale, duplicate and unknown ids change nothing.
    ///
    /// # Errors
    /// `signature_format` if a signature can't be one; the machine still waits for it.
    pub fn handle_input(&mut self, input: Input<'_>, now: Timestamp) -> Result<(), Error> {
        self.advance(now, true);
        match input {
            Input::Response { id, response } => {
                broken!(CallsDuplicatesMisuse => if self.flight.is_none() { return Err(crate::ErrorCode::SignatureFormat.into()) });
                if let Some(flight) = self.take_flight(id, true) {
                    self.answered(&flight, response);
                }
            }
            Input::Failure { id, failure } => {
                if let Some(flight) = self.take_flight(id, true).or_else(|| self.take_flight(id, false)) {
                    let problem = match failure {
                        Failure::NotSent => Problem::NotSent,
                        Failure::MaybeSent => Problem::MaybeSent,
                    };
                    self.fail(&flight, problem);
                }
            }
            Input::Signature { id, signature } => {
                if let Some(Flight { step, .. }) = self.flight.as_mut().filter(|flight| flight.id == id)
                    && let Step::Signing(prepared) = step
                {
                    *step = Step::Signed(Box::new(prepared.as_ref().clone().finish(signature)?));
                }
            }
            Input::Notify(notify) => self.notified(notify),
            Input::Cancel => self.cancel(),
        }
        Ok(())
    }

    /// Where the payment stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.stage {
            Stage::Ready => Phase::Ready,
            Stage::Paying if self.pay_left.is_none() => Phase::Ready,
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

    /// Lets the clock run to `now`, when the host brings `news` or only comes back. At the end it stands still: nobody waits,
    /// and who takes an unresolved payment up again counts from there.
    fn advance(&mut self, now: Timestamp, news: bool) {
        match (&self.stage, &self.flight) {
            (Stage::Done(_), _) => {}
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
        if self.probe { Moment(0) } else { self.due }
    }

    fn next_kind(&self) -> RequestKind {
        match self.stage {
            Stage::Ready | Stage::Paying => RequestKind::Pay,
            // A hint is asked about only while the next cancel is not due.
            Stage::Cancelling if !self.probe || self.clock.elapsed >= self.due => RequestKind::Cancel,
            _ => RequestKind::Query,
        }
    }

    pub(super) fn pay_has_settled(&self) -> bool {
        self.has_settled(self.pay_left)
    }

    /// Whether what left then can no longer land.
    pub(super) fn has_settled(&self, left: Option<Moment>) -> bool {
        broken!(SettlesTooEarly => return left.is_none_or(|left| self.clock.has_settled(left, self.policy.settle_ms / 2)));
        left.is_none_or(|left| self.clock.has_settled(left, self.policy.settle_ms))
    }

    /// A versioned snapshot to store: no key in it, and no auth_code once pay has left. At most 1 KB while a payment
    /// is pending.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        super::snapshot::write(self)
    }

    /// Goes on from a snapshot. What was in flight may or may not have happened, so it is queried; pay is never sent
    /// twice. An `Unresolved` payment starts to reconcile: query, then cancel what is still open.
    ///
    /// # Errors
    /// `snapshot_corrupt`, `snapshot_version`, `snapshot_merchant`; `charset_unmappable` if pay has not left and the merchant's
    /// charset has become one that the order can't be written in.
    pub fn restore(merchant: Arc<Merchant>, snapshot: &[u8], now: Timestamp) -> Result<Self, Error> {
        let mut payment = super::snapshot::read(merchant, snapshot)?;
        broken!(ForgetsItsPolicy => payment.policy = Policy::default());
        payment.resume(now);
        Ok(payment)
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
