//! What the boundary to a language adds to a call: the same calls from there and from Rust, and what lies between.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use serde_json::json;

use crate::{
    command::Command,
    files::at,
    report::{Outcome, Stop},
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

/// The program that makes the same calls in Rust, built; a language's benchmark asks it for a round after each of its own.
pub(super) fn bare(workspace: &Workspace) -> Result<PathBuf, Stop> {
    Command::cargo()
        .args(["build", "--locked", "--quiet", "--release"])
        .args(["--package", "alipay-uniffi", "--example", "bare"])
        .run()?;
    let name = format!("bare{}", env::consts::EXE_SUFFIX);
    Ok(workspace.target.join("release/examples").join(name))
}

/// Compares what a language measured (by row, its rounds: nanoseconds there and in Rust right after, as JSON); a table,
/// and `target/bench/LANGUAGE.json`.
pub(super) fn compare(
    workspace: &Workspace,
    language: &str,
    measured: &str,
    library: Option<u64>,
) -> Outcome {
    let measured: BTreeMap<String, Vec<(f64, f64)>> =
        serde_json::from_str(measured).map_err(|error| format!("{measured}: {error}"))?;
    println!(
        "\n{:<36}{:>10}{language:>10}{:>16}{:>22}",
        "µs, medians", "rust", "added per call", "on a free processor"
    );
    let mut slow = Vec::new();
    let mut rows = Vec::new();
    for (key, name, calls) in ROWS {
        let rounds = measured
            .get(*key)
            .ok_or_else(|| format!("{key} was not measured"))?;
        let us = |of: &dyn Fn(&(f64, f64)) -> f64| {
            let mut numbers: Vec<f64> = rounds.iter().map(|round| of(round) / 1e3).collect();
            numbers.sort_by(f64::total_cmp);
            let median = numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN);
            (median, numbers.first().copied().unwrap_or(f64::NAN))
        };
        let ((there, there_free), (rust, rust_free)) = (us(&|round| round.0), us(&|round| round.1));
        // Of each round by itself, so that a moment in which the machine was busy counts for both.
        let added = us(&|(there, rust)| there - rust).0 / calls;
        let free = (there_free - rust_free) / calls;
        println!("{name:<36}{rust:>10.2}{there:>10.2}{added:>16.2}{free:>22.2}");
        rows.push(json!({
            "name": name, "rustUs": rust, "thereUs": there, "addedPerCallUs": added, "addedOnFreeProcessorUs": free,
        }));
        // RSA's own time varies by more than the boundary adds.
        if *key != "sign" && (free.is_nan() || free > TARGET) {
            slow.push(*name);
        }
    }
    if let Some(bytes) = library {
        println!("native library: {} KB", bytes / 1024);
    }
    let folder = workspace.target.join("bench");
    let results = folder.join(format!("{language}.json"));
    fs::create_dir_all(&folder).map_err(at(&results))?;
    let json = json!({ "targetUs": TARGET, "rows": rows, "libraryBytes": library });
    fs::write(&results, format!("{json:#}\n")).map_err(at(&results))?;
    println!("written to {}", results.display());
    if slow.is_empty() {
        println!("holds: at most {TARGET} µs added per call on a free processor");
    } else {
        // Not a failure: a busy machine misses it, too.
        println!(
            "MORE than {TARGET} µs added per call on a free processor: {}",
            slow.join(", ")
        );
    }
    Ok(())
}
