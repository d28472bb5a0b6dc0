//! `cargo xtask prove [NAME] [--quick]`: what the simulations assume about the world, tried with the real thing.

mod books;
mod moment;
mod network;
mod processes;
mod sandbox;
mod stopped;
mod stores;
mod till;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use till::Built;

use crate::{
    Usage,
    report::{Outcome, Report, Stop},
    workspace::Workspace,
};

pub(crate) struct Proof {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// The last argument is whether it has to be quick.
    run: fn(&Workspace, &mut Report, &mut Built, bool),
}

pub(crate) const PROOFS: &[Proof] = &[
    Proof {
        name: "network",
        about: "real TCP whose network is away when pay leaves (root on Linux)",
        run: network::run,
    },
    Proof {
        name: "processes",
        about: "tills that are frozen or killed at every await, alone and with an heir (Linux)",
        run: processes::run,
    },
    Proof {
        name: "stores",
        about: "tills whose store is on a full disk, or on one that hangs (root on Linux)",
        run: stores::run,
    },
];

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report, Usage> {
    let mut quick = false;
    let mut named = None;
    for argument in arguments {
        match *argument {
            "--quick" => quick = true,
            name if named.is_none() && !name.starts_with('-') => named = Some(name),
            other => return Err(Usage(format!("`prove` knows no `{other}`"))),
        }
    }
    let wanted: Vec<&Proof> = PROOFS
        .iter()
        .filter(|proof| named.is_none_or(|name| name == proof.name))
        .collect();
    if wanted.is_empty() {
        let known: Vec<&str> = PROOFS.iter().map(|proof| proof.name).collect();
        return Err(Usage(format!(
            "there is no such proof; there are: {}",
            known.join(", ")
        )));
    }
    let mut report = Report::new(named.is_some());
    let mut built = Built::default();
    for proof in wanted {
        (proof.run)(workspace, &mut report, &mut built, quick);
    }
    Ok(report)
}

/// Whether nothing was wrong.
fn none_of(wrong: &[String]) -> Outcome {
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Stop::Failed(wrong.join("\n")))
    }
}

/// What becomes of each case, so many of them at a time.
fn in_parallel<C: Sync, E: Send>(
    at_once: usize,
    cases: &[C],
    play: impl Fn(usize, &C) -> Result<E, String> + Sync,
) -> Vec<Result<E, String>> {
    let panicked = || Err("the case panicked".to_owned());
    let ended = Mutex::new(cases.iter().map(|_| panicked()).collect::<Vec<_>>());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let Some(case) = cases.get(number) else { return };
                    let how = play(number, case);
                    if let Ok(mut ended) = ended.lock() {
                        ended[number] = how;
                    }
                }
            });
        }
    });
    ended.into_inner().unwrap_or_default()
}
