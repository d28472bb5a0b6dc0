//! The boundary to the JVM.

use std::fs;

use super::boundary;
use crate::{
    files::at,
    kotlin,
    report::{Outcome, Report},
    workspace::Workspace,
};

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    if kotlin::prepare(workspace, report) {
        report.step("bench: kotlin", || measure(workspace));
    }
}

fn measure(workspace: &Workspace) -> Outcome {
    let folder = workspace.target.join("bench");
    let measured = folder.join("kotlin-measured.json");
    fs::create_dir_all(&folder).map_err(at(&measured))?;
    kotlin::maven(workspace)
        .args(["test", "-Dtest=Bench"])
        .env("VECTORS", workspace.root.join("tests/vectors"))
        .env("BENCH_RESULTS", &measured)
        .env("BENCH_BARE", boundary::bare(workspace)?)
        .run()?;
    let measured = fs::read_to_string(&measured).map_err(at(&measured))?;
    let library = kotlin::library_bytes(workspace)?;
    boundary::compare(workspace, "kotlin", &measured, Some(library))
}
