//! `cargo xtask fuzz`: the fuzz targets of `core/fuzz` under libFuzzer, one process at a time.
//!
//! cargo-fuzz is compiled once and kept in the cache; it builds with the stable compiler (`RUSTC_BOOTSTRAP` lets it pass the
//! flags that instrument). Without a sanitizer: the core forbids `unsafe`, and what is looked for is wrong answers, panics, hangs
//! and memory. What was found so far is kept below `target/fuzz`; `--keep` minimises it into `tests/corpora`, which
//! `cargo xtask test` replays.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
    time::Instant,
};

use crate::{
    Usage,
    command::Command,
    files::{at, empty},
    host,
    report::{Outcome, Report, Stop},
    workspace::Workspace,
};

const CARGO_FUZZ: (&str, &str) = ("cargo-fuzz", "0.13.2");
const CRATE: &str = "core/fuzz";
const CORPORA: &str = "tests/corpora";

/// What is committed of one target, at most: a sample of all lengths, for a test that must be quick and a repository that must stay small.
const MOST_KEPT_FILES: usize = 200;
const MOST_KEPT_BYTES: u64 = 32 * 1024;

struct Options<'a> {
    target: Option<&'a str>,
    /// Of processor time, for each target.
    minutes: u64,
    keep: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report, Usage> {
    let targets = targets().map_err(Usage)?;
    let options = read(arguments)?;
    if let Some(target) = options.target
        && !targets.iter().any(|known| known == target)
    {
        return Err(Usage(format!(
            "there is no fuzz target `{target}`; there are: {}",
            targets.join(", ")
        )));
    }
    let mut report = Report::new(true);
    let mut bench = None;
    report.step("fuzz: build", || {
        bench = Some(Bench::prepare(workspace)?);
        Ok(())
    });
    let Some(bench) = bench else { return Ok(report) };
    for target in &targets {
        if options.target.is_some_and(|only| only != target) {
            continue;
        }
        if options.minutes > 0 {
            report.step(&format!("fuzz: {target}"), || {
                bench.explore(target, options.minutes)
            });
        }
        if options.keep {
            report.step(&format!("fuzz: {target}, minimised"), || bench.keep(target));
        }
    }
    Ok(report)
}

fn read<'a>(arguments: &[&'a str]) -> Result<Options<'a>, Usage> {
    let mut options = Options {
        target: None,
        minutes: 1,
        keep: false,
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--minutes" => {
                let minutes = rest.next().and_then(|text| text.parse().ok());
                options.minutes = minutes.ok_or_else(|| Usage("--minutes wants a number".into()))?;
            }
            "--keep" => options.keep = true,
            other if other.starts_with('-') => return Err(Usage(format!("`fuzz` knows no `{other}`"))),
            target if options.target.is_none() => options.target = Some(target),
            more => return Err(Usage(format!("`{more}`: one target at a time, or none for all"))),
        }
    }
    Ok(options)
}

/// The targets are the programs of the fuzz crate.
fn targets() -> Result<Vec<String>, String> {
    let folder = Path::new(CRATE).join("fuzz_targets");
    let entries = fs::read_dir(&folder).map_err(at(&folder))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

/// The built programs, and the folders of their inputs.
struct Bench {
    programs: PathBuf,
    /// What was found here so far, by target.
    found: PathBuf,
    /// The seeds, made from the golden vectors.
    seeds: PathBuf,
    artifacts: PathBuf,
}

impl Bench {
    fn prepare(workspace: &Workspace) -> Result<Self, Stop> {
        let (name, version) = CARGO_FUZZ;
        let tool = host::cargo_tool(name, version)?;
        let folder = workspace.target.join("fuzz");
        Command::new(tool)
            .args([
                "fuzz",
                "build",
                "--fuzz-dir",
                CRATE,
                "--sanitizer",
                "none",
                "--target-dir",
            ])
            .arg(&folder)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_INCREMENTAL", "0")
            .run()?;
        let bench = Self {
            programs: folder.join(triple()?).join("release"),
            found: folder.join("corpus"),
            seeds: folder.join("seeds"),
            artifacts: folder.join("artifacts"),
        };
        empty(&bench.seeds)?;
        Command::cargo()
            .args([
                "run",
                "--locked",
                "--quiet",
                "--package",
                "conformance",
                "--example",
                "fuzz_seeds",
                "--",
            ])
            .arg(&bench.seeds)
            .run()?;
        Ok(bench)
    }

    /// Runs one target until it has had so much processor time, and says what it reached.
    fn explore(&self, target: &str, minutes: u64) -> Outcome {
        let found = self.found.join(target);
        let artifacts = self.artifacts.join(target);
        for folder in [&found, &artifacts] {
            fs::create_dir_all(folder).map_err(at(&folder))?;
        }
        let folders = [found, self.seeds.join(target), Path::new(CORPORA).join(target)];
        let begun = Instant::now();
        // The wall's where the kernel does not tell.
        let seconds = || children_seconds().unwrap_or_else(|| begun.elapsed().as_secs());
        let (before, mut spent, mut runs) = (seconds(), 0, 0);
        loop {
            // libFuzzer counts the wall's seconds, of which a busy machine does not give it all.
            let arguments = [
                format!("-max_total_time={}", (minutes * 60).saturating_sub(spent).max(1)),
                // Ten seconds are a hang: nothing here takes a hundredth of one.
                "-timeout=10".into(),
                "-rss_limit_mb=1024".into(),
                "-max_len=8192".into(),
                "-use_value_profile=1".into(),
                "-print_final_stats=1".into(),
                format!("-artifact_prefix={}/", artifacts.display()),
            ];
            let told = self.execute(target, &arguments, &folders)?;
            spent = seconds() - before;
            runs += told.runs;
            if spent >= minutes * 60 {
                let wall = begun.elapsed().as_secs();
                println!(
                    "{target}: {}, {runs} runs, {spent} s of processor time in {wall} s",
                    told.reached
                );
                return Ok(());
            }
        }
    }

    /// libFuzzer's program with these arguments, its progress shown and the last of it returned.
    fn execute(&self, target: &str, arguments: &[String], folders: &[PathBuf]) -> Result<Told, Stop> {
        let program = self.programs.join(target);
        println!("$ {target} {}", arguments.join(" "));
        let mut child = std::process::Command::new(&program)
            .args(arguments)
            .args(folders)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(at(&program))?;
        let mut told = Told::default();
        if let Some(stderr) = child.stderr.take() {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if told.hear(&line) {
                    println!("{line}");
                }
            }
        }
        let status = child.wait().map_err(|error| format!("{target}: {error}"))?;
        if status.success() {
            Ok(told)
        } else {
            let artifacts = self.artifacts.join(target);
            Err(Stop::Failed(format!(
                "{target}: {status}; the input is in {}. When it is understood, it belongs into {CORPORA}/{target}",
                artifacts.display()
            )))
        }
    }

    /// What the seeds don't reach and the committed or the found inputs do, minimised, becomes what is committed.
    fn keep(&self, target: &str) -> Outcome {
        let committed = Path::new(CORPORA).join(target);
        let merged = self.found.with_file_name("merged").join(target);
        empty(&merged)?;
        let seeds: Vec<String> = copy(&self.seeds.join(target), &merged)?;
        // The first folder is added to, and what it holds is reached already.
        let arguments = [
            "-merge=1".to_owned(),
            "-max_len=8192".into(),
            "-timeout=10".into(),
        ];
        let folders = [merged.clone(), committed.clone(), self.found.join(target)];
        fs::create_dir_all(&folders[2]).map_err(at(&folders[2]))?;
        self.execute(target, &arguments, &folders)?;
        let mut new: Vec<(u64, PathBuf)> = files(&merged)?
            .into_iter()
            .filter(|path| !seeds.iter().any(|seed| path.ends_with(seed)))
            .filter_map(|path| Some((path.metadata().ok()?.len(), path)))
            .collect();
        new.sort();
        for path in files(&committed)? {
            // Another name is a person's, who wants it to stay.
            if is_libfuzzers(&path) {
                fs::remove_file(&path).map_err(at(&path))?;
            }
        }
        let (mut count, mut bytes) = (0, 0);
        let stride = new.len().div_ceil(MOST_KEPT_FILES).max(1);
        for (len, path) in new.iter().step_by(stride) {
            if bytes + len > MOST_KEPT_BYTES {
                continue;
            }
            let to = committed.join(path.file_name().unwrap_or_default());
            fs::copy(path, &to).map_err(at(&to))?;
            count += 1;
            bytes += len;
        }
        println!("{target}: {count} of {} inputs kept, {bytes} bytes", new.len());
        Ok(())
    }
}

/// What libFuzzer said last.
#[derive(Default)]
struct Told {
    /// Such as `cov: 812 ft: 2310 corp: 344/18Kb`.
    reached: String,
    runs: u64,
}

impl Told {
    /// Takes a line in; whether it is worth showing.
    fn hear(&mut self, line: &str) -> bool {
        if let Some(runs) = line.strip_prefix("stat::number_of_executed_units:") {
            self.runs = runs.trim().parse().unwrap_or_default();
        }
        let progress = line.starts_with('#');
        if progress && let Some(at) = line.find("cov: ") {
            let end = line.find(" exec/s").unwrap_or(line.len());
            // "corp" is followed by a limit that changes with time.
            let end = line.find(" lim: ").unwrap_or(end);
            self.reached = line[at..end].to_owned();
        }
        // One line a found input would bury what matters.
        let milestone = ["pulse", "INITED", "DONE"].iter().any(|word| line.contains(word));
        let chatter =
            line.starts_with("INFO: ") || line.starts_with("\tNEW_FUNC") || line.starts_with("MERGE-");
        milestone || !(progress || chatter)
    }
}

/// The processor seconds of every child that has ended, where the kernel tells.
fn children_seconds() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which may hold anything: state is field 3, cutime 16, cstime 17, in hundredths of a second.
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some((ticks(13)? + ticks(14)?) / 100)
}

fn triple() -> Result<String, String> {
    let said = Command::new("rustc").arg("-vV").read()?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| "rustc names no host".into())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(at(&folder))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

/// Whether libFuzzer named this file: by its SHA-1.
fn is_libfuzzers(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Copies every file and returns their names.
fn copy(from: &Path, to: &Path) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for path in files(from)? {
        let name = path.file_name().unwrap_or_default();
        fs::copy(&path, to.join(name)).map_err(at(&path))?;
        names.push(name.to_string_lossy().into_owned());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_reached_is_the_last_that_was_said() {
        let mut told = Told::default();
        assert!(told.hear("#2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 30Mb"));
        assert!(!told.hear("#9\tNEW    cov: 12 ft: 13 corp: 2/9b lim: 4 exec/s: 0 rss: 30Mb L: 8/8 MS: 1"));
        assert!(told.hear("stat::number_of_executed_units: 77"));
        assert_eq!((&*told.reached, told.runs), ("cov: 12 ft: 13 corp: 2/9b", 77));
    }

    #[test]
    fn a_target_may_be_named_once() {
        let options = read(&["form", "--minutes", "3", "--keep"]).ok().unwrap();
        assert_eq!(
            (options.target, options.minutes, options.keep),
            (Some("form"), 3, true)
        );
        for wrong in [&["a", "b"][..], &["--minutes"], &["--minutes", "x"], &["--fast"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
