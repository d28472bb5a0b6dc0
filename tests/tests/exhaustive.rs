//! Every day that is possible in small worlds, by a breadth-first search.

use conformance::{
    exhaustive::{Lie, Older, Report, Setting, explore},
    money::{Lab, Rule},
};

/// Visits every situation of this world, and breaks no rule.
fn holds(setting: &Setting) -> Report {
    let report = explore(&Lab::stand_in(), setting);
    println!("{report}");
    if let Some(finding) = &report.finding {
        panic!("{}: {finding}", setting.name);
    }
    report
}

#[test]
fn measure() {
    let crash = |name| Setting {
        crashes: 1,
        ..Setting::quiet(name)
    };
    for setting in [
        Setting {
            stores_often: true,
            ..crash("crash, stores often")
        },
        Setting {
            signs_elsewhere: true,
            ..Setting::quiet("elsewhere")
        },
        Setting {
            hides: true,
            ..Setting::quiet("hides")
        },
        Setting {
            older_sale: Some(Older::Paid),
            ..Setting::quiet("older paid")
        },
        Setting {
            older_sale: Some(Older::PaidAnotherAmount),
            ..Setting::quiet("older other")
        },
        Setting {
            older_sale: Some(Older::Waiting),
            ..Setting::quiet("older waiting")
        },
        Setting {
            older_sale: Some(Older::Closed),
            ..Setting::quiet("older closed")
        },
        Setting {
            crashes: 2,
            ..Setting::quiet("two crashes")
        },
        Setting {
            cashier: 1,
            ..crash("crash, cashier")
        },
        Setting {
            cashier: 1,
            notifications: 1,
            ..crash("crash, cashier, notification")
        },
        Setting {
            cashier: 1,
            notifications: 1,
            repeats: 1,
            ..crash("crash, cashier, notification, repeat")
        },
    ] {
        let begun = std::time::Instant::now();
        let report = explore(&Lab::stand_in(), &setting);
        println!(
            "{report} older {} {:?} {:?}",
            report.older_touched,
            report.outcomes,
            begun.elapsed()
        );
        if let Some(finding) = report.finding {
            println!("{finding}");
        }
    }
}

#[test]
fn lies() {
    use Lie::*;
    let crash = Setting {
        crashes: 1,
        ..Setting::quiet("a lie")
    };
    for (lie, rule) in [
        (NeverStores, Rule::UnpaidMeansUncharged),
        (StoresOnlyTheStart, Rule::PayOnce),
        (NeverWakes, Rule::NeverStuck),
        (NotSentIsALie, Rule::UnpaidMeansUncharged),
        (LandsTooLate, Rule::UnpaidMeansUncharged),
        (QueryIsBlind, Rule::UnpaidMeansUncharged),
        (HidesRefunds, Rule::RefundedIsTrue),
        (KeyIsStolen, Rule::UnverifiedDecidesNothing),
        (ChargesTheClosed, Rule::UnpaidMeansUncharged),
    ] {
        let report = explore(&Lab::stand_in(), &crash.clone().with(lie));
        println!("{lie:?} {report}");
        match &report.finding {
            Some(finding) => println!("{finding}{}", if finding.rule == rule { "ok" } else { "ANOTHER" }),
            None => println!("NOT FOUND"),
        }
    }
}
