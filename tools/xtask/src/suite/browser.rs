//! The sandbox's page, driven in headless Chromium by the tests in `tools/sandbox/browser-test`.

use crate::{
    command::Command,
    host,
    report::{Report, Stop},
    workspace::Workspace,
};

const SERVER: &str = "serve";

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    let folder = workspace.root.join("tools/sandbox/browser-test");
    let mut chromium = None;
    let ready = report.step("browser: tools", || {
        host::require(&[("node", "nodejs"), ("npm", "npm")])?;
        chromium = Some(host::chromium()?);
        Ok(())
    }) & report.step("browser: the sandbox", || {
        Ok(Command::cargo()
            .args([
                "build",
                "--locked",
                "--package",
                "alipay-sandbox",
                "--example",
                SERVER,
            ])
            .run()?)
    }) & report.step("browser: npm packages", || {
        if !folder.join("package-lock.json").is_file() {
            return Err(Stop::Failed(format!(
                "{} has no package-lock.json",
                folder.display()
            )));
        }
        Ok(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .folder(&folder)
            .run()?)
    });
    let (true, Some(chromium)) = (ready, chromium) else {
        return;
    };
    let server = workspace
        .target
        .join("debug/examples")
        .join(format!("{SERVER}{}", std::env::consts::EXE_SUFFIX));
    report.step("browser: tests", || {
        Ok(Command::new("node")
            .arg("--test")
            .env("SANDBOX_BIN", &server)
            .env("CHROMIUM", &chromium)
            .folder(&folder)
            .run()?)
    });
}
