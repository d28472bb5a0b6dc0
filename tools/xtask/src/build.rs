//! `cargo xtask build`: what is shipped, built for release.

use crate::{Usage, command::Command, report::Report, workspace::Workspace};

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report, Usage> {
    if let [target, ..] = arguments {
        return Err(Usage(format!(
            "there is no build target `{target}`; without one the command line is built"
        )));
    }
    let mut report = Report::new(true);
    report.step("build: the command line", || {
        Command::cargo()
            .args(["build", "--locked", "--release", "--package", "alipay-cli"])
            .run()?;
        println!("built into {}", workspace.target.join("release").display());
        Ok(())
    });
    Ok(report)
}
