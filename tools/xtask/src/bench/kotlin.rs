//! The boundary to the JVM: the same calls from Kotlin and from Rust, and what lies between.

use std::fs;

use serde_json::{Value, json};

use crate::{
    command::Command,
    kotlin,
    report::{Outcome, Report},
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
    if kotlin::prepare(workspace, report) {
        report.step("bench: kotlin", || measure(workspace));
    }
}

fn measure(workspace: &Workspace) -> Outcome {
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
    let folder = workspace.target.join("bench");
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(failed)?;
    let results = folder.join("kotlin.json");
    kotlin::maven(workspace)
        .args(["test", "-Dtest=Bench"])
        .env("VECTORS", workspace.root.join("tests/vectors"))
        .env("BENCH_RESULTS", &results)
        .run()?;
    let jvm = parse(&fs::read_to_string(&results).map_err(failed)?)?;

    println!(
        "\n{:<36}{:>10}{:>10}{:>16}",
        "µs", "Rust", "Kotlin", "added per call"
    );
    let mut slow = Vec::new();
    let mut rows = Vec::new();
    for (key, name, calls) in ROWS {
        let number = |of: &Value| of[key].as_f64().unwrap_or(f64::NAN) / 1e3;
        let (rust, kotlin) = (number(&bare), number(&jvm));
        let added = (kotlin - rust) / calls;
        println!("{name:<36}{rust:>10.2}{kotlin:>10.2}{added:>16.2}");
        rows.push(json!({ "name": name, "rustUs": rust, "kotlinUs": kotlin, "addedPerCallUs": added }));
        // RSA's own time varies by more than the boundary adds.
        if *key != "sign" && (added.is_nan() || added > TARGET) {
            slow.push(*name);
        }
    }
    let library = kotlin::library_bytes(workspace)?;
    println!("native library: {} KB", library / 1024);
    let json = json!({ "targetUs": TARGET, "rows": rows, "libraryBytes": library });
    fs::write(&results, format!("{json:#}\n")).map_err(failed)?;
    println!("written to {}", results.display());
    if !slow.is_empty() {
        // Not a failure: a busy machine misses it, too.
        println!("MORE than {TARGET} µs added per call: {}", slow.join(", "));
    }
    Ok(())
}

fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{text}: {error}"))
}
