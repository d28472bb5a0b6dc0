//! What must hold in a situation, whatever led to it.

use super::{
    answers::World,
    state::{Bytes, Host, Stage, State},
};
use crate::money::{
    alipay::{Method, Ms, stamp},
    verdict::{Rule, compare, same_outcome},
};
use alipay_core::{
    Payment, Timestamp,
    payment::{Failure, Input, Outcome, Output, RequestId, RequestKind, Wake},
};

/// The number of a request that nobody made.
const UNKNOWN: RequestId = RequestId(999_999);

impl World<'_> {
    /// Looks at a state that was not seen before.
    pub(super) fn check(&self, state: &State) -> Result<(), (Rule, String)> {
        if let Some(broken) = &state.broken {
            return Err(broken.clone());
        }
        if state.is_quiet() {
            compare(state.outcome(), &state.alipay, &self.plan)?;
        }
        match &state.host {
            Host::Runs { machine, wake } if state.now < *wake => {
                let now = stamp(state.now);
                self.check_stale(machine, now)?;
                self.check_restore(state, machine, now, *wake)
            }
            _ => Ok(()),
        }
    }

    /// Polling again, and answers nobody asked for, change nothing.
    fn check_stale(&self, machine: &Payment, now: Timestamp) -> Result<(), (Rule, String)> {
        let before = worth(machine, now);
        let mut polled = machine.clone();
        let output = polled.poll_output(now);
        if !matches!(output, Output::Timeout { .. }) || worth(&polled, now) != before {
            return Err((Rule::StaleChangesNothing, format!("polled again: {output:?}")));
        }
        let mut disturbed = machine.clone();
        self.disturb(&mut disturbed, now);
        if worth(&disturbed, now) != before {
            return Err((
                Rule::StaleChangesNothing,
                "an answer nobody asked for changed something".into(),
            ));
        }
        Ok(())
    }

    /// Answers with a number nobody asked under: one that would be decisive, failures, a signature.
    fn disturb(&self, machine: &mut Payment, now: Timestamp) {
        for method in [Method::Pay, Method::Query, Method::Cancel] {
            let response = self.decisive(method);
            let response = &response;
            let _ = machine.handle_input(
                Input::Response {
                    id: UNKNOWN,
                    response,
                },
                now,
            );
        }
        for failure in [Failure::NotSent, Failure::MaybeSent] {
            let _ = machine.handle_input(Input::Failure { id: UNKNOWN, failure }, now);
        }
        let signature = &[0; 128];
        let _ = machine.handle_input(
            Input::Signature {
                id: UNKNOWN,
                signature,
            },
            now,
        );
    }

    /// A copy restored from the snapshot of a machine that waits does what the machine will do, save that what is in flight is
    /// asked about.
    fn check_restore(
        &self,
        state: &State,
        machine: &Payment,
        now: Timestamp,
        wake: Ms,
    ) -> Result<(), (Rule, String)> {
        let broken = |what: String| Err((Rule::RestoreGoesOn, what));
        let mut copy = match Payment::restore(self.merchant(), &machine.snapshot(), now) {
            Ok(copy) => copy,
            Err(error) => return broken(format!("its own snapshot is refused: {error}")),
        };
        let ours = copy.poll_output(now);
        let asked = match &ours {
            Output::Request(request) => Some(request.kind),
            Output::Sign(request) => Some(request.kind),
            Output::Timeout { .. } | Output::Done(_) => None,
        };
        let waits = |for_what| matches!(ours, Output::Timeout { wake, .. } if wake == for_what);
        let alike = match &state.flight {
            // Pay leaves again only if it has not left.
            Some(flight) if flight.method == Method::Pay && matches!(flight.stage, Stage::Signing(_)) => {
                asked == Some(RequestKind::Pay)
            }
            Some(flight) => match (flight.method, asked) {
                (_, Some(RequestKind::Query)) => true,
                // A query between two cancels, because of a hint, is not asked again.
                (Method::Query, Some(RequestKind::Cancel)) => true,
                (Method::Query, None) => waits(Wake::Query) || waits(Wake::Cancel),
                // A cancel that was only being signed.
                (Method::Cancel, Some(RequestKind::Cancel)) => matches!(flight.stage, Stage::Signing(_)),
                (Method::Cancel, None) => waits(Wake::Cancel) && matches!(flight.stage, Stage::Signing(_)),
                _ => false,
            },
            // What waits for its next tick asks at once, or goes on waiting for the same moment.
            None => match &ours {
                Output::Timeout { at, .. } => *at == stamp(wake),
                _ => asked == Some(RequestKind::Query),
            },
        };
        if alike {
            Ok(())
        } else {
            broken(format!("it waits until {wake} ms; the copy: {ours:?}"))
        }
    }

    /// There is an outcome: nothing changes it, and it is stored as it is told.
    pub(super) fn check_told(&self, state: &mut State, outcome: &Outcome) {
        let Host::Runs { machine, .. } = &state.host else {
            return;
        };
        let now = stamp(state.now);
        let mut disturbed = (**machine).clone();
        self.disturb(&mut disturbed, now);
        for notify in &self.notifications {
            let _ = disturbed.handle_input(Input::Notify(notify), now);
        }
        let _ = disturbed.handle_input(Input::Cancel, now);
        if disturbed.outcome() != Some(outcome) || disturbed.snapshot() != machine.snapshot() {
            state.breaks(Rule::StaleChangesNothing, "the outcome changed");
            return;
        }
        match Payment::restore(self.merchant(), &machine.snapshot(), now) {
            Ok(copy) => {
                let same = copy.outcome().is_some_and(|copied| same_outcome(copied, outcome));
                if !same && !matches!(outcome, Outcome::Unresolved { .. }) {
                    state.breaks(Rule::RestoreGoesOn, "the outcome is stored as another");
                }
            }
            Err(error) => state.breaks(
                Rule::RestoreGoesOn,
                format!("its own snapshot is refused: {error}"),
            ),
        }
    }
}

/// The machine's state as bytes.
fn worth(machine: &Payment, now: Timestamp) -> Vec<u8> {
    let mut bytes = Bytes::default();
    machine.hash_state(now, &mut bytes);
    bytes.0
}
