//! The real machine, run once for each thing that can happen to it at a time: in a million situations it is one of a few thousand
//! machines, and only the world around it differs.

use super::{
    answers::World,
    setting::Ends,
    state::{Bytes, fingerprint},
};
use crate::money::{
    alipay::{Method, Ms, START, Said, stamp},
    lab::AUTH_CODE,
    verdict::Rule,
};
use alipay_core::{
    Payment,
    payment::{Failure, Input, Outcome, Output, Phase, RequestId, RequestKind, Restored as Knows, Wake},
    sign::SignType,
};
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// More outputs in a row than anything needs.
const MOST_OUTPUTS: usize = 16;

/// From where a restored machine's requests are numbered.
pub(super) const RESTORED: u32 = 32;

/// A rule that does not hold.
pub(super) type Broken = (Rule, String);

/// A machine that has said to wait.
pub(super) struct Waiting {
    pub(super) machine: Payment,
    pub(super) wake: Ms,
    pub(super) flight: Option<Flying>,
    moves: RefCell<HashMap<(Ms, Event), Rc<Move>>>,
    looks: RefCell<HashMap<Ms, Rc<Look>>>,
}

/// The request it waits for.
#[derive(Debug, Clone)]
pub(super) struct Flying {
    pub(super) id: RequestId,
    pub(super) kind: RequestKind,
    /// What is being signed.
    pub(super) message: Option<Vec<u8>>,
}

/// What happens to a machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Event {
    Wakes,
    /// A genuine answer.
    Answer(Rc<Said>),
    /// One of what may come instead.
    Spoilt(usize),
    Fails(Failure),
    Signed,
    Cancelled,
    /// A genuine notification: of success, of closing.
    Notified(usize),
}

/// What a machine does then, until it says to wait.
pub(super) struct Move {
    /// What it stores at once if the host stores often.
    pub(super) heard: Option<Rc<Snapshot>>,
    pub(super) acts: Vec<Act>,
    pub(super) broken: Option<Broken>,
}

pub(super) enum Act {
    /// With what is stored before it leaves.
    Sends(RequestKind, Option<Rc<Snapshot>>),
    Saves(Rc<Snapshot>),
    HasSigned(RequestKind),
    /// And whether it still waits for what was in flight.
    Waits(Rc<Waiting>, bool),
    Tells(Rc<Outcome>, Rc<Snapshot>),
}

/// What is to be known of a machine at a time: what makes it the same as another, and whether what must hold does.
pub(super) struct Look {
    pub(super) fingerprint: u128,
    pub(super) broken: Option<Broken>,
}

/// A stored snapshot.
pub(super) struct Snapshot {
    bytes: Vec<u8>,
    restored: RefCell<HashMap<Ms, Rc<Restored>>>,
}

/// What a snapshot is worth at a time: the machine it is restored to, and what that does first.
pub(super) struct Restored {
    pub(super) fingerprint: u128,
    pub(super) first: Move,
}

impl Snapshot {
    pub(super) fn of(machine: &Payment) -> Rc<Self> {
        Rc::new(Self {
            bytes: machine.snapshot(),
            restored: RefCell::default(),
        })
    }

    fn is_clean(&self, machine: &Payment) -> bool {
        machine.phase() == Phase::Ready
            || !self
                .bytes
                .windows(AUTH_CODE.len())
                .any(|window| window == AUTH_CODE.as_bytes())
    }
}

impl Move {
    /// Whether the same is done, and it ends with the same machine.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let alike = |one: &Act, other: &Act| match (one, other) {
            (Act::Sends(one, _), Act::Sends(other, _)) | (Act::HasSigned(one), Act::HasSigned(other)) => {
                one == other
            }
            (Act::Saves(_), Act::Saves(_)) => true,
            (Act::Waits(one, _), Act::Waits(other, _)) => Rc::ptr_eq(one, other),
            (Act::Tells(one, _), Act::Tells(other, _)) => one == other,
            _ => false,
        };
        self.broken == other.broken
            && self.acts.len() == other.acts.len()
            && self
                .acts
                .iter()
                .zip(&other.acts)
                .all(|(one, other)| alike(one, other))
    }
}

impl Waiting {
    pub(super) fn new(machine: Payment, wake: Ms, flight: Option<Flying>) -> Self {
        Self {
            machine,
            wake,
            flight,
            moves: RefCell::default(),
            looks: RefCell::default(),
        }
    }
}

impl World<'_> {
    /// What this machine does when this happens to it now.
    pub(super) fn moves(&self, waiting: &Waiting, now: Ms, event: Event) -> Rc<Move> {
        let key = (now, event);
        if let Some(known) = waiting.moves.borrow().get(&key) {
            return Rc::clone(known);
        }
        let mut machine = waiting.machine.clone();
        let mut broken = self
            .happens(&mut machine, waiting.flight.as_ref(), now, &key.1)
            .err();
        let heard = (self.setting.stores_often && key.1 != Event::Wakes).then(|| Snapshot::of(&machine));
        if heard.as_ref().is_some_and(|heard| !heard.is_clean(&machine)) {
            broken.get_or_insert((Rule::SnapshotIsClean, "the auth_code is in a snapshot".into()));
        }
        let mut made = self.goes_on(machine, waiting.flight.clone(), now);
        made.heard = heard;
        made.broken = broken.or(made.broken);
        let made = Rc::new(made);
        waiting.moves.borrow_mut().insert(key, Rc::clone(&made));
        made
    }

    fn happens(
        &self,
        machine: &mut Payment,
        flight: Option<&Flying>,
        now: Ms,
        event: &Event,
    ) -> Result<(), Broken> {
        let misuse = |what: &str| (Rule::InOrder, format!("misuse: {what}"));
        let now = stamp(now);
        let done = match (event, flight) {
            (Event::Wakes, _) => Ok(()),
            (Event::Cancelled, _) => machine.handle_input(Input::Cancel, now),
            (Event::Notified(which), _) => {
                machine.handle_input(Input::Notify(&self.notifications[*which]), now)
            }
            (Event::Answer(said), Some(flight)) => {
                let response = &self.genuine(Method::of(flight.kind), said);
                machine.handle_input(
                    Input::Response {
                        id: flight.id,
                        response,
                        reset: false,
                    },
                    now,
                )
            }
            (Event::Spoilt(which), Some(flight)) => {
                let response = &self.spoilt(Method::of(flight.kind))[*which];
                machine.handle_input(
                    Input::Response {
                        id: flight.id,
                        response,
                        reset: false,
                    },
                    now,
                )
            }
            (Event::Fails(failure), Some(flight)) => {
                let failure = *failure;
                machine.handle_input(
                    Input::Failure {
                        id: flight.id,
                        failure,
                    },
                    now,
                )
            }
            (Event::Signed, Some(flight)) => {
                let message = flight.message.as_deref().unwrap_or_default();
                let signature = self.lab.app.sign(SignType::Rsa2, message);
                let signature = &*signature.map_err(|error| misuse(error.code().as_str()))?;
                machine.handle_input(
                    Input::Signature {
                        id: flight.id,
                        signature,
                    },
                    now,
                )
            }
            (_, None) => return Err(misuse("the model expects an answer, and there is no request")),
        };
        done.map_err(|error| misuse(error.code().as_str()))
    }

    /// The host does what the machine says until it says to wait.
    fn goes_on(&self, mut machine: Payment, mut flight: Option<Flying>, now: Ms) -> Move {
        let mut made = Move {
            heard: None,
            acts: Vec::new(),
            broken: None,
        };
        let host_now = stamp(now);
        while made.acts.len() < MOST_OUTPUTS {
            match machine.poll_output(host_now) {
                Output::Request(request) => {
                    let snapshot = request.checkpoint.then(|| Snapshot::of(&machine));
                    if request.checkpoint != (request.kind != RequestKind::Query) {
                        let what = format!("{} and its checkpoint", request.kind.as_str());
                        made.broken.get_or_insert((Rule::StoredFirst, what));
                    }
                    if snapshot
                        .as_ref()
                        .is_some_and(|snapshot| !snapshot.is_clean(&machine))
                    {
                        let what = "the auth_code is in a snapshot".into();
                        made.broken.get_or_insert((Rule::SnapshotIsClean, what));
                    }
                    made.acts.push(Act::Sends(request.kind, snapshot));
                    flight = Some(Flying {
                        id: request.id,
                        kind: request.kind,
                        message: None,
                    });
                }
                Output::Save => made.acts.push(Act::Saves(Snapshot::of(&machine))),
                Output::News(news) => {
                    let what = format!("news without a notification: {}", news.as_str());
                    made.broken.get_or_insert((Rule::InOrder, what));
                }
                Output::Sign(request) => {
                    made.acts.push(Act::HasSigned(request.kind));
                    flight = Some(Flying {
                        id: request.id,
                        kind: request.kind,
                        message: Some(request.message),
                    });
                }
                Output::Timeout { at, wake } => {
                    if at <= host_now {
                        let what = "a timer is not later than now".into();
                        made.broken.get_or_insert((Rule::NeverStuck, what));
                    }
                    let keeps = matches!(wake, Wake::RequestTimeout | Wake::SignTimeout);
                    let flight = flight.filter(|_| keeps);
                    let waiting = self.shared(now, machine, at.unix_ms() - START, flight);
                    made.acts.push(Act::Waits(waiting, keeps));
                    return made;
                }
                Output::Done(outcome) => {
                    if let Err(broken) = self.check_told(&machine, &outcome, host_now) {
                        made.broken.get_or_insert(broken);
                    }
                    made.acts
                        .push(Act::Tells(Rc::new(outcome), Snapshot::of(&machine)));
                    return made;
                }
            }
        }
        made.broken = Some((Rule::NeverStuck, "too many outputs without a wait".into()));
        made
    }

    /// One machine for all that are the same now.
    fn shared(&self, now: Ms, machine: Payment, wake: Ms, flight: Option<Flying>) -> Rc<Waiting> {
        let mut bytes = Bytes::default();
        machine.hash_state(stamp(now), &mut bytes);
        let mut machines = self.machines.borrow_mut();
        let shared = machines
            .entry((now, fingerprint(&bytes)))
            .or_insert_with(|| Rc::new(Waiting::new(machine, wake, flight)));
        Rc::clone(shared)
    }

    /// Looks at a machine that waits.
    pub(super) fn look(&self, waiting: &Waiting, now: Ms) -> Rc<Look> {
        if let Some(known) = waiting.looks.borrow().get(&now) {
            return Rc::clone(known);
        }
        let mut bytes = Bytes::default();
        waiting.machine.hash_state(stamp(now), &mut bytes);
        let look = Rc::new(Look {
            fingerprint: fingerprint(&bytes),
            broken: self.check_machine(waiting, now).err(),
        });
        waiting.looks.borrow_mut().insert(now, Rc::clone(&look));
        look
    }

    /// What the host knows when it takes a snapshot up.
    pub(super) fn knows(&self) -> Knows {
        Knows {
            first_id: RESTORED,
            writer_is_dead: self.setting.ends == Ends::Reset,
            ..Knows::default()
        }
    }

    /// What this snapshot is worth now.
    pub(super) fn restored(&self, snapshot: &Snapshot, now: Ms) -> Rc<Restored> {
        if let Some(known) = snapshot.restored.borrow().get(&now) {
            return Rc::clone(known);
        }
        let restored = match Payment::restore(self.merchant(), &snapshot.bytes, self.knows(), stamp(now)) {
            Ok(mut machine) => {
                machine.set_resets_on_death(self.setting.ends == Ends::Reset);
                let mut bytes = Bytes::default();
                machine.hash_state(stamp(now), &mut bytes);
                Restored {
                    fingerprint: fingerprint(&bytes),
                    first: self.goes_on(machine, None, now),
                }
            }
            Err(error) => Restored {
                fingerprint: 0,
                first: Move {
                    heard: None,
                    acts: Vec::new(),
                    broken: Some((
                        Rule::RestoreGoesOn,
                        format!("its own snapshot is refused: {error}"),
                    )),
                },
            },
        };
        let restored = Rc::new(restored);
        snapshot.restored.borrow_mut().insert(now, Rc::clone(&restored));
        restored
    }
}
