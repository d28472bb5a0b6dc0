//! The rules, looked after at every step, from what a host can see and from what really happened.

use super::{
    alipay::FEN,
    alipay::{Method, Ms, Said},
    copies::asked,
    plan::{Aftermath, Plan},
    verdict::Rule,
    world::{Letter, Settled},
};
use alipay_core::{
    Amount, Payment,
    payment::{
        ConflictReason, DeclineReason, Failure, News, Outcome, Output, RequestId, RequestKind,
        UnresolvedReason, Wake,
    },
};

mod leaving;

/// A kernel carries a connection that ended without proof no longer than this.
const KERNEL_KEEPS: Ms = 30 * 60_000;

/// More queries than these are never needed because of notifications that come after the outcome.
const MOST_FOLLOW_UPS: u32 = 20;

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
    pub(super) in_flight: Option<RequestId>,
    /// When the machine gave the last request out.
    made_at: Ms,
    /// Alipay answered our pay that the number is another's; and whether that is stored.
    conflict: bool,
    conflict_stored: bool,
    refused_for_good: bool,
    /// The last query said "waiting", and no more may be asked.
    pub(super) must_cancel: bool,
    done: bool,
    pub(super) alive_since: Ms,
    /// How often the host was told to wait.
    waits: u64,
    /// Whether what the machine handles is an answer it waits for.
    pub(super) expected: bool,
    /// The answer that comes is to a request of a process that died; a queue kept it.
    pub(super) to_another_process: bool,
    pay_id: Option<RequestId>,
    /// The last cancel that left.
    cancel_id: Option<RequestId>,
    /// The transport said so.
    pay_was_not_sent: bool,
    /// Pay was handed to the host, which stored it.
    pub(super) pay_given: bool,
    /// When the host knew how pay ended, and whether that proves that it settles.
    pay_ended: Option<(Ms, bool)>,
    /// The process took a snapshot up.
    restored: bool,
    /// Alipay said in this process what the trade is.
    answered: bool,
    /// When it was first seen open in this process.
    open_since: Option<Ms>,
    /// Whether a cancel left in this process.
    cancelled_here: bool,
    /// A verified message said that the trade exists; and whether that is stored.
    pub(super) trade_seen: bool,
    trade_seen_stored: bool,
    pub(super) told_paid: bool,
    pub(super) given_up: bool,
    /// Notifications against an outcome that were not answered with news yet, and those that were.
    news_owed: bool,
    /// Pay's own answer, or the first query that saw the trade, said what a crash must not forget, and it is not stored yet.
    save_owed: bool,
    /// The machine may have learnt of the trade otherwise before.
    heard_otherwise: bool,
    notified_after: Vec<String>,
    /// Queries after the outcome, in this process.
    follow_ups: u32,
    /// How far apart a restored payment must be seen open twice.
    twice: Ms,
}

impl Watch {
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            twice: plan.settles_in() / 2,
            ..Self::default()
        }
    }

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
        self.trade_seen = self.trade_seen_stored;
        self.news_owed = false;
        self.save_owed = false;
    }

    pub(super) fn restarted(&mut self, machine: &Payment, plan: &Plan, now: Ms) {
        self.alive_since = now;
        self.done = machine.outcome().is_some();
        self.taken_up();
        if self.pay_left_at.is_some() && self.pay_ended.is_none() {
            self.pay_ended = Some((now, plan.transport.dies_cleanly));
        }
    }

    /// Another process, or a copy, goes on.
    pub(super) fn taken_up(&mut self) {
        self.restored = self.pay_given;
        self.answered = false;
        self.open_since = None;
        self.cancelled_here = false;
        self.follow_ups = 0;
        self.save_owed = false;
    }

    /// What is known to be stored in it, is not known of a backup.
    pub(super) fn takes_up_a_backup(&mut self) {
        self.done = false;
        self.conflict = false;
        self.trade_seen = false;
        self.heard_otherwise = true;
        self.news_owed = false;
        // All of them have landed or never will.
        self.cancels = 0;
        self.cancel_id = None;
        self.begun = false;
    }

    pub(super) fn pay_was_given(&self) -> bool {
        self.pay_given
    }

    /// The host has stored, and is about to send.
    pub(super) fn gives(&mut self, method: Method) {
        self.pay_given |= method == Method::Pay;
    }

    /// When the host knew that pay was over.
    pub(super) fn pay_ended_at(&self) -> Option<Ms> {
        self.pay_ended.map(|(at, _)| at)
    }

    /// What a not-found is worth that is asked for now.
    pub(super) fn settled(&self, now: Ms, plan: &Plan) -> Settled {
        let Some(left) = self.pay_left_at.filter(|_| !self.pay_was_not_sent) else {
            return Settled::Yes;
        };
        match self.pay_ended {
            Some((at, true)) if now >= at + plan.settles_in() => Settled::Yes,
            _ if now >= left + KERNEL_KEEPS => Settled::LongAgo,
            _ => Settled::No,
        }
    }

    /// Whether this is about a request whose time was over.
    pub(super) fn is_overdue(&self, cause: &Cause<'_>) -> bool {
        !self.expected && matches!(cause, Cause::Letter(..) | Cause::Failure(..))
    }

    /// The merchant is told.
    pub(super) fn told(&mut self, outcome: &Outcome) {
        let paid = matches!(outcome, Outcome::Paid { .. });
        self.told_paid |= paid;
        if paid && self.given_up {
            self.breaks(Rule::GivenUpIsFinal, "Paid, although it was given up".into());
        }
    }

    /// A genuine notification of our number comes to the host.
    pub(super) fn is_notified(
        &mut self,
        status: &str,
        total: Option<Amount>,
        body: &[u8],
        plan: &Plan,
        outcome: Option<&Outcome>,
    ) {
        let unpaid = matches!(
            outcome,
            Some(Outcome::Closed { .. } | Outcome::Declined { .. } | Outcome::Rejected { .. })
        );
        let ours = total.is_some_and(|total| total.fen() == FEN) && plan.older_sale.is_none();
        let body = String::from_utf8_lossy(body).into_owned();
        if unpaid && ours && status == "TRADE_SUCCESS" && !self.notified_after.contains(&body) {
            self.notified_after.push(body);
            self.news_owed = true;
        }
    }

    pub(super) fn tells(&mut self, _: &News) {
        self.news_owed = false;
    }

    /// Nothing is under way any more.
    pub(super) fn ends(&mut self) {
        if self.news_owed {
            let what = "a success after an outcome without payment was swallowed";
            self.breaks(Rule::NewsAreTold, what.into());
        }
    }

    pub(super) fn awaits(&self, id: RequestId) -> bool {
        self.in_flight == Some(id)
    }

    pub(super) fn stored(&mut self) {
        self.conflict_stored = self.conflict;
        self.trade_seen_stored = self.trade_seen;
    }

    /// The machine is about to handle an input.
    pub(super) fn before(&mut self, cause: &Cause<'_>) {
        self.expected = match cause {
            Cause::Letter(_, id) | Cause::Failure(id, _) => self.awaits(*id) && !self.to_another_process,
            Cause::Time | Cause::Notify(_) | Cause::Cashier => true,
        };
    }

    /// The machine has handled an input.
    pub(super) fn after(&mut self, machine: &Payment, cause: &Cause<'_>, plan: &Plan, now: Ms) {
        self.note_how_it_ended(cause, plan, now);
        let known = (self.conflict, self.trade_seen || self.heard_otherwise);
        self.heard_otherwise |= !self.expected || matches!(cause, Cause::Notify(_));
        if self.expected && matches!(cause, Cause::Letter(..) | Cause::Failure(..)) {
            self.in_flight = None;
        }
        if let Cause::Letter(letter, _) = cause
            && let Some(said) = letter.genuine.as_ref().filter(|_| self.expected && !self.done)
        {
            match letter.method {
                Method::Pay => {
                    self.conflict |= said.is_conflict();
                    self.answered |= said.code == "10003";
                    self.trade_seen |= said.code == "10003";
                }
                Method::Query => {
                    self.must_cancel = self.cashier_asked
                        && !self.begun
                        && !self.conflict
                        && !self.restored
                        && said.is_waiting();
                    self.answered |= said.is_not_found() || said.code == "10000";
                    self.trade_seen |= said.is_waiting() || said.node.contains("TRADE_SUCCESS");
                    if said.is_waiting() {
                        self.open_since.get_or_insert(now);
                    }
                }
                Method::Cancel => self.refused_for_good |= said.refuses_for_good(),
            }
            self.save_owed |=
                !known.0 && self.conflict || !known.1 && self.trade_seen && letter.method != Method::Cancel;
        }
        self.judge(machine, cause, plan);
    }

    /// What the host knows now about how pay, or a cancel, ended.
    fn note_how_it_ended(&mut self, cause: &Cause<'_>, plan: &Plan, now: Ms) {
        if let Cause::Failure(id, Failure::NotSent) = cause
            && self.cancel_id == Some(*id)
        {
            // It has not left after all.
            self.cancel_id = None;
            self.cancels -= 1;
        }
        let proven = match cause {
            Cause::Letter(letter, id) if self.pay_id == Some(*id) => {
                letter.genuine.is_some() || plan.transport.resets
            }
            Cause::Failure(id, failure) if self.pay_id == Some(*id) => {
                self.pay_was_not_sent |= *failure == Failure::NotSent && self.pay_ended.is_none();
                *failure == Failure::Aborted
            }
            _ => return,
        };
        if self.pay_left_at.is_some() {
            self.pay_ended.get_or_insert((now, proven));
        }
    }

    /// The machine has said what to do.
    pub(super) fn polled(&mut self, machine: &Payment, output: &Output, plan: &Plan, now: Ms) {
        if let Some((id, kind)) = asked(output) {
            if self.must_cancel && kind != RequestKind::Cancel {
                self.breaks(Rule::CancelAtOnce, format!("{} instead of cancel", kind.as_str()));
            }
            // A request that is signed elsewhere comes twice.
            let begins = self.in_flight.replace(id) != Some(id);
            if begins && self.done && kind == RequestKind::Query {
                self.follow_ups += 1;
                if self.follow_ups > MOST_FOLLOW_UPS {
                    let what = "notifications after the outcome make queries without end".into();
                    self.breaks(Rule::NeverStuck, what);
                }
            }
            self.begun |= kind == RequestKind::Cancel;
            if kind == RequestKind::Pay {
                self.pay_id = Some(id);
            }
            self.must_cancel = false;
        }
        let stores = matches!(output, Output::Save | Output::Done(_))
            || asked(output).is_some_and(|(_, kind)| kind == RequestKind::Cancel);
        if self.save_owed && !stores {
            let what = "something follows before what was learnt is stored";
            self.breaks(Rule::StoredFirst, what.into());
        }
        self.save_owed = false;
        match output {
            Output::Request(request) => {
                self.made_at = now;
                self.handed_out |= request.kind == RequestKind::Cancel;
            }
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
            Output::Save | Output::News(_) => {}
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
        let needs_no_answer = matches!(
            outcome,
            Outcome::Unresolved { .. }
                | Outcome::Declined {
                    reason: DeclineReason::NotSent,
                    ..
                }
                // A notification said that there is a trade, and no query was answered.
                | Outcome::Conflict {
                    reason: ConflictReason::ExistsUnsent,
                    ..
                }
        );
        if not_genuine && !needs_no_answer {
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
            Outcome::Closed { refunded } => {
                if let (Some(said), Cause::Letter(letter, _)) = (said, cause)
                    && letter.method == Method::Query
                    && said.is_not_found()
                {
                    let counts = match letter.settled {
                        Settled::No => false,
                        Settled::Yes => true,
                        Settled::LongAgo => plan.transport.never_suspended && plan.transport.tells_time,
                    };
                    if !counts {
                        self.breaks(
                            Rule::NotFoundWaits,
                            "Closed by a 'not found' while pay may land".into(),
                        );
                    } else if self.trade_seen && *refunded == Some(false) {
                        self.breaks(
                            Rule::NotFoundWaits,
                            "Closed by a 'not found' of a trade that was seen".into(),
                        );
                    }
                }
            }
            Outcome::Unresolved { reason, .. } => {
                if let (Some(said), Cause::Letter(letter, _)) = (said, cause)
                    && matches!(
                        reason,
                        UnresolvedReason::CancelExhausted | UnresolvedReason::PaidAfterCancel
                    )
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
        let is_query = letter.method == Method::Query;
        let untouched =
            !self.handed_out && plan.older_sale.is_none() && plan.aftermath != Aftermath::AnotherPays;
        let paid = said.node.contains("TRADE_SUCCESS") && untouched && !self.given_up;
        let nothing = said.is_not_found()
            && letter.settled == Settled::Yes
            && !self.handed_out
            && !self.trade_seen
            && plan.time_is_steady();
        is_query && (paid || nothing)
    }
}
