//! The host's weak moments: it dies, restarts from what it stored, and waits for a signer elsewhere.

use super::{
    AUTH_CODE, Aftermath, Event, Failure, Input, Ms, Outcome, Output, Payment, Request, RequestKind,
    Restored, Rule, SignRequest, SignType, Timestamp, UnresolvedReason, World,
};
use crate::money::{
    alipay::Method,
    plan::{CancelHabit, Store, Weather},
    verdict::same_outcome,
    watch::Cause,
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
        self.frozen_until = 0;
        self.watch.died();
        self.abandon();
        if self.stored.is_some() {
            let away = self.tape.one_of(&[100, 1_000, 10_000, 40_000, 3_600_000]);
            self.at(self.now + away, Event::Restart);
        }
        true
    }

    /// What becomes of the connections of a process that dies: they are reset, or its kernel goes on.
    fn abandon(&mut self) {
        if !self.plan.transport.dies_cleanly {
            return;
        }
        let (now, settles) = (self.now, self.plan.settles_in());
        let mut reset = Vec::new();
        self.queue.retain(|(when, number, event)| {
            let keeps = !matches!(event, Event::Arrives { .. }) || *when < now + settles;
            if !keeps {
                reset.push(*number);
            }
            keeps
        });
        self.held.retain(|number| !reset.contains(number));
    }

    /// What the host knows when it takes a snapshot up; `died` if its last process did, and held the lock.
    pub(super) fn knows(&mut self, died: bool) -> Restored {
        Restored {
            first_id: self.number(),
            writer_is_dead: died && self.plan.transport.dies_cleanly,
            never_suspended: self.plan.transport.never_suspended && !self.suspended,
            gateway_moved: false,
        }
    }

    pub(super) fn restart(&mut self) {
        let Some(stored) = self.stored.clone() else { return };
        if matches!(self.outcome, Some(Outcome::Unresolved { .. })) {
            // It is taken up again.
            self.outcome = None;
        }
        let knows = self.knows(true);
        self.go_on_from(&stored, knows);
    }

    pub(super) fn go_on_from(&mut self, snapshot: &[u8], knows: Restored) {
        match Payment::restore(self.merchant(), snapshot, knows, self.host_now()) {
            Ok(mut payment) => {
                payment.set_resets_on_death(self.plan.transport.dies_cleanly);
                self.note("host", |_| "restarts".into());
                self.watch.restarted(&payment, &self.plan, self.now);
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
            if self.watch.pay_was_given() && self.backups.len() < 8 {
                self.backups.push(snapshot.clone());
            }
            self.stored = Some(snapshot);
        }
    }

    pub(super) fn may_swap(&self) -> bool {
        self.swaps < MOST_SWAPS && !self.store_hangs
    }

    /// Goes on with a restored copy instead of the original: nobody may notice.
    pub(super) fn swap(&mut self, now: Timestamp) {
        self.swaps += 1;
        let merchant = self.merchant();
        let knows = self.knows(false);
        let clean = self.plan.transport.dies_cleanly;
        let Some(original) = &mut self.machine else { return };
        let snapshot = original.snapshot();
        match Payment::restore(merchant, &snapshot, knows, now) {
            Ok(mut copy) => {
                copy.set_resets_on_death(clean);
                self.watch.compare(original, copy, now, self.now);
            }
            Err(error) => self.watch.breaks(
                Rule::RestoreGoesOn,
                format!("its own snapshot is refused: {error}"),
            ),
        }
    }

    /// The host has a request to send. `false` if it has to wait for something first.
    pub(super) fn send(&mut self, request: Request) -> bool {
        let method = Method::of(request.kind);
        if request.checkpoint != (method != Method::Query) {
            self.watch
                .breaks(Rule::StoredFirst, format!("{method:?} without a checkpoint"));
        }
        let made = self.now;
        if !request.checkpoint {
            return self.sends(&request, made);
        }
        if self.dies("before it stored") {
            return false;
        }
        let Store { fails, slow, freezes } = self.plan.store;
        if self.tape.chance(fails) {
            self.note("host", |_| {
                format!("can't store before {}", request.kind.as_str())
            });
            if self.tape.chance(300) {
                return self.hangs(request);
            }
            return self.not_stored(&request);
        }
        self.store();
        self.watch.gives(method);
        if self.dies("before it sent") {
            return false;
        }
        if self.tape.chance(freezes / 4) {
            return self.is_inherited(request, made);
        }
        let wait = if self.tape.chance(freezes) {
            let wait = self.tape.one_of(&[1_000, 4_000, 8_000, 40_000, 90_000, 600_000]);
            self.note("host", |_| format!("is FROZEN for {wait} ms"));
            self.frozen_until = self.now + wait;
            self.suspended = true;
            wait
        } else if self.tape.chance(slow) {
            let wait = self.tape.one_of(&[500, 3_000, 6_500, 20_000]);
            self.note("host", |_| format!("stores for {wait} ms"));
            wait
        } else {
            return self.sends(&request, made);
        };
        let life = self.life;
        let request = Box::new(request);
        self.at(self.now + wait, Event::Leaves { request, life, made });
        // Meanwhile the machine waits for the answer.
        let now = self.host_now();
        if let Some(machine) = &mut self.machine
            && let Output::Timeout { at, .. } = machine.poll_output(now)
        {
            self.turn += 1;
            let turn = self.turn;
            let wait = Ms::try_from(at.saturating_since(now).as_millis()).unwrap_or(Ms::MAX / 4);
            self.at(self.now + wait, Event::Timer { turn });
        }
        false
    }

    /// The store neither succeeds nor fails. Its time is limited.
    fn hangs(&mut self, request: Request) -> bool {
        let (life, limit) = (self.life, Ms::from(request.send_within_ms));
        self.note("store", |_| format!("hangs; its time is over after {limit} ms"));
        let request = Box::new(request);
        self.store_hangs = true;
        self.at(self.now + limit, Event::StoreFails { request, life });
        false
    }

    pub(super) fn not_stored(&mut self, request: &Request) -> bool {
        let id = request.id;
        if request.kind == RequestKind::Pay {
            // The call fails, and nothing was sent: the till forgets it.
            self.machine = None;
            self.stored = None;
            self.life += 1;
            return false;
        }
        let failure = Failure::NotStored;
        self.input(Input::Failure { id, failure }, &Cause::Failure(id, failure));
        false
    }

    /// Whether what was made then may still leave: by a clock that counts also while the process is frozen.
    pub(super) fn in_time(&self, request: &Request, made: Ms) -> bool {
        self.now - made <= Ms::from(request.send_within_ms)
    }

    /// A stored request leaves, if it is still wanted and not too late.
    pub(super) fn sends(&mut self, request: &Request, made: Ms) -> bool {
        let id = request.id;
        let in_time = self.in_time(request, made);
        let Some(machine) = &self.machine else {
            return false;
        };
        if !machine.is_wanted(id) || !in_time {
            let kind = request.kind.as_str();
            self.note("host", |_| format!("does not send {kind} {}: too late", id.0));
            let failure = Failure::NotSent;
            self.input(Input::Failure { id, failure }, &Cause::Failure(id, failure));
            return false;
        }
        self.leaves(request)
    }

    /// Whether the merchant was told the same, or that it was unresolved: what was given up and then found is undone.
    pub(super) fn was_told(&mut self, outcome: &Outcome) -> bool {
        let Some(told) = &self.outcome else { return false };
        if same_outcome(told, outcome) {
            return true;
        }
        let undone = self.watch.given_up && matches!(told, Outcome::Unresolved { .. });
        if undone {
            self.store();
            self.note("host", |_| format!("OUTCOME {}", outcome.as_str()));
            self.watch.told(outcome);
            self.outcome = Some(outcome.clone());
        }
        undone
    }

    /// What happens after the merchant was told.
    pub(super) fn aftermath(&mut self) {
        let later = self.now + Ms::try_from(self.tape.ms(1_000, 600_000)).unwrap_or(1_000);
        let paid = matches!(self.outcome, Some(Outcome::Paid { .. }));
        let ended = matches!(
            self.outcome,
            Some(Outcome::Closed { .. } | Outcome::Declined { .. } | Outcome::Rejected { .. })
        );
        match self.plan.aftermath {
            Aftermath::MerchantRefunds | Aftermath::Backup { refunded: true } if paid => {
                self.at(later, Event::MerchantRefunds);
            }
            Aftermath::AnotherPays if ended => self.at(later, Event::AnotherPays),
            _ => {}
        }
    }

    /// The weather has calmed down.
    fn calms_down(&mut self) {
        self.plan.weather = Weather { trouble: 0, crash: 0 };
        self.plan.store = Store {
            fails: 0,
            slow: 0,
            freezes: 0,
        };
        self.plan.sleep = None;
        self.plan.cancels_unsigned = false;
        self.plan.lags = false;
        if !self.alipay.refuses_for_good() {
            self.plan.cancels = CancelHabit::Obeys;
        }
    }

    /// An unresolved payment is taken up again on a calm day, as the documents tell the merchant to do.
    pub(super) fn reconcile(&mut self) {
        for round in 0..5 {
            let Some(Outcome::Unresolved { .. }) = self.outcome else {
                return;
            };
            if self.watch.broken.is_some() {
                return;
            }
            self.calms_down();
            // What was once told as Paid is never given up.
            if round == 0 && self.plan.gives_up && !self.watch.told_paid {
                self.gives_up();
            }
            self.now += if round == 0 { 60_000 } else { 34 * 60_000 };
            self.life += 1;
            self.turn += 1;
            self.note("host", |_| "takes the unresolved payment up again".into());
            self.restart();
            self.drain();
        }
        if let Some(Outcome::Unresolved { reason, .. }) = self.outcome {
            let (plan, alipay) = (&self.plan, &self.alipay);
            let excused = match reason {
                UnresolvedReason::CancelRefused
                | UnresolvedReason::SellerBalance
                | UnresolvedReason::RefundDue => alipay.refuses_for_good(),
                // A person decides.
                UnresolvedReason::MayLand => {
                    !plan.transport.tells_time || !plan.transport.never_suspended || self.suspended
                }
                UnresolvedReason::PaidAfterCancel => true,
                _ => false,
            };
            if !excused {
                let what = format!("unresolved on a calm day: {}", reason.as_str());
                self.watch.breaks(Rule::NeverStuck, what);
            }
        }
    }

    /// The cashier waits no longer. The till stores that before it takes another payment.
    fn gives_up(&mut self) {
        let now = self.host_now();
        let Some(machine) = &mut self.machine else { return };
        let given_up = machine.handle_input(Input::GiveUp, now);
        let asks = matches!(machine.poll_output(now), Output::Save);
        if given_up.is_err() || !asks {
            let what = "giving up an unresolved payment is not stored";
            return self.watch.breaks(Rule::GivenUpIsFinal, what.into());
        }
        self.store();
        self.watch.given_up = true;
        self.note("cashier", |_| "gives up".into());
    }

    /// Somebody takes up a snapshot from a backup, and Alipay's notifications come again.
    pub(super) fn take_up_a_backup(&mut self) {
        let Aftermath::Backup { .. } = self.plan.aftermath else {
            return;
        };
        if self.watch.broken.is_some() || self.backups.is_empty() || self.watch.given_up {
            return;
        }
        let count = u32::try_from(self.backups.len()).unwrap_or(1);
        let which = self.tape.below(count) as usize;
        let snapshot = self.backups[which].clone();
        self.calms_down();
        self.plan.weather.trouble = self.tape.one_of(&[0, 300, 700]);
        self.now += 60_000;
        self.life += 1;
        self.turn += 1;
        self.note("host", |_| "takes up a backup".into());
        self.outcome = None;
        let knows = self.knows(false);
        self.watch.takes_up_a_backup();
        let again = std::mem::take(&mut self.notified);
        self.go_on_from(&snapshot, knows);
        // It may ask about it first.
        let told_before = self
            .machine
            .as_ref()
            .is_some_and(|machine| machine.outcome().is_some());
        let refunded = self.alipay.merchant_refunded;
        for body in again {
            let at = self.now + Ms::try_from(self.tape.ms(0, 30_000)).unwrap_or(0);
            self.at(at, Event::Notify { body, genuine: true });
        }
        self.drain();
        if matches!(self.outcome, Some(Outcome::Paid { .. })) && !told_before && refunded {
            let what = "a backup is Paid, and the merchant had refunded";
            self.watch.breaks(Rule::PaidMeansCharged, what.into());
        }
        self.reconcile();
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
