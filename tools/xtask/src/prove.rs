//! `cargo xtask prove [NAME] [--quick]`: what the simulations assume about the world, tried with the real thing.

mod network;

use crate::{Usage, report::Report, workspace::Workspace};

pub(crate) struct Proof {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// The last argument is whether it has to be quick.
    run: fn(&Workspace, &mut Report, bool),
}

pub(crate) const PROOFS: &[Proof] = &[Proof {
    name: "network",
    about: "real TCP whose network is away when pay leaves (root on Linux)",
    run: network::run,
}];

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
    for proof in wanted {
        (proof.run)(workspace, &mut report, quick);
    }
    Ok(report)
}
