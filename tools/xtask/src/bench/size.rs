//! What the parts of the core weigh in the WebAssembly module: built with and without them, as it is shipped.

use std::fs;

use serde_json::{Value, json};

use crate::{
    command::Command,
    files::at,
    npm,
    report::{Outcome, Report},
    toolchain::wasm::{self, FEATURES, Variant},
    workspace::Workspace,
};

/// Its own tables, which the module leaves to the host.
const TABLES: &str = "gbk";

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    let ready = report.step("bench: npm packages of the module", || {
        npm::install(&workspace.root.join("bindings-wasm"))
    });
    if ready {
        report.step("bench: size", || measure(workspace));
    }
}

fn measure(workspace: &Workspace) -> Outcome {
    let whole = weigh(workspace, "everything", &Variant::default())?;
    let mut rows = vec![("everything".to_owned(), whole)];
    for &feature in FEATURES {
        let without = Variant {
            without: &[feature],
            with: None,
        };
        let less = weigh(workspace, feature, &without)?;
        rows.push((feature.to_owned(), difference(whole, less)));
    }
    let bare = weigh(
        workspace,
        "rest",
        &Variant {
            without: FEATURES,
            with: None,
        },
    )?;
    rows.push(("the rest".to_owned(), bare));
    let tables = weigh(
        workspace,
        TABLES,
        &Variant {
            without: &[],
            with: Some(TABLES),
        },
    )?;
    rows.push((format!("{TABLES}, not in it"), difference(tables, whole)));

    println!(
        "\n{:<20}{:>12}{:>12}{:>10}",
        "feature", "bytes", "gzipped", "share"
    );
    let mut written = Vec::new();
    for (feature, (raw, gzip)) in rows {
        let share = 100.0 * raw / whole.0;
        println!("{feature:<20}{raw:>12}{gzip:>12}{share:>8.1} %");
        written
            .push(json!({ "feature": feature, "rawBytes": raw, "gzipBytes": gzip, "sharePercent": share }));
    }
    let path = workspace.target.join("bench").join("size.json");
    fs::write(&path, format!("{:#}\n", Value::from(written))).map_err(at(&path))?;
    println!("\nwritten to {}", path.display());
    Ok(())
}

/// Raw and gzipped bytes.
type Weight = (f64, f64);

fn difference(more: Weight, less: Weight) -> Weight {
    (more.0 - less.0, more.1 - less.1)
}

fn weigh(workspace: &Workspace, name: &str, variant: &Variant<'_>) -> Result<Weight, crate::report::Stop> {
    let folder = workspace.target.join("bench/size").join(name);
    wasm::build(workspace, variant, &folder)?;
    let optimise = Command::new("node").arg("optimise.mjs").arg(&folder);
    let said = optimise.folder(&workspace.root.join("bindings-wasm")).read()?;
    let sizes: Value = serde_json::from_str(&said).map_err(|error| format!("{said}: {error}"))?;
    let bytes = |name: &str| {
        let size = sizes[name].as_f64();
        size.ok_or_else(|| format!("{said}: no {name}"))
    };
    Ok((bytes("raw")?, bytes("gzip")?))
}
