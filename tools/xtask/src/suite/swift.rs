//! The Swift package over the real library: vectors, stories over HTTP, crashes, hostile gateways.

use std::{ffi::OsStr, fs, path::PathBuf};

use crate::{
    command::Command,
    report::{Outcome, Report},
    toolchain::swift::Swift,
    workspace::Workspace,
};

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    let mut swift = None;
    report.step("swift: tools", || {
        swift = Some(Swift::get()?);
        Ok(())
    });
    let Some(swift) = swift else { return };
    report.step("swift: version", || {
        Ok(swift
            .command(workspace, &workspace.root, &[], "swift")?
            .arg("--version")
            .run()?)
    });
}
