//! The days on which a broken machine was caught (`tests/golden`), on the machine as it is: it breaks no rule, and does what
//! is written down. `tests/broken_machines.rs` replays them on the broken ones.

use conformance::money::{
    Labs,
    golden::{self, Golden},
};
use std::fs;

#[test]
fn on_golden_days_the_machine_breaks_no_rule_and_does_what_is_written() {
    let labs = Labs::default();
    let mut days = 0;
    for file in fs::read_dir(golden::directory()).unwrap() {
        let path = file.unwrap().path();
        let day = Golden::parse(&fs::read_to_string(&path).unwrap()).unwrap();
        let (verdict, story) = golden::play(labs.of(day.run), &day.tape);
        assert_eq!(verdict.broken, None, "{}:\n{story}", day.name);
        assert!(
            story == day.sound,
            "{} is stale, or the machine behaves differently. If that is meant, write the days anew and look at what changed:\n\
             cargo run -p conformance --features broken --bin money -- --golden tests/golden\n\n{story}",
            day.name
        );
        days += 1;
    }
    assert!(days > 0);
}
