//! The npm package `@alipay-core/node`: its add-on built, and the tests of the package over both of its engines.

use std::{env::consts, fs, path::Path};

use crate::{
    command::Command,
    host,
    report::{Outcome, Report, Stop},
    vectors,
    workspace::Workspace,
};

const PACKAGE: &str = "alipay-node";
const FOLDER: &str = "bindings-node";

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
