//! The machine: which programs it has, and getting those that are missing.

use std::{
    env,
    path::{Path, PathBuf},
    process,
};

use crate::{
    command::Command,
    files::at,
    report::{Outcome, Stop},
};

/// The program's path, if it is one of those that `PATH` reaches.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(format!("{program}{}", env::consts::EXE_SUFFIX)))
        .find(|path| path.is_file())
}

/// Sees to it that every program is there; `(program, Debian package)`. As root on Debian the missing ones are
/// installed; elsewhere that is the user's to do, and the step is skipped with their names.
pub(crate) fn require(programs: &[(&str, &str)]) -> Outcome {
    let missing: Vec<_> = programs
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    install(&packages)?;
    match programs.iter().find(|(program, _)| find(program).is_none()) {
        Some((program, package)) => Err(Stop::Failed(format!(
            "`{program}` is still missing after installing `{package}`"
        ))),
        None => Ok(()),
    }
}

/// Sees to it that every file is there; `(path, Debian package)`.
pub(crate) fn require_files(files: &[(&str, &str)]) -> Outcome {
    let missing = || files.iter().filter(|(path, _)| !Path::new(path).exists());
    let packages: Vec<&str> = missing().map(|(_, package)| *package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    install(&packages)?;
    match missing().next() {
        Some((path, package)) => Err(Stop::Failed(format!(
            "`{path}` is still missing after installing `{package}`"
        ))),
        None => Ok(()),
    }
}

/// Python with what makes a virtual environment, which Debian packages apart.
pub(crate) fn require_python() -> Outcome {
    require(&[("python3", "python3")])?;
    let complete = || {
        Command::new("python3")
            .args(["-c", "import ensurepip, venv"])
            .read()
            .is_ok()
    };
    if complete() {
        return Ok(());
    }
    install(&["python3-venv"])?;
    if complete() {
        Ok(())
    } else {
        Err(Stop::Failed(
            "python3 can't make a virtual environment after installing `python3-venv`".into(),
        ))
    }
}

/// Chromium or a browser built from it. `CHROMIUM` names one explicitly.
pub(crate) fn chromium() -> Result<PathBuf, Stop> {
    if let Some(named) = env::var_os("CHROMIUM") {
        let path = PathBuf::from(&named);
        return if path.is_file() {
            Ok(path)
        } else {
            Err(Stop::Failed(format!("CHROMIUM={} is not a file", path.display())))
        };
    }
    if let Some(path) = installed_chromium() {
        return Ok(path);
    }
    install(&["chromium"])?;
    installed_chromium()
        .ok_or_else(|| Stop::Failed("no Chromium after installing the package `chromium`".into()))
}

fn installed_chromium() -> Option<PathBuf> {
    const MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ]
    .into_iter()
    .find_map(find)
    .or_else(|| Some(PathBuf::from(MACOS)).filter(|path| path.is_file()))
}

/// Installs Debian packages, or says which ones the user has to install.
fn install(packages: &[&str]) -> Outcome {
    if !debian_root() {
        return Err(Stop::Skipped(format!(
            "missing on this machine: {}\nInstall it and try again (only as root on Debian is that done here).",
            packages.join(", ")
        )));
    }
    let apt = || {
        Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .arg("--quiet")
    };
    apt().arg("update").run()?;
    apt()
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages)
        .run()?;
    Ok(())
}

/// Whether this machine is one that we may install Debian packages on.
pub(crate) fn debian_root() -> bool {
    find("apt-get").is_some() && root()
}

/// Whether this process runs as root.
pub(crate) fn root() -> bool {
    Command::new("id")
        .arg("-u")
        .read()
        .is_ok_and(|id| id.trim() == "0")
}

/// A folder for what is expensive to get and belongs to no checkout.
pub(crate) fn cache() -> Result<PathBuf, String> {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .ok_or("neither XDG_CACHE_HOME nor a home directory is set")?;
    Ok(base.join("alipay-core"))
}

/// A cargo tool of exactly this version, compiled once and kept in the cache; the path of the program with the
/// package's name. Its own profile settings make it quick to compile rather than quick to run.
pub(crate) fn cargo_tool(name: &str, version: &str) -> Result<PathBuf, String> {
    let root = cache()?.join("tools").join(format!("{name}-{version}"));
    let bin = root.join("bin");
    let program = bin.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    if bin.is_dir() {
        return Ok(program);
    }
    println!("{name} {version} is compiled once, which takes a few minutes");
    std::fs::create_dir_all(&root).map_err(at(&root))?;
    // In a folder of its own, so that two checkouts may do this at once and neither leaves half a tool behind.
    let staging = Staging(root.join(format!("staging-{}", process::id())));
    let install = |how: &[&str]| {
        Command::cargo()
            .args([
                "install",
                name,
                "--version",
                version,
                "--quiet",
                "--no-track",
                "--root",
            ])
            .arg(&staging.0)
            .args(how)
            .folder(&root)
            .without_env("CARGO_TARGET_DIR")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .run()
    };
    // Its own lock may name what a registry does not have (any more, or yet).
    install(&["--locked"]).or_else(|problem| {
        println!("{problem}; once more with the newest dependencies");
        install(&[])
    })?;
    publish(&staging.0.join("bin"), &bin).map_err(at(&bin))?;
    Ok(program)
}

fn publish(built: &Path, bin: &Path) -> std::io::Result<()> {
    match std::fs::rename(built, bin) {
        // Another checkout was faster.
        Err(_) if bin.is_dir() => Ok(()),
        published => published,
    }
}

struct Staging(PathBuf);

impl Drop for Staging {
    fn drop(&mut self) {
        // Nothing depends on the folder being gone.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
