//! What is fuzzed, and what must hold of every input: not only that nothing panics.
//!
//! | target | what it feeds | what must hold |
//! |---|---|---|
//! | `form` | the decoder, the encoder | as the browsers' library decodes; decode after encode is the identity, in every charset |
//! | `canonical` | parameters, a whole request | sorted, complete, no blanks; what is sent verifies with another's form parser |
//! | `envelope` | answers over both protocols | verified implies that the very bytes read were verified; as `serde_json` reads |
//! | `keys` | keys in every format | size and exponent within bounds; read again as written |
//! | `notify` | notifications, returns, an app's results | verified implies that the fields told are the bytes verified |
//! | `snapshot` | stored payments, with a right checksum | written again it is the same; goes on without harm |
//! | `payment` | tapes of the simulation of bad days | every rule of `docs/money-safety.md` |
//! | `certificates` | certificates, bundles, chains | a chain is accepted only for what was issued; read again as written |
//! | `diagnose` | messages that do not verify | "verifies" only if it does; nothing of the message is told |
//!
//! And of all but `payment`, whose world is no part of the core: at no moment are more bytes allocated than
//! [`TIMES`] times the input, plus the target's constant.
//!
//! The bodies are functions of this library, so that they run in two places: under libFuzzer (`fuzz_targets/`), and on
//! stable Rust over the committed corpora and the golden vectors (`tests/tests/corpora.rs`, which includes this file by its
//! path and so keeps libFuzzer out of the workspace).

mod budget;
mod canonical;
mod certificates;
mod diagnose;
mod envelope;
mod form;
mod keys;
mod notify;
mod payment;
mod seeds;
mod snapshot;
mod witness;

pub use budget::{TIMES, worst};
pub use seeds::{seeds, stretched};

/// One thing that is fuzzed.
pub struct Target {
    /// Its name: of the program, and of its folder of inputs.
    pub name: &'static str,
    run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "form",
        run: form::run,
    },
    Target {
        name: "canonical",
        run: canonical::run,
    },
    Target {
        name: "envelope",
        run: envelope::run,
    },
    Target {
        name: "keys",
        run: keys::run,
    },
    Target {
        name: "notify",
        run: notify::run,
    },
    Target {
        name: "snapshot",
        run: snapshot::run,
    },
    Target {
        name: "payment",
        run: payment::run,
    },
    Target {
        name: "certificates",
        run: certificates::run,
    },
    Target {
        name: "diagnose",
        run: diagnose::run,
    },
];

/// Runs one input of the target of this name.
///
/// # Panics
/// If something does not hold: that is the point.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target's name").run)(input);
}

/// The first byte chooses the circumstances, the rest is the message.
fn split(input: &[u8]) -> Option<(u8, &[u8])> {
    input.split_first().map(|(first, rest)| (*first, rest))
}
