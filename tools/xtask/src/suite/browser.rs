//! Headless Chromium: the sandbox's page, and the npm package `@alipay-core/wasm`.

use crate::{
    command::Command, host, npm, report::Report, suite::wasm, toolchain::wasm::Variant, vectors,
    workspace::Workspace,
};

const LANGUAGE: &str = "browser";

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    let page = workspace.root.join("tools/sandbox/browser-test");
    let package = workspace.root.join("bindings-wasm");
    let mut chromium = None;
    report.step("browser: tools", || {
        host::require(&[("node", "nodejs"), ("npm", "npm")])?;
        chromium = Some(host::chromium()?);
        Ok(())
    });
    let mut server = None;
    report.step("browser: the sandbox", || {
        server = Some(wasm::sandbox(workspace)?);
        Ok(())
    });
    let (Some(chromium), Some(server)) = (chromium, server) else {
        return;
    };
    let with = |command: Command| command.env("SANDBOX_BIN", &server).env("CHROMIUM", &chromium);
    if report.step("browser: npm packages", || npm::install(&page)) {
        report.step("browser: the sandbox's page", || {
            Ok(with(npm::test(&page, &["."])?).run()?)
        });
    }
    if !wasm::build(workspace, report, &Variant::default()) {
        return;
    }
    let ran = report.step("browser: the package", || {
        let counts = vectors::counts_file(workspace, LANGUAGE)?;
        let test = npm::test(&package, &["tests/browser"])?;
        Ok(with(test).env(vectors::VARIABLE, counts).run()?)
    });
    if ran {
        report.step("browser: every row of the vectors", || {
            vectors::all_rows_ran(workspace, LANGUAGE)
        });
    }
}
