//! The host's weak moments: it dies, restarts from what it stored, and waits for a signer elsewhere.

use super::{
    AUTH_CODE, Event, Ms, Outcome, Payment, RequestKind, Rule, SignRequest, SignType, Timestamp, World,
};

/// How often a host dies in one run.
const MOST_CRASHES: u32 = 4;
/// And how often a copy goes on in its place. Every copy asks anew: without a limit nothing else might happen.
const MOST_SWAPS: u32 = 4;

impl World<'_> {
    /// The host dies here, perhaps.
    pub(super) fn dies(&mut self, place: &str) -> bool {
        if self.life >= MOST_CRASHES || !self.tape.chance(self.plan.weather.crash) {
            return false;
        }
        self.note("host", |_| format!("DIES {place}"));
        self.life += 1;
        self.turn += 1;
        self.machine = None;
        self.watch.died();
        if self.stored.is_some() {
            let away = self.tape.one_of(&[100, 1_000, 10_000, 40_000, 3_600_000]);
            self.at(self.now + away, Event::Restart);
        }
        true
    }

    pub(super) fn restart(&mut self) {
        let Some(stored) = &self.stored else { return };
        if matches!(self.outcome, Some(Outcome::Unresolved { .. })) {
            // It is taken up again.
            self.outcome = None;
        }
        match Payment::restore(self.merchant(), stored, self.host_now()) {
            Ok(payment) => {
                self.note("host", |_| "restarts".into());
                self.watch.restarted(&payment, self.now);
                self.machine = Some(payment);
                self.go_on();
            }
            Err(error) => self.watch.breaks(
                Rule::RestoreGoesOn,
                format!("its own snapshot is refused: {error}"),
            ),
        }
    }

    pub(super) fn store(&mut self) {
        if let Some(machine) = &self.machine {
            let snapshot = machine.snapshot();
            if self.watch.pay_left_at.is_some()
                && memchr::memmem::find(&snapshot, AUTH_CODE.as_bytes()).is_some()
            {
                self.watch
                    .breaks(Rule::SnapshotIsClean, "the auth_code is in a snapshot".into());
            }
            self.watch.stored();
            self.stored = Some(snapshot);
        }
    }

    pub(super) fn may_swap(&self) -> bool {
        self.swaps < MOST_SWAPS && self.plan.may_restart()
    }

    /// Goes on with a restored copy instead of the original: nobody may notice.
    pub(super) fn swap(&mut self, now: Timestamp) {
        self.swaps += 1;
        let merchant = self.merchant();
        let Some(original) = &mut self.machine else { return };
        let snapshot = original.snapshot();
        match Payment::restore(merchant, &snapshot, now) {
            Ok(copy) => {
                self.watch.compare(original, copy, now, self.now, &self.plan);
            }
            Err(error) => self.watch.breaks(
                Rule::RestoreGoesOn,
                format!("its own snapshot is refused: {error}"),
            ),
        }
    }

    pub(super) fn have_signed(&mut self, request: &SignRequest) {
        let (id, life) = (request.id, self.life);
        let signature = self.lab.app.sign(SignType::Rsa2, &request.message).ok();
        let fails = if self.plan.weather.trouble > 0 { 5 } else { 0 };
        let how = if self.plan.cancels_unsigned && request.kind == RequestKind::Cancel {
            1
        } else {
            self.tape.weighted(&[(90, 0), (fails, 1), (fails, 2)])
        };
        match how {
            0 => {
                let most = (self.plan.policy.sign_timeout_ms / 3).clamp(1, 400);
                let at = self.now + Ms::try_from(self.tape.ms(1, most)).unwrap_or(0);
                self.at(at, Event::Signed { id, life, signature });
            }
            1 => self.at(
                self.now + 50,
                Event::Signed {
                    id,
                    life,
                    signature: None,
                },
            ),
            // The signer is silent until its time is over, or a little longer.
            _ => {
                let at = self.now + Ms::from(self.plan.policy.sign_timeout_ms) + 1_000;
                self.at(at, Event::Signed { id, life, signature });
            }
        }
    }
}
