//! The proof that the proof of money safety can fail: payment machines that are broken on purpose, each of which the
//! simulation must catch, by the rule that it breaks. `docs/money-safety.md` has the rules, `core/src/payment/broken.rs` what is
//! wrong with each machine.

use alipay_core::payment::Mutant;
use conformance::money::{
    Labs, Rule, Tape,
    golden::{self, Golden, RUNS, SEED},
    run,
};
use std::{
    collections::BTreeSet,
    fs,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What is broken is a matter of the whole process: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn the_machine_that_is_not_broken_breaks_no_rule_in_the_same_runs() {
    let _alone = alone();
    let labs = Labs::default();
    Mutant::choose(None);
    for number in 0..RUNS {
        let (verdict, _, _) = run(labs.of(number), Tape::drawn(SEED, number), false);
        assert_eq!(verdict.broken, None, "run {number} of seed {SEED}");
    }
}

#[test]
fn every_broken_machine_is_caught_by_its_rule() {
    let _alone = alone();
    let labs = Labs::default();
    let mut uncaught = Vec::new();
    for mutant in Mutant::ALL.iter().copied() {
        match golden::hunt(&labs, mutant) {
            Ok(caught) => {
                assert_eq!(caught.failure.rule.as_str(), mutant.rule());
                println!("{}: {}", mutant.as_str(), mutant.about());
                println!("caught by {} in run {} of seed {SEED}", mutant.rule(), caught.run);
                println!("{}\n{}\n", caught.failure.story.join("\n"), caught.failure.what);
            }
            Err(problem) => uncaught.push(problem),
        }
    }
    assert!(uncaught.is_empty(), "{}", uncaught.join("\n"));
}

#[test]
fn on_its_golden_day_every_broken_machine_does_what_is_written() {
    let _alone = alone();
    let labs = Labs::default();
    let mut days = BTreeSet::new();
    for file in fs::read_dir(golden::directory()).unwrap() {
        let day = Golden::parse(&fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        let mutant = Mutant::ALL.iter().find(|mutant| mutant.as_str() == day.name);
        let mutant = *mutant.unwrap_or_else(|| panic!("there is no machine {}", day.name));
        Mutant::choose(Some(mutant));
        let (verdict, story) = golden::play(labs.of(day.run), &day.tape);
        assert_eq!(
            verdict.broken.map(|(rule, _)| rule.as_str()),
            Some(mutant.rule()),
            "{}:\n{story}",
            day.name
        );
        assert!(
            story == day.broken,
            "{} is stale (tests/golden.rs says what to do):\n{story}",
            day.name
        );
        days.insert(mutant);
    }
    for mutant in Mutant::ALL {
        assert!(days.contains(mutant), "{} has no golden day", mutant.as_str());
    }
}

/// The rules by which the patches of `tests/undone` must be caught (`cargo xtask undone`).
fn rules_of_undone_fixes() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/undone");
    let caught_by = |patch: fs::DirEntry| {
        let text = fs::read_to_string(patch.path()).unwrap();
        let rule = text.lines().find_map(|line| line.strip_prefix("# caught by: "));
        rule.expect("a patch says by which rule it is caught")
            .trim()
            .to_owned()
    };
    fs::read_dir(folder)
        .unwrap()
        .map(|patch| caught_by(patch.unwrap()))
        .collect()
}

#[test]
fn every_rule_is_broken_by_a_machine_or_by_an_undone_fix() {
    let rules: BTreeSet<String> = Rule::ALL.iter().map(|rule| rule.as_str().to_owned()).collect();
    let machines = Mutant::ALL.iter().map(|mutant| mutant.rule().to_owned());
    let broken: BTreeSet<String> = machines.chain(rules_of_undone_fixes()).collect();
    assert_eq!(rules, broken);
}
