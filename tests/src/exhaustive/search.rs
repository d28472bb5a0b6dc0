//! The search: breadth first, so that what it finds is a shortest story.

use super::{
    answers::World,
    graph::{Graph, Mark},
    machine::Broken,
    setting::{GRAIN, Setting},
    state::{Bytes, Host, State, fingerprint},
};
use crate::money::{Lab, Rule};
use alipay_core::payment::{Outcome, UnresolvedReason};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
};

/// A rule that does not hold, and the shortest way there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub rule: Rule,
    /// What exactly.
    pub what: String,
    /// Who did what, and when.
    pub story: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}\n{}", self.rule.as_str(), self.rule.about(), self.what)?;
        self.story.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The setting's name.
    pub name: &'static str,
    /// Situations met.
    pub states: usize,
    /// Steps between them.
    pub transitions: usize,
    /// The number of steps to the farthest situation.
    pub depth: u32,
    /// Situations met again from elsewhere that were followed a second time, to see that they are the same.
    pub twins: usize,
    /// In how many situations the merchant was told what.
    pub outcomes: BTreeMap<String, usize>,
    /// Situations in which an older sale was cancelled: a known limit (docs/money-safety.md).
    pub older_touched: usize,
    /// The longest time from a host's start to an outcome, and the policy's bound, in milliseconds.
    pub longest_ms: i64,
    /// [`Policy::longest_ms`](alipay_core::payment::Policy::longest_ms).
    pub bound_ms: u64,
    /// A broken rule, if any.
    pub finding: Option<Finding>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<34}{:>9} states {:>10} transitions  depth {:>3}  longest {:>3} s of {} s",
            self.name,
            self.states,
            self.transitions,
            self.depth,
            self.longest_ms / 1_000,
            self.bound_ms / 1_000,
        )
    }
}

struct Search<'a> {
    world: World<'a>,
    numbers: HashMap<u128, u32>,
    /// How each state was found first: from which, by which of its steps, in how many.
    found: Vec<(u32, u16, u16)>,
    graph: Graph,
    waiting: VecDeque<State>,
    outcomes: BTreeMap<String, usize>,
    older_touched: usize,
    met_again: usize,
    /// Some of those met again, with the number of what they were taken for.
    twins: Vec<(u32, State)>,
}

/// Of so many situations met again, one is followed a second time.
const ONE_TWIN_IN: usize = 97;
const MOST_TWINS: usize = 20_000;

/// Visits every situation of this world.
///
/// # Panics
/// If the lab's keys or the setting are not in order, or if two situations that differ are taken for one.
#[must_use]
pub fn explore(lab: &Lab, setting: &Setting) -> Report {
    let mut search = Search {
        world: World::new(lab, setting),
        numbers: HashMap::new(),
        found: Vec::new(),
        graph: Graph::default(),
        waiting: VecDeque::new(),
        outcomes: BTreeMap::new(),
        older_touched: 0,
        met_again: 0,
        twins: Vec::new(),
    };
    let result = search.run().and_then(|()| search.ask_the_graph());
    if result.is_ok() {
        search.compare_twins();
    }
    let (longest_ms, finding) = match result {
        Ok(longest_ms) => (longest_ms, None),
        Err(finding) => (0, Some(finding)),
    };
    Report {
        name: setting.name,
        states: search.found.len(),
        transitions: search.graph.transitions(),
        depth: u32::from(search.found.iter().map(|(_, _, depth)| *depth).max().unwrap_or(0)),
        twins: search.twins.len(),
        outcomes: search.outcomes,
        older_touched: search.older_touched,
        longest_ms,
        bound_ms: setting.policy.longest_ms(),
        finding,
    }
}

impl Search<'_> {
    fn run(&mut self) -> Result<(), Finding> {
        let first = self.world.begin();
        self.meet(first, (0, 0, 0))?;
        let mut number = 0;
        while let Some(state) = self.waiting.pop_front() {
            self.graph.next_state();
            let depth = self.found[number as usize].2 + 1;
            for (at, step) in (0..).zip(self.world.steps(&state, false)) {
                let to = self.meet(step.state, (number, at, depth))?;
                self.graph.add(to, step.kind);
            }
            number += 1;
        }
        Ok(())
    }

    /// The number of this state, which is looked at if it is new.
    fn meet(&mut self, state: State, from: (u32, u16, u16)) -> Result<u32, Finding> {
        let (fingerprint, machine) = self.fingerprint(&state);
        if let Some(number) = self.numbers.get(&fingerprint) {
            self.met_again += 1;
            if self.met_again.is_multiple_of(ONE_TWIN_IN) && self.twins.len() < MOST_TWINS {
                self.twins.push((*number, state));
            }
            return Ok(*number);
        }
        let number = u32::try_from(self.found.len()).expect("fewer states than that");
        self.numbers.insert(fingerprint, number);
        self.found.push(from);
        self.graph.marks.push(mark(&state));
        if let Some(outcome) = state.outcome() {
            *self.outcomes.entry(outcome.as_str().to_owned()).or_default() += 1;
        }
        self.older_touched += usize::from(state.alipay.older_touched);
        let looked = machine.map_or(Ok(()), Err);
        if let Err((rule, what)) = self.world.check(&state).and(looked) {
            return Err(self.finding(number, rule, what));
        }
        self.waiting.push_back(state);
        Ok(number)
    }

    /// What was taken for the same is the same: from both, the same steps lead to the same situations.
    fn compare_twins(&self) {
        for (number, twin) in &self.twins {
            let steps = self.world.steps(twin, false);
            let ours: Vec<_> = steps
                .iter()
                .map(|step| {
                    (
                        self.numbers.get(&self.fingerprint(&step.state).0).copied(),
                        step.kind,
                    )
                })
                .collect();
            let theirs: Vec<_> = self
                .graph
                .steps_from(*number as usize)
                .iter()
                .map(|(to, kind)| (Some(*to), *kind))
                .collect();
            assert_eq!(
                ours, theirs,
                "what was taken for situation {number} differs from it"
            );
        }
    }

    /// What makes this state the same as another; and what is wrong with its machine, if anything.
    fn fingerprint(&self, state: &State) -> (u128, Option<Broken>) {
        let worth = state
            .stored
            .as_ref()
            .map_or(0, |stored| self.world.restored(stored, state.now).fingerprint);
        let (machine, broken) = match &state.host {
            Host::Runs(waiting) => {
                let look = self.world.look(waiting, state.now);
                (look.fingerprint, look.broken.clone())
            }
            Host::Dead | Host::Told(_) => (0, None),
        };
        let mut bytes = Bytes::default();
        state.hash(self.world.setting, machine, worth, &mut bytes);
        (fingerprint(&bytes), broken)
    }

    /// From everywhere an outcome can be reached, in time, and what is unresolved can be resolved.
    fn ask_the_graph(&self) -> Result<i64, Finding> {
        let stuck = |state: usize, what: &str| {
            let number = u32::try_from(state).unwrap_or(0);
            Err(self.finding(number, Rule::NeverStuck, what.to_owned()))
        };
        let told = |mark| matches!(mark, Mark::Told | Mark::Unresolved | Mark::LeftUnresolved);
        let resolved = |mark| mark == Mark::Told;
        if let Some(state) = self
            .graph
            .cut_off(|mark| matches!(mark, Mark::Running | Mark::Dead), told)
        {
            return stuck(state, "from here no outcome can be reached");
        }
        if let Some(state) = self.graph.cut_off(|mark| mark == Mark::Unresolved, resolved) {
            return stuck(state, "this stays unresolved, whatever happens");
        }
        let grains = match self.graph.longest_life() {
            Ok(grains) => grains,
            Err(state) => return stuck(state, "here it can wait for ever"),
        };
        let longest = i64::from(grains) * GRAIN;
        if u64::try_from(longest).unwrap_or(0) > self.world.setting.policy.longest_ms() {
            return stuck(
                0,
                &format!("a life of {longest} ms is longer than the policy's bound"),
            );
        }
        Ok(longest)
    }

    /// Walks to a state again, and tells how.
    fn finding(&self, number: u32, rule: Rule, what: String) -> Finding {
        let mut way = Vec::new();
        let mut at = number;
        while at != 0 {
            let (from, step, _) = self.found[at as usize];
            way.push(step);
            at = from;
        }
        let mut state = self.world.begin();
        let mut story = Vec::new();
        for step in way.into_iter().rev() {
            let Some(taken) = self.world.steps(&state, true).into_iter().nth(usize::from(step)) else {
                break;
            };
            let seconds = state.now / 1_000;
            story.push(format!("{seconds:>5} s  {}", taken.label.unwrap_or_default()));
            state = taken.state;
        }
        Finding { rule, what, story }
    }
}

fn mark(state: &State) -> Mark {
    match &state.host {
        Host::Runs(_) => Mark::Running,
        Host::Dead if state.stored.is_none() => Mark::Unstored,
        Host::Dead => Mark::Dead,
        Host::Told(outcome) if matches!(**outcome, Outcome::Unresolved { .. }) => {
            // Nobody tells Alipay's time here, so that what may land may do so for ever: a person decides.
            let for_a_person = matches!(
                **outcome,
                Outcome::Unresolved {
                    reason: UnresolvedReason::MayLand | UnresolvedReason::PaidAfterCancel,
                    ..
                }
            );
            if for_a_person {
                Mark::Told
            } else if state.alipay.refuses_for_good() || state.budget.reconciles == 0 {
                Mark::LeftUnresolved
            } else {
                Mark::Unresolved
            }
        }
        Host::Told(_) => Mark::Told,
    }
}
