//! The boundary to Swift.

use std::fs;

use super::boundary;
use crate::{
    report::{Outcome, Report},
    swift::{self, Package},
    uniffi,
    workspace::Workspace,
};

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    if let Some(package) = swift::prepare(workspace, report) {
        report.step("bench: swift", || measure(workspace, &package));
    }
}

fn measure(workspace: &Workspace, package: &Package) -> Outcome {
    let arguments = ["--configuration", "release", "--product", "Benchmark"];
    package.run("build", &arguments, &[])?;
    let measured = package.benchmark()?.arg(boundary::bare(workspace)?).read()?;
    let library = fs::metadata(uniffi::library(workspace)?).ok();
    boundary::compare(
        workspace,
        "swift",
        &measured,
        library.map(|library| library.len()),
    )
}
