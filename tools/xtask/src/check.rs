//! `cargo xtask check`: everything that can be said about the sources without running them.

mod leak;
mod no_std;
mod room;
mod version;

use crate::{
    Usage,
    command::Command,
    generate, host,
    report::{Outcome, Report, Stop},
    tracked, undone,
    workspace::Workspace,
};

const CARGO_DENY: (&str, &str) = ("cargo-deny", "0.20.2");

/// The core's sets of features; the workspace as a whole shows only the union its members ask for. Without default
/// features it is the library alone: its tests depend on the core with features of their own.
const CORE: &[(&str, &[&str])] = &[
    ("core, all features", &["--all-targets", "--all-features"]),
    ("core, no default features", &["--lib", "--no-default-features"]),
    (
        "core, serde",
        &["--lib", "--no-default-features", "--features", "serde"],
    ),
    (
        "core, diagnose",
        &["--lib", "--no-default-features", "--features", "serde,diagnose"],
    ),
    (
        "core, typed",
        &["--lib", "--no-default-features", "--features", "serde,typed"],
    ),
    (
        "core, keygen",
        &["--lib", "--no-default-features", "--features", "keygen"],
    ),
    (
        "core, gbk",
        &["--lib", "--no-default-features", "--features", "gbk"],
    ),
    (
        "core, host-charset",
        &["--lib", "--no-default-features", "--features", "host-charset"],
    ),
    (
        "core, aws-lc-rs",
        &["--lib", "--no-default-features", "--features", "aws-lc-rs"],
    ),
];

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report, Usage> {
    let advisories = match arguments {
        [] => false,
        ["--advisories"] => true,
        [other, ..] => return Err(Usage(format!("`check` knows no `{other}`"))),
    };
    let mut report = Report::new(false);
    report.step("compiler", || version::compiler(workspace));
    report.step("versions", || {
        version::members(workspace, &tracked::text_files()?)
    });
    report.step("file lengths", || {
        findings(&room::too_long(&tracked::text_files()?))
    });
    report.step("leaks", || {
        findings(&leak::scan(&tracked::text_files()?, &workspace.root))
    });
    report.step("generated files", || generate::files(true));
    report.step("undone fixes apply", || undone::apply(workspace));
    report.step("lock file of core/fuzz", || {
        // A workspace of its own, which no other step builds.
        let command = Command::cargo().args(["metadata", "--locked", "--format-version", "1"]);
        Ok(command
            .args(["--manifest-path", "core/fuzz/Cargo.toml"])
            .read()
            .map(drop)?)
    });
    report.step("format", || {
        Ok(Command::cargo().args(["fmt", "--all", "--check"]).run()?)
    });
    report.step("clippy: the workspace", || {
        clippy(&["--workspace", "--all-targets"])
    });
    for (what, features) in CORE {
        report.step(&format!("clippy: {what}"), || {
            clippy(&[&["--package", "alipay-core"], *features].concat())
        });
    }
    report.step("docs", docs);
    report.step("no_std", || no_std::prove(workspace));
    report.step("licences, bans, sources", || {
        deny(&["licenses", "bans", "sources"])
    });
    if advisories {
        report.step("advisories", || deny(&["advisories"]));
    } else {
        println!("\nadvisories: not asked for (--advisories; their database is fetched from GitHub)");
    }
    Ok(report)
}

fn clippy(arguments: &[&str]) -> Outcome {
    let command = Command::cargo()
        .args(["clippy", "--locked", "--keep-going"])
        .args(arguments);
    Ok(command.args(["--", "--deny", "warnings"]).run()?)
}

fn docs() -> Outcome {
    let doc = || {
        Command::cargo()
            .env("RUSTDOCFLAGS", "--deny warnings")
            .args(["doc", "--locked", "--no-deps"])
    };
    doc().arg("--workspace").run()?;
    // As docs.rs builds it.
    Ok(doc().args(["--package", "alipay-core", "--all-features"]).run()?)
}

fn deny(what: &[&str]) -> Outcome {
    let (name, version) = CARGO_DENY;
    let tool = host::cargo_tool(name, version)?;
    Ok(Command::new(tool)
        .args(["--locked", "check", "--show-stats"])
        .args(what)
        .run()?)
}

/// A rule that was looked for in files: every place where it does not hold is one line.
fn findings(found: &[String]) -> Outcome {
    if found.is_empty() {
        Ok(())
    } else {
        Err(Stop::Failed(found.join("\n")))
    }
}
