//! A payment that goes on from its snapshot does what the original would.

use super::{
    alipay::Ms,
    verdict::{Rule, same_outcome},
    watch::Watch,
};
use alipay_core::{
    Payment, Timestamp,
    payment::{Outcome, Output, RequestId, RequestKind},
};

impl Watch {
    /// Puts a restored copy in the original's place, after looking whether it goes on alike.
    pub(super) fn compare(
        &mut self,
        original: &mut Payment,
        mut copy: Payment,
        now: Timestamp,
        true_now: Ms,
    ) {
        let fresh = copy.clone();
        let theirs = original.clone().poll_output(now);
        let ours = copy.poll_output(now);
        let pay_given = self.pay_given;
        if copy.policy() != original.policy() {
            self.breaks(Rule::RestoreGoesOn, "the copy follows another policy".into());
        }
        let alike = match (asked(&theirs), asked(&ours)) {
            (_, Some((_, RequestKind::Pay))) if pay_given => false,
            // Nothing has left: it goes on as if nothing had been.
            (_, Some((_, ours))) if !pay_given => ours != RequestKind::Cancel,
            // What left is asked about, and nothing is cancelled before it is answered.
            (_, Some((_, kind))) => kind == RequestKind::Query,
            _ => match (&theirs, &ours) {
                (Output::Done(Outcome::Unresolved { .. }), _) => true,
                (Output::Done(a), Output::Done(b)) => same_outcome(a, b),
                // Once cancelling was refused, it waits for the cancels to settle.
                (_, Output::Timeout { .. }) => true,
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
            self.taken_up();
            *original = fresh;
            self.in_flight = None;
            self.cashier_asked = false;
            self.must_cancel = false;
            self.alive_since = true_now;
        }
    }
}

/// The request that an output is about, whether it is to be sent or to be signed.
pub(super) fn asked(output: &Output) -> Option<(RequestId, RequestKind)> {
    match output {
        Output::Request(request) => Some((request.id, request.kind)),
        Output::Sign(request) => Some((request.id, request.kind)),
        Output::Timeout { .. } | Output::Save | Output::News(_) | Output::Done(_) => None,
    }
}
