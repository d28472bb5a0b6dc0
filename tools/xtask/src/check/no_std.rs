//! Proof that the core needs nothing but `core` and `alloc`.
//!
//! A crate that says `#![no_std]` may still pull `std` in through a dependency, and on a machine that has `std`
//! nobody notices. So the core is built against a sysroot that has none: the toolchain's own `core`, `alloc` and
//! `compiler_builtins`, linked into an otherwise empty folder. Whatever asks for `std` then fails to compile.
//! That needs no download; bare-metal targets that happen to be installed are used as well.
//!
//! `cargo check` is enough: names are resolved there, and a library isn't linked in any case.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    command::Command,
    files::{at, empty},
    report::{Outcome, Stop},
    workspace::Workspace,
};

const LIBRARIES: &[&str] = &["core", "alloc", "compiler_builtins", "rustc_std_workspace_core"];
const BARE_METAL: &[&str] = &["thumbv7em-none-eabi", "x86_64-unknown-none"];

pub(super) fn prove(workspace: &Workspace) -> Outcome {
    let host = host_target()?;
    let sysroot = sysroot_without_std(&host, &workspace.target.join("sysroot-without-std"))?;
    // A target named explicitly, even our own, keeps the flags away from build scripts and procedural macros,
    // which run here and may use `std`.
    compile(&host)
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            format!("--sysroot\u{1f}{}", sysroot.display()),
        )
        .run()?;
    let installed: Vec<_> = BARE_METAL.iter().filter(|target| has_target(target)).collect();
    if installed.is_empty() {
        println!(
            "no bare-metal target is installed; {} would be tried too",
            BARE_METAL.join(" and ")
        );
    }
    for target in installed {
        compile(target).run()?;
    }
    Ok(())
}

fn compile(target: &str) -> Command {
    Command::cargo()
        .args([
            "check",
            "--locked",
            "--lib",
            "--package",
            "alipay-core",
            "--no-default-features",
            "--features",
            "gbk,diagnose,typed",
            "--target",
        ])
        .arg(target)
}

fn host_target() -> Result<String, String> {
    let said = Command::new("rustc").arg("-vV").read()?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| "rustc -vV names no host".to_owned())
}

fn has_target(target: &str) -> bool {
    libraries(target).is_ok_and(|folder| folder.is_dir())
}

/// The folder with the toolchain's libraries for a target.
fn libraries(target: &str) -> Result<PathBuf, String> {
    let said = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .read()?;
    Ok(PathBuf::from(said.trim_end()))
}

fn sysroot_without_std(target: &str, root: &Path) -> Result<PathBuf, Stop> {
    // Made anew each time: the toolchain may have been updated since.
    empty(root)?;
    let to = root.join("lib/rustlib").join(target).join("lib");
    fs::create_dir_all(&to).map_err(at(root))?;
    let mut found = 0;
    for entry in fs::read_dir(libraries(target)?).map_err(at(root))? {
        let entry = entry.map_err(at(root))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let library = name
            .strip_prefix("lib")
            .and_then(|name| name.rsplit_once('-'))
            .map(|(library, _)| library);
        if library.is_some_and(|library| LIBRARIES.contains(&library)) {
            fs::copy(entry.path(), to.join(&name)).map_err(at(root))?;
            found += 1;
        }
    }
    // Were the files named otherwise one day, an empty sysroot must not look like a finding about the core.
    if found < 3 {
        return Err(Stop::Failed(format!(
            "the toolchain's core and alloc for {target} were not found"
        )));
    }
    Ok(root.to_owned())
}
