//! `cargo xtask money`: the payment machine against a million bad days. The program is `conformance`'s; see `docs/money-safety.md`.

use crate::{
    Usage,
    command::Command,
    report::{Outcome, Report},
};

pub(crate) fn run(arguments: &[&str]) -> Result<Report, Usage> {
    let mut report = Report::new(true);
    report.step("money", || simulate(arguments));
    Ok(report)
}

/// With the program's own arguments.
pub(crate) fn simulate(arguments: &[&str]) -> Outcome {
    Ok(Command::cargo()
        .args([
            "run",
            "--locked",
            "--quiet",
            "--release",
            "--package",
            "conformance",
            "--bin",
            "money",
            "--",
        ])
        .args(arguments)
        .run()?)
}
