//! `cargo xtask undone`: is each thing that was once found wrong found again by the simulation, when its fix is undone?
//!
//! Every patch of `tests/undone` takes one fix back, in a copy of the checkout that lives in the cache. Its first lines say what it
//! undoes and which rule of the simulation must be broken then.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::{
    Usage,
    command::Command,
    files::at,
    host,
    mutants::copy::synchronise,
    report::{Outcome, Report, Stop},
    workspace::Workspace,
};

/// What must be enough to find it.
const RUNS: &str = "10000";
const SEED: &str = "5";
/// The line of a patch that names the rule.
const CAUGHT_BY: &str = "# caught by: ";

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report, Usage> {
    let folder = workspace.root.join("tests/undone");
    let patches = chosen(&folder, arguments).map_err(Usage)?;
    let mut report = Report::new(true);
    let mut bench = None;
    let ready = report.step("undone: a copy of the checkout", || {
        bench = Some(Bench::of(workspace)?);
        Ok(())
    });
    if let Some(bench) = bench.filter(|_| ready) {
        for patch in patches {
            let name = patch.file_stem().unwrap_or_default().to_string_lossy();
            report.step(&format!("undone: {name}"), || bench.tries(&patch));
        }
    }
    Ok(report)
}

/// Whether every patch still applies: trying them takes long, and so is not done each time.
pub(crate) fn apply(workspace: &Workspace) -> Outcome {
    for patch in chosen(&workspace.root.join("tests/undone"), &[])? {
        Command::new("git")
            .args(["apply", "--check"])
            .arg(patch)
            .folder(&workspace.root)
            .run()?;
    }
    Ok(())
}

/// The patches whose names begin with these numbers; all of them, without numbers.
fn chosen(folder: &Path, numbers: &[&str]) -> Result<Vec<PathBuf>, String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "patch") {
            all.push(path);
        }
    }
    all.sort();
    let is = |path: &Path, number: &str| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.split_once('-').is_some_and(|(first, _)| first == number)
    };
    if let Some(unknown) = numbers
        .iter()
        .find(|number| !all.iter().any(|path| is(path, number)))
    {
        return Err(format!("tests/undone has no patch `{unknown}`"));
    }
    if !numbers.is_empty() {
        all.retain(|path| numbers.iter().any(|number| is(path, number)));
    }
    Ok(all)
}

/// The copy, and where it is built.
struct Bench<'a> {
    root: &'a Path,
    copy: PathBuf,
    target: PathBuf,
    /// Keeps other checkouts from using it meanwhile.
    _lock: File,
}

impl<'a> Bench<'a> {
    fn of(workspace: &'a Workspace) -> Result<Self, String> {
        let home = host::cache()?.join("undone");
        let copy = home.join("checkout");
        fs::create_dir_all(&copy).map_err(at(&copy))?;
        let lock = home.join("lock");
        let lock = File::create(&lock).map_err(at(&lock))?;
        lock.lock().map_err(at(&home))?;
        synchronise(&workspace.root, &copy)?;
        let target = home.join("target");
        Ok(Self {
            root: &workspace.root,
            copy,
            target,
            _lock: lock,
        })
    }

    /// Applies the patch, looks for a run that breaks its rule, and takes it back.
    fn tries(&self, patch: &Path) -> Outcome {
        let text = fs::read_to_string(patch).map_err(at(patch))?;
        let header: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        println!("{}", header.join("\n"));
        let rule = header.iter().find_map(|line| line.strip_prefix(CAUGHT_BY));
        let rule = rule.ok_or_else(|| Stop::Failed(format!("no line `{CAUGHT_BY}RULE`")))?;
        // A file that is left alone keeps its time stamp, and is not compiled again.
        synchronise(self.root, &self.copy)?;
        // The copy is no repository, nor a folder of one.
        Command::new("git")
            .args(["apply", "--whitespace=nowarn"])
            .arg(patch)
            .folder(&self.copy)
            .env(
                "GIT_CEILING_DIRECTORIES",
                self.copy.parent().unwrap_or(&self.copy),
            )
            .run()?;
        let found = self.build().and_then(|()| self.find(rule));
        synchronise(self.root, &self.copy)?;
        found
    }

    fn build(&self) -> Outcome {
        Ok(Command::cargo()
            .args(["build", "--locked", "--quiet"])
            .args(["--package", "conformance", "--bin", "money"])
            .folder(&self.copy)
            .env("CARGO_TARGET_DIR", &self.target)
            // Of the core or the simulation, a patch changes a few lines: the rest is not compiled again.
            .env("CARGO_INCREMENTAL", "1")
            .without_env("CARGO_MANIFEST_DIR")
            .run()?)
    }

    fn find(&self, rule: &str) -> Outcome {
        Ok(Command::new(self.target.join("debug/money"))
            .args(["--runs", RUNS, "--seed", SEED, "--only", rule])
            .folder(&self.copy)
            .run()?)
    }
}
