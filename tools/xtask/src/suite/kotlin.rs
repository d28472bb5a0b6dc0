//! The Kotlin library over the real native library: vectors, stories over HTTP, crashes, hostile gateways, bad input.

use crate::{command::Command, kotlin, report::Report, vectors, workspace::Workspace};

const SERVER: &str = "serve";

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    if !kotlin::prepare(workspace, report) {
        return;
    }
    let served = report.step("kotlin: the sandbox", || {
        let build = Command::cargo().args(["build", "--locked", "--package", "alipay-sandbox"]);
        Ok(build.args(["--example", SERVER]).run()?)
    });
    if !served {
        return;
    }
    let server = workspace
        .target
        .join("debug/examples")
        .join(format!("{SERVER}{}", std::env::consts::EXE_SUFFIX));
    let tested = report.step("kotlin: tests", || {
        Ok(kotlin::maven(workspace)
            .arg("package")
            .env("SANDBOX_BIN", &server)
            .env("VECTORS", workspace.root.join("tests/vectors"))
            .env(vectors::VARIABLE, vectors::counts_file(workspace, "kotlin")?)
            .run()?)
    });
    if tested {
        report.step("kotlin: every row of the vectors", || {
            vectors::all_rows_ran(workspace, "kotlin")
        });
    }
}
