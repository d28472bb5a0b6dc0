//! Every day that is possible in small worlds: none of them breaks a rule. And worlds with something wrong in them, which must
//! be noticed.

use conformance::{
    exhaustive::{Ends, GRAIN, Lie, Older, Report, Setting, explore},
    money::{Lab, Rule},
};

/// Visits every situation of this world: no rule is broken, and what must happen somewhere does.
fn holds(setting: &Setting, endings: &[&str]) -> Report {
    let report = explore(&Lab::stand_in(), setting);
    println!("{report}");
    if let Some(finding) = &report.finding {
        panic!("{}: {finding}", setting.name);
    }
    for ending in endings {
        assert!(
            report.outcomes.contains_key(*ending),
            "no {ending}: {:?}",
            report.outcomes
        );
    }
    assert!(
        report.twins > 100,
        "{} situations were followed twice",
        report.twins
    );
    report
}

const USUAL: [&str; 5] = ["paid", "declined", "closed", "rejected", "unresolved"];

/// A crash and a cashier's cancel, each at any point.
fn usual(name: &'static str) -> Setting {
    Setting {
        crashes: 1,
        cashier: 1,
        ..Setting::calm(name)
    }
}

#[test]
fn with_a_crash_a_cancel_and_connections_that_are_reset() {
    let report = holds(
        &Setting {
            ends: Ends::Reset,
            ..usual("connections are reset")
        },
        &USUAL,
    );
    assert!(report.states > 300_000, "the world has shrunk: {}", report.states);
}

#[test]
fn with_a_cancel_a_notification_and_connections_that_are_closed() {
    let report = holds(
        &Setting {
            notifications: 1,
            cashier: 1,
            ends: Ends::Closed,
            ..Setting::calm("connections are closed")
        },
        &USUAL,
    );
    assert!(report.states > 100_000, "the world has shrunk: {}", report.states);
}

#[test]
fn with_a_crash_and_requests_that_arrive_twice() {
    let setting = Setting {
        crashes: 1,
        repeats: 1,
        ..Setting::calm("twice")
    };
    holds(&setting, &USUAL);
}

#[test]
fn with_two_crashes() {
    let setting = Setting {
        crashes: 2,
        ..Setting::calm("two crashes")
    };
    holds(&setting, &USUAL);
}

#[test]
fn with_a_key_that_lives_elsewhere() {
    let setting = Setting {
        signs_elsewhere: true,
        crashes: 1,
        ..Setting::calm("signs elsewhere")
    };
    holds(&setting, &USUAL);
}

#[test]
fn with_a_host_that_stores_after_everything_it_hears() {
    let setting = Setting {
        stores_often: true,
        crashes: 1,
        ends: Ends::Reset,
        ..Setting::calm("stores often")
    };
    holds(&setting, &USUAL);
}

#[test]
fn with_trades_that_are_not_visible_at_once() {
    for (name, ends) in [("hidden, reset", Ends::Reset), ("hidden, closed", Ends::Closed)] {
        let setting = Setting {
            hides: true,
            crashes: 1,
            ends,
            ..Setting::calm(name)
        };
        holds(&setting, &USUAL);
    }
}

#[test]
fn with_an_unresolved_payment_taken_up_again() {
    let setting = Setting {
        reconciles: 1,
        ..Setting::calm("taken up again")
    };
    holds(&setting, &USUAL);
}

#[test]
fn with_an_older_sale_under_the_same_number() {
    for (name, older) in [
        ("an older sale, paid", Older::Paid),
        ("an older sale, another amount", Older::PaidAnotherAmount),
        ("an older sale that waits", Older::Waiting),
        ("an older sale, closed", Older::Closed),
    ] {
        let setting = Setting {
            older_sale: Some(older),
            notifications: 1,
            ..usual(name)
        };
        holds(&setting, &["conflict", "declined", "unresolved"]);
    }
}

#[test]
fn with_other_policies() {
    let grain = u32::try_from(GRAIN).unwrap();
    let calm = |name| Setting {
        crashes: 1,
        ..Setting::calm(name)
    };
    let mut settles_soon = calm("settles within two timeouts");
    settles_soon.policy.settle_ms = 2 * grain;
    holds(&settles_soon, &USUAL);
    let mut believes = calm("believes 'not sent'");
    believes.policy.confirm_not_sent = false;
    holds(&believes, &USUAL);
    let mut one_cancel = calm("one cancel, longer window");
    one_cancel.policy.cancel_retry_ms.clear();
    one_cancel.policy.poll_window_ms = 3 * grain;
    holds(&one_cancel, &USUAL);
}

/// What a search of this world finds.
fn broken(lie: Lie) -> Rule {
    let setting = Setting {
        crashes: 1,
        lie: Some(lie),
        ..Setting::calm("a lie")
    };
    let report = explore(&Lab::stand_in(), &setting);
    let finding = report.finding.unwrap_or_else(|| panic!("{lie:?} is not noticed"));
    println!("{lie:?}, after {} states\n{finding}", report.states);
    assert!(!finding.story.is_empty());
    finding.rule
}

#[test]
fn a_host_that_does_not_store_is_caught() {
    assert_eq!(broken(Lie::NeverStores), Rule::UnpaidMeansUncharged);
    assert_eq!(broken(Lie::StoresOnlyTheStart), Rule::PayOnce);
}

#[test]
fn a_host_that_does_not_wake_never_ends() {
    assert_eq!(broken(Lie::NeverWakes), Rule::NeverStuck);
}

#[test]
fn a_network_that_breaks_what_is_assumed_of_it_is_caught() {
    assert_eq!(broken(Lie::NotSentIsALie), Rule::UnpaidMeansUncharged);
    assert_eq!(broken(Lie::LandsTooLate), Rule::UnpaidMeansUncharged);
    assert_eq!(broken(Lie::AbortedIsALie), Rule::UnpaidMeansUncharged);
    assert_eq!(broken(Lie::KeyIsStolen), Rule::UnverifiedDecidesNothing);
}

#[test]
fn a_ledger_that_lies_is_caught() {
    assert_eq!(broken(Lie::QueryIsBlind), Rule::UnpaidMeansUncharged);
    assert_eq!(broken(Lie::HidesRefunds), Rule::RefundedIsTrue);
    assert_eq!(broken(Lie::ChargesTheClosed), Rule::UnpaidMeansUncharged);
}
