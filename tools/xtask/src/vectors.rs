//! The golden vectors must be run whole in every language: each runner writes down how many rows of which file it
//! ran (where the environment variable `VECTOR_COUNTS` says), and that is compared with the files themselves.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::Value;

use crate::{
    files::at,
    report::{Outcome, Stop},
    workspace::Workspace,
};

/// Tells a runner where to write its counts.
pub(crate) const VARIABLE: &str = "VECTOR_COUNTS";

type Counts = BTreeMap<String, u64>;

/// Where the runner of a language writes its counts; those of an earlier run are gone.
pub(crate) fn counts_file(workspace: &Workspace, language: &str) -> Result<PathBuf, Stop> {
    let folder = workspace.target.join("vectors");
    let path = folder.join(format!("{language}.json"));
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(&path)(error).into()),
        _ => Ok(path),
    }
}

/// Whether the language ran every row there is.
pub(crate) fn all_rows_ran(workspace: &Workspace, language: &str) -> Outcome {
    let path = workspace.target.join("vectors").join(format!("{language}.json"));
    let text = fs::read_to_string(&path)
        .map_err(|_| format!("{language} ran no vectors: it wrote no {}", path.display()))?;
    let ran: Counts = serde_json::from_str(&text).map_err(at(&path))?;
    let there = rows_there(workspace)?;
    if ran != there {
        return Err(Stop::Failed(format!(
            "{language} did not run every row:\n  there are {there:?}\n  it ran    {ran:?}"
        )));
    }
    println!(
        "{language}: {} rows of {} files, all there are",
        ran.values().sum::<u64>(),
        ran.len()
    );
    Ok(())
}

fn rows_there(workspace: &Workspace) -> Result<Counts, String> {
    let folder = workspace.root.join("tests/vectors");
    let mut counts = Counts::new();
    for entry in fs::read_dir(&folder).map_err(at(&folder))? {
        let path = entry.map_err(at(&folder))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(at(&path))?;
        let file: Value = serde_json::from_str(&text).map_err(at(&path))?;
        let rows = file["rows"].as_array().map_or(0, Vec::len);
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        counts.insert(name, u64::try_from(rows).unwrap_or_default());
    }
    Ok(counts)
}
