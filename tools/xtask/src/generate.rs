//! `cargo xtask generate`: the files that the bindings derive from the core's tables. They are checked in, so that
//! a reader and a package have them, and `cargo xtask check` fails when they are not fresh.

use crate::{
    Usage,
    command::Command,
    report::{Outcome, Report},
};

pub(crate) fn run(arguments: &[&str]) -> Result<Report, Usage> {
    if let [other, ..] = arguments {
        return Err(Usage(format!("`generate` knows no `{other}`")));
    }
    let mut report = Report::new(true);
    report.step("generate", || files(false));
    Ok(report)
}

/// Writes the files, or only checks that they are fresh.
pub(crate) fn files(check: bool) -> Outcome {
    let command = Command::cargo().args(["run", "--locked", "--quiet", "--package", "alipay-generate", "--"]);
    Ok(if check { command.arg("--check") } else { command }.run()?)
}
