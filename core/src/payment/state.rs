//! The machine's state as a value to compare: an exhaustive search (docs/money-safety.md) visits each state once.

use super::{
    clock::Moment,
    machine::Payment,
    outcome::Outcome,
    stage::{Asked, Flight, Stage, Step},
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
            alipay_time,
            pay,
            pay_moment,
            cancels_left,
            cancelled_here,
            cancel_found_nothing,
            cancel_unstored,
            limit: _,
            trade_seen,
            anothers,
            answered,
            open_since,
            gone_since,
            restored,
            never_suspended,
            reconciling,
            given_up,
            resets_on_death,
            query_left,
            query_overdue,
            cancels,
            unanswered,
            probe,
            hints,
            cancel_requested,
            trouble,
            awaiting_buyer: _,
            save_due,
            news,
            question,
            endings: _,
            contradicted,
            revision: _,
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
        let settles = |moment: Moment| clock.witnessed.until(moment.after(policy.settle_ms));
        let ago = |moment: Moment, most: u32| clock.witnessed.until(moment.after(most));
        hash_stage(stage, out);
        flight.is_some().hash(out);
        if let Some(Flight {
            id: _,
            kind,
            step,
            deadline,
            asked:
                Asked {
                    at: _,
                    endings: _,
                    after_pay,
                    after_cancels,
                },
        }) = flight
        {
            let step = match step {
                Step::Signing(_) => 0_u8,
                Step::Signed(_) => 1,
                Step::Sent => 2,
            };
            (kind, step, left(*deadline), after_pay, after_cancels).hash(out);
        }
        (left(*due), left(*window_end)).hash(out);
        left(query_left.after(policy.poll_interval_ms)).hash(out);
        for landing in [pay, cancels_left] {
            (landing.flying.map(|flying| flying.resets), landing.open).hash(out);
            landing.settles.map(settles).hash(out);
            // It matters only where Alipay's times tell.
            let elapsed = landing.settles_elapsed.after(policy.settle_ms);
            landing.settles_known_at.map(|_| left(elapsed)).hash(out);
            for then in [landing.known_at, landing.settles_known_at] {
                then.zip(*alipay_time)
                    .map(|(then, now)| now.saturating_since(then))
                    .hash(out);
            }
        }
        pay_moment.is_some().hash(out);
        (cancelled_here, cancel_found_nothing, cancel_unstored).hash(out);
        (trade_seen, answered, restored, never_suspended).hash(out);
        (reconciling, given_up).hash(out);
        open_since.map(|since| ago(since, policy.twice_ms())).hash(out);
        (gone_since.map(settles), resets_on_death).hash(out);
        (order.is_some(), sale.pay_left.is_some(), sale.known_ours).hash(out);
        // How much earlier or later than the host's clock Alipay's was when pay left.
        let skew = |(earliest, latest): (Timestamp, Timestamp)| {
            sale.pay_left
                .map(|host| [earliest, latest].map(|at| at.unix_ms().saturating_sub(host.unix_ms())))
        };
        sale.left_between.and_then(skew).hash(out);
        (cancels, unanswered, probe, hints).hash(out);
        (cancel_requested, trouble, save_due, contradicted).hash(out);
        (question, news.as_ref().map(|news| news.as_str())).hash(out);
        (anothers, sale.unsent, query_overdue.is_some()).hash(out);
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
        Outcome::Paid { trade, late, proven } => (&trade.trade_no, late, proven).hash(out),
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
        Outcome::Conflict {
            reason,
            sub_code,
            cancel_sent,
        } => (reason, sub_code, cancel_sent).hash(out),
        // When to ask again follows from the rest.
        Outcome::Unresolved {
            reason,
            sub_code,
            ask_again_at: _,
        } => (reason, sub_code).hash(out),
    }
}
