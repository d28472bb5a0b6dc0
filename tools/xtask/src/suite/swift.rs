//! The Swift package over the real native library: vectors, stories over HTTP, crashes, hostile gateways, bad input.

use crate::{command::Command, report::Report, swift, vectors, workspace::Workspace};

const SERVER: &str = "serve";

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    let Some(package) = swift::prepare(workspace, report) else {
        return;
    };
    let served = report.step("swift: the sandbox", || {
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
    let tested = report.step("swift: tests", || {
        let vectors = workspace.root.join("tests/vectors");
        let counts = vectors::counts_file(workspace, "swift")?;
        let environment = [
            ("SANDBOX_BIN", server.as_os_str()),
            ("VECTORS", vectors.as_os_str()),
            (vectors::VARIABLE, counts.as_os_str()),
        ];
        package.run("test", &[], &environment)
    });
    if tested {
        report.step("swift: every row of the vectors", || {
            vectors::all_rows_ran(workspace, "swift")
        });
    }
}
