//! What GBK and certificate mode add to UTF-8 with a public key, and our signer to AWS-LC: measured in turn, in one process
//! (`core/benches/modes.rs`).

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{FEATURES, PACKAGE, duration};
use crate::{command::Command, files::at, report::Outcome, workspace::Workspace};

/// What a way may cost, as a multiple of the first one.
const TARGET: f64 = 1.10;

pub(super) fn run(workspace: &Workspace, quick: bool) -> Outcome {
    let mut command = Command::cargo().args(["bench", "--locked", "--package", PACKAGE]);
    command = command.args(["--features", FEATURES, "--bench", "modes"]);
    if quick {
        command = command.args(["--", "--quick"]);
    }
    let said = command.read()?;
    let measured: Result<Vec<Value>, _> = said.lines().map(serde_json::from_str).collect();
    let measured = measured.map_err(|error| format!("{said}: {error}"))?;
    let mut slow = Vec::new();
    for table in &measured {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let what = text(&table["what"]);
        println!("\n{what:<40}{:>10}{:>10}", "median", "ratio");
        for way in table["ways"].as_array().into_iter().flatten() {
            let (name, ratio) = (text(&way["name"]), way["ratio"].as_f64().unwrap_or(f64::NAN));
            let median = duration(way["medianNs"].as_f64().unwrap_or(f64::NAN));
            println!("{name:<40}{median:>10}{ratio:>10.3}");
            if ratio.is_nan() || ratio > TARGET {
                slow.push(format!("{what}, {name}"));
            }
        }
    }
    write(
        &measured,
        quick,
        &workspace.target.join("bench").join("modes.json"),
    )?;
    if slow.is_empty() {
        println!("holds: at most {TARGET:.2} times the first");
    } else {
        // Not a failure: a busy machine misses it, too.
        println!("MORE than {TARGET:.2} times the first: {}", slow.join("; "));
    }
    Ok(())
}

fn write(measured: &[Value], quick: bool, path: &Path) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(path))?;
    }
    let json = json!({ "target": TARGET, "quick": quick, "tables": measured });
    fs::write(path, format!("{json:#}\n")).map_err(at(path))?;
    println!("\nwritten to {}", path.display());
    Ok(())
}
