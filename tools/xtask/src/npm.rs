//! npm packages of this repository: installing what they need, running their tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    command::Command,
    files::at,
    report::{Outcome, Stop},
};

/// Installs a folder's npm packages as its lock says, unless that was done since the lock changed.
pub(crate) fn install(folder: &Path) -> Outcome {
    let lock = folder.join("package-lock.json");
    if !lock.is_file() {
        return Err(Stop::Failed(format!(
            "{} has no package-lock.json",
            folder.display()
        )));
    }
    let changed = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    if changed(&folder.join("node_modules/.package-lock.json")) >= changed(&lock) {
        println!("{}: up to date", folder.display());
        return Ok(());
    }
    let npm = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]);
    Ok(npm.folder(folder).run()?)
}

/// Node's test runner over the tests of some folders, run in `folder`. The files are named one by one: what a
/// directory means as an argument differs between Node's versions.
pub(crate) fn test(folder: &Path, tests: &[&str]) -> Result<Command, String> {
    let mut files: Vec<PathBuf> = Vec::new();
    for tests in tests {
        let tests = folder.join(tests);
        let before = files.len();
        for entry in fs::read_dir(&tests).map_err(at(&tests))? {
            let path = entry.map_err(at(&tests))?.path();
            if path.to_string_lossy().ends_with(".test.mjs") {
                files.push(path);
            }
        }
        if files.len() == before {
            return Err(format!("{}: no tests", tests.display()));
        }
    }
    files.sort();
    Ok(Command::new("node").arg("--test").args(files).folder(folder))
}
