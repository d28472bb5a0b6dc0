//! What the boundary to a language adds to a call: the same calls from there and from Rust, and what lies between.

use std::fs;

use serde_json::{Value, json};

use crate::{command::Command, report::Outcome, workspace::Workspace};

/// What is measured, and how many calls cross in one of it.
const ROWS: &[(&str, &str, f64)] = &[
    ("noop", "no-op", 1.0),
    ("notify", "a notification of 1 KB", 1.0),
    ("step", "a machine step: handle and poll", 2.0),
    ("sign", "a signature (RSA, for comparison)", 1.0),
];
/// Microseconds per call that the boundary may add.
const TARGET: f64 = 25.0;

/// Compares what a language measured (nanoseconds by row, as JSON) with the same in Rust; a table, and
/// `target/bench/LANGUAGE.json`.
pub(super) fn compare(workspace: &Workspace, language: &str, there: &str, library: Option<u64>) -> Outcome {
    let there = parse(there)?;
    let bare = Command::cargo()
        .args(["run", "--locked", "--quiet", "--release"])
        .args(["--package", "alipay-uniffi", "--example", "bare"])
        .read()?;
    let bare = parse(&bare)?;
    println!(
        "\n{:<36}{:>10}{language:>10}{:>16}",
        "µs", "rust", "added per call"
    );
    let mut slow = Vec::new();
    let mut rows = Vec::new();
    for (key, name, calls) in ROWS {
        let number = |of: &Value| of[key].as_f64().unwrap_or(f64::NAN) / 1e3;
        let (rust, there) = (number(&bare), number(&there));
        let added = (there - rust) / calls;
        println!("{name:<36}{rust:>10.2}{there:>10.2}{added:>16.2}");
        rows.push(json!({ "name": name, "rustUs": rust, "thereUs": there, "addedPerCallUs": added }));
        // RSA's own time varies by more than the boundary adds.
        if *key != "sign" && (added.is_nan() || added > TARGET) {
            slow.push(*name);
        }
    }
    if let Some(bytes) = library {
        println!("native library: {} KB", bytes / 1024);
    }
    let folder = workspace.target.join("bench");
    let results = folder.join(format!("{language}.json"));
    let failed = |error: std::io::Error| format!("{}: {error}", results.display());
    fs::create_dir_all(&folder).map_err(failed)?;
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
