//! The npm package `@alipay-core/node`: its add-on, its own tests, and those it shares with `@alipay-core/wasm`, over
//! both of its engines.

use std::{
    env::consts,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    command::Command,
    host,
    report::{Outcome, Report, Stop},
    vectors,
    workspace::Workspace,
};

const PACKAGE: &str = "alipay-node";
const FOLDER: &str = "bindings-node";
const SHARED: &str = "bindings-wasm/tests/shared";
const SERVER: &str = "serve";

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    let folder = workspace.root.join(FOLDER);
    if !build(workspace, report) {
        return;
    }
    let probe = report.step("node: the add-on's probe", || probe(workspace));
    let sandbox = report.step("node: the sandbox", || {
        let build = Command::cargo().args(["build", "--locked", "--package", "alipay-sandbox"]);
        Ok(build.args(["--example", SERVER]).run()?)
    });
    if probe {
        report.step("node: tests", || {
            Ok(node_test(&folder, &folder.join("tests"))?
                // Panics are part of what is tested; where they came from is not of interest.
                .env("RUST_BACKTRACE", "0")
                .run()?)
        });
    }
    if !sandbox {
        return;
    }
    let server = workspace
        .target
        .join("debug/examples")
        .join(format!("{SERVER}{}", consts::EXE_SUFFIX));
    for (engine, language) in [("native", "node"), ("wasm", "node-fallback")] {
        let ran = report.step(&format!("node: shared tests, {engine} engine"), || {
            Ok(node_test(&folder, &workspace.root.join(SHARED))?
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
    report.step("node: tools", || {
        host::require(&[("node", "nodejs"), ("npm", "npm")])
    }) && report.step("node: @alipay-core/wasm", || wasm_package(workspace))
        && report.step("node: npm packages", || npm_ci(&folder))
        && report.step("node: the add-on", || addon(workspace))
        && report.step("node: the package", || {
            Ok(Command::new("node").arg("pack.mjs").folder(&folder).run()?)
        })
}

fn wasm_package(workspace: &Workspace) -> Outcome {
    if workspace.root.join("bindings-wasm/dist/node.cjs").is_file() {
        return Ok(());
    }
    Err(Stop::Failed("`cargo xtask build wasm` comes first".to_owned()))
}

/// Node's test runner over a folder's tests; what a directory argument means differs between its versions.
fn node_test(folder: &Path, tests: &Path) -> Result<Command, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", tests.display());
    let mut files: Vec<PathBuf> = fs::read_dir(tests)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    if files.is_empty() {
        return Err(format!("{}: no tests", tests.display()));
    }
    files.sort();
    Ok(Command::new("node").arg("--test").args(files).folder(folder))
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
    let failed = |error: std::io::Error| Stop::Failed(format!("{}: {error}", to.display()));
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    // A process that has loaded the old one keeps it: replaced, not overwritten.
    let staged = to.with_extension("staged");
    fs::copy(&built, &staged).map_err(failed)?;
    fs::rename(&staged, to).map_err(failed)?;
    let size = fs::metadata(to).map_err(failed)?.len();
    println!("{}: {size} bytes", to.display());
    Ok(())
}

/// Installs a folder's npm packages as its lock says.
pub(crate) fn npm_ci(folder: &Path) -> Outcome {
    if !folder.join("package-lock.json").is_file() {
        let problem = format!("{} has no package-lock.json", folder.display());
        return Err(Stop::Failed(problem));
    }
    let npm = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]);
    Ok(npm.folder(folder).run()?)
}
