//! Many runs of the simulation on several threads: what `cargo xtask money` runs. Exits with 1 if a rule was broken.
//!
//! `money --runs N [--seed S] [--threads T]`, or one run told in full: `money --run NUMBER [--seed S]`, or a tape:
//! `money --tape 0,1,0,2`. With `--only RULE` it stops at the first run that breaks this rule, says which, and exits with 0; with 1
//! if none does. What breaks other rules is not told. Built with the feature `broken` (never for a release), `--broken NAME` breaks the machine
//! first, and `--golden tests/golden` writes the golden traces anew.

#[cfg(feature = "broken")]
use alipay_core::payment::Mutant;
use conformance::money::{
    Failure, Lab, Labs, REAL, Rule, Tape, Verdict, investigate, read_tape, run, write_tape,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// What a thread takes at a time.
const CHUNK: u64 = 2000;

struct Options {
    runs: u64,
    seed: u64,
    threads: usize,
    one: Option<u64>,
    tape: Option<Vec<u32>>,
    only: Option<Rule>,
    #[cfg(feature = "broken")]
    golden: Option<std::path::PathBuf>,
    #[cfg(feature = "broken")]
    broken: Option<Mutant>,
}

/// What many runs came to.
#[derive(Default)]
struct Sum {
    outcomes: BTreeMap<&'static str, u64>,
    /// Why they are unresolved.
    reasons: BTreeMap<&'static str, u64>,
    /// Runs whose host keeps its promises, and how many of them are unresolved.
    kept: [u64; 2],
    limits: BTreeMap<&'static str, u64>,
    /// By rule, the runs that broke it.
    broken: BTreeMap<Rule, BTreeSet<u64>>,
    requests: u64,
    crashes: u64,
}

impl Sum {
    fn add(&mut self, number: u64, verdict: &Verdict) {
        *self.outcomes.entry(verdict.outcome).or_default() += 1;
        if let Some(reason) = verdict.reason {
            *self.reasons.entry(reason).or_default() += 1;
        }
        if verdict.keeps_promises {
            let [runs, unresolved] = &mut self.kept;
            *runs += 1;
            *unresolved += u64::from(verdict.reason.is_some());
        }
        if let Some(limit) = verdict.limit {
            *self.limits.entry(limit).or_default() += 1;
        }
        if let Some((rule, _)) = &verdict.broken {
            self.broken.entry(*rule).or_default().insert(number);
        }
        self.requests += u64::from(verdict.requests);
        self.crashes += u64::from(verdict.crashes);
    }

    fn join(&mut self, other: Self) {
        for (mine, other) in [
            (&mut self.outcomes, other.outcomes),
            (&mut self.reasons, other.reasons),
            (&mut self.limits, other.limits),
        ] {
            for (word, count) in other {
                *mine.entry(word).or_default() += count;
            }
        }
        for (mine, other) in self.kept.iter_mut().zip(other.kept) {
            *mine += other;
        }
        for (rule, runs) in other.broken {
            self.broken.entry(rule).or_default().extend(runs);
        }
        self.requests += other.requests;
        self.crashes += other.crashes;
    }
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(problem) => {
            eprintln!(
                "error: {problem}\n\nmoney [--runs N] [--seed S] [--threads T] [--only RULE] | --run NUMBER [--seed S] | --tape LIST"
            );
            return ExitCode::from(2);
        }
    };
    let labs = Labs::default();
    #[cfg(feature = "broken")]
    if let Some(directory) = options.golden {
        let mutants = options.broken.as_ref().map_or(Mutant::ALL, std::slice::from_ref);
        return match conformance::money::golden::write_days(&labs, mutants, &directory) {
            Ok(count) => {
                println!("{count} golden traces");
                ExitCode::SUCCESS
            }
            Err(problem) => {
                eprintln!("error: {problem}");
                ExitCode::FAILURE
            }
        };
    }
    if let Some(tape) = options.tape {
        return tell(labs.of(0), Tape::given(tape));
    }
    if let Some(number) = options.one {
        return tell(labs.of(number), Tape::drawn(options.seed, number));
    }
    if let Some(rule) = options.only {
        return find(&labs, &options, rule);
    }
    let start = Instant::now();
    let sum = simulate(&labs, &options);
    let took = start.elapsed();
    report(&sum, &options, took);
    for (rule, runs) in &sum.broken {
        let few: Vec<String> = runs.iter().take(10).map(u64::to_string).collect();
        println!(
            "\n{} was broken by {} runs ({}); the first of them:",
            rule.as_str(),
            runs.len(),
            few.join(", ")
        );
        let first = runs.first().copied().unwrap_or_default();
        if let Some(failure) = investigate(labs.of(first), Tape::drawn(options.seed, first)) {
            print_failure(&failure);
        }
    }
    if sum.broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The first run that breaks this rule, in the order of their numbers.
fn find(labs: &Labs, options: &Options, rule: Rule) -> ExitCode {
    let (next, first) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
    thread::scope(|scope| {
        for _ in 0..options.threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= options.runs.min(first.load(Ordering::Relaxed)) {
                        break;
                    }
                    let (verdict, _, _) = run(labs.of(number), Tape::drawn(options.seed, number), false);
                    if verdict.broken.is_some_and(|(broken, _)| broken == rule) {
                        first.fetch_min(number, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let (first, seed, rule) = (first.into_inner(), options.seed, rule.as_str());
    if first == u64::MAX {
        println!(
            "{rule} was broken by none of {} runs of seed {seed}",
            options.runs
        );
        return ExitCode::FAILURE;
    }
    let (verdict, tape, _) = run(labs.of(first), Tape::drawn(seed, first), false);
    let what = verdict.broken.map(|(_, what)| what).unwrap_or_default();
    println!("{rule} is broken by run {first} of seed {seed}: {what}");
    println!("tape: {}", write_tape(&tape));
    ExitCode::SUCCESS
}

fn simulate(labs: &Labs, options: &Options) -> Sum {
    let (next, done, sum) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::new(Sum::default()));
    thread::scope(|scope| {
        let workers: Vec<_> = (0..options.threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Sum::default();
                    loop {
                        let from = next.fetch_add(CHUNK, Ordering::Relaxed);
                        if from >= options.runs {
                            break;
                        }
                        let to = (from + CHUNK).min(options.runs);
                        for number in from..to {
                            let (verdict, _, _) =
                                run(labs.of(number), Tape::drawn(options.seed, number), false);
                            mine.add(number, &verdict);
                        }
                        done.fetch_add(to - from, Ordering::Relaxed);
                    }
                    if let Ok(mut sum) = sum.lock() {
                        sum.join(mine);
                    }
                })
            })
            .collect();
        let start = Instant::now();
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(200));
            progress(done.load(Ordering::Relaxed), options.runs, start.elapsed());
        }
    });
    if std::io::stderr().is_terminal() {
        eprint!("\r{:78}\r", "");
    }
    sum.into_inner().unwrap_or_default()
}

/// A bar on a terminal, nothing in a log.
fn progress(done: u64, runs: u64, took: Duration) {
    if !std::io::stderr().is_terminal() || done == 0 {
        return;
    }
    let part = done as f64 / runs as f64;
    let left = took.mul_f64((1.0 - part) / part).as_secs();
    let bar: String = (0..40)
        .map(|at| if f64::from(at) < part * 40.0 { '#' } else { '.' })
        .collect();
    eprint!("\r[{bar}] {:5.1} %  {left} s left ", part * 100.0);
    let _ = std::io::stderr().flush();
}

fn report(sum: &Sum, options: &Options, took: Duration) {
    let Options {
        runs, seed, threads, ..
    } = options;
    let rate = *runs as f64 / took.as_secs_f64();
    println!(
        "{runs} runs of seed {seed} in {:.1} s on {threads} threads: {rate:.0} a second",
        took.as_secs_f64()
    );
    println!(
        "{} requests, {} restarts, {} runs with real RSA",
        sum.requests,
        sum.crashes,
        runs / REAL
    );
    for (outcome, count) in &sum.outcomes {
        println!("  {outcome:<12} {count:>10}");
    }
    for (reason, count) in &sum.reasons {
        println!("  unresolved: {reason:<20} {count:>10}");
    }
    let [runs, unresolved] = sum.kept;
    println!(
        "  {runs} runs whose host resets what it gives up and whose store works: {unresolved} unresolved"
    );
    for rule in Rule::ALL {
        let count = sum.broken.get(rule).map_or(0, BTreeSet::len);
        let word = if count == 0 {
            "ok".to_owned()
        } else {
            format!("BROKEN {count}")
        };
        println!("  {:<28} {word:<12} {}", rule.as_str(), rule.about());
    }
    for (limit, count) in &sum.limits {
        println!("  known limit: {limit}: {count} (docs/money-safety.md)");
    }
}

fn tell(lab: &Lab, tape: Tape) -> ExitCode {
    let (verdict, tape, story) = run(lab, tape, true);
    println!(
        "{}\noutcome: {}\ntape: {}",
        story.join("\n"),
        verdict.outcome,
        write_tape(&tape)
    );
    match verdict.broken {
        None => ExitCode::SUCCESS,
        Some((rule, what)) => {
            println!("{} IS BROKEN: {what}", rule.as_str());
            ExitCode::FAILURE
        }
    }
}

fn print_failure(failure: &Failure) {
    println!("{}", failure.story.join("\n"));
    println!("{}: {}", failure.rule.as_str(), failure.what);
    println!("replay: cargo xtask money --tape {}", write_tape(&failure.tape));
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        runs: 100_000,
        seed: 1,
        threads: thread::available_parallelism().map_or(1, usize::from),
        one: None,
        tape: None,
        only: None,
        #[cfg(feature = "broken")]
        golden: None,
        #[cfg(feature = "broken")]
        broken: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || {
            value
                .replace('_', "")
                .parse::<u64>()
                .map_err(|_| format!("{name} {value}: not a number"))
        };
        match &*name {
            "--runs" => options.runs = number()?,
            "--seed" => options.seed = number()?,
            "--threads" => options.threads = usize::try_from(number()?.max(1)).unwrap_or(1),
            "--run" => options.one = Some(number()?),
            "--tape" => {
                let tape = read_tape(&value);
                options.tape = Some(tape.ok_or_else(|| format!("{value}: not a tape"))?);
            }
            "--only" => {
                let rule = Rule::ALL.iter().find(|rule| rule.as_str() == value);
                options.only = Some(*rule.ok_or_else(|| format!("there is no rule {value}"))?);
            }
            #[cfg(feature = "broken")]
            "--broken" => {
                let mutant = Mutant::ALL.iter().find(|mutant| mutant.as_str() == value);
                let mutant = mutant.ok_or_else(|| format!("there is no machine {value}"))?;
                options.broken = Some(*mutant);
                Mutant::choose(options.broken);
            }
            #[cfg(feature = "broken")]
            "--golden" => options.golden = Some(value.into()),
            _ => return Err(format!("there is no option {name}")),
        }
    }
    Ok(options)
}
