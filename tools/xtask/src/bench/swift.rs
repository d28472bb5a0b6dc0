//! The boundary to Swift.

use super::boundary;
use crate::{
    report::{Outcome, Report},
    swift::{self, Package},
    workspace::Workspace,
};

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    if let Some(package) = swift::prepare(workspace, report) {
        report.step("bench: swift", || measure(workspace, &package));
    }
}

fn measure(workspace: &Workspace, package: &Package) -> Outcome {
    let product = ["--configuration", "release", "--product", "Benchmark"];
    package.run("build", &product, &[])?;
    boundary::compare(workspace, "swift", &package.benchmark()?.read()?, None)
}
