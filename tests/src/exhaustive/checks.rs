//! What must hold in a situation, whatever led to it.

use super::{
    answers::World,
    machine::{Broken, Event, Waiting},
    state::{Bytes, State},
};
use crate::money::{
    alipay::{Method, Ms, stamp},
    verdict::{Rule, compare, same_outcome},
};
use alipay_core::{
    Payment, Timestamp,
    payment::{Failure, Input, Outcome, Output, RequestId, RequestKind, Wake},
};

/// More requests than any machine here makes: the numbers of what was asked before, and of what nobody asked.
const NUMBERS: u32 = 64;

impl World<'_> {
    /// Looks at a state that was not seen before.
    pub(super) fn check(&self, state: &State) -> Result<(), Broken> {
        if let Some(broken) = &state.broken {
            return Err(broken.clone());
        }
        if state.is_quiet() {
            compare(state.outcome(), &state.alipay, &self.plan)?;
        }
        Ok(())
    }

    /// Looks at a machine that waits.
    pub(super) fn check_machine(&self, waiting: &Waiting, now: Ms) -> Result<(), Broken> {
        if now < waiting.wake {
            self.check_stale(waiting, stamp(now))?;
            self.check_restore(waiting, stamp(now))?;
        }
        if waiting
            .flight
            .as_ref()
            .is_some_and(|flight| flight.message.is_none())
        {
            self.check_spoilt(waiting, now)?;
        }
        Ok(())
    }

    /// Whatever comes that is not genuine does what a connection that breaks does.
    fn check_spoilt(&self, waiting: &Waiting, now: Ms) -> Result<(), Broken> {
        let breaks = self.moves(waiting, now, Event::Fails(Failure::MaybeSent));
        for (which, what) in Self::SPOILT.into_iter().enumerate() {
            if !self.moves(waiting, now, Event::Spoilt(which)).is_like(&breaks) {
                let what = format!("{what} leads elsewhere than a connection that breaks");
                return Err((Rule::UnverifiedDecidesNothing, what));
            }
        }
        Ok(())
    }

    /// Polling again, and answers nobody asked for, change nothing.
    fn check_stale(&self, waiting: &Waiting, now: Timestamp) -> Result<(), Broken> {
        let machine = &waiting.machine;
        let in_flight = waiting.flight.as_ref().map(|flight| flight.id);
        let before = worth(machine, now);
        let mut polled = machine.clone();
        let output = polled.poll_output(now);
        if !matches!(output, Output::Timeout { .. }) || worth(&polled, now) != before {
            return Err((Rule::StaleChangesNothing, format!("polled again: {output:?}")));
        }
        let mut disturbed = machine.clone();
        self.disturb(&mut disturbed, in_flight, now);
        if worth(&disturbed, now) != before {
            return Err((
                Rule::StaleChangesNothing,
                "an answer nobody asked for changed something".into(),
            ));
        }
        Ok(())
    }

    /// Answers with every number but that of the request `in_flight`: one that would be decisive, failures, a signature.
    fn disturb(&self, machine: &mut Payment, in_flight: Option<RequestId>, now: Timestamp) {
        let decisive = [Method::Pay, Method::Query, Method::Cancel].map(|method| self.decisive(method));
        // Of a request whose time is over, how it ended is still of use.
        let awaited: Vec<_> = (0..NUMBERS)
            .map(RequestId)
            .filter(|id| Some(*id) == in_flight || machine.awaits(*id))
            .collect();
        let others = (0..NUMBERS).map(RequestId).filter(|id| !awaited.contains(id));
        for id in others {
            for response in &decisive {
                let reset = true;
                let _ = machine.handle_input(Input::Response { id, response, reset }, now);
            }
            for failure in Failure::ALL.iter().copied() {
                let _ = machine.handle_input(Input::Failure { id, failure }, now);
            }
            let signature = &[0; 128];
            let _ = machine.handle_input(Input::Signature { id, signature }, now);
        }
    }

    /// A copy restored from the snapshot of a machine that waits does what the machine will do, save that what is in flight is
    /// asked about.
    fn check_restore(&self, waiting: &Waiting, now: Timestamp) -> Result<(), Broken> {
        let machine = &waiting.machine;
        let broken = |what: String| Err((Rule::RestoreGoesOn, what));
        let mut copy = match Payment::restore(self.merchant(), &machine.snapshot(), self.knows(), now) {
            Ok(copy) => copy,
            Err(error) => return broken(format!("its own snapshot is refused: {error}")),
        };
        let ours = copy.poll_output(now);
        let asked = match &ours {
            Output::Request(request) => Some(request.kind),
            Output::Sign(request) => Some(request.kind),
            Output::Timeout { .. } | Output::Save | Output::News(_) | Output::Done(_) => None,
        };
        let unsent = waiting
            .flight
            .as_ref()
            .is_some_and(|flight| flight.kind == RequestKind::Pay && flight.message.is_some());
        let alike = match asked {
            // What was still with its signer has not left.
            Some(RequestKind::Pay) => unsent,
            // What left is asked about, and what waits for its next tick asks at once.
            Some(RequestKind::Query) => true,
            Some(_) => false,
            // Once cancelling was refused, it waits for the cancels to settle.
            None => matches!(
                ours,
                Output::Timeout {
                    wake: Wake::Query,
                    ..
                }
            ),
        };
        if alike {
            Ok(())
        } else {
            broken(format!("it waits until {} ms; the copy: {ours:?}", waiting.wake))
        }
    }

    /// There is an outcome: nothing changes it, and it is stored as it is told.
    pub(super) fn check_told(
        &self,
        machine: &Payment,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), Broken> {
        let mut disturbed = machine.clone();
        self.disturb(&mut disturbed, None, now);
        let _ = disturbed.handle_input(Input::Cancel, now);
        let stored = body(&disturbed) == body(machine);
        // They may ask about the outcome, which is stored too.
        for notify in &self.notifications {
            let _ = disturbed.handle_input(Input::Notify(notify), now);
        }
        if disturbed.outcome() != Some(outcome) || !stored {
            return Err((Rule::StaleChangesNothing, "the outcome changed".into()));
        }
        let restored = Payment::restore(self.merchant(), &machine.snapshot(), self.knows(), now);
        let copy = restored.map_err(|error| {
            (
                Rule::RestoreGoesOn,
                format!("its own snapshot is refused: {error}"),
            )
        })?;
        let same = copy.outcome().is_some_and(|copied| same_outcome(copied, outcome));
        if same || matches!(outcome, Outcome::Unresolved { .. }) {
            Ok(())
        } else {
            Err((Rule::RestoreGoesOn, "the outcome is stored as another".into()))
        }
    }
}

/// A snapshot without its number.
fn body(machine: &Payment) -> Vec<u8> {
    let snapshot = machine.snapshot();
    let header = snapshot.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    snapshot[header..].to_vec()
}

/// The machine's state as bytes.
fn worth(machine: &Payment, now: Timestamp) -> Vec<u8> {
    let mut bytes = Bytes::default();
    machine.hash_state(now, &mut bytes);
    bytes.0
}
