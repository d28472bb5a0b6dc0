//! The machine's state as a value to compare: an exhaustive search (docs/money-safety.md) visits each state once.

use super::{
    clock::Moment,
    machine::{Flight, Payment, Stage, Step},
    outcome::Outcome,
};
use crate::time::Timestamp;
use core::hash::{Hash, Hasher};

impl Payment {
    /// Writes everything that decides what this machine will do from `now` on, as long as its merchant and its policy
    /// stay: two machines that write the same do the same. Moments are written as the time that is left until them, so that
    /// the same situation is the same state whenever it arises.
    ///
    /// Left out is what the machine only shows (what it heard last, whether the buyer is being asked), and the request's
    /// number, which only tells answers apart.
    #[doc(hidden)]
    pub fn hash_state(&self, now: Timestamp, out: &mut impl Hasher) {
        // Taken apart as a whole: whoever adds a field decides here whether it is a part of the state.
        let Self {
            merchant: _,
            policy,
            sale,
            order,
            clock,
            stage,
            flight,
            due,
            window_end,
            pay_left,
            cancel_left,
            query_left,
            cancels,
            unanswered,
            probe,
            last_hint,
            cancel_requested,
            trouble,
            awaiting_buyer: _,
            next_id: _,
            heard: _,
        } = self;
        let mut clock = *clock;
        clock.advance(
            now,
            flight.as_ref().map_or_else(|| self.next_due(), |f| f.deadline),
            false,
        );
        let left = |moment: Moment| clock.elapsed.until(moment);
        let settles =
            |moment: Option<Moment>| moment.map(|at| clock.witnessed.until(at.after(policy.settle_ms)));
        hash_stage(stage, out);
        flight.is_some().hash(out);
        if let Some(Flight {
            id: _,
            kind,
            step,
            deadline,
            asked_after_settling,
        }) = flight
        {
            let step = match step {
                Step::Signing(_) => 0_u8,
                Step::Signed(_) => 1,
                Step::Sent => 2,
            };
            (kind, step, left(*deadline), asked_after_settling).hash(out);
        }
        (left(*due), left(*window_end)).hash(out);
        left(query_left.after(policy.poll_interval_ms)).hash(out);
        (settles(*pay_left), settles(*cancel_left)).hash(out);
        (order.is_some(), sale.pay_left.is_some(), sale.known_ours).hash(out);
        (cancels, unanswered, probe, last_hint).hash(out);
        (cancel_requested, trouble).hash(out);
    }
}

fn hash_stage(stage: &Stage, out: &mut impl Hasher) {
    core::mem::discriminant(stage).hash(out);
    match stage {
        Stage::Conflict { sub_code } | Stage::Exhausted { sub_code } | Stage::Refused { sub_code } => {
            sub_code.hash(out);
        }
        Stage::Done(outcome) => hash_outcome(outcome, out),
        Stage::Ready
        | Stage::Paying
        | Stage::NotSent
        | Stage::Polling
        | Stage::LastQuery
        | Stage::Cancelling
        | Stage::Settling => {}
    }
}

fn hash_outcome(outcome: &Outcome, out: &mut impl Hasher) {
    core::mem::discriminant(outcome).hash(out);
    match outcome {
        Outcome::Paid { trade, late } => (&trade.trade_no, late).hash(out),
        Outcome::Declined {
            reason,
            code,
            sub_code,
            display,
        } => (reason, code, sub_code, display).hash(out),
        Outcome::Closed { refunded } => refunded.hash(out),
        Outcome::Rejected {
            code,
            sub_code,
            display,
        } => (code, sub_code, display).hash(out),
        Outcome::Conflict { reason, sub_code } => (reason, sub_code).hash(out),
        Outcome::Unresolved { reason, sub_code } => (reason, sub_code).hash(out),
    }
}
