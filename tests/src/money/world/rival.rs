//! Processes that overlap: a second driver on the same payment, which the store's lock refuses as long as the first one lives,
//! and an heir where the store knows only leases.

use super::{
    Event, Failure, HttpResponse, Input, Ms, Output, Payment, Request, Restored, Rule, SignType, World,
    alipay::Method, network::written,
};

/// How long a lease lasts, and how long the process is frozen at least that lost it.
const LEASE: Ms = 60_000;
const FROZEN: Ms = 2 * 3_600_000;

impl World<'_> {
    /// The process is frozen for hours with a request that it was about to send, and another goes on in its place.
    pub(super) fn is_inherited(&mut self, request: Request, made: Ms) -> bool {
        self.note("host", |_| "is FROZEN for hours, and loses its lease".into());
        self.life += 1;
        self.turn += 1;
        self.machine = None;
        self.watch.died();
        self.frozen_first.get_or_insert((request, made));
        self.at(self.now + LEASE, Event::Inherits);
        false
    }

    /// The heir cannot know whether the first one still lives.
    pub(super) fn inherits(&mut self) {
        let Some(stored) = self.stored.clone() else { return };
        let knows = self.knows(false);
        self.go_on_from(&stored, knows);
    }

    /// The first process thaws when all is over. It may tell nothing any more; but what it was about to send?
    pub(super) fn thaws(&mut self) {
        let Some((request, made)) = self.frozen_first.take() else {
            return;
        };
        if self.watch.broken.is_some() {
            return;
        }
        self.now += FROZEN;
        if !self.in_time(&request, made) {
            return self.note("first", |_| "thaws, and sends nothing".into());
        }
        self.note("first", |_| format!("thaws, and sends {}", request.kind.as_str()));
        let arrives = Event::Arrives {
            method: Method::of(request.kind),
            id: request.id,
            life: u32::MAX,
            left: self.now,
            settled: super::Settled::No,
            answered: false,
        };
        self.at(self.now + 1, arrives);
        self.drain();
    }

    /// Another process takes up the payment that this one is about.
    pub(super) fn rival_comes(&mut self) {
        let (Some(_), Some(stored)) = (&self.machine, self.stored.clone()) else {
            return;
        };
        if self.is_locked() {
            return self.note("rival", |_| "is refused".into());
        }
        self.note("rival", |_| "takes the payment up".into());
        let knows = Restored {
            first_id: self.number(),
            writer_is_dead: false,
            never_suspended: self.plan.transport.never_suspended,
            gateway_moved: false,
        };
        self.rival = Payment::restore(self.merchant(), &stored, knows, self.host_now()).ok();
        self.rival_goes_on();
    }

    /// Whether the store's lock is held.
    fn is_locked(&self) -> bool {
        self.machine.is_some()
    }

    /// The rival's requests are answered at once, or never.
    pub(super) fn rival_goes_on(&mut self) {
        for _ in 0..64 {
            let now = self.host_now();
            let Some(rival) = &mut self.rival else { return };
            match rival.poll_output(now) {
                Output::Save | Output::News(_) => {}
                Output::Sign(request) => {
                    let signature = self.lab.app.sign(SignType::Rsa2, &request.message);
                    let signature = &signature.unwrap_or_default();
                    let id = request.id;
                    let _ = rival.handle_input(Input::Signature { id, signature }, now);
                }
                Output::Request(request) => self.rival_sends(&request),
                Output::Timeout { at, .. } => {
                    let wait = Ms::try_from(at.saturating_since(now).as_millis()).unwrap_or(Ms::MAX / 4);
                    return self.at(self.now + wait, Event::RivalWakes);
                }
                Output::Done(outcome) => {
                    self.note("rival", |_| format!("OUTCOME {}", outcome.as_str()));
                    self.watch.told(&outcome);
                    self.rival = None;
                }
            }
        }
    }

    fn rival_sends(&mut self, request: &Request) {
        let (id, method) = (request.id, Method::of(request.kind));
        let mut later = Vec::new();
        let said = match method {
            Method::Pay => {
                return self.watch.breaks(Rule::PayOnce, "a second driver pays".into());
            }
            Method::Query => self.alipay.query(self.now),
            Method::Cancel => {
                if self.watch.told_paid {
                    let what = "a second driver cancels what was told as Paid";
                    self.watch.breaks(Rule::PaidIsKept, what.into());
                }
                self.alipay.cancel(&self.plan, self.now, self.now, &mut later)
            }
        };
        self.follow(later);
        let lost = self.tape.chance(300);
        self.note("rival", |_| format!("sends {} {}", request.kind.as_str(), id.0));
        let gbk = self.plan.gbk;
        let sign = self.lab.seal(&written(&said.node, gbk));
        let response = HttpResponse {
            status: 200,
            headers: self.headers(),
            body: written(&method.enclosed(&said.node, Some(&sign)), gbk),
        };
        let now = self.host_now();
        let Some(rival) = &mut self.rival else { return };
        let input = if lost {
            let failure = Failure::MaybeSent;
            Input::Failure { id, failure }
        } else {
            Input::Response {
                id,
                response: &response,
                reset: false,
            }
        };
        let _ = rival.handle_input(input, now);
    }
}
