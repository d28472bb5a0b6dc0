//! `cargo xtask build [TARGET [--without FEATURES]]`: what is shipped, built for release.

use crate::{
    Usage,
    command::Command,
    kotlin,
    report::Report,
    suite, swift,
    toolchain::wasm::{FEATURES, Variant},
    workspace::Workspace,
};

struct Target {
    name: &'static str,
    run: fn(&Workspace, &mut Report),
}

const TARGETS: &[Target] = &[
    Target {
        name: "cli",
        run: command_line,
    },
    Target {
        name: "node",
        run: |workspace, report| {
            suite::node::build(workspace, report);
        },
    },
    Target {
        name: "wasm",
        run: |workspace, report| {
            suite::wasm::build(workspace, report, &Variant::default());
        },
    },
    Target {
        name: "kotlin",
        run: kotlin::build,
    },
    Target {
        name: "swift",
        run: swift::build,
    },
];

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report, Usage> {
    let wanted = arguments.first().copied().unwrap_or("cli");
    let Some(target) = TARGETS.iter().find(|target| target.name == wanted) else {
        let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        return Err(Usage(format!(
            "there is no build target `{wanted}`; there are: {}",
            known.join(", ")
        )));
    };
    if let ["wasm", "--without", features] = arguments {
        let without: Vec<&str> = features.split(',').collect();
        if let Some(other) = without.iter().find(|feature| !FEATURES.contains(feature)) {
            return Err(Usage(format!(
                "`--without {other}`; there are: {}",
                FEATURES.join(", ")
            )));
        }
        let mut report = Report::new(true);
        let variant = Variant {
            without: &without,
            with: None,
        };
        suite::wasm::build(workspace, &mut report, &variant);
        return Ok(report);
    }
    if let Some(more) = arguments.get(1) {
        return Err(Usage(format!("`{more}`: one target at a time")));
    }
    let mut report = Report::new(true);
    (target.run)(workspace, &mut report);
    Ok(report)
}

fn command_line(workspace: &Workspace, report: &mut Report) {
    report.step("build: the command line", || {
        Command::cargo()
            .args(["build", "--locked", "--release", "--package", "alipay-cli"])
            .run()?;
        println!("built into {}", workspace.target.join("release").display());
        Ok(())
    });
}
