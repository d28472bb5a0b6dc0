//! Steps, how each ended, and the exit code they add up to.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

/// Why a step did not succeed.
pub(crate) enum Stop {
    /// It ran, and what it checked does not hold.
    Failed(String),
    /// It could not run on this machine.
    Skipped(String),
}

impl From<String> for Stop {
    fn from(problem: String) -> Self {
        Self::Failed(problem)
    }
}

pub(crate) type Outcome = Result<(), Stop>;

struct Row {
    name: String,
    took: Duration,
    outcome: Outcome,
}

/// Runs steps one after the other and remembers how they ended.
pub(crate) struct Report {
    rows: Vec<Row>,
    skip_is_failure: bool,
}

impl Report {
    /// `skip_is_failure`: true where nobody would read the notice, which is what `CI=true` means.
    pub(crate) fn new(skip_is_failure: bool) -> Self {
        Self {
            rows: Vec::new(),
            skip_is_failure: skip_is_failure || ci(),
        }
    }

    /// Runs one step whatever became of those before it; true if it succeeded, for steps that build on it.
    pub(crate) fn step(&mut self, name: &str, run: impl FnOnce() -> Outcome) -> bool {
        println!("\n==> {name}");
        let start = Instant::now();
        let outcome = run();
        let took = start.elapsed();
        match &outcome {
            Ok(()) => println!("==> {name}: ok, {:.1} s", took.as_secs_f64()),
            Err(Stop::Failed(problem)) => {
                println!("==> {name}: FAILED, {:.1} s\n{problem}", took.as_secs_f64());
            }
            Err(Stop::Skipped(reason)) => println!("==> {name}: SKIPPED\n{reason}"),
        }
        let succeeded = outcome.is_ok();
        self.rows.push(Row {
            name: name.to_owned(),
            took,
            outcome,
        });
        succeeded
    }

    /// Prints the table; the exit code is 1 if anything failed.
    pub(crate) fn finish(self) -> ExitCode {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        let mut success = true;
        println!("\n{:<width$}  result   seconds", "step");
        for Row { name, took, outcome } in &self.rows {
            let (result, note) = match outcome {
                Ok(()) => ("ok", ""),
                Err(Stop::Failed(problem)) => ("FAILED", first_line(problem)),
                Err(Stop::Skipped(reason)) => ("SKIPPED", first_line(reason)),
            };
            success &= match outcome {
                Ok(()) => true,
                Err(Stop::Failed(_)) => false,
                Err(Stop::Skipped(_)) => !self.skip_is_failure,
            };
            println!(
                "{}",
                format!("{name:<width$}  {result:<7}  {:>7.1}  {note}", took.as_secs_f64()).trim_end()
            );
        }
        if success {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// Continuous integration announces itself with `CI=true`.
fn ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
