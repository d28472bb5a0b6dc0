//! The npm package `@alipay-core/wasm` in Node.

use std::path::PathBuf;

use crate::{
    command::Command,
    host, npm,
    report::Report,
    toolchain::{self, wasm::Variant},
    vectors,
    workspace::Workspace,
};

const FOLDER: &str = "bindings-wasm";
const LANGUAGE: &str = "wasm";

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    let folder = workspace.root.join(FOLDER);
    let built = build(workspace, report, &Variant::default());
    let mut server = None;
    report.step("wasm: the sandbox", || {
        server = Some(sandbox(workspace)?);
        Ok(())
    });
    let (true, Some(server)) = (built, server) else {
        return;
    };
    let ran = report.step("wasm: tests", || {
        Ok(npm::test(&folder, &["tests/shared", "tests/wasm"])?
            .env("SANDBOX_BIN", &server)
            .env(vectors::VARIABLE, vectors::counts_file(workspace, LANGUAGE)?)
            .run()?)
    });
    if ran {
        report.step("wasm: every row of the vectors", || {
            vectors::all_rows_ran(workspace, LANGUAGE)
        });
    }
}

/// Everything that the package is made of, into `bindings-wasm/dist`; true if it can be used.
pub(crate) fn build(workspace: &Workspace, report: &mut Report, variant: &Variant<'_>) -> bool {
    let folder = workspace.root.join(FOLDER);
    report.step("wasm: tools", || {
        host::require(&[("node", "nodejs"), ("npm", "npm")])
    }) && report.step("wasm: the module", || {
        toolchain::wasm::build(workspace, variant, &toolchain::wasm::folder(workspace))
    }) && report.step("wasm: npm packages", || npm::install(&folder))
        && report.step("wasm: the package", || {
            Ok(Command::new("node").arg("build.mjs").folder(&folder).run()?)
        })
}

/// A sandbox's server for tests in other languages.
pub(super) fn sandbox(workspace: &Workspace) -> Result<PathBuf, String> {
    const SERVER: &str = "serve";
    let build = Command::cargo().args(["build", "--locked", "--package", "alipay-sandbox"]);
    build.args(["--example", SERVER]).run()?;
    let folder = workspace.target.join("debug/examples");
    Ok(folder.join(format!("{SERVER}{}", std::env::consts::EXE_SUFFIX)))
}
