//! Unit, property, documentation, vector and end-to-end tests.

use crate::{command::Command, host, money, report::Report, vectors, workspace::Workspace};

/// What is tested, and cargo's arguments for it. The workspace as a whole unites the features its members ask
/// of the core, so the core is tested once more with each set that a user may choose.
const RUNS: &[(&str, &[&str])] = &[
    ("the workspace", &["--workspace"]),
    (
        "core with aws-lc-rs",
        &["--package", "alipay-core", "--features", "aws-lc-rs"],
    ),
    ("core without aws-lc-rs", &["--package", "alipay-core"]),
    (
        "core with gbk",
        &["--package", "alipay-core", "--features", "gbk,normalization"],
    ),
    (
        "core without default features",
        &["--package", "alipay-core", "--no-default-features"],
    ),
];

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    // Tests compare with the openssl command line, iconv and Python, and serve Node.js clients; without them they would
    // fail one by one, each with a message of its own.
    let tools = [
        ("openssl", "openssl"),
        ("node", "nodejs"),
        ("iconv", "libc-bin"),
        ("python3", "python3"),
    ];
    if !report.step("rust: tools", || host::require(&tools)) {
        return;
    }
    for (what, arguments) in RUNS {
        report.step(&format!("rust: {what}"), || {
            Ok(Command::cargo()
                .args(["test", "--locked", "--no-fail-fast"])
                .args(*arguments)
                .env(vectors::VARIABLE, vectors::counts_file(workspace, "rust")?)
                .run()?)
        });
        if arguments.contains(&"--workspace") {
            report.step("rust: every row of the vectors", || {
                vectors::all_rows_ran(workspace, "rust")
            });
        }
    }
    report.step("rust: broken machines are caught", || {
        Ok(Command::cargo()
            .args(["test", "--locked", "--package", "conformance"])
            .args(["--features", "broken", "--test", "broken_machines"])
            .run()?)
    });
    report.step("rust: half a million bad days", || {
        money::simulate(&["--runs", "500000"])
    });
}
