//! What can happen next.

use super::{
    answers::World,
    facts::{Cause, Facts},
    setting::{GRAIN, Lie, Older},
    state::{Budget, Flight, Host, Stage, State},
};
use crate::money::{
    alipay::{Alipay, Method, Ms, START, stamp},
    lab::AUTH_CODE,
    plan::BuyerDoes,
    verdict::Rule,
};
use alipay_core::{
    Payment,
    payment::{Failure, Input, Outcome, Output, RequestKind, Wake},
    sign::SignType,
};
use std::rc::Rc;

/// What a step is for the questions asked of the whole graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It takes no time.
    Now,
    /// Time passes, by a grain.
    Tick,
    /// The host dies, restarts, or takes the payment up again: what waited begins anew.
    Anew,
}

pub(super) struct Step {
    pub(super) kind: Kind,
    pub(super) state: State,
    /// Who did what; only for a story.
    pub(super) label: Option<String>,
}

/// The steps from one state.
pub(super) struct Steps<'a> {
    world: &'a World<'a>,
    labelled: bool,
    pub(super) out: Vec<Step>,
}

/// More outputs in a row than any step needs.
const MOST_OUTPUTS: u32 = 16;

impl World<'_> {
    /// Where everything begins: the machine is made and not yet asked.
    pub(super) fn begin(&self) -> State {
        let order = self.lab.order.clone();
        let machine = Payment::new(self.merchant(), order, self.setting.policy.clone(), stamp(0))
            .expect("the setting is in order");
        let stores = self.lies(Lie::StoresOnlyTheStart) || self.setting.stores_often;
        State {
            now: 0,
            stored: stores.then(|| machine.snapshot().into()),
            host: Host::Runs {
                machine: Box::new(machine),
                wake: 0,
            },
            alipay: Alipay::new(&self.plan),
            flight: None,
            strays: Vec::new(),
            notified: [
                matches!(
                    self.setting.older_sale,
                    Some(Older::Paid | Older::PaidAnotherAmount)
                ),
                false,
            ],
            facts: Facts::default(),
            budget: Budget {
                crashes: self.setting.crashes,
                cashier: self.setting.cashier,
                notifications: self.setting.notifications,
                repeats: self.setting.repeats,
                reconciles: self.setting.reconciles,
            },
            broken: None,
        }
    }

    pub(super) fn steps(&self, state: &State, labelled: bool) -> Vec<Step> {
        let mut steps = Steps {
            world: self,
            labelled,
            out: Vec::new(),
        };
        match &state.host {
            Host::Runs { .. } => {
                steps.of_the_flight(state);
                steps.of_the_host(state);
            }
            Host::Dead => steps.restart(state),
            Host::Told(_) => steps.take_up_again(state),
        }
        steps.of_others(state);
        steps.out
    }
}

impl Steps<'_> {
    fn push(&mut self, kind: Kind, state: State, label: impl FnOnce() -> String) {
        let label = self.labelled.then(label);
        self.out.push(Step { kind, state, label });
    }

    /// What can become of the request that the machine waits for, and of its answer.
    fn of_the_flight(&mut self, state: &State) {
        let Some(flight) = &state.flight else { return };
        let (id, method) = (flight.id, flight.method);
        match &flight.stage {
            Stage::Signing(message) => {
                let signature = self.world.lab.app.sign(SignType::Rsa2, message);
                let signature = signature.expect("a key that signs");
                let input = Input::Signature {
                    id,
                    signature: &signature,
                };
                let mut next = state.clone();
                next.flight = None;
                self.hear(next, Cause::Time, input, || format!("signer    signs {method:?}"));
                let failure = Failure::NotSent;
                let mut next = state.clone();
                next.flight = None;
                self.hear(next, Cause::Time, Input::Failure { id, failure }, || {
                    format!("signer    fails to sign {method:?}")
                });
                return;
            }
            Stage::OnItsWay => {
                for landing in self.world.landings(state, method, flight.left) {
                    let node = landing.said.node.clone();
                    let mut next = state.clone();
                    next.alipay = landing.alipay;
                    next.notified = landing.notified;
                    if let Some(flight) = &mut next.flight {
                        flight.stage = Stage::Answered(landing.said);
                    }
                    if method != Method::Query && state.budget.repeats > 0 {
                        let mut twice = next.clone();
                        twice.budget.repeats -= 1;
                        twice.strays.push((method, flight.left));
                        twice
                            .strays
                            .sort_unstable_by_key(|(method, left)| (*method as u8, *left));
                        self.push(Kind::Now, twice, || {
                            format!("alipay    {method:?} arrives, and a copy is still on its way: {node}")
                        });
                    }
                    self.push(Kind::Now, next, || {
                        format!("alipay    {method:?} arrives: {node}")
                    });
                }
                let failure = Failure::NotSent;
                let mut next = state.clone();
                if self.world.lies(Lie::NotSentIsALie) {
                    next.let_go();
                }
                next.flight = None;
                self.hear(next, Cause::Time, Input::Failure { id, failure }, || {
                    format!("network   {method:?} is not sent, and it says so")
                });
            }
            Stage::Answered(said) => {
                let response = self.world.genuine(method, said);
                let input = Input::Response {
                    id,
                    response: &response,
                };
                let mut next = state.clone();
                next.flight = None;
                self.hear(next, Cause::Answer(method, said, flight.left), input, || {
                    format!("host      hears the answer to {method:?}: {}", said.node)
                });
            }
        }
        let failure = Failure::MaybeSent;
        let mut next = state.clone();
        next.let_go();
        self.hear(next, Cause::Spoilt, Input::Failure { id, failure }, || {
            format!("network   the connection of {method:?} breaks")
        });
        for (what, response) in self.world.spoilt(method) {
            let input = Input::Response {
                id,
                response: &response,
            };
            let mut next = state.clone();
            next.let_go();
            self.hear(next, Cause::Spoilt, input, || {
                format!("network   {what} comes instead of the answer to {method:?}")
            });
        }
    }

    /// What the host does by itself, and what the cashier and notifications make it do.
    fn of_the_host(&mut self, state: &State) {
        let Host::Runs { wake, .. } = &state.host else {
            return;
        };
        if state.now >= *wake {
            if !self.world.lies(Lie::NeverWakes) || state.now == 0 {
                self.go_on(state.clone(), Kind::Now, Cause::Time, &|| {
                    "host      wakes".into()
                });
            }
        } else {
            self.tick(state);
        }
        if state.budget.cashier > 0 {
            let mut next = state.clone();
            next.budget.cashier -= 1;
            next.facts.cashier_asked = true;
            self.hear(next, Cause::Time, Input::Cancel, || "cashier   cancels".into());
        }
        if state.budget.notifications > 0 {
            let world = self.world;
            for (notify, _) in world
                .notifications
                .iter()
                .zip(state.notified)
                .filter(|(_, sent)| *sent)
            {
                let status = notify.get("trade_status").unwrap_or_default();
                let mut next = state.clone();
                next.budget.notifications -= 1;
                self.hear(next, Cause::Notified(status), Input::Notify(notify), || {
                    format!("host      is notified: {status}")
                });
            }
        }
        self.dies(state, &String::new, "host      DIES");
    }

    /// The host dies here, if it still may.
    fn dies(&mut self, state: &State, before: &dyn Fn() -> String, place: &str) {
        if state.budget.crashes == 0 {
            return;
        }
        let mut next = state.clone();
        next.budget.crashes -= 1;
        next.let_go();
        next.host = Host::Dead;
        next.facts.died();
        self.push(Kind::Anew, next, || format!("{}{place}", before()));
    }

    /// The machine gets an input. That the host dies before, or after without having stored, is that it dies idle: what it
    /// keeps is the same.
    fn hear(&mut self, mut state: State, cause: Cause<'_>, input: Input<'_>, label: impl Fn() -> String) {
        let now = stamp(state.now);
        let Host::Runs { machine, .. } = &mut state.host else {
            return;
        };
        if let Err(error) = machine.handle_input(input, now) {
            state.breaks(Rule::InOrder, format!("misuse: {error}"));
        }
        state.note_heard(cause);
        if self.world.setting.stores_often {
            self.store(&mut state);
            self.dies(&state, &label, ", stores, and DIES");
        }
        self.go_on(state, Kind::Now, cause, &label);
    }

    fn store(&self, state: &mut State) {
        if let Host::Runs { machine, .. } = &state.host {
            let snapshot = machine.snapshot();
            let holds_code = snapshot
                .windows(AUTH_CODE.len())
                .any(|window| window == AUTH_CODE.as_bytes());
            if holds_code && machine.phase() != alipay_core::payment::Phase::Ready {
                state.breaks(Rule::SnapshotIsClean, "the auth_code is in a snapshot");
            }
            state.stored = Some(snapshot.into());
            state.facts.stored();
        }
    }

    /// The host does what the machine says until it says to wait.
    fn go_on(&mut self, mut state: State, kind: Kind, cause: Cause<'_>, label: &dyn Fn() -> String) {
        let now = stamp(state.now);
        let mut told = String::new();
        for _ in 0..MOST_OUTPUTS {
            let Host::Runs { machine, .. } = &mut state.host else {
                return;
            };
            let output = machine.poll_output(now);
            match output {
                Output::Request(request) => {
                    let method = method(request.kind);
                    state.let_go();
                    state.note_asked(Some(request.kind));
                    if request.checkpoint != (method != Method::Query) {
                        state.breaks(Rule::StoredFirst, format!("{method:?} without a checkpoint"));
                    }
                    let so_far = told.clone();
                    let before = || format!("{}{so_far}", label());
                    if request.checkpoint {
                        self.dies(&state, &before, ", and DIES before it stores");
                        if !self.world.lies(Lie::NeverStores) && !self.world.lies(Lie::StoresOnlyTheStart) {
                            self.store(&mut state);
                        }
                        self.dies(&state, &before, ", stores, and DIES before it sends");
                    }
                    state.note_sent(method);
                    state.flight = Some(Flight {
                        id: request.id,
                        method,
                        left: state.now,
                        stage: Stage::OnItsWay,
                    });
                    told += if request.checkpoint {
                        ", stores, sends "
                    } else {
                        ", sends "
                    };
                    told += request.kind.as_str();
                }
                Output::Sign(request) => {
                    state.let_go();
                    state.note_asked(Some(request.kind));
                    state.flight = Some(Flight {
                        id: request.id,
                        method: method(request.kind),
                        left: state.now,
                        stage: Stage::Signing(Rc::from(request.message)),
                    });
                    told += ", has signed ";
                    told += request.kind.as_str();
                }
                Output::Timeout { at, wake } => {
                    if at <= now {
                        state.breaks(Rule::NeverStuck, "a timer is not later than now");
                    }
                    if !matches!(wake, Wake::RequestTimeout | Wake::SignTimeout) {
                        state.let_go();
                    }
                    state.note_asked(None);
                    if let Host::Runs { wake, .. } = &mut state.host {
                        *wake = at.unix_ms() - START;
                    }
                    return self.push(kind, state, || format!("{}{told}", label()));
                }
                Output::Done(outcome) => {
                    state.let_go();
                    state.judge(&outcome, cause, self.world.setting);
                    let before = || format!("{}{told}", label());
                    self.dies(&state, &before, ", and DIES before it stores the outcome");
                    self.world.check_told(&mut state, &outcome);
                    self.store(&mut state);
                    if !matches!(outcome, Outcome::Unresolved { .. }) {
                        // Nothing is asked of these any more.
                        state.stored = None;
                        state.facts = Facts::default();
                    }
                    let word = outcome.as_str();
                    state.host = Host::Told(Box::new(outcome));
                    return self.push(kind, state, || format!("{}{told}, OUTCOME {word}", label()));
                }
            }
        }
        state.breaks(Rule::NeverStuck, "too many outputs without a wait");
        self.push(kind, state, || format!("{}{told}", label()));
    }

    fn restart(&mut self, state: &State) {
        if let Some(restored) = self.restored(state, 0) {
            self.go_on(restored, Kind::Anew, Cause::Time, &|| "host      restarts".into());
            self.tick(state);
        }
    }

    /// An unresolved payment is taken up again, when everything has settled.
    fn take_up_again(&mut self, state: &State) {
        let unresolved = matches!(state.outcome(), Some(Outcome::Unresolved { .. }));
        if unresolved
            && state.strays.is_empty()
            && state.budget.reconciles > 0
            && let Some(mut restored) = self.restored(state, 60_000)
        {
            restored.budget.reconciles -= 1;
            self.go_on(restored, Kind::Anew, Cause::Time, &|| {
                "host      takes the unresolved payment up again".into()
            });
        }
        if !state.strays.is_empty() {
            self.tick(state);
        }
    }

    fn restored(&self, state: &State, after: Ms) -> Option<State> {
        let stored = state.stored.as_ref()?;
        let mut next = state.clone();
        next.now += after;
        match Payment::restore(self.world.merchant(), stored, stamp(next.now)) {
            Ok(machine) => {
                next.host = Host::Runs {
                    machine: Box::new(machine),
                    wake: next.now,
                };
            }
            Err(error) => {
                next.breaks(
                    Rule::RestoreGoesOn,
                    format!("its own snapshot is refused: {error}"),
                );
            }
        }
        Some(next)
    }

    /// A grain of time passes. What would settle by then is lost.
    fn tick(&mut self, state: &State) {
        let mut next = state.clone();
        next.now += GRAIN;
        let (now, settle) = (next.now, Ms::from(self.world.setting.policy.settle_ms));
        if !self.world.lies(Lie::LandsTooLate) {
            next.strays.retain(|(_, left)| now - left < settle);
        }
        self.push(Kind::Tick, next, || "          time passes".into());
    }

    /// What happens without the host: requests nobody waits for, and the buyer.
    fn of_others(&mut self, state: &State) {
        for (at, (method, left)) in state.strays.iter().enumerate() {
            // Of two alike, either.
            if at > 0 && state.strays[at - 1] == (*method, *left) {
                continue;
            }
            for landing in self.world.landings(state, *method, *left) {
                let node = landing.said.node.clone();
                let mut next = state.clone();
                next.strays.remove(at);
                next.alipay = landing.alipay;
                next.notified = landing.notified;
                self.push(Kind::Now, next, || {
                    format!("alipay    {method:?} arrives late, and nobody hears: {node}")
                });
            }
        }
        for does in [BuyerDoes::Pay, BuyerDoes::Refuse] {
            if let Some((alipay, notified)) = self.world.buyer(state, does) {
                let mut next = state.clone();
                next.alipay = alipay;
                next.notified = notified;
                self.push(Kind::Now, next, || format!("buyer     {does:?}"));
            }
        }
    }
}

const fn method(kind: RequestKind) -> Method {
    match kind {
        RequestKind::Pay => Method::Pay,
        RequestKind::Cancel => Method::Cancel,
        _ => Method::Query,
    }
}
