//! The library behind Kotlin and Swift, and the code that UniFFI writes for them.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{command::Command, files::empty, report::Stop, workspace::Workspace};

const PACKAGE: &str = "alipay-uniffi";

/// Builds the dynamic library for this machine, as it is shipped.
pub(crate) fn library(workspace: &Workspace) -> Result<PathBuf, Stop> {
    Command::cargo()
        .args(["build", "--locked", "--release", "--package", PACKAGE, "--lib"])
        .run()?;
    let name = format!(
        "{}alipay_uniffi{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX
    );
    Ok(workspace.target.join("release").join(name))
}

/// Writes the code of `language` for the library into a folder that holds nothing else afterwards.
pub(crate) fn bindgen(library: &Path, language: &str, folder: &Path) -> Result<(), Stop> {
    empty(folder)?;
    Command::cargo()
        .args(["run", "--locked", "--quiet", "--package", PACKAGE])
        .args(["--features", "bindgen", "--bin", "uniffi-bindgen", "--"])
        .arg("generate")
        .arg(library)
        .args(["--language", language, "--no-format", "--out-dir"])
        .arg(folder)
        .run()?;
    Ok(())
}
