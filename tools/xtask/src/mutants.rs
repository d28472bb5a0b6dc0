//! `cargo xtask mutants`: is there a test that notices when a line of the core is wrong?
//!
//! cargo-mutants changes one expression at a time in a copy of the checkout that lives in the cache. The copy stays
//! where it is, since cargo builds again what has moved; and of the core only what a mutant changed is compiled again.
//! What nobody can notice is listed in `.cargo/mutants.toml`, each with its reason.

pub(crate) mod copy;
mod counts;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::{self, File},
    path::PathBuf,
    time::{Duration, Instant},
};

use copy::synchronise;
use counts::Counts;
use serde_json::Value;

use crate::{
    Usage,
    command::Command,
    files::at,
    host,
    report::{Outcome, Report, Stop},
    workspace::Workspace,
};

const TOOL: (&str, &str) = ("cargo-mutants", "27.1.0");

/// Names of integration tests, of whichever package.
type Tests = &'static [&'static str];

/// A file of the core and the folder of its name, and the tests that know it best.
struct Module {
    name: &'static str,
    quick: Tests,
}

const VECTORS: Tests = &["vectors"];
const PAYMENT: Tests = &[
    "attack",
    "payment_landing",
    "payment_rules",
    "payment_times",
    "vectors",
];
const MODULES: &[Module] = &[
    module("canonical", VECTORS),
    module("form", VECTORS),
    module("sign", VECTORS),
    module("notify", VECTORS),
    module("envelope", VECTORS),
    module("payment", PAYMENT),
];

/// What a mutant has to survive that its module's quick tests did not notice: every test that says something about
/// these modules, and the core's unit tests, for which the core is compiled a second time.
const THOROUGH: Tests = &[
    "app_result",
    "attack",
    "charsets",
    "debug_text",
    "envelope_properties",
    "memory",
    "notify_charset",
    "pages",
    "payment_clock",
    "payment_host",
    "payment_landing",
    "payment_restored",
    "payment_rules",
    "payment_secrets",
    "payment_table",
    "payment_times",
    "payment_v3",
    "seed_document",
    "typed_methods",
    "backends_agree",
    "certificates",
    "money",
    "paddings",
    "properties",
    "vectors",
    "wycheproof",
];

/// Tests of something else that would take most of the time: one asks Node.js, and none of the others is about the
/// answer to a payment.
const SKIPPED: &[&str] = &["the_files_are_what_the_generator_makes", "diagnose"];
const SKIPPED_AT_FIRST: &[&str] = &["an_unknown_file_fails", "cert", "cipher", "keys"];

/// How many mutants are tried before the clock is looked at.
const BATCH: usize = 6;
/// A mutant hangs if its tests take so many times as long as they do without it, and no less than a minute.
const HANGS_AFTER: u64 = 5;

const fn module(name: &'static str, quick: Tests) -> Module {
    Module { name, quick }
}

/// What the arguments ask for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request<'a> {
    /// Only what changed since this commit, for so many minutes.
    base: Option<&'a str>,
    minutes: u64,
    files: Vec<&'a str>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report, Usage> {
    let request = read(arguments)?;
    let mut report = Report::new(true);
    let mut diff = String::new();
    if let Some(base) = request.base {
        let looked = report.step("mutants: what changed", || {
            diff = request.diff(base)?;
            if diff.is_empty() {
                println!("nothing of these modules since {base}");
            }
            Ok(())
        });
        if !looked || diff.is_empty() {
            return Ok(report);
        }
    }
    let mut copy = None;
    report.step("mutants: cargo-mutants and a copy of the checkout", || {
        copy = Some(Copy::fresh(workspace)?);
        Ok(())
    });
    let Some(copy) = copy else { return Ok(report) };
    if let Some(base) = request.base {
        report.step("mutants: of what changed", || copy.changed(base, &diff, &request));
        return Ok(report);
    }
    for module in MODULES {
        let files = module.files(&request.files);
        if !files.is_empty() {
            report.step(&format!("mutants: {}", module.name), || {
                let counts = copy.examine(module, &files, &[])?;
                println!("{}: {}", module.name, counts.line());
                if counts.all() == 0 {
                    return Err(Stop::Failed("there was nothing to change".into()));
                }
                counts.verdict()
            });
        }
    }
    Ok(report)
}

fn read<'a>(arguments: &[&'a str]) -> Result<Request<'a>, Usage> {
    let mut request = Request {
        minutes: 8,
        ..Request::default()
    };
    let mut rest = arguments.iter();
    while let Some(&argument) = rest.next() {
        let mut value = || {
            rest.next()
                .copied()
                .ok_or_else(|| Usage(format!("`{argument}` needs a value")))
        };
        match argument {
            "--in-diff" => request.base = Some(value()?),
            "--minutes" => {
                request.minutes = value()?
                    .parse()
                    .map_err(|_| Usage("`--minutes` takes a number".into()))?;
            }
            file if MODULES.iter().any(|module| module.owns(file)) => request.files.push(file),
            other => {
                let names: Vec<_> = MODULES.iter().map(|module| module.name).collect();
                return Err(Usage(format!(
                    "`mutants` takes files of core/src/{{{}}}, and not `{other}`",
                    names.join(",")
                )));
            }
        }
    }
    Ok(request)
}

impl Request<'_> {
    /// The wanted files of every module, as cargo-mutants and git know them.
    fn files(&self) -> Vec<String> {
        MODULES
            .iter()
            .flat_map(|module| module.files(&self.files))
            .collect()
    }

    fn diff(&self, base: &str) -> Result<String, String> {
        Command::new("git")
            .args(["diff", "--no-color", "--no-ext-diff", base, "--"])
            .args(self.files())
            .read()
    }
}

impl Module {
    fn owns(&self, path: &str) -> bool {
        path.strip_prefix("core/src/")
            .and_then(|path| path.strip_prefix(self.name))
            .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }

    /// Those of the wanted ones that are this module's; all of its own if none is wanted in particular.
    fn files(&self, wanted: &[&str]) -> Vec<String> {
        if wanted.is_empty() {
            let name = self.name;
            return vec![format!("core/src/{name}.rs"), format!("core/src/{name}/**")];
        }
        let own = wanted.iter().filter(|path| self.owns(path));
        own.map(|path| (*path).to_owned()).collect()
    }
}

/// A copy of the checkout in the cache; the lock keeps other checkouts from using it meanwhile.
struct Copy {
    tool: PathBuf,
    root: PathBuf,
    home: PathBuf,
    /// Sets of tests that were seen to pass without a mutant, and the seconds after which they hang with one.
    sound: RefCell<BTreeMap<Tests, u64>>,
    _lock: File,
}

impl Copy {
    fn fresh(workspace: &Workspace) -> Result<Self, Stop> {
        let (name, version) = TOOL;
        let tool = host::cargo_tool(name, version)?;
        let home = host::cache()?.join("mutants");
        let root = home.join("tree");
        fs::create_dir_all(&root).map_err(at(&root))?;
        let lock = home.join("lock");
        let lock = File::create(&lock).map_err(at(&lock))?;
        lock.lock().map_err(at(&home))?;
        synchronise(&workspace.root, &root)?;
        Ok(Self {
            tool,
            root,
            home,
            sound: RefCell::default(),
            _lock: lock,
        })
    }

    /// In the copy, and building where it is built.
    fn prepared(&self, command: Command) -> Command {
        command
            .folder(&self.root)
            .env("CARGO_TARGET_DIR", self.home.join("target"))
            // Of the core, a mutant changes a line or two: the rest is not compiled again.
            .env("CARGO_INCREMENTAL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("PROPTEST_CASES", "32")
    }

    fn command(&self, module: &Module, files: &[String], more: &[&str]) -> Command {
        let mut command = self
            .prepared(Command::new(&self.tool))
            .args(["mutants", "--in-place", "--output"])
            .arg(self.home.join(module.name))
            .args(["--package", "alipay-core"])
            .args(["--test-package", "alipay-core", "--test-package", "conformance"]);
        for file in files {
            command = command.args(["--file", file]);
        }
        command.args(more)
    }

    /// Tries mutants with the tests that know the module best, then what survived with all that might know it.
    fn examine(&self, module: &Module, files: &[String], more: &[&str]) -> Result<Counts, Stop> {
        let quick = self.test(module, files, more, module.quick)?;
        if quick.missed == 0 {
            return Ok(quick);
        }
        let list = self.outcomes(module).with_file_name("missed.txt");
        let missed = fs::read_to_string(&list).map_err(at(&list))?;
        let only: Vec<String> = missed
            .lines()
            .map(|name| format!("--re=^{}$", literally(name)))
            .collect();
        let only: Vec<&str> = only.iter().map(String::as_str).collect();
        let again = self.test(module, files, &only, THOROUGH)?;
        Ok(Counts { missed: 0, ..quick }.plus(again))
    }

    fn outcomes(&self, module: &Module) -> PathBuf {
        self.home.join(module.name).join("mutants.out/outcomes.json")
    }

    fn test(&self, module: &Module, files: &[String], more: &[&str], tests: Tests) -> Result<Counts, Stop> {
        let outcomes = self.outcomes(module);
        // Of the run before, if this one comes to nothing.
        let _ = fs::remove_file(&outcomes);
        let mut cargo = vec![
            "--locked".to_owned(),
            // Compiling is most of the work.
            "--config=profile.dev.package.alipay-core.opt-level=0".to_owned(),
        ];
        cargo.extend((tests == THOROUGH).then(|| "--lib".to_owned()));
        cargo.extend(tests.iter().map(|test| format!("--test={test}")));
        let mut skipped: Vec<_> = SKIPPED.iter().map(|test| format!("--skip={test}")).collect();
        if tests != THOROUGH {
            skipped.extend(SKIPPED_AT_FIRST.iter().map(|test| format!("--skip={test}")));
        }
        let seconds = self.baseline(tests, &cargo, &skipped)?;
        let command = self
            .command(module, files, more)
            .args(["--timeout", &seconds.to_string()])
            .args(["--baseline", "skip", "--cargo-test-arg=--"])
            .args(cargo.iter().map(|argument| format!("--cargo-arg={argument}")))
            .args(
                skipped
                    .iter()
                    .map(|argument| format!("--cargo-test-arg={argument}")),
            );
        let ended = command.run();
        let counts = fs::read_to_string(&outcomes)
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .map(|outcomes| Counts::read(&outcomes));
        match (ended, counts) {
            (Ok(()), counts) => Ok(counts.unwrap_or_default()),
            // Its exit code says that there were survivors.
            (Err(_), Some(counts)) if counts.missed > 0 || counts.timeout > 0 => Ok(counts),
            (Err(problem), _) => Err(problem.into()),
        }
    }

    /// Nothing fails without a mutant: once is enough. The seconds after which a mutant hangs. cargo-mutants would try the
    /// core's own tests only.
    fn baseline(&self, tests: Tests, cargo: &[String], skipped: &[String]) -> Result<u64, String> {
        if let Some(&seconds) = self.sound.borrow().get(tests) {
            return Ok(seconds);
        }
        let test = |how: &[&str]| {
            self.prepared(Command::cargo())
                .args([
                    "test",
                    "--quiet",
                    "--package",
                    "alipay-core",
                    "--package",
                    "conformance",
                ])
                .args(cargo)
                .args(how)
        };
        test(&["--no-run"]).run()?;
        let start = Instant::now();
        test(&["--"])
            .args(skipped)
            .run()
            .map_err(|problem| format!("without a mutant nothing may fail: {problem}"))?;
        let seconds = start.elapsed().as_secs().saturating_mul(HANGS_AFTER).max(60);
        self.sound.borrow_mut().insert(tests, seconds);
        Ok(seconds)
    }

    /// The mutants of the lines that changed, until the time is up: the commit decides in which order.
    fn changed(&self, base: &str, diff: &str, request: &Request<'_>) -> Outcome {
        let start = Instant::now();
        let limit = Duration::from_secs(request.minutes.saturating_mul(60));
        let file = self.home.join("diff");
        fs::write(&file, diff).map_err(at(&file))?;
        let file = file.to_string_lossy().into_owned();
        let commit = Command::new("git").args(["rev-parse", "HEAD"]).read()?;
        let (mut all, mut total) = (0, Counts::default());
        let list = self.command(
            &MODULES[0],
            &request.files(),
            &["--in-diff", &file, "--list", "--json"],
        );
        // Where nothing changed, that is said in words.
        let listed: Vec<Value> = serde_json::from_str(&list.read()?).unwrap_or_default();
        for module in MODULES {
            let files = module.files(&request.files);
            if files.is_empty() {
                continue;
            }
            let own = |mutant: &&Value| mutant["file"].as_str().is_some_and(|path| module.owns(path));
            let count = listed.iter().filter(own).count();
            all += count;
            let batches = count.div_ceil(BATCH);
            let mut slowest = Duration::ZERO;
            for shard in order(batches, &commit) {
                if start.elapsed() + slowest > limit {
                    break;
                }
                let began = Instant::now();
                let shard = format!("{shard}/{batches}");
                let which = ["--in-diff", &file, "--sharding", "round-robin", "--shard", &shard];
                let counts = self.examine(module, &files, &which)?;
                total = total.plus(counts);
                slowest = slowest.max(began.elapsed());
            }
        }
        println!(
            "{} of the {all} mutants of what changed since {base}: {}",
            total.all(),
            total.line()
        );
        total.verdict()
    }
}

/// A regular expression for this text. `<` and `>` mean nothing by themselves, and a word's edge if escaped.
fn literally(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            [
                Some('\\').filter(|_| c.is_ascii_punctuation() && !matches!(c, '<' | '>')),
                Some(c),
            ]
        })
        .flatten()
        .collect()
}

/// The shards, beginning where the commit says: other commits begin elsewhere.
fn order(shards: usize, commit: &str) -> impl Iterator<Item = usize> {
    let start = usize::from_str_radix(commit.get(..7).unwrap_or_default(), 16).unwrap_or_default();
    (0..shards).map(move |shard| (start + shard) % shards)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_the_module_of_its_name_or_folder() {
        let owner = |path: &str| {
            MODULES
                .iter()
                .find(|module| module.owns(path))
                .map(|module| module.name)
        };
        assert_eq!(owner("core/src/form.rs"), Some("form"));
        assert_eq!(owner("core/src/payment/clock.rs"), Some("payment"));
        assert_eq!(owner("core/src/payments.rs"), None);
        assert_eq!(owner("core/src/json.rs"), None);
    }

    #[test]
    fn what_is_asked_for_is_read() {
        let request = read(&["--in-diff", "HEAD~3", "--minutes", "2", "core/src/form.rs"]).ok();
        let wanted = Request {
            base: Some("HEAD~3"),
            minutes: 2,
            files: vec!["core/src/form.rs"],
        };
        assert_eq!(request, Some(wanted));
        assert!(read(&["--in-diff"]).is_err());
        assert!(read(&["core/src/json.rs"]).is_err());
    }

    #[test]
    fn every_shard_comes_once_and_the_commit_decides_which_is_first() {
        let shards: Vec<_> = order(5, "0000007abc").collect();
        assert_eq!(shards, [2, 3, 4, 0, 1]);
        assert_eq!(order(0, "0000007abc").count(), 0);
    }

    #[test]
    fn a_name_is_no_pattern() {
        assert_eq!(literally("a.rs:1: -> ()"), r"a\.rs\:1\: \-> \(\)");
    }
}
