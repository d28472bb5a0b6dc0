//! The Kotlin library: the native library for this machine, the generated code, and Maven over both.

use std::{env, fs, path::PathBuf};

use crate::{
    command::Command,
    files::{at, empty},
    host,
    report::{Outcome, Report},
    uniffi,
    workspace::Workspace,
};

const NAME: &str = "alipay.kt";
const DEPENDENCIES: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath";

pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("bindings-mobile/kotlin")
}

/// What Maven needs: itself, Java, the native library and the generated code. True if all of it is there.
pub(crate) fn prepare(workspace: &Workspace, report: &mut Report) -> bool {
    if !report.step("kotlin: tools", tools) {
        return false;
    }
    report.step("kotlin: the native library and its Kotlin", || sources(workspace))
}

/// `cargo xtask build kotlin`: the jar, with the native library for this machine inside.
pub(crate) fn build(workspace: &Workspace, report: &mut Report) {
    if prepare(workspace, report) {
        report.step("kotlin: the jar", || {
            maven(workspace).args(["package", "-DskipTests"]).run()?;
            println!("built into {}", folder(workspace).join("target").display());
            Ok(())
        });
    }
}

fn tools() -> Outcome {
    host::require(&[("javac", "default-jdk-headless"), ("mvn", "maven")])
}

/// Maven in the library's folder. It fetches what it lacks and says nothing unless something is wrong.
pub(crate) fn maven(workspace: &Workspace) -> Command {
    Command::new("mvn")
        .args(["--batch-mode", "--quiet"])
        // Cargo puts its own folders there, where JNA would find the library of a debug build before the one that is shipped.
        .without_env("LD_LIBRARY_PATH")
        .without_env("DYLD_FALLBACK_LIBRARY_PATH")
        .folder(&folder(workspace))
}

/// The library, its tests' classes and what both need, as a class path. Compiles them.
pub(crate) fn class_path(workspace: &Workspace) -> Result<String, String> {
    let target = folder(workspace).join("target");
    let file = target.join("class-path");
    maven(workspace)
        .args(["test-compile", DEPENDENCIES])
        .arg(format!("-Dmdep.outputFile={}", file.display()))
        .run()?;
    let needed = fs::read_to_string(&file).map_err(at(&file))?;
    let ours = ["classes", "test-classes"].map(|folder| target.join(folder));
    let paths = ours.into_iter().chain(env::split_paths(needed.trim()));
    let joined = env::join_paths(paths).map_err(at(&file))?;
    Ok(joined.to_string_lossy().into_owned())
}

/// The size of what is shipped for this machine.
pub(crate) fn library_bytes(workspace: &Workspace) -> Result<u64, String> {
    let folder = folder(workspace).join("target/native").join(jna_folder());
    let mut bytes = 0;
    for entry in fs::read_dir(&folder).map_err(at(&folder))? {
        bytes += entry
            .and_then(|entry| entry.metadata())
            .map_err(at(&folder))?
            .len();
    }
    Ok(bytes)
}

fn sources(workspace: &Workspace) -> Outcome {
    let library = uniffi::library(workspace)?;
    let target = folder(workspace).join("target");
    let raw = target.join("uniffi-raw");
    uniffi::bindgen(&library, "kotlin", &raw)?;
    let raw = raw.join("io/github/alipaycore").join(NAME);
    let text = fs::read_to_string(&raw).map_err(at(&raw))?;
    // Maven leaves the classes of what is gone behind, and would ship them.
    for classes in ["classes", "test-classes"] {
        empty(&target.join(classes))?;
    }
    let generated = target.join("uniffi");
    fs::create_dir_all(&generated).map_err(at(&generated))?;
    let path = generated.join(NAME);
    fs::write(&path, explicit(&quick(&text)?)).map_err(at(&path))?;
    let native = target.join("native").join(jna_folder());
    fs::create_dir_all(&native).map_err(at(&native))?;
    let shipped = native.join(library.file_name().unwrap_or_default());
    let bytes = fs::copy(&library, &shipped).map_err(at(&shipped))?;
    println!("{}: {} KB", shipped.display(), bytes / 1024);
    Ok(())
}

/// Where JNA looks for a library of this system.
fn jna_folder() -> String {
    let system = match env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = match env::consts::ARCH {
        "x86_64" => "x86-64",
        other => other,
    };
    format!("{system}-{processor}")
}

/// UniFFI makes a new call status, a JNA structure, for each of the two or three crossings of every call, and JNA copies
/// it field by field in both directions: nine tenths of what a call takes. One for each thread, which is looked at only if
/// its first byte says that there is something to see, does the same. (Rust leaves it alone unless the call fails, and
/// calls within a call are over before the outer one writes.)
fn quick(text: &str) -> Result<String, String> {
    const SLOW: &str = "    var status = UniffiRustCallStatus()
    val return_value = callback(status)
    uniffiCheckCallStatus(errorHandler, status)
    return return_value
}
";
    const QUICK: &str = "    val status = uniffiCallStatus.get()!!
    val return_value = callback(status)
    if (status.pointer.getByte(0) != UNIFFI_CALL_SUCCESS) {
        status.read()
        status.pointer.clear(status.size().toLong())
        uniffiCheckCallStatus(errorHandler, status)
    }
    return return_value
}

private val uniffiCallStatus: ThreadLocal<UniffiRustCallStatus> = object : ThreadLocal<UniffiRustCallStatus>() {
    override fun initialValue() = UniffiRustCallStatus().apply {
        setAutoSynch(false)
        clear()
    }
}
";
    match text.matches(SLOW).count() {
        1 => Ok(text.replace(SLOW, QUICK)),
        _ => Err("UniFFI's Kotlin has changed: look at its uniffiRustCallWithError again".into()),
    }
}

/// The records and enums of a generated file made public in so many words, as the explicit API mode asks, and everything
/// else hidden from the library's users. The compiler checks that nothing is missed.
fn explicit(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16_384);
    for line in text.lines() {
        out.push_str(&explicit_line(line));
        out.push('\n');
    }
    out
}

fn explicit_line(line: &str) -> String {
    const DATA: [&str; 3] = ["data class ", "enum class ", "sealed class "];
    const INNER: [&str; 3] = ["data class ", "object ", "companion object"];
    const REST: [&str; 9] = [
        "open class ",
        "class ",
        "interface ",
        "object ",
        "abstract class ",
        "fun ",
        "inline fun ",
        "data class ",
        "sealed class ",
    ];
    // They stand between the facade and Rust.
    const HIDDEN: [&str; 2] = ["sealed class NativeException", "data class ErrorCodeRow"];
    let starts = |line: &str, with: &[&str]| with.iter().any(|start| line.starts_with(start));
    let inner = line.trim_start();
    if inner.len() < line.len() {
        return if let Some((before, after)) = line.split_once(" fun `native") {
            format!("{before} internal fun `native{after}")
        } else if starts(inner, &INNER) {
            format!("{}public {inner}", &line[..line.len() - inner.len()])
        } else {
            line.to_owned()
        };
    }
    let bare = line.strip_prefix("public ").unwrap_or(line);
    if starts(bare, &DATA) && !starts(bare, &HIDDEN) {
        format!("public {bare}")
    } else if starts(bare, &REST) {
        format!("internal {bare}")
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_public_and_the_bridge_is_not() {
        for (line, expected) in [
            ("data class Call (", "public data class Call ("),
            ("enum class Phase {", "public enum class Phase {"),
            ("    data class Paid(", "    public data class Paid("),
            ("    companion object", "    public companion object"),
            ("data class ErrorCodeRow (", "internal data class ErrorCodeRow ("),
            (
                "sealed class NativeException: kotlin.Exception() {",
                "internal sealed class NativeException: kotlin.Exception() {",
            ),
            (
                "public object FfiConverterInt: X {",
                "internal object FfiConverterInt: X {",
            ),
            ("private inline fun <U> f() {", "private inline fun <U> f() {"),
            (
                "    @Throws(NativeException::class) fun `nativeCall`(",
                "    @Throws(NativeException::class) internal fun `nativeCall`(",
            ),
            ("    val `code`: ErrorCode,", "    val `code`: ErrorCode,"),
        ] {
            assert_eq!(explicit_line(line), expected);
        }
    }
}
