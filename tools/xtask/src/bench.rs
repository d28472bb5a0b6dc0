//! `cargo xtask bench [--quick | size]`: the core's criterion benchmarks, their medians as a table and as JSON; and the packages
//! beside their peers.

mod boundary;
mod kotlin;
mod modes;
mod node;
mod size;
mod swift;

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde_json::{Value, json};

use crate::{
    Usage,
    command::Command,
    files::at,
    report::{Outcome, Report, Stop},
    workspace::Workspace,
};

const PACKAGE: &str = "alipay-core";
const FEATURES: &str = "aws-lc-rs,gbk,serde";

/// One benchmark's result, in nanoseconds: the median and its 95 % confidence interval.
struct Measured {
    name: String,
    median: f64,
    low: f64,
    high: f64,
}

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report, Usage> {
    let mut report = Report::new(true);
    let quick = match arguments {
        [] => false,
        ["size"] => {
            size::run(workspace, &mut report);
            return Ok(report);
        }
        ["--quick"] => true,
        [other, ..] => return Err(Usage(format!("`bench` knows no `{other}`"))),
    };
    report.step("bench: the core", || core(workspace, quick));
    report.step("bench: modes", || modes::run(workspace, quick));
    report.step("bench: memory", memory);
    node::run(workspace, quick, &mut report);
    kotlin::run(workspace, &mut report);
    swift::run(workspace, &mut report);
    if !quick {
        size::run(workspace, &mut report);
    }
    Ok(report)
}

fn core(workspace: &Workspace, quick: bool) -> Outcome {
    let results = workspace.target.join("criterion");
    let start = SystemTime::now();
    // By name: cargo would otherwise start the unit tests as a benchmark, and they know none of our arguments.
    let mut command = Command::cargo().args(["bench", "--locked", "--package", PACKAGE]);
    command = command.args(["--features", FEATURES, "--bench", "core"]);
    command = command.env("CRITERION_HOME", &results).args(["--", "--noplot"]);
    if quick {
        command = command.arg("--quick");
    }
    command.run()?;

    let mut measured = Vec::new();
    collect(&results, start, &mut measured)?;
    if measured.is_empty() {
        return Err(Stop::Failed(format!(
            "the benchmarks left no estimates in {}",
            results.display()
        )));
    }
    measured.sort_by(|a, b| a.name.cmp(&b.name));
    print_table(&measured);
    Ok(write(
        &measured,
        quick,
        &workspace.target.join("bench").join("core.json"),
    )?)
}

/// Sizes are exact, so a test keeps them within their bounds; here it says what they are.
fn memory() -> Outcome {
    Ok(Command::cargo()
        .args([
            "test",
            "--locked",
            "--package",
            PACKAGE,
            "--test",
            "memory",
            "--",
            "--nocapture",
        ])
        .run()?)
}

/// Criterion leaves `<benchmark>/new/{benchmark,estimates}.json`. Those older than this run belong to benchmarks
/// that were removed or renamed.
fn collect(folder: &Path, since: SystemTime, measured: &mut Vec<Measured>) -> Result<(), String> {
    let estimates = folder.join("estimates.json");
    if folder.ends_with("new") && estimates.is_file() {
        if fs::metadata(&estimates)
            .and_then(|file| file.modified())
            .map_err(at(folder))?
            >= since
        {
            measured.push(read(folder)?);
        }
        return Ok(());
    }
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            collect(&path, since, measured)?;
        }
    }
    Ok(())
}

fn read(folder: &Path) -> Result<Measured, String> {
    let benchmark = parse(&folder.join("benchmark.json"))?;
    let median = &parse(&folder.join("estimates.json"))?["median"];
    let number = |value: &Value| {
        value
            .as_f64()
            .ok_or_else(|| format!("{}: no median", folder.display()))
    };
    Ok(Measured {
        name: benchmark["full_id"].as_str().unwrap_or("(unnamed)").to_owned(),
        median: number(&median["point_estimate"])?,
        low: number(&median["confidence_interval"]["lower_bound"])?,
        high: number(&median["confidence_interval"]["upper_bound"])?,
    })
}

fn parse(path: &PathBuf) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(at(&path))?;
    serde_json::from_str(&text).map_err(at(&path))
}

fn print_table(measured: &[Measured]) {
    let width = measured
        .iter()
        .map(|row| row.name.chars().count())
        .max()
        .unwrap_or(0)
        .max("benchmark".len());
    println!("\n{:<width$}  {:>10}  95 % confidence", "benchmark", "median");
    for Measured {
        name,
        median,
        low,
        high,
    } in measured
    {
        println!(
            "{name:<width$}  {:>10}  {} to {}",
            duration(*median),
            duration(*low),
            duration(*high)
        );
    }
}

/// Nanoseconds in the unit a person would choose.
fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        small if small < 1e3 => format!("{small:.1} ns"),
        micro if micro < 1e6 => format!("{:.2} µs", micro / 1e3),
        milli if milli < 1e9 => format!("{:.2} ms", milli / 1e6),
        long => format!("{:.2} s", long / 1e9),
    }
}

fn write(measured: &[Measured], quick: bool, path: &Path) -> Result<(), String> {
    let rows: Vec<Value> = measured
        .iter()
        .map(|row| json!({ "name": row.name, "medianNs": row.median, "lowNs": row.low, "highNs": row.high }))
        .collect();
    let compiler = Command::new("rustc").arg("--version").read()?;
    let json = json!({ "rustc": compiler.trim_end(), "quick": quick, "benchmarks": rows });
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(path))?;
    }
    fs::write(path, format!("{json:#}\n")).map_err(at(path))?;
    println!("\nwritten to {}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_the_unit_a_person_would_choose() {
        assert_eq!(duration(812.34), "812.3 ns");
        assert_eq!(duration(2_345.6), "2.35 µs");
        assert_eq!(duration(1_150_000.0), "1.15 ms");
        assert_eq!(duration(2.5e9), "2.50 s");
    }
}
