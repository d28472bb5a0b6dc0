//! What has happened so far as far as a rule asks for it, and the rules that are looked after at every step.

use super::{
    setting::Setting,
    state::{Bytes, State},
};
use crate::money::{
    alipay::{Method, Ms, Said},
    verdict::Rule,
};
use alipay_core::payment::{ConflictReason, DeclineReason, Outcome, RequestKind};
use std::hash::Hash;

/// What made the machine move.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cause<'a> {
    Time,
    /// Alipay's own answer to a request that left then.
    Answer(Method, &'a Said, Ms),
    /// An answer that is not genuine.
    Spoilt,
    /// A genuine notification with this status.
    Notified(&'a str),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) pay_left: Option<Ms>,
    /// Pay was stored to be sent.
    pub(super) pay_given: bool,
    /// When the host knew how pay ended; and whether it may land at any time since.
    pub(super) pay_ended: Option<Ms>,
    pay_open: bool,
    /// A verified message said that the trade exists; and whether that is stored.
    trade_seen: bool,
    trade_seen_stored: bool,
    /// The process took a snapshot up, and what Alipay said in it.
    restored: bool,
    answered: bool,
    pay_not_sent: bool,
    cancels_left: u8,
    cancel_begun: bool,
    /// The cashier asked this life of the host.
    pub(super) cashier_asked: bool,
    /// Alipay answered our pay that the number is another's; and whether that is stored.
    conflict: bool,
    conflict_stored: bool,
    refused_for_good: bool,
    /// The last query said "waiting" and no more may be asked. Never outlives a step.
    must_cancel: bool,
}

impl Facts {
    pub(super) fn hash(&self, now: Ms, setting: &Setting, out: &mut Bytes) {
        let Self {
            pay_left,
            pay_given,
            pay_ended,
            pay_open,
            trade_seen,
            trade_seen_stored,
            restored,
            answered,
            pay_not_sent,
            cancels_left,
            cancel_begun,
            cashier_asked,
            conflict,
            conflict_stored,
            refused_for_good,
            must_cancel,
        } = self;
        let settle = Ms::from(setting.policy.settle_ms);
        (pay_left.is_some(), pay_given).hash(out);
        pay_ended.map(|ended| (now - ended).min(settle)).hash(out);
        (pay_open, trade_seen, trade_seen_stored, restored, answered).hash(out);
        (pay_not_sent, cancels_left, cancel_begun, cashier_asked, conflict).hash(out);
        (conflict_stored, refused_for_good, must_cancel).hash(out);
    }

    pub(super) fn died(&mut self) {
        self.cashier_asked = false;
        self.must_cancel = false;
        self.conflict = self.conflict_stored;
        self.trade_seen = self.trade_seen_stored;
        self.answered = false;
    }

    pub(super) fn stored(&mut self) {
        self.conflict_stored = self.conflict;
        self.trade_seen_stored = self.trade_seen;
    }
}

impl State {
    /// The host knows how a request ended, and whether that proves that it settles.
    pub(super) fn note_ended(&mut self, method: Method, proven: bool) {
        if method == Method::Pay {
            self.facts.pay_ended = Some(self.now);
            self.facts.pay_open = !proven;
        }
    }

    /// A request did not leave after all.
    pub(super) fn note_not_sent(&mut self, method: Method) {
        match method {
            Method::Pay => {
                self.facts.pay_ended = None;
                self.facts.pay_open = false;
                self.facts.pay_not_sent = true;
            }
            Method::Cancel => self.facts.cancels_left -= 1,
            Method::Query => {}
        }
    }

    /// Another process goes on.
    pub(super) fn note_restart(&mut self, dies_cleanly: bool) {
        self.facts.restored = self.facts.pay_given;
        self.facts.answered = false;
        if self.facts.pay_left.is_some() && self.facts.pay_ended.is_none() && !self.facts.pay_not_sent {
            self.note_ended(Method::Pay, dies_cleanly);
        }
    }

    /// A request leaves.
    pub(super) fn note_sent(&mut self, method: Method) {
        match method {
            Method::Pay if self.facts.pay_left.is_some() => {
                self.breaks(Rule::PayOnce, "a second pay leaves");
            }
            Method::Pay => self.facts.pay_left = Some(self.now),
            Method::Query => {}
            Method::Cancel => {
                self.facts.cancels_left += 1;
                if !self.facts.answered {
                    self.breaks(
                        Rule::NotCancelledBlindly,
                        "a cancel leaves before Alipay has said what the trade is",
                    );
                }
                if self.facts.conflict {
                    self.breaks(Rule::ConflictUntouched, "a cancel leaves after a conflict");
                }
            }
        }
    }

    /// The machine has heard something.
    pub(super) fn note_heard(&mut self, cause: Cause<'_>) {
        let facts = &mut self.facts;
        match cause {
            Cause::Answer(Method::Pay, said, _) => {
                facts.conflict |= said.is_conflict();
                facts.answered |= said.code == "10003";
                facts.trade_seen |= said.code == "10003";
            }
            Cause::Answer(Method::Query, said, _) => {
                facts.must_cancel = facts.cashier_asked
                    && !facts.cancel_begun
                    && !facts.conflict
                    && !facts.restored
                    && said.is_waiting();
                facts.answered |= said.is_not_found() || said.code == "10000";
                facts.trade_seen |= said.is_waiting() || said.node.contains("TRADE_SUCCESS");
            }
            Cause::Answer(Method::Cancel, said, _) => {
                facts.refused_for_good |= said.refuses_for_good();
            }
            Cause::Time | Cause::Spoilt | Cause::Notified(_) => {}
        }
    }

    /// The machine says what to do: a request, or (`None`) to wait.
    pub(super) fn note_asked(&mut self, kind: Option<RequestKind>) {
        if self.facts.must_cancel && kind != Some(RequestKind::Cancel) {
            let instead = kind.map_or("a timer", RequestKind::as_str);
            self.breaks(Rule::CancelAtOnce, format!("{instead} instead of cancel"));
        }
        self.facts.must_cancel = false;
        self.facts.cancel_begun |= kind == Some(RequestKind::Cancel);
    }

    /// There is an outcome.
    pub(super) fn judge(&mut self, outcome: &Outcome, cause: Cause<'_>, setting: &Setting) {
        let word = outcome.as_str();
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
        if matches!(cause, Cause::Spoilt) && !needs_no_answer {
            return self.breaks(
                Rule::UnverifiedDecidesNothing,
                format!("{word} from an answer that is not genuine"),
            );
        }
        let said = match cause {
            Cause::Answer(_, said, _) => Some(said),
            _ => None,
        };
        match outcome {
            Outcome::Paid { .. } => {
                let proven = said.is_some_and(Said::proves_payment);
                if !proven && !matches!(cause, Cause::Notified("TRADE_SUCCESS")) {
                    self.breaks(Rule::PaidIsProven, format!("Paid because of {cause:?}"));
                }
                if self.facts.cancels_left > 0 && !self.facts.refused_for_good {
                    self.breaks(Rule::CancelIsFinished, "Paid after a cancel left");
                }
            }
            Outcome::Declined { reason, .. } => {
                let listed = match reason {
                    DeclineReason::Refused => said.is_some_and(Said::is_listed_refusal),
                    DeclineReason::RateLimited => said.is_some_and(|said| said.code == "40005"),
                    _ => true,
                };
                if !listed {
                    self.breaks(Rule::DeclinedIsListed, format!("Declined because of {cause:?}"));
                }
            }
            Outcome::Closed { .. } => {
                let facts = &self.facts;
                let settle = Ms::from(setting.policy.settle_ms);
                let early = |asked_at| {
                    let ended = facts.pay_ended.is_some_and(|ended| asked_at >= ended + settle);
                    facts.pay_open || !ended && !facts.pay_not_sent || facts.trade_seen
                };
                if let Cause::Answer(Method::Query, said, asked_at) = cause
                    && said.is_not_found()
                    && facts.pay_left.is_some()
                    && early(asked_at)
                {
                    self.breaks(Rule::NotFoundWaits, "Closed by a 'not found' that does not count");
                }
            }
            Outcome::Rejected { .. } | Outcome::Conflict { .. } | Outcome::Unresolved { .. } => {}
        }
    }
}
