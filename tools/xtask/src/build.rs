//! `cargo xtask build`: what is shipped, built for release.

use crate::{Usage, command::Command, kotlin, report::Report, suite, workspace::Workspace};

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report, Usage> {
    let mut report = Report::new(true);
    match arguments {
        [] => command_line(workspace, &mut report),
        ["node"] => {
            suite::node::build(workspace, &mut report);
        }
        ["wasm"] => {
            suite::wasm::build(workspace, &mut report);
        }
        ["kotlin"] => kotlin::build(workspace, &mut report),
        [target, ..] => {
            return Err(Usage(format!(
                "there is no build target `{target}`; without one the command line is built"
            )));
        }
    }
    Ok(report)
}

fn command_line(workspace: &Workspace, report: &mut Report) {
    report.step("build: the command line", || {
        Command::cargo()
            .args(["build", "--locked", "--release", "--package", "alipay-cli"])
            .run()?;
        println!("built into {}", workspace.target.join("release").display());
        Ok(())
    });
}
