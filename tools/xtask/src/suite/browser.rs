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
    report.step("browser: tools", || {
        host::require(&[("node", "nodejs"), ("npm", "npm")])?;
        chromium = Some(host::chromium()?);
        Ok(())
    });
    let Some(chromium) = chromium else { return };
    let built = report.step("browser: the sandbox", || {
        let build = Command::cargo().args(["build", "--locked", "--package", "alipay-sandbox"]);
        Ok(build.args(["--example", SERVER]).run()?)
    });
    let installed = report.step("browser: npm packages", || {
        if !folder.join("package-lock.json").is_file() {
            let problem = format!("{} has no package-lock.json", folder.display());
            return Err(Stop::Failed(problem));
        }
        let npm = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]);
        Ok(npm.folder(&folder).run()?)
    });
    if !(built && installed) {
        return;
    }
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
