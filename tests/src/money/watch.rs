//! The rules, looked after at every step, from what a host can see and from what really happened.

use super::{
    alipay::{Method, Ms, Said},
    plan::Plan,
    verdict::{Rule, same_outcome},
    world::Letter,
};
use alipay_core::{
    Payment, Timestamp,
    payment::{DeclineReason, Failure, Outcome, Output, RequestId, RequestKind, UnresolvedReason, Wake},
};

/// What made the machine move.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cause<'a> {
    Time,
    Letter(&'a Letter, RequestId),
    Failure(RequestId, Failure),
    /// A genuine one, with this status.
    Notify(&'a str),
    Cashier,
}

#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) broken: Option<(Rule, String)>,
    pub(super) pay_left_at: Option<Ms>,
    pub(super) cashier_asked: bool,
    cancels: u32,
    /// A cancel was begun: it counts as an attempt, also if the host died before it left.
    begun: bool,
    /// A cancel was handed to the host, which may have died before it left.
    handed_out: bool,
    in_flight: Option<RequestId>,
    /// Alipay answered our pay that the number is another's; and whether that is stored.
    conflict: bool,
    conflict_stored: bool,
    refused_for_good: bool,
    /// The last query said "waiting", and no more may be asked.
    must_cancel: bool,
    done: bool,
    alive_since: Ms,
    /// How often the host was told to wait.
    waits: u64,
    /// Whether what the machine handles is an answer it waits for.
    pub(super) expected: bool,
    pay_id: Option<RequestId>,
    /// The transport said so.
    pay_was_not_sent: bool,
}

impl Watch {
    /// The first broken rule counts.
    pub(super) fn breaks(&mut self, rule: Rule, what: String) {
        self.broken.get_or_insert((rule, what));
    }

    pub(super) fn died(&mut self) {
        self.in_flight = None;
        self.cashier_asked = false;
        self.must_cancel = false;
        self.done = false;
        self.conflict = self.conflict_stored;
    }

    pub(super) fn restarted(&mut self, machine: &Payment, now: Ms) {
        self.alive_since = now;
        self.done = machine.outcome().is_some();
    }

    pub(super) fn awaits(&self, id: RequestId) -> bool {
        self.in_flight == Some(id)
    }

    pub(super) fn stored(&mut self) {
        self.conflict_stored = self.conflict;
    }

    pub(super) fn sends(&mut self, method: Method, now: Ms) {
        match method {
            Method::Pay if self.pay_left_at.is_some() => {
                self.breaks(Rule::PayOnce, "a second pay leaves".into());
            }
            Method::Pay => self.pay_left_at = Some(now),
            Method::Query => {}
            Method::Cancel => {
                self.cancels += 1;
                if self.conflict {
                    self.breaks(Rule::ConflictUntouched, "a cancel leaves after a conflict".into());
                }
            }
        }
    }

    /// The machine is about to handle an input.
    pub(super) fn before(&mut self, cause: &Cause<'_>) {
        self.expected = match cause {
            Cause::Letter(_, id) | Cause::Failure(id, _) => self.awaits(*id),
            Cause::Time | Cause::Notify(_) | Cause::Cashier => true,
        };
    }

    /// The machine has handled an input.
    pub(super) fn after(&mut self, machine: &Payment, cause: &Cause<'_>, plan: &Plan) {
        if self.expected && matches!(cause, Cause::Letter(..) | Cause::Failure(..)) {
            self.in_flight = None;
        }
        if let Cause::Letter(letter, _) = cause
            && let Some(said) = letter.genuine.as_ref().filter(|_| self.expected && !self.done)
        {
            match letter.method {
                Method::Pay => self.conflict |= said.is_conflict(),
                Method::Query => {
                    self.must_cancel =
                        self.cashier_asked && !self.begun && !self.conflict && said.is_waiting();
                }
                Method::Cancel => self.refused_for_good |= said.refuses_for_good(),
            }
        }
        if let Cause::Failure(id, Failure::NotSent) = cause {
            self.pay_was_not_sent |= self.pay_id == Some(*id);
        }
        self.judge(machine, cause, plan);
    }

    /// The machine has said what to do.
    pub(super) fn polled(&mut self, machine: &Payment, output: &Output, plan: &Plan, now: Ms) {
        if let Some((id, kind)) = asked(output) {
            if self.must_cancel && kind != RequestKind::Cancel {
                self.breaks(Rule::CancelAtOnce, format!("{} instead of cancel", kind.as_str()));
            }
            self.in_flight = Some(id);
            self.begun |= kind == RequestKind::Cancel;
            if kind == RequestKind::Pay {
                self.pay_id = Some(id);
            }
            self.must_cancel = false;
        }
        match output {
            Output::Request(request) => self.handed_out |= request.kind == RequestKind::Cancel,
            Output::Sign(_) => {}
            Output::Timeout { wake, .. } => {
                self.waits += 1;
                if self.must_cancel {
                    self.breaks(Rule::CancelAtOnce, "a timer before cancel".into());
                }
                if !matches!(wake, Wake::RequestTimeout | Wake::SignTimeout) {
                    self.in_flight = None;
                }
            }
            Output::Done(_) => self.must_cancel = false,
        }
        // Notifications may come long after the end.
        let over = self.done;
        self.judge(machine, &Cause::Time, plan);
        let alive = u64::try_from(now - self.alive_since).unwrap_or(0);
        // Every wait may be 0.9 s late here, and an answer as late as its request's timeout.
        if !over && plan.time_is_steady() && alive > plan.policy.longest_ms() + 1_000 * self.waits + 10_000 {
            self.breaks(Rule::NeverStuck, format!("no outcome after {alive} ms"));
        }
    }

    /// Looks at an outcome when it appears.
    fn judge(&mut self, machine: &Payment, cause: &Cause<'_>, plan: &Plan) {
        let Some(outcome) = machine.outcome().filter(|_| !self.done) else {
            return;
        };
        self.done = true;
        let said = match cause {
            Cause::Letter(letter, _) => letter.genuine.as_ref(),
            _ => None,
        };
        let not_genuine = matches!(cause, Cause::Letter(letter, _) if letter.genuine.is_none());
        if not_genuine && !matches!(outcome, Outcome::Unresolved { .. }) {
            let what = format!("{} from an answer that is not genuine", outcome.as_str());
            return self.breaks(Rule::UnverifiedDecidesNothing, what);
        }
        match outcome {
            Outcome::Paid { .. } => {
                let proven = said.is_some_and(Said::proves_payment);
                if !proven && !matches!(cause, Cause::Notify("TRADE_SUCCESS")) {
                    self.breaks(Rule::PaidIsProven, format!("Paid because of {cause:?}"));
                }
                if self.cancels > 0 && !self.refused_for_good {
                    self.breaks(Rule::CancelIsFinished, "Paid after a cancel left".into());
                }
            }
            Outcome::Declined { reason, sub_code, .. } => {
                let listed = match reason {
                    DeclineReason::Refused => said.is_some_and(|said| {
                        said.is_listed_refusal() && sub_code.as_deref() == Some(said.sub_code)
                    }),
                    DeclineReason::RateLimited => said.is_some_and(|said| said.code == "40005"),
                    DeclineReason::NotSent => self.pay_left_at.is_none() || self.pay_was_not_sent,
                    _ => false,
                };
                if !listed {
                    self.breaks(Rule::DeclinedIsListed, format!("Declined because of {cause:?}"));
                }
            }
            Outcome::Closed { .. } => {
                if let (Some(said), Cause::Letter(letter, _)) = (said, cause)
                    && letter.method == Method::Query
                    && said.is_not_found()
                    && self
                        .pay_left_at
                        .is_some_and(|left| letter.asked_at < left + plan.settles_in())
                {
                    self.breaks(
                        Rule::NotFoundWaits,
                        "Closed by a 'not found' asked too early".into(),
                    );
                }
            }
            Outcome::Unresolved { reason, .. } => {
                if let (Some(said), Cause::Letter(letter, _)) = (said, cause)
                    && *reason == UnresolvedReason::CancelExhausted
                    && self.decides(said, letter, plan)
                {
                    let what = "unresolved, although the last answer decides";
                    self.breaks(Rule::NeverStuck, what.into());
                }
            }
            Outcome::Rejected { .. } | Outcome::Conflict { .. } => {}
        }
    }

    /// Whether a query's answer leaves nothing open although no cancel had a result: a success that no cancel can undo, or no
    /// trade when pay could no longer land, by whatever the host's waits are worth.
    fn decides(&self, said: &Said, letter: &Letter, plan: &Plan) -> bool {
        let slack = 1_000 * Ms::try_from(self.waits).unwrap_or(0);
        let pay_has_settled = self
            .pay_left_at
            .is_some_and(|left| letter.asked_at > left + plan.settles_in() + slack);
        let is_query = letter.method == Method::Query;
        let paid = said.node.contains("TRADE_SUCCESS") && !self.handed_out && plan.older_sale.is_none();
        let nothing = said.is_not_found() && pay_has_settled && plan.time_is_steady();
        is_query && (paid || nothing)
    }

    /// Puts a restored copy in the original's place, after looking whether it goes on alike.
    pub(super) fn compare(
        &mut self,
        original: &mut Payment,
        mut copy: Payment,
        now: Timestamp,
        true_now: Ms,
        plan: &Plan,
    ) {
        let fresh = copy.clone();
        let flying = self.in_flight.is_some();
        let theirs = original.clone().poll_output(now);
        let ours = copy.poll_output(now);
        let pay_left = self.pay_left_at.is_some();
        if copy.policy() != original.policy() {
            self.breaks(Rule::RestoreGoesOn, "the copy follows another policy".into());
        }
        let alike = match (asked(&theirs), asked(&ours)) {
            (_, Some((_, RequestKind::Pay))) if pay_left => false,
            // What was in flight is asked about; the original may find at this moment that it has waited long enough.
            _ if flying => true,
            (Some(a), Some(b)) => a == b && same_http(&theirs, &ours),
            // What waits for its next tick asks at once.
            (None, Some((_, kind))) if matches!(theirs, Output::Timeout { .. }) => kind == RequestKind::Query,
            (Some((_, RequestKind::Query)), None) => match &ours {
                // A notification's hint between two cancels is not stored: it would only have asked sooner.
                Output::Timeout {
                    wake: Wake::Cancel, ..
                } => true,
                // Nothing but a restart's own count of time is between them. After a wait that ended with news long after
                // its time, the original asks in vain, and the copy waits until pay has settled.
                Output::Timeout {
                    at,
                    wake: Wake::Query,
                } => {
                    let wait = at.unix_ms() - now.unix_ms();
                    wait < 60_000 || !plan.time_is_steady() && wait <= plan.settles_in()
                }
                _ => false,
            },
            _ => match (&theirs, &ours) {
                // An unresolved payment is taken up again.
                (Output::Done(Outcome::Unresolved { .. }), _) => true,
                (Output::Done(a), Output::Done(b)) => same_outcome(a, b),
                // The same, where both wait.
                (Output::Timeout { at: a, .. }, Output::Timeout { at: b, .. }) => {
                    let later = b.unix_ms() - a.unix_ms();
                    later.abs() <= 1_000 || later > 0 && !plan.time_is_steady()
                }
                _ => false,
            },
        };
        if !alike {
            self.breaks(
                Rule::RestoreGoesOn,
                format!("the original: {theirs:?}; the copy: {ours:?}"),
            );
        }
        if !matches!(theirs, Output::Done(_)) {
            *original = fresh;
            self.in_flight = None;
            self.cashier_asked = false;
            self.must_cancel = false;
            self.alive_since = true_now;
        }
    }
}

/// The request that an output is about, whether it is to be sent or to be signed.
fn asked(output: &Output) -> Option<(RequestId, RequestKind)> {
    match output {
        Output::Request(request) => Some((request.id, request.kind)),
        Output::Sign(request) => Some((request.id, request.kind)),
        Output::Timeout { .. } | Output::Done(_) => None,
    }
}

/// Whether both are to be signed, or both are sent with the same bytes.
fn same_http(one: &Output, other: &Output) -> bool {
    match (one, other) {
        (Output::Request(one), Output::Request(other)) => one.http == other.http,
        (Output::Sign(_), Output::Sign(_)) => true,
        _ => false,
    }
}
