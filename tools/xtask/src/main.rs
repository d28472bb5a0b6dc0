//! `cargo xtask`: every developer task of this repository, one entry point.
//!
//! One module per command; `host` and `command` are the only ones that touch the machine, `report` the only
//! one that decides what the exit code is.

mod bench;
mod build;
mod check;
mod command;
mod files;
mod fuzz;
mod generate;
mod host;
mod kotlin;
mod money;
mod mutants;
mod npm;
mod prove;
mod report;
mod suite;
mod swift;
mod test;
mod toolchain;
mod tracked;
mod undone;
mod uniffi;
mod vectors;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

/// The arguments were not understood: what to tell, above the usage text.
struct Usage(String);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let [] | ["help" | "--help" | "-h"] = arguments[..] {
        println!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let workspace = match Workspace::load() {
        Ok(workspace) => workspace,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::FAILURE;
        }
    };
    let result = match arguments[0] {
        "test" => test::run(&workspace, &arguments[1..]),
        "check" => check::run(&workspace, &arguments[1..]),
        "generate" => generate::run(&arguments[1..]),
        "bench" => bench::run(&workspace, &arguments[1..]),
        "build" => build::run(&workspace, &arguments[1..]),
        "money" => money::run(&arguments[1..]),
        "prove" => prove::run(&workspace, &arguments[1..]),
        "fuzz" => fuzz::run(&workspace, &arguments[1..]),
        "mutants" => mutants::run(&workspace, &arguments[1..]),
        "undone" => undone::run(&workspace, &arguments[1..]),
        other => Err(Usage(format!("there is no command `{other}`"))),
    };
    match result {
        Ok(report) => report.finish(),
        Err(Usage(problem)) => {
            eprintln!("error: {problem}\n\n{}", usage());
            ExitCode::from(2)
        }
    }
}

fn usage() -> String {
    let suites: String = suite::SUITES
        .iter()
        .map(|suite| format!("             {:<10} {}\n", suite.name, suite.about))
        .collect();
    let proofs: String = prove::PROOFS
        .iter()
        .map(|proof| format!("             {:<10} {}\n", proof.name, proof.about))
        .collect();
    format!(
        "cargo xtask COMMAND

  test [SUITE]         run every suite, or one of:
{suites}  check [--advisories] format, lints, docs, no_std, licences and bans, versions, generated
                       files, house rules;
                       --advisories also asks the RustSec database, which is fetched from GitHub
  generate             write the files that the bindings derive from the core's tables
  bench [--quick | size]
                       run the benchmarks, print the medians, write target/bench/;
                       size: only what the core's features weigh in the WebAssembly module (not with --quick)
  money [--runs N] [--seed S] [--threads T] [--only RULE] | --run NUMBER [--seed S] | --tape LIST
                       simulate payments on bad days (default: 100,000), or tell one; --only: does one of them
                       break this rule?
  prove [NAME] [--quick]
                       show with real means what else is simulated; --quick: the cases that matter most. All, or one of:
{proofs}  fuzz [TARGET] [--minutes N] [--keep]
                       explore the fuzz targets of core/fuzz, or one (default: a minute each);
                       --keep: minimise what was found into tests/corpora
  mutants [FILES] | mutants --in-diff BASE [--minutes N]
                       change the core line by line: does a test notice? Without files, all of canonical, form, sign,
                       notify, envelope and payment, which takes hours; --in-diff: of what changed since BASE, as much
                       as N minutes allow (8)
  undone [NUMBER...]   take back what fixed a finding (tests/undone), one after the other: does the simulation find it again?
  build [TARGET]       build for release: cli (the command line `alipay`, the default), node, wasm, kotlin, swift;
                       wasm --without diagnose,typed: a smaller module without these features

A suite that can't run here is skipped and says so. Where CI=true a skip is a failure, and so it is
where the suite was asked for by name."
    )
}
