//! The npm package `@alipay-core/node`: its add-on, its own tests, and those it shares with `@alipay-core/wasm`, over
//! both of its engines.

use std::{env::consts, fs, path::Path};

use crate::{
    command::Command,
    files::at,
    npm,
    report::{Outcome, Report},
    suite::wasm,
    toolchain::wasm::Variant,
    vectors,
    workspace::Workspace,
};

const PACKAGE: &str = "alipay-node";
const FOLDER: &str = "bindings-node";

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    let folder = workspace.root.join(FOLDER);
    if !build(workspace, report) {
        return;
    }
    let mut server = None;
    report.step("node: the sandbox", || {
        server = Some(wasm::sandbox(workspace)?);
        Ok(())
    });
    let Some(server) = server else { return };
    if report.step("node: the add-on's probe", || probe(workspace)) {
        report.step("node: tests", || {
            Ok(npm::test(&folder, &["tests"])?
                .env("SANDBOX_BIN", &server)
                .run()?)
        });
    }
    for (engine, language) in [("native", "node"), ("wasm", "node-fallback")] {
        let ran = report.step(&format!("node: shared tests, {engine} engine"), || {
            Ok(npm::test(&folder, &["../bindings-wasm/tests/shared"])?
                .env("ALIPAY_PACKAGE", folder.join("index.mjs"))
                .env("ALIPAY_CORE_ENGINE", engine)
                .env("SANDBOX_BIN", &server)
                .env(vectors::VARIABLE, vectors::counts_file(workspace, language)?)
                .run()?)
        });
        if ran {
            report.step(
                &format!("node: every row of the vectors, {engine} engine"),
                || vectors::all_rows_ran(workspace, language),
            );
        }
    }
}

/// Everything that the package is made of; true if it can be used.
pub(crate) fn build(workspace: &Workspace, report: &mut Report) -> bool {
    let folder = workspace.root.join(FOLDER);
    wasm::build(workspace, report, &Variant::default())
        && report.step("node: npm packages", || npm::install(&folder))
        && report.step("node: the add-on", || addon(workspace))
        && report.step("node: the package", || {
            Ok(Command::new("node").arg("pack.mjs").folder(&folder).run()?)
        })
}

/// What the add-on is made for, in npm's words.
fn target() -> String {
    let os = match consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let architecture = match consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let library = match () {
        () if cfg!(target_env = "musl") => "-musl",
        () if cfg!(target_os = "linux") => "-gnu",
        () if cfg!(windows) => "-msvc",
        () => "",
    };
    format!("{os}-{architecture}{library}")
}

/// Builds the add-on for release and puts it where the package looks for it.
pub(crate) fn addon(workspace: &Workspace) -> Outcome {
    let addon = format!("alipay.{}.node", target());
    compile(workspace, &[], &workspace.root.join(FOLDER).join(addon))
}

/// The same with the exports that tests and benchmarks need; never part of the package.
pub(crate) fn probe(workspace: &Workspace) -> Outcome {
    let probe = workspace.root.join(FOLDER).join("dist/probe.node");
    compile(workspace, &["--features", "probe"], &probe)
}

fn compile(workspace: &Workspace, features: &[&str], to: &Path) -> Outcome {
    Command::cargo()
        .args(["build", "--locked", "--release", "--package", PACKAGE])
        .args(features)
        .run()?;
    let library = format!("{}alipay_node{}", consts::DLL_PREFIX, consts::DLL_SUFFIX);
    let built = workspace.target.join("release").join(library);
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(at(to))?;
    }
    // A process that has loaded the old one keeps it: replaced, not overwritten.
    let staged = to.with_extension("staged");
    fs::copy(&built, &staged).map_err(at(to))?;
    fs::rename(&staged, to).map_err(at(to))?;
    let size = fs::metadata(to).map_err(at(to))?.len();
    println!("{}: {size} bytes", to.display());
    Ok(())
}
