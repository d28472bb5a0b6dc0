//! Golden traces (`tests/golden`): days on which a broken machine was caught, and what the machine as it is does on them.
//!
//! A tape is good for one version of the simulation. When that changes, the traces are written anew:
//! `cargo run -p conformance --features broken --bin money -- --golden tests/golden`

use super::{
    lab::Lab,
    tape::{Tape, read_tape},
    verdict::Verdict,
    world::run,
};
use std::path::PathBuf;

const SOUND: &str = "\n== The machine as it is ==\n";
const BROKEN: &str = "\n== The broken machine ==\n";
/// A story that is longer loses its middle.
const MOST_LINES: usize = 100;

/// One of them, read back.
#[derive(Debug, Clone)]
pub struct Golden {
    /// The broken machine's name.
    pub name: String,
    /// Its run, which also says how it is signed ([`Labs::of`](super::Labs::of)).
    pub run: u64,
    /// The choices.
    pub tape: Vec<u32>,
    /// What the machine as it is does.
    pub sound: String,
    /// What the broken one did.
    pub broken: String,
}

/// Where they are.
#[must_use]
pub fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

impl Golden {
    /// Reads one. `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (head, stories) = text.split_once(SOUND)?;
        let (sound, broken) = stories.split_once(BROKEN)?;
        let line = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
        Some(Self {
            name: line("machine: ")?.to_owned(),
            run: line("run: ")?.parse().ok()?,
            tape: read_tape(line("tape: ")?)?,
            sound: sound.to_owned(),
            broken: broken.to_owned(),
        })
    }
}

/// Plays a tape and tells what happened, down to how it ended.
#[must_use]
pub fn play(lab: &Lab, tape: &[u32]) -> (Verdict, String) {
    let (verdict, _, mut lines) = run(lab, Tape::given(tape.to_vec()), true);
    if lines.len() > MOST_LINES {
        let left_out = lines.len() - MOST_LINES;
        let half = MOST_LINES / 2;
        lines.splice(
            half..half + left_out,
            [format!("            ({left_out} lines more)")],
        );
    }
    match &verdict.broken {
        None => lines.push(format!("outcome: {}", verdict.outcome)),
        Some((rule, what)) => lines.push(format!("BROKEN {}: {what}", rule.as_str())),
    }
    let mut story: String = lines
        .iter()
        .map(|line| line.trim_end())
        .collect::<Vec<_>>()
        .join("\n");
    story.push('\n');
    (verdict, story)
}

#[cfg(feature = "broken")]
mod hunt {
    use super::{BROKEN, SOUND, play};
    use crate::money::{Failure, Labs, Tape, investigate, run, write_tape};
    use alipay_core::payment::Mutant;
    use std::{fs, path::Path};

    /// The seed of the hunts.
    pub const SEED: u64 = 5;
    /// Within so many runs each broken machine is caught.
    pub const RUNS: u64 = 10_000;

    /// A broken machine, caught by the rule that it must break.
    #[derive(Debug, Clone)]
    pub struct Caught {
        /// In which run.
        pub run: u64,
        /// The shortened story.
        pub failure: Failure,
    }

    /// Hunts the machine that is the chosen one from now on.
    ///
    /// # Errors
    /// If the runs end before it broke its own rule.
    pub fn hunt(labs: &Labs, mutant: Mutant) -> Result<Caught, String> {
        Mutant::choose(Some(mutant));
        let breaks_it = |number: &u64| {
            let (verdict, _, _) = run(labs.of(*number), Tape::drawn(SEED, *number), false);
            verdict
                .broken
                .is_some_and(|(rule, _)| rule.as_str() == mutant.rule())
        };
        (0..RUNS)
            .find(breaks_it)
            .and_then(|run| {
                let failure = investigate(labs.of(run), Tape::drawn(SEED, run))?;
                Some(Caught { run, failure })
            })
            .ok_or_else(|| format!("{} was not caught by {}", mutant.as_str(), mutant.rule()))
    }

    /// Hunts these broken machines and writes their traces into this directory.
    ///
    /// # Errors
    /// If one is not caught, or a file can't be written.
    pub fn write_days(labs: &Labs, mutants: &[Mutant], directory: &Path) -> Result<usize, String> {
        fs::create_dir_all(directory).map_err(|error| error.to_string())?;
        for mutant in mutants.iter().copied() {
            let caught = hunt(labs, mutant)?;
            let tape = &caught.failure.tape;
            let (_, broken) = play(labs.of(caught.run), tape);
            Mutant::choose(None);
            let (_, sound) = play(labs.of(caught.run), tape);
            let (name, about, run) = (mutant.as_str(), mutant.about(), caught.run);
            let text = format!(
                "machine: {name}\nbroken: {about}\nrule: {}\nrun: {run}\ntape: {}\n{SOUND}{sound}{BROKEN}{broken}",
                mutant.rule(),
                write_tape(tape),
            );
            let file = directory.join(name).with_extension("txt");
            fs::write(file, text).map_err(|error| error.to_string())?;
        }
        Ok(mutants.len())
    }
}

#[cfg(feature = "broken")]
pub use hunt::{Caught, RUNS, SEED, hunt, write_days};
