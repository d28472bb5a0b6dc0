//! What can happen next.

use super::{
    answers::{Landing, World},
    facts::{Cause, Facts},
    machine::{Act, Event, Move, Snapshot, Waiting},
    setting::{Ends, GRAIN, Lie, Older},
    state::{Budget, Flight, Host, Stage, State},
};
use crate::money::{
    alipay::{Alipay, Method, Ms, stamp},
    plan::BuyerDoes,
};
use alipay_core::{
    Payment,
    payment::{Failure, Outcome, RequestKind, Start},
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

/// What says nothing about what became of a pay.
const UNSURE: [&str; 2] = ["isp.unknow-error", "ACQ.SOME_NEW_CODE"];

/// The steps from one state.
struct Steps<'a> {
    world: &'a World<'a>,
    labelled: bool,
    out: Vec<Step>,
}

impl World<'_> {
    /// Where everything begins: the machine is made and not yet asked.
    pub(super) fn begin(&self) -> State {
        let order = self.lab.order.clone();
        let mut machine = Payment::new(
            self.merchant(),
            order,
            self.setting.policy.clone(),
            Start::default(),
            stamp(0),
        )
        .expect("the setting is in order");
        machine.set_resets_on_death(self.setting.ends == Ends::Reset);
        let stores = self.lies(Lie::StoresOnlyTheStart) || self.setting.stores_often;
        let older_paid = matches!(
            self.setting.older_sale,
            Some(Older::Paid | Older::PaidAnotherAmount)
        );
        State {
            now: 0,
            stored: stores.then(|| Snapshot::of(&machine)),
            host: Host::Runs(Rc::new(Waiting::new(machine, 0, None))),
            alipay: Alipay::new(&self.plan),
            flight: None,
            strays: Vec::new(),
            notified: [older_paid, false],
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

    /// Everything that can happen next, always in the same order.
    pub(super) fn steps(&self, state: &State, labelled: bool) -> Vec<Step> {
        let mut steps = Steps {
            world: self,
            labelled,
            out: Vec::new(),
        };
        match &state.host {
            Host::Runs(waiting) => {
                steps.of_the_flight(state, waiting);
                steps.of_the_host(state, waiting);
            }
            Host::Dead => steps.restart(state),
            Host::Told(outcome) => steps.take_up_again(state, outcome),
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
    fn of_the_flight(&mut self, state: &State, waiting: &Waiting) {
        let Some(flight) = &state.flight else { return };
        let method = flight.method;
        match &flight.stage {
            Stage::Signing => {
                self.hear(state, waiting, Event::Signed, Cause::Time, &|| {
                    format!("signer    signs {method:?}")
                });
                let fails = Event::Fails(Failure::NotSent);
                return self.hear(state, waiting, fails, Cause::Time, &|| {
                    format!("signer    fails to sign {method:?}")
                });
            }
            Stage::OnItsWay => {
                for landing in self.world.landings(state, method) {
                    self.lands(state, flight, landing);
                }
                let mut next = state.clone();
                if self.world.lies(Lie::NotSentIsALie) {
                    next.let_go(None);
                }
                next.flight = None;
                next.note_not_sent(method);
                let fails = Event::Fails(Failure::NotSent);
                self.hear(&next, waiting, fails, Cause::Time, &|| {
                    format!("network   {method:?} is not sent, and it says so")
                });
            }
            Stage::Answered(said) => {
                let cause = Cause::Answer(method, said, flight.left);
                let mut next = state.clone();
                next.note_ended(method, true);
                self.hear(&next, waiting, Event::Answer(Rc::clone(said)), cause, &|| {
                    format!("host      hears the answer to {method:?}: {}", said.node)
                });
            }
        }
        let ends = self.world.setting.ends;
        if method == Method::Query || ends != Ends::Reset {
            // Whatever is not genuine does the same: `World::check_machine` looks.
            self.breaks(state, waiting, method, Failure::MaybeSent, None);
        }
        if method != Method::Query && ends != Ends::Closed {
            let until = self.world.settles(state.now);
            self.breaks(state, waiting, method, Failure::Aborted, until);
        }
    }

    /// The connection ends without an answer, or what comes is not genuine. What is on its way lands until then or never.
    fn breaks(&mut self, state: &State, waiting: &Waiting, method: Method, how: Failure, until: Option<Ms>) {
        let mut next = state.clone();
        next.let_go(until);
        next.note_ended(method, how == Failure::Aborted);
        self.hear(&next, waiting, Event::Fails(how), Cause::Spoilt, &|| {
            format!(
                "network   {method:?} has no answer that is genuine: {}",
                how.as_str()
            )
        });
    }

    fn lands(&mut self, state: &State, flight: &Flight, landing: Landing) {
        let method = flight.method;
        let node = &Rc::clone(&landing.said).node;
        let is_unsure = UNSURE.contains(&landing.said.sub_code);
        let mut next = state.clone();
        next.alipay = landing.alipay;
        next.notified = landing.notified;
        next.flight = Some(Flight {
            stage: Stage::Answered(landing.said),
            ..flight.clone()
        });
        // What is refused stays refused when it comes again.
        let refused = method == Method::Pay && next.alipay.trade.is_none() && !is_unsure;
        if method != Method::Query && state.budget.repeats > 0 && !refused {
            let mut twice = next.clone();
            twice.budget.repeats -= 1;
            // Whatever repeats it is over within the time to settle.
            let until = self.world.settles(state.now);
            twice.goes_astray(method, until);
            self.push(Kind::Now, twice, || {
                format!("alipay    {method:?} arrives, and a copy is still on its way: {node}")
            });
        }
        self.push(Kind::Now, next, || {
            format!("alipay    {method:?} arrives: {node}")
        });
    }

    /// What the host does by itself, and what the cashier and notifications make it do.
    fn of_the_host(&mut self, state: &State, waiting: &Waiting) {
        if state.now < waiting.wake {
            self.tick(state);
        } else if self.wakes(state) {
            self.hear(state, waiting, Event::Wakes, Cause::Time, &|| {
                "host      wakes".into()
            });
        }
        if state.budget.cashier > 0 {
            let mut next = state.clone();
            next.budget.cashier -= 1;
            next.facts.cashier_asked = true;
            self.hear(&next, waiting, Event::Cancelled, Cause::Time, &|| {
                "cashier   cancels".into()
            });
        }
        if state.budget.notifications > 0 {
            let mut next = state.clone();
            next.budget.notifications -= 1;
            for (which, status) in [(0, "TRADE_SUCCESS"), (1, "TRADE_CLOSED")] {
                if state.notified[which] {
                    let event = Event::Notified(which);
                    self.hear(&next, waiting, event, Cause::Notified(status), &|| {
                        format!("host      is notified: {status}")
                    });
                }
            }
        }
        self.dies(state, || "host      DIES".into());
    }

    /// Whether the host comes back by itself when the time is over. Of a request that it sent, it says first how it ended.
    fn wakes(&self, state: &State) -> bool {
        let sent = state.flight.as_ref().is_some_and(Flight::is_with_the_host);
        !sent && (!self.world.lies(Lie::NeverWakes) || state.now == 0)
    }

    /// The host dies here, if it still may.
    fn dies(&mut self, state: &State, label: impl FnOnce() -> String) {
        if state.budget.crashes == 0 {
            return;
        }
        let mut next = state.clone();
        next.budget.crashes -= 1;
        let until = self.world.gives_up(next.now);
        next.let_go(until);
        next.host = Host::Dead;
        next.facts.died();
        self.push(Kind::Anew, next, label);
    }

    /// Something happens to the machine. That the host dies before, or after without having stored, is that it dies idle: what
    /// it keeps is the same.
    fn hear(
        &mut self,
        state: &State,
        waiting: &Waiting,
        event: Event,
        cause: Cause<'_>,
        label: &dyn Fn() -> String,
    ) {
        let made = self.world.moves(waiting, state.now, event);
        let mut next = state.clone();
        next.note_heard(cause);
        if let Some(heard) = &made.heard {
            if let Some(Act::Tells(outcome, _)) = made.acts.first() {
                next.judge(outcome, cause, self.world.setting);
            }
            let stores = self.store(&mut next, heard);
            self.dies(&next, || format!("{}{stores}, and DIES", label()));
        }
        self.goes_on(next, &made, Kind::Now, cause, label);
    }

    /// What is told of it.
    fn store(&self, state: &mut State, snapshot: &Rc<Snapshot>) -> &'static str {
        if self.world.lies(Lie::NeverStores) || self.world.lies(Lie::StoresOnlyTheStart) {
            return "";
        }
        state.stored = Some(Rc::clone(snapshot));
        state.facts.stored();
        ", stores"
    }

    /// The host does what the machine says until it says to wait.
    fn goes_on(
        &mut self,
        mut state: State,
        made: &Move,
        kind: Kind,
        cause: Cause<'_>,
        label: &dyn Fn() -> String,
    ) {
        if let Some((rule, what)) = &made.broken {
            state.breaks(*rule, what.clone());
        }
        let mut told = String::new();
        for act in &made.acts {
            match act {
                Act::Sends(asked, snapshot) => {
                    // Signed elsewhere, it leaves only now.
                    let signed = matches!(
                        &state.flight,
                        Some(Flight {
                            stage: Stage::Signing,
                            ..
                        })
                    );
                    if !signed {
                        state.let_go(self.world.gives_up(state.now));
                        state.note_asked(Some(*asked));
                    }
                    if let Some(snapshot) = snapshot {
                        self.dies(&state, || format!("{}{told}, and DIES before it stores", label()));
                        told += self.store(&mut state, snapshot);
                        state.facts.pay_given |= *asked == RequestKind::Pay;
                        self.dies(&state, || format!("{}{told}, and DIES before it sends", label()));
                    }
                    state.note_sent(Method::of(*asked));
                    state.leaves(Method::of(*asked), Stage::OnItsWay);
                    self.tell(&mut told, ", sends ", *asked);
                }
                Act::Saves(snapshot) => {
                    self.dies(&state, || format!("{}{told}, and DIES before it stores", label()));
                    told += self.store(&mut state, snapshot);
                }
                Act::HasSigned(asked) => {
                    state.let_go(self.world.gives_up(state.now));
                    state.note_asked(Some(*asked));
                    state.leaves(Method::of(*asked), Stage::Signing);
                    self.tell(&mut told, ", has signed ", *asked);
                }
                Act::Waits(waiting, keeps) => {
                    if !keeps {
                        state.let_go(self.world.gives_up(state.now));
                    }
                    state.note_asked(None);
                    state.host = Host::Runs(Rc::clone(waiting));
                }
                Act::Tells(outcome, snapshot) => {
                    state.let_go(self.world.gives_up(state.now));
                    // An outcome that was stored has been judged.
                    if kind != Kind::Anew {
                        state.judge(outcome, cause, self.world.setting);
                    }
                    self.dies(&state, || {
                        format!("{}{told}, and DIES before it stores the outcome", label())
                    });
                    told += self.store(&mut state, snapshot);
                    state.host = Host::Told(Rc::clone(outcome));
                    if !matches!(**outcome, Outcome::Unresolved { .. }) || state.budget.reconciles == 0 {
                        state.forget();
                    }
                    told += ", OUTCOME ";
                    told += outcome.as_str();
                }
            }
        }
        self.push(kind, state, || format!("{}{told}", label()));
    }

    fn tell(&self, told: &mut String, what: &str, kind: RequestKind) {
        if self.labelled {
            *told += what;
            *told += kind.as_str();
        }
    }

    fn restart(&mut self, state: &State) {
        if let Some(stored) = &state.stored {
            let restored = self.world.restored(stored, state.now);
            let mut next = state.clone();
            next.note_restart(self.world.setting.ends == Ends::Reset);
            self.goes_on(next, &restored.first, Kind::Anew, Cause::Time, &|| {
                "host      restarts".into()
            });
            self.tick(state);
        } else if !state.strays.is_empty() {
            self.tick(state);
        }
    }

    /// An unresolved payment is taken up again, when everything has settled that does.
    fn take_up_again(&mut self, state: &State, outcome: &Outcome) {
        const LATER: Ms = 60_000;
        if state.strays.iter().any(|stray| stray.until.is_some()) {
            return self.tick(state);
        }
        if let Some(stored) = &state.stored
            && matches!(outcome, Outcome::Unresolved { .. })
            && state.budget.reconciles > 0
        {
            let mut next = state.clone();
            next.budget.reconciles -= 1;
            next.now += LATER;
            next.note_restart(self.world.setting.ends == Ends::Reset);
            let restored = self.world.restored(stored, next.now);
            self.goes_on(next, &restored.first, Kind::Anew, Cause::Time, &|| {
                "host      takes the unresolved payment up again".into()
            });
        }
    }

    /// A grain of time passes. What would settle by then is lost.
    fn tick(&mut self, state: &State) {
        let mut next = state.clone();
        next.now += GRAIN;
        let now = next.now;
        next.strays
            .retain(|stray| stray.until.is_none_or(|until| now < until));
        self.push(Kind::Tick, next, || "          time passes".into());
    }

    /// What happens without the host: requests nobody waits for, and the buyer.
    fn of_others(&mut self, state: &State) {
        for (at, stray) in state.strays.iter().enumerate() {
            // Of two alike, either.
            if at > 0 && state.strays[at - 1] == *stray {
                continue;
            }
            let method = stray.method();
            for landing in self.world.landings(state, method) {
                let mut next = state.clone();
                next.strays.remove(at);
                next.alipay = landing.alipay;
                next.notified = landing.notified;
                self.push(Kind::Now, next, || {
                    let node = &landing.said.node;
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
