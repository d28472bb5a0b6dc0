//! One situation, and what makes two of them the same.

use super::{
    facts::Facts,
    machine::{Snapshot, Waiting},
    setting::Setting,
};
use crate::money::{
    alipay::{Alipay, Method, Ms, Said},
    verdict::Rule,
};
use alipay_core::payment::Outcome;
use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    rc::Rc,
};

/// What the host is doing.
#[derive(Clone)]
pub(super) enum Host {
    Runs(Rc<Waiting>),
    Dead,
    /// The merchant was told.
    Told(Rc<Outcome>),
}

/// The request that the machine waits for.
#[derive(Clone)]
pub(super) struct Flight {
    pub(super) method: Method,
    /// When it left, or was given to the signer.
    pub(super) left: Ms,
    pub(super) stage: Stage,
}

impl Flight {
    /// Whether it has left and its end is still to be told. Queries may be given up without a word.
    pub(super) fn is_with_the_host(&self) -> bool {
        self.method != Method::Query && !matches!(self.stage, Stage::Signing)
    }
}

#[derive(Clone)]
pub(super) enum Stage {
    Signing,
    OnItsWay,
    /// Alipay said this, and the host does not know it yet.
    Answered(Rc<Said>),
}

/// A request nobody waits for that may still land.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stray {
    pub(super) cancels: bool,
    /// Its connection was reset, and it lands before this or never. `None`: at any time.
    pub(super) until: Option<Ms>,
}

impl Stray {
    pub(super) const fn method(self) -> Method {
        if self.cancels { Method::Cancel } else { Method::Pay }
    }
}

/// What may still happen, and how often.
#[derive(Clone, Default, Hash)]
pub(super) struct Budget {
    pub(super) crashes: u8,
    pub(super) cashier: u8,
    pub(super) notifications: u8,
    pub(super) repeats: u8,
    pub(super) reconciles: u8,
}

#[derive(Clone)]
pub(super) struct State {
    pub(super) now: Ms,
    pub(super) host: Host,
    /// The last snapshot stored.
    pub(super) stored: Option<Rc<Snapshot>>,
    pub(super) alipay: Alipay,
    pub(super) flight: Option<Flight>,
    /// Requests nobody waits for that may still land.
    pub(super) strays: Vec<Stray>,
    /// The statuses that Alipay has notified: success, closed.
    pub(super) notified: [bool; 2],
    pub(super) facts: Facts,
    pub(super) budget: Budget,
    pub(super) broken: Option<(Rule, String)>,
}

impl State {
    pub(super) fn breaks(&mut self, rule: Rule, what: impl Into<String>) {
        if self.broken.is_none() {
            self.broken = Some((rule, what.into()));
        }
    }

    /// Nobody waits for the request in flight any more. If its connection was reset, it lands until then or never. A query
    /// that lands changes nothing and is forgotten.
    pub(super) fn let_go(&mut self, until: Option<Ms>) {
        if let Some(flight) = self.flight.take()
            && matches!(flight.stage, Stage::OnItsWay)
        {
            self.goes_astray(flight.method, until);
        }
    }

    /// A request, or a copy of one, may still land.
    pub(super) fn goes_astray(&mut self, method: Method, until: Option<Ms>) {
        if method != Method::Query {
            self.strays.push(Stray {
                cancels: method == Method::Cancel,
                until,
            });
            self.strays.sort_unstable();
        }
    }

    /// The machine waits for this request now.
    pub(super) fn leaves(&mut self, method: Method, stage: Stage) {
        self.flight = Some(Flight {
            method,
            left: self.now,
            stage,
        });
    }

    /// What nobody asks for any more once the merchant was told for good.
    pub(super) fn forget(&mut self) {
        self.stored = None;
        self.notified = [false; 2];
        self.facts = Facts::default();
        self.budget = Budget::default();
    }

    /// Nothing is under way that must change what the merchant was told: what lands at any time may also never land.
    pub(super) fn is_quiet(&self) -> bool {
        self.strays.iter().all(|stray| stray.until.is_none())
            && match self.host {
                Host::Told(_) => true,
                Host::Dead => self.stored.is_none(),
                Host::Runs(_) => false,
            }
    }

    pub(super) fn outcome(&self) -> Option<&Outcome> {
        match &self.host {
            Host::Told(outcome) => Some(outcome),
            Host::Runs(_) | Host::Dead => None,
        }
    }

    /// Everything that decides what can still happen, and what of it breaks a rule. Of the machine and of the stored snapshot
    /// their fingerprints are written; times are written as ages.
    pub(super) fn hash(&self, setting: &Setting, machine: u128, worth: u128, out: &mut Bytes) {
        let Self {
            now,
            host,
            stored: snapshot,
            alipay,
            flight,
            strays,
            notified,
            facts,
            budget,
            broken,
        } = self;
        match host {
            Host::Runs(_) => (0_u8, machine).hash(out),
            Host::Dead => 1_u8.hash(out),
            Host::Told(outcome) => {
                2_u8.hash(out);
                outcome.as_str().hash(out);
                match &**outcome {
                    Outcome::Closed { refunded } => refunded.hash(out),
                    Outcome::Conflict { reason, .. } => reason.hash(out),
                    Outcome::Unresolved { reason, .. } => reason.hash(out),
                    _ => {}
                }
            }
        }
        (snapshot.is_some(), worth).hash(out);
        (
            alipay.older_touched,
            alipay.refuses_for_good(),
            alipay.trade.is_some(),
        )
            .hash(out);
        if let Some(trade) = &alipay.trade {
            (trade.ours, trade.fen, trade.status, trade.paid_at.is_some()).hash(out);
            (trade.refunded, trade.hidden_until.max(*now) - now).hash(out);
        }
        flight.is_some().hash(out);
        if let Some(flight) = flight {
            (flight.method, now - flight.left).hash(out);
            match &flight.stage {
                Stage::Signing => 0_u8.hash(out),
                Stage::OnItsWay => 1_u8.hash(out),
                Stage::Answered(said) => {
                    2_u8.hash(out);
                    hash_undated(&said.node, out);
                }
            }
        }
        strays.len().hash(out);
        for stray in strays {
            (stray.cancels, stray.until.map(|until| until - now)).hash(out);
        }
        (notified, budget, broken.is_some()).hash(out);
        facts.hash(*now, setting, out);
    }
}

/// An answer without its date: whether a trade is ours or older is a part of the ledger.
fn hash_undated(node: &str, out: &mut Bytes) {
    const DATE: usize = "2026-11-22 10:00:00".len();
    let begins = ["_date\":\"", "gmt_payment\":\""]
        .iter()
        .find_map(|name| node.find(name).map(|at| at + name.len()));
    match begins {
        Some(at) => (&node[..at], &node[at + DATE..]).hash(out),
        None => (node, "").hash(out),
    }
}

/// What was written, to be hashed as a whole.
#[derive(Default)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.0);
        hasher.finish()
    }
}

/// 128 bits: among a hundred million states, two are mixed up with a chance of 1 in 10^22.
pub(super) fn fingerprint(bytes: &Bytes) -> u128 {
    let mut other = DefaultHasher::new();
    other.write_u8(1);
    other.write(&bytes.0);
    u128::from(bytes.finish()) << 64 | u128::from(other.finish())
}
