//! The proof that the proof of money safety can fail: payment machines that are broken on purpose, each of which the
//! simulation must catch, by the rule that it breaks. `docs/money-safety.md` has the rules, `alipay_core::payment::Mutant` what is
//! wrong with each machine.

use alipay_core::payment::Mutant;
use conformance::money::{Labs, Rule, Tape, investigate, run};
use std::collections::BTreeMap;

const SEED: u64 = 5;
const RUNS: u64 = 10_000;

/// One test and not several: what is broken is a matter of the whole process.
#[test]
fn every_broken_machine_is_caught_by_its_rule_and_the_sound_one_by_none() {
    let labs = Labs::default();
    let broken = |number| run(labs.of(number), Tape::drawn(SEED, number), false).0.broken;

    Mutant::choose(None);
    for number in 0..RUNS {
        assert_eq!(broken(number), None, "run {number} of seed {SEED}");
    }

    let mut uncaught = Vec::new();
    for mutant in Mutant::ALL.iter().copied() {
        Mutant::choose(Some(mutant));
        let name = mutant.as_str();
        // Before it is caught by its own rule, others may have caught it.
        let mut others = BTreeMap::new();
        let caught = (0..RUNS).find(|number| match broken(*number) {
            Some((rule, _)) if rule.as_str() == mutant.rule() => true,
            Some((rule, _)) => {
                *others.entry(rule.as_str()).or_insert(0) += 1;
                false
            }
            None => false,
        });
        let Some(number) = caught else {
            uncaught.push(format!("{name}: not by {}, but {others:?}", mutant.rule()));
            continue;
        };
        let failure =
            investigate(labs.of(number), Tape::drawn(SEED, number)).expect("it was broken a moment ago");
        assert_eq!(failure.rule.as_str(), mutant.rule(), "{name}");
        println!("{name}: {}", mutant.about());
        println!(
            "caught by {}, in run {number} of seed {SEED} (before that: {others:?})",
            mutant.rule()
        );
        println!("{}\n{}\n", failure.story.join("\n"), failure.what);
    }
    assert!(uncaught.is_empty(), "{}", uncaught.join("\n"));
}

#[test]
fn every_rule_has_a_machine_that_breaks_it() {
    for rule in Rule::ALL {
        assert!(
            Mutant::ALL.iter().any(|mutant| mutant.rule() == rule.as_str()),
            "no machine breaks {}",
            rule.as_str()
        );
    }
    for mutant in Mutant::ALL {
        assert!(
            Rule::ALL.iter().any(|rule| rule.as_str() == mutant.rule()),
            "there is no rule {}",
            mutant.rule()
        );
    }
}
