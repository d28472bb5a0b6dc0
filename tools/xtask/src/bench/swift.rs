//! The boundary to Swift: the same calls from Swift and from Rust, and what lies between.

use std::fs;

use serde_json::{Value, json};

use crate::{
    command::Command,
    report::{Outcome, Report, Stop},
    swift::{self, Package},
    workspace::Workspace,
};

/// What is measured, and how many calls cross in one of it.
const ROWS: &[(&str, &str, f64)] = &[
    ("noop", "no-op", 1.0),
    ("notify", "a notification of 1 KB", 1.0),
    ("step", "a machine step: handle and poll", 2.0),
    ("sign", "a signature (RSA, for comparison)", 1.0),
];
/// Microseconds per call that the boundary may add.
const TARGET: f64 = 25.0;

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    if let Some(package) = swift::prepare(workspace, report) {
        report.step("bench: swift", || measure(workspace, &package));
    }
}

fn measure(workspace: &Workspace, package: &Package) -> Outcome {
    let bare = Command::cargo()
        .args([
            "run",
            "--locked",
            "--quiet",
            "--release",
            "--package",
            "alipay-uniffi",
        ])
        .args(["--example", "bare"])
        .read()?;
    let bare = parse(&bare)?;
    package.run(
        "build",
        &["--configuration", "release", "--product", "Benchmark"],
        &[],
    )?;
    let there = parse(&package.benchmark()?.read()?)?;

    println!(
        "\n{:<36}{:>10}{:>10}{:>16}",
        "µs", "Rust", "Swift", "added per call"
    );
    let mut slow = Vec::new();
    let mut rows = Vec::new();
    for (key, name, calls) in ROWS {
        let number = |of: &Value| of[key].as_f64().unwrap_or(f64::NAN) / 1e3;
        let (rust, swift) = (number(&bare), number(&there));
        let added = (swift - rust) / calls;
        println!("{name:<36}{rust:>10.2}{swift:>10.2}{added:>16.2}");
        rows.push(json!({ "name": name, "rustUs": rust, "swiftUs": swift, "addedPerCallUs": added }));
        // RSA's own time varies by more than the boundary adds.
        if *key != "sign" && (added.is_nan() || added > TARGET) {
            slow.push(*name);
        }
    }
    let results = workspace.target.join("bench/swift.json");
    let failed = |error: std::io::Error| format!("{}: {error}", results.display());
    fs::create_dir_all(workspace.target.join("bench")).map_err(failed)?;
    let json = json!({ "targetUs": TARGET, "rows": rows });
    fs::write(&results, format!("{json:#}\n")).map_err(failed)?;
    println!("written to {}", results.display());
    if slow.is_empty() {
        Ok(())
    } else {
        let slow = slow.join(", ");
        Err(Stop::Failed(format!(
            "more than {TARGET} µs added per call: {slow}"
        )))
    }
}

fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{text}: {error}"))
}
