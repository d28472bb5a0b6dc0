//! The Swift package: the native library for this machine, what UniFFI writes over it, and SwiftPM over both.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    command::Command,
    files::at,
    report::{Outcome, Report},
    toolchain::swift::Swift,
    uniffi,
    workspace::Workspace,
};

/// What UniFFI writes, and where the package has it.
const GENERATED: &[(&str, &str)] = &[
    ("alipay.swift", "AlipayEngine/alipay.swift"),
    ("alipayFFI.h", "alipayFFI/alipayFFI.h"),
    ("alipayFFI.modulemap", "alipayFFI/module.modulemap"),
];

/// A Swift compiler and a package that lacks nothing.
pub(crate) struct Package<'a> {
    workspace: &'a Workspace,
    swift: Swift,
}

/// What SwiftPM needs: Swift, the native library and the generated code.
pub(crate) fn prepare<'a>(workspace: &'a Workspace, report: &mut Report) -> Option<Package<'a>> {
    let mut swift = None;
    report.step("swift: tools", || {
        swift = Some(Swift::get()?);
        Ok(())
    });
    let swift = swift?;
    report
        .step("swift: the native library and its Swift", || sources(workspace))
        .then_some(Package { workspace, swift })
}

/// `cargo xtask build swift`: the library for this machine.
pub(crate) fn build(workspace: &Workspace, report: &mut Report) {
    if let Some(package) = prepare(workspace, report) {
        report.step("swift: the package", || {
            package.run("build", &["--configuration", "release"], &[])?;
            println!("built into {}", package.scratch().display());
            Ok(())
        });
    }
}

impl Package<'_> {
    /// Where SwiftPM builds: not in the checkout's package, which it only reads.
    fn scratch(&self) -> PathBuf {
        self.workspace.target.join("swift/build")
    }

    /// `swift COMMAND` for the package, with these variables.
    pub(crate) fn run(
        &self,
        command: &str,
        arguments: &[&str],
        environment: &[(&'static str, &OsStr)],
    ) -> Outcome {
        let library = self.workspace.target.join("release");
        let environment = [&[("ALIPAY_LIBRARY", library.as_os_str())], environment].concat();
        let swift = self
            .swift
            .command(self.workspace, &folder(self.workspace), &environment, "swift")?;
        Ok(swift
            .arg(command)
            .arg("--scratch-path")
            .arg(self.scratch())
            .args(["--disable-sandbox", "--jobs", "2"])
            .args(arguments)
            .run()?)
    }

    /// The benchmark, built for release.
    pub(crate) fn benchmark(&self) -> Result<Command, String> {
        let program = self.scratch().join("release/Benchmark");
        let vectors = self.workspace.root.join("tests/vectors");
        let command = self
            .swift
            .command(self.workspace, &folder(self.workspace), &[], program)?;
        Ok(command.arg(vectors))
    }
}

/// Where the package is.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("bindings-mobile/swift")
}

fn sources(workspace: &Workspace) -> Outcome {
    let library = uniffi::library(workspace)?;
    let generated = workspace.target.join("swift/generated");
    uniffi::bindgen(&library, "swift", &generated)?;
    for (written, wanted) in GENERATED {
        let written = generated.join(written);
        let mut text = fs::read_to_string(&written).map_err(at(&written))?;
        if written.extension() == Some(OsStr::new("swift")) {
            text = quick(&text)?;
        }
        write_if_changed(&folder(workspace).join("Sources").join(wanted), &text)?;
    }
    Ok(())
}

/// What UniFFI writes reads numbers and texts through `Data` in a way that takes a microsecond for each: two thirds of
/// what the boundary costs a notification, which has fifty of them. (ours, theirs)
const QUICKER: &[(&str, &str)] = &[
    (
        "value = reader.data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self) }",
        "let _ = withUnsafeMutableBytes(of: &value, { reader.data.copyBytes(to: $0, from: range)})",
    ),
    (
        "try readText(&buf, count: Int(len))",
        "String(decoding: try readBytes(&buf, count: Int(len)), as: UTF8.self)",
    ),
];
const READ_TEXT: &str = "
fileprivate func readText(_ reader: inout (data: Data, offset: Data.Index), count: Int) throws -> String {
    let range = reader.offset..<(reader.offset + count)
    guard reader.data.count >= range.upperBound else { throw UniffiInternalError.bufferOverflow }
    reader.offset = range.upperBound
    return reader.data.withUnsafeBytes { String(decoding: UnsafeRawBufferPointer(rebasing: $0[range]), as: UTF8.self) }
}
";

fn quick(text: &str) -> Result<String, String> {
    let mut text = text.to_owned();
    for (ours, theirs) in QUICKER {
        if text.matches(theirs).count() != 1 {
            return Err(format!(
                "UniFFI no longer writes `{theirs}`: see whether that still needs replacing"
            ));
        }
        text = text.replace(theirs, ours);
    }
    Ok(text + READ_TEXT)
}

/// So that SwiftPM compiles again only what changed.
fn write_if_changed(path: &Path, text: &str) -> Result<(), String> {
    if fs::read(path).is_ok_and(|present| present == text.as_bytes()) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    fs::write(path, text).map_err(at(path))
}
