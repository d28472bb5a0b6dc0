//! From a run that broke a rule to the shortest tape that still does, and its story.

use super::{
    lab::Lab,
    tape::Tape,
    verdict::{Rule, Verdict},
    world::run,
};

/// A broken rule, told.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Which.
    pub rule: Rule,
    /// How.
    pub what: String,
    /// The shortened tape: replays it.
    pub tape: Vec<u32>,
    /// Who did what, and when.
    pub story: Vec<String>,
}

/// A story need not be the shortest there is, and some runs take long.
const MOST_RUNS: u32 = 5_000;

/// Runs a tape, shortens it while it breaks the same rule, and tells the shortest. `None` if it breaks none.
#[must_use]
pub fn investigate(lab: &Lab, tape: Tape) -> Option<Failure> {
    let (verdict, mut choices, _) = run(lab, tape, false);
    let rule = verdict.broken?.0;
    let mut left = MOST_RUNS;
    let mut breaks = |choices: &[u32]| -> Option<Vec<u32>> {
        left = left.checked_sub(1)?;
        let (verdict, record, _): (Verdict, _, _) = run(lab, Tape::given(choices.to_vec()), false);
        let same = verdict.broken.is_some_and(|(broken, _)| broken == rule);
        // What was never asked for, and the harmless end of the tape, need not be written down.
        let used = record
            .iter()
            .rposition(|choice| *choice != 0)
            .map_or(0, |at| at + 1);
        same.then(|| record[..used].to_vec())
    };
    let weight = |choices: &[u32]| (choices.len(), choices.iter().map(|c| u64::from(*c)).sum::<u64>());
    loop {
        let before = weight(&choices);
        let mut size = (choices.len() / 2).max(1);
        while size > 0 {
            let mut at = 0;
            while at < choices.len() {
                let end = (at + size).min(choices.len());
                let mut zeroed = choices.clone();
                zeroed[at..end].fill(0);
                let mut without = choices.clone();
                without.drain(at..end);
                let better = [without, zeroed]
                    .iter()
                    .filter_map(|candidate| breaks(candidate))
                    .find(|candidate| weight(candidate) < weight(&choices));
                match better {
                    Some(candidate) => choices = candidate,
                    None => at = end,
                }
            }
            size /= 2;
        }
        for at in 0..choices.len() {
            for smaller in [
                1,
                choices.get(at).map_or(0, |c| c / 2),
                choices.get(at).map_or(0, |c| c.saturating_sub(1)),
            ] {
                if choices.get(at).is_some_and(|now| smaller < *now) {
                    let mut candidate = choices.clone();
                    candidate[at] = smaller;
                    if let Some(better) =
                        breaks(&candidate).filter(|better| weight(better) < weight(&choices))
                    {
                        choices = better;
                    }
                }
            }
        }
        if weight(&choices) == before {
            break;
        }
    }
    let (verdict, _, story) = run(lab, Tape::given(choices.clone()), true);
    let (rule, what) = verdict.broken?;
    Some(Failure {
        rule,
        what,
        tape: choices,
        story,
    })
}
