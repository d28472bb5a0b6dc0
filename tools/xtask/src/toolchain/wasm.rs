//! From the crate `alipay-wasm` to `bindings-wasm/pkg`: the module and its JavaScript glue.
//!
//! `rustup target add` is the normal way to the target. Where it can't be had, Debian's `rustc-web` and its sources
//! build the standard library too. wasm-bindgen's command line must have exactly the version of the crate.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    command::Command,
    files::at,
    host,
    report::{Outcome, Stop},
    workspace::Workspace,
};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGE: &str = "alipay-wasm";
const PROFILE: &str = "wasm";
/// The parts of the core that the module can do without.
pub(crate) const FEATURES: &[&str] = &["diagnose", "typed"];
/// Set to `debian`, it leaves rustup's target alone, even if it is there.
const CHOICE: &str = "ALIPAY_WASM_TOOLCHAIN";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// What compiles for the target.
enum Compiler {
    /// The one that compiles everything else.
    Usual,
    /// Debian's, and the folder with the linker that it lacks.
    Debian { linker: PathBuf },
}

/// What the module is built of; by default, what is shipped.
#[derive(Default)]
pub(crate) struct Variant<'a> {
    /// Of [`FEATURES`].
    pub(crate) without: &'a [&'a str],
    /// One more feature of the core.
    pub(crate) with: Option<&'a str>,
}

/// Where the package takes the module from.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("bindings-wasm/pkg")
}

/// Compiles the crate and writes the glue into a folder.
pub(crate) fn build(workspace: &Workspace, variant: &Variant<'_>, folder: &Path) -> Outcome {
    let compiler = compiler()?;
    let bindgen = bindgen(workspace)?;
    let module = compile(workspace, &compiler, variant)?;
    Ok(Command::new(bindgen)
        .args(["--target", "web", "--omit-default-module-path"])
        .args(["--out-name", "alipay", "--out-dir"])
        .arg(folder)
        .arg(module)
        .run()?)
}

fn compile(workspace: &Workspace, compiler: &Compiler, variant: &Variant<'_>) -> Result<PathBuf, Stop> {
    let mut build = Command::cargo().args([
        "build",
        "--locked",
        "--lib",
        "--package",
        PACKAGE,
        "--profile",
        PROFILE,
        "--target",
        TARGET,
    ]);
    let kept = FEATURES
        .iter()
        .filter(|feature| !variant.without.contains(feature));
    let mut features: Vec<String> = kept.map(|&feature| feature.to_owned()).collect();
    features.extend(variant.with.map(|feature| format!("alipay-core/{feature}")));
    build = build
        .args(["--no-default-features", "--features"])
        .arg(features.join(","));
    let mut target = workspace.target.clone();
    if let Compiler::Debian { linker } = compiler {
        // What another compiler built is of no use to this one.
        target = target.join("wasm-debian");
        build = build
            .arg("-Zbuild-std=std,panic_abort")
            .env("RUSTC", DEBIAN_RUSTC)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", &target)
            .env("PATH", path_with(linker));
    }
    build.run()?;
    Ok(target.join(TARGET).join(PROFILE).join("alipay_wasm.wasm"))
}

fn compiler() -> Result<Compiler, Stop> {
    if env::var_os(CHOICE).is_none_or(|choice| choice != "debian") {
        if has_target() {
            return Ok(Compiler::Usual);
        }
        if host::find("rustup").is_some() {
            match Command::new("rustup").args(["target", "add", TARGET]).run() {
                Ok(()) => return Ok(Compiler::Usual),
                Err(problem) => println!("{problem}; Debian's compiler is used instead"),
            }
        }
    }
    host::require_files(&[
        (DEBIAN_RUSTC, "rustc-web"),
        ("/usr/share/doc/rust-web-src", "rust-web-src"),
    ])?;
    let linker = linker()?;
    Ok(Compiler::Debian { linker })
}

fn has_target() -> bool {
    Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .read()
        .is_ok_and(|folder| PathBuf::from(folder.trim_end()).is_dir())
}

/// The folder of `rust-lld`, which comes with rustup's compiler for this machine.
fn linker() -> Result<PathBuf, Stop> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).read()?;
    let host = Command::new("rustc").arg("-vV").read()?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: "));
    let folder = PathBuf::from(sysroot.trim_end())
        .join("lib/rustlib")
        .join(host.unwrap_or_default())
        .join("bin");
    if folder.join("rust-lld").is_file() {
        Ok(folder)
    } else {
        Err(Stop::Failed(format!("{} has no rust-lld", folder.display())))
    }
}

fn path_with(folder: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(env::split_paths(&path));
    env::join_paths(folders).unwrap_or(path)
}

/// wasm-bindgen's command line, in the version of the crate.
fn bindgen(workspace: &Workspace) -> Result<PathBuf, String> {
    let lock = workspace.root.join("Cargo.lock");
    let text = fs::read_to_string(&lock).map_err(at(&lock))?;
    let version = locked_version(&text, "wasm-bindgen").ok_or("Cargo.lock has no wasm-bindgen")?;
    Ok(host::cargo_tool("wasm-bindgen-cli", version)?
        .with_file_name(format!("wasm-bindgen{}", env::consts::EXE_SUFFIX)))
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let after = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?.1;
    after.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_package_itself() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "js-sys"), None);
    }
}
