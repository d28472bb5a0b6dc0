//! The simulation itself: a seed decides everything, and what it runs is what it says. The many runs are `cargo xtask money`'s.

use conformance::money::{Lab, Tape, investigate, run};
use std::collections::BTreeMap;

#[test]
fn two_thousand_days_break_no_rule_and_end_in_many_ways() {
    let lab = Lab::stand_in();
    let mut endings = BTreeMap::new();
    for number in 0..2_000 {
        if let Some(failure) = investigate(&lab, Tape::drawn(7, number)) {
            panic!(
                "run {number} of seed 7: {}\n{}",
                failure.what,
                failure.story.join("\n")
            );
        }
        let (verdict, _, _) = run(&lab, Tape::drawn(7, number), false);
        *endings.entry(verdict.outcome).or_insert(0) += 1;
    }
    for ending in ["paid", "declined", "closed", "rejected", "conflict"] {
        assert!(endings.contains_key(ending), "no {ending}: {endings:?}");
    }
}

#[test]
fn a_tape_tells_the_same_story_each_time() {
    let lab = Lab::stand_in();
    for number in 0..50 {
        let (verdict, tape, story) = run(&lab, Tape::drawn(3, number), true);
        let (again, same_tape, same_story) = run(&lab, Tape::given(tape.clone()), true);
        assert_eq!((&verdict, &tape, &story), (&again, &same_tape, &same_story));
        assert!(story.len() > 1);
    }
}

#[test]
fn with_real_rsa_the_same_happens() {
    let (stand_in, real) = (Lab::stand_in(), Lab::real());
    for number in 0..40 {
        let (verdict, tape, _) = run(&stand_in, Tape::drawn(11, number), false);
        let (with_rsa, _, _) = run(&real, Tape::given(tape), false);
        assert_eq!(verdict, with_rsa, "run {number} of seed 11");
    }
}
