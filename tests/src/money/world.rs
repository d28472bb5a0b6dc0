//! The events of one run: what the network does, what the host does and when it dies, what the cashier wants.

use super::{
    alipay::{self, Alipay, Later, Method, Ms, NUMBER, Said, stamp},
    lab::{AUTH_CODE, Lab},
    plan::{Aftermath, BuyerDoes, Plan},
    tape::Tape,
    verdict::{Rule, Verdict, compare},
    watch::{Cause, Watch},
};
use alipay_core::{
    Merchant, Payment, Timestamp,
    http::HttpResponse,
    payment::{
        Failure, Input, Outcome, Output, Request, RequestId, RequestKind, Restored, SignRequest, Start,
        UnresolvedReason,
    },
    sign::SignType,
};
use std::{collections::BTreeMap, sync::Arc};

/// No run needs as many events.
const MOST_EVENTS: u32 = 4_000;

use event::Event;
pub(in crate::money) use event::{Letter, Settled};

struct World<'a> {
    lab: &'a Lab,
    tape: Tape,
    plan: Plan,
    now: Ms,
    clock_error: Ms,
    clock_due: Option<(Ms, Ms)>,
    alipay: Alipay,
    queue: Vec<(Ms, u32, Event)>,
    events: u32,
    /// The numbers of those that wait to be overtaken.
    held: Vec<u32>,
    machine: Option<Payment>,
    stored: Option<Vec<u8>>,
    /// Everything that was stored once pay might have left.
    backups: Vec<Vec<u8>>,
    /// The genuine notifications that came.
    notified: Vec<Vec<u8>>,
    /// What a process was about to send that is frozen for hours.
    frozen_first: Option<(Request, Ms)>,
    /// A second driver, where no lock keeps it out.
    rival: Option<Payment>,
    /// Until then the host is frozen.
    frozen_until: Ms,
    /// Whether the host was ever frozen or asleep with a request on its way.
    suspended: bool,
    /// Requests are numbered from here after the next restart.
    next_number: u32,
    /// How often the host has started, and the number of its latest timer.
    life: u32,
    turn: u32,
    /// How often a restored copy has gone on instead.
    swaps: u32,
    /// The store neither succeeds nor fails: nothing of this moment is stored.
    store_hangs: bool,
    watch: Watch,
    outcome: Option<Outcome>,
    requests: u32,
    trace: Option<Vec<String>>,
}

/// One run. With `traced`, also who did what and when.
#[must_use]
pub fn run(lab: &Lab, mut tape: Tape, traced: bool) -> (Verdict, Vec<u32>, Vec<String>) {
    let plan = Plan::draw(&mut tape);
    let mut world = World {
        lab,
        now: 0,
        clock_error: plan.clock_error,
        clock_due: plan.clock_set,
        alipay: Alipay::new(&plan),
        queue: Vec::with_capacity(16),
        events: 0,
        held: Vec::new(),
        machine: None,
        stored: None,
        backups: Vec::new(),
        notified: Vec::new(),
        frozen_first: None,
        rival: None,
        frozen_until: 0,
        suspended: false,
        next_number: 1,
        life: 0,
        turn: 0,
        swaps: 0,
        store_hangs: false,
        watch: Watch::of(&plan),
        outcome: None,
        requests: 0,
        trace: traced.then(Vec::new),
        tape,
        plan,
    };
    world.begin();
    world.drain();
    world.reconcile();
    world.take_up_a_backup();
    world.thaws();
    world.end()
}

impl World<'_> {
    fn note(&mut self, who: &str, what: impl FnOnce(&Self) -> String) {
        if self.trace.is_some() {
            let seconds = self.now as f64 / 1000.0;
            let line = format!("{seconds:>10.3}  {who:<8} {}", what(self));
            self.trace.get_or_insert_default().push(line);
        }
    }

    fn host_now(&self) -> Timestamp {
        stamp(self.now + self.clock_error)
    }

    fn at(&mut self, when: Ms, event: Event) {
        self.events += 1;
        self.queue.push((when.max(self.now), self.events, event));
    }

    /// At `latest`, or as soon as something else has overtaken it.
    fn at_latest(&mut self, latest: Ms, event: Event) {
        self.at(latest, event);
        self.held.push(self.events);
    }

    /// A request has landed: what was held back comes after it.
    fn overtake(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let soon = self.now + Ms::try_from(self.tape.ms(1, 600)).unwrap_or(1);
        for (when, number, _) in &mut self.queue {
            if self.held.contains(number) {
                *when = soon.min(*when);
            }
        }
        self.held.clear();
    }

    fn merchant(&self) -> Arc<Merchant> {
        self.lab.merchant(self.plan.gbk, self.plan.signs_elsewhere)
    }

    fn begin(&mut self) {
        if self.trace.is_some() {
            for line in self.plan.told() {
                self.note("plan", |_| line);
            }
        }
        if let Some(at) = self.plan.cashier_cancels {
            self.at(at, Event::CashierCancels);
        }
        if !self.plan.cancels.are_slow() {
            self.set_the_clock();
        }
        if let Some(at) = self.plan.rival_comes {
            self.at(at, Event::RivalComes);
        }
        if let Some(at) = self.plan.strange_notify {
            self.strange_notify(at);
        }
        let payment = Payment::new(
            self.merchant(),
            self.lab.order.clone(),
            self.plan.policy.clone(),
            Start {
                first_id: self.number(),
                alipay_time: (self.plan.transport.tells_time && self.plan.repeats_success)
                    .then(|| stamp(self.now)),
            },
            self.host_now(),
        );
        match payment {
            Ok(mut payment) => {
                payment.set_resets_on_death(self.plan.transport.dies_cleanly);
                self.machine = Some(payment);
                self.go_on();
            }
            Err(error) => self
                .watch
                .breaks(Rule::InOrder, format!("the plan is refused: {error}")),
        }
    }

    /// A number that no request of this payment has had.
    fn number(&mut self) -> u32 {
        let number = self.next_number;
        self.next_number += 100_000;
        number
    }

    /// The plan's leap of the clock comes so long after now; once.
    fn set_the_clock(&mut self) {
        if let Some((after, by)) = self.clock_due.take() {
            self.at(self.now + after, Event::ClockSet(by));
        }
    }

    /// Everything that is under way happens.
    fn drain(&mut self) {
        while self.watch.broken.is_none() {
            let next = (0..self.queue.len()).min_by_key(|at| {
                let (when, number, _) = &self.queue[*at];
                (*when, *number)
            });
            let Some(next) = next else { return };
            let (when, number, event) = self.queue.swap_remove(next);
            if self.events > MOST_EVENTS {
                return self.watch.breaks(Rule::NeverStuck, "it never ends".into());
            }
            if event.is_the_hosts() && when < self.frozen_until {
                self.queue.push((self.frozen_until, number, event));
                continue;
            }
            if let Some((from, lasts)) = self.plan.sleep
                && event.is_the_hosts()
                && (from..from + lasts).contains(&when)
            {
                self.suspended = true;
                self.queue.push((from + lasts, number, event));
                continue;
            }
            self.now = when;
            self.happens(event);
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Leaves { request, life, made } if life == self.life => {
                if self.sends(&request, made) {
                    self.go_on();
                }
            }
            Event::StoreFails { request, life } => {
                self.store_hangs = false;
                if life == self.life && self.not_stored(&request) {
                    self.go_on();
                }
            }
            Event::Leaves { .. } => {}
            Event::Arrives {
                method,
                id,
                life,
                left,
                settled,
                answered,
            } => self.arrives(method, id, life, left, settled, answered),
            Event::MerchantRefunds => {
                if self.alipay.refund() {
                    self.note("merchant", |_| "refunds".into());
                    self.follow(vec![Later::Notify]);
                }
            }
            Event::AnotherPays => {
                if self.alipay.another_pays(self.now) {
                    self.note("another", |_| "pays under our number".into());
                    self.follow(vec![Later::Notify]);
                }
            }
            Event::Answer { id, life, letter } if life == self.life || self.plan.transport.queues => {
                self.note("network", |_| {
                    format!("brings the answer to {} ({})", id.0, told(&letter))
                });
                let input = Input::Response {
                    id,
                    response: &letter.response,
                    reset: self.plan.transport.resets,
                };
                self.watch.to_another_process = life != self.life;
                self.input(input, &Cause::Letter(&letter, id));
                self.watch.to_another_process = false;
            }
            Event::Fails { id, life, failure } if life == self.life => {
                // The transport's timeout comes also after an answer; that is not worth telling.
                if self.watch.awaits(id) {
                    self.note("host", |_| {
                        format!("request {} failed: {}", id.0, failure.as_str())
                    });
                }
                self.input(Input::Failure { id, failure }, &Cause::Failure(id, failure));
            }
            Event::Signed { id, life, signature } if life == self.life => {
                self.note("signer", |_| format!("signs {}: {}", id.0, signature.is_some()));
                match &signature {
                    Some(signature) => self.input(Input::Signature { id, signature }, &Cause::Time),
                    None => {
                        let failure = Failure::NotSent;
                        self.input(Input::Failure { id, failure }, &Cause::Failure(id, failure));
                    }
                }
            }
            Event::Answer { .. } | Event::Fails { .. } | Event::Signed { .. } => {}
            Event::Timer { turn } if turn == self.turn => self.go_on(),
            Event::Timer { .. } => {}
            Event::Buyer { does } => {
                let mut later = Vec::new();
                if self.alipay.buyer(does, self.now, &mut later) {
                    self.note("buyer", |_| format!("{does:?}"));
                }
                self.follow(later);
            }
            Event::Notify { body, genuine } => self.notified(&body, genuine),
            Event::CashierCancels => {
                if self.machine.is_some() && self.outcome.is_none() {
                    self.note("cashier", |_| "cancels".into());
                    self.watch.cashier_asked = true;
                    self.input(Input::Cancel, &Cause::Cashier);
                }
            }
            Event::ClockSet(by) => {
                self.note("clock", |_| format!("is set by {by} ms"));
                self.clock_error += by;
            }
            Event::Restart => self.restart(),
            Event::Inherits => self.inherits(),
            Event::RivalComes => self.rival_comes(),
            Event::RivalWakes => self.rival_goes_on(),
        }
    }

    /// Gives the machine an input, unless the host dies first.
    fn input(&mut self, input: Input<'_>, cause: &Cause<'_>) {
        if self.machine.is_none() || self.dies("before it hears") {
            return;
        }
        let now = self.host_now();
        let Some(machine) = &mut self.machine else { return };
        self.watch.before(cause);
        // Timeouts after an answer are many and all alike: one in eight is looked at.
        let looks = matches!(cause, Cause::Letter(..)) || self.events.is_multiple_of(8);
        let stale = !self.watch.expected && self.plan.time_is_steady();
        let untouched = (stale && looks).then(|| machine.clone());
        if let Err(error) = machine.handle_input(input, now) {
            self.watch.breaks(Rule::InOrder, format!("misuse: {error}"));
        }
        self.watch.after(machine, cause, &self.plan, self.now);
        if let Some(mut untouched) = untouched {
            // Nobody waits for this any more.
            let mut touched = machine.clone();
            // How a request ended is of use also when its time is over: no more than that may change.
            let same = untouched.heard() == touched.heard()
                && (self.watch.is_overdue(cause)
                    || untouched.poll_output(now) == touched.poll_output(now)
                        && (matches!(cause, Cause::Failure(..))
                            || touched.outcome().is_some()
                            || body(&untouched) == body(&touched)));
            if !same {
                let what = "an answer that nobody waits for changed something";
                self.watch.breaks(Rule::StaleChangesNothing, what.into());
            }
        }
        if self.tape.chance(30) {
            // The same again, and one nobody asked for.
            let again = match input {
                Input::Response { response, reset, .. } if self.tape.chance(500) => Input::Response {
                    id: RequestId(99_999),
                    response,
                    reset,
                },
                other => other,
            };
            let mut twice = machine.clone();
            let _ = twice.handle_input(again, now);
            let mut once = machine.clone();
            let same = once.poll_output(now) == twice.poll_output(now) && body(&once) == body(&twice);
            // A cashier may cancel twice; it is no answer.
            if !same && !matches!(input, Input::Cancel) {
                self.watch.breaks(
                    Rule::StaleChangesNothing,
                    "a duplicate answer changed something".into(),
                );
            }
        }
        if self.dies("after it heard") {
            return;
        }
        if self.plan.stores_often {
            self.store();
        }
        self.go_on();
    }

    /// Does what the machine says until it says to wait.
    fn go_on(&mut self) {
        for _ in 0..64 {
            let now = self.host_now();
            if self.outcome.is_none() && self.may_swap() && self.tape.chance(15) {
                self.swap(now);
            }
            let Some(machine) = &mut self.machine else { return };
            let output = machine.poll_output(now);
            self.watch.polled(machine, &output, &self.plan, self.now);
            match output {
                Output::Request(request) => {
                    if !self.send(request) {
                        return;
                    }
                }
                Output::Save => {
                    if self.dies("before it stored what it learnt") {
                        return;
                    }
                    let fails = self.tape.chance(self.plan.store.fails);
                    self.note("host", |_| if fails { "can't store" } else { "stores" }.into());
                    if !fails {
                        self.store();
                    }
                }
                Output::News(news) => {
                    self.note("host", |_| format!("NEWS {}", news.as_str()));
                    self.watch.tells(&news);
                }
                Output::Sign(request) => {
                    self.note("host", |_| {
                        format!("has {} {} signed", request.kind.as_str(), request.id.0)
                    });
                    self.have_signed(&request);
                }
                Output::Timeout { at, .. } => {
                    if at <= now {
                        return self
                            .watch
                            .breaks(Rule::NeverStuck, "a timer is not later than now".into());
                    }
                    let wait = at.saturating_since(now).as_millis();
                    self.turn += 1;
                    let turn = self.turn;
                    let late = if self.tape.chance(100) {
                        self.tape.ms(1, 900)
                    } else {
                        0
                    };
                    let wait = Ms::try_from(wait).unwrap_or(Ms::MAX / 4);
                    let late = Ms::try_from(late).unwrap_or(0);
                    return self.at(self.now + wait + late, Event::Timer { turn });
                }
                Output::Done(outcome) => {
                    if self.outcome.is_none() {
                        if self.dies("before it stored the outcome") {
                            return;
                        }
                        let fails = self.tape.chance(self.plan.store.fails);
                        if !fails {
                            self.store();
                        }
                        let how = if fails { ", not stored" } else { "" };
                        self.note("host", |_| format!("OUTCOME {}{how}", outcome.as_str()));
                        self.watch.told(&outcome);
                        self.outcome = Some(outcome);
                        self.aftermath();
                        if fails && self.dies("with an outcome that is not stored") {
                            self.outcome = None;
                            return;
                        }
                        // It goes on storing until it succeeds.
                        self.store();
                    } else if !self.was_told(&outcome) {
                        self.watch
                            .breaks(Rule::StaleChangesNothing, "the outcome changed".into());
                    }
                    return;
                }
            }
        }
        self.watch
            .breaks(Rule::NeverStuck, "64 outputs without a wait".into());
    }
}

/// A snapshot without its number.
fn body(machine: &Payment) -> Vec<u8> {
    let snapshot = machine.snapshot();
    let header = snapshot.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    snapshot[header..].to_vec()
}

fn told(letter: &Letter) -> String {
    match &letter.genuine {
        Some(said) => format!("{} {}", said.code, said.sub_code).trim_end().into(),
        None => format!("NOT GENUINE, HTTP {}", letter.response.status),
    }
}

mod event;
mod host;
mod network;
mod notices;
mod rival;
