//! Every day that is possible in small worlds, by a breadth-first search.

use conformance::{
    exhaustive::{Lie, Setting, explore},
    money::{Lab, Rule},
};

#[test]
fn a_day_without_crash_or_cashier_breaks_no_rule() {
    let report = explore(&Lab::stand_in(), &Setting::quiet("quiet"));
    println!("{report}");
    assert!(report.finding.is_none(), "{}", report.finding.unwrap());
}

#[test]
fn a_host_that_never_stores_is_caught() {
    let setting = Setting {
        crashes: 1,
        ..Setting::quiet("never stores")
    };
    let report = explore(&Lab::stand_in(), &setting.with(Lie::NeverStores));
    let finding = report.finding.expect("a finding");
    println!("{finding}");
    assert_eq!(finding.rule, Rule::UnpaidMeansUncharged);
}
