//! What fuzzing found, and the golden vectors, through every fuzz target: their properties hold of each, within their memory.
//!
//! The targets are `core/fuzz`'s, included by path: that crate needs libFuzzer, and this workspace does not. One test, so that
//! nothing else allocates while an input is measured.

#[allow(unreachable_pub, reason = "a library where it comes from")]
#[path = "../../core/fuzz/src/lib.rs"]
mod fuzz;

use std::{collections::BTreeMap, fs, path::PathBuf};

fn corpora() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpora")
}

/// The inputs of one target's folder, by name.
fn committed(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = corpora().join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("corpora/{target}: {error}"));
    let mut inputs: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                format!("corpora/{target}/{}", path.file_name().unwrap().display()),
                fs::read(&path).unwrap(),
            )
        })
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn what_fuzzing_found_and_every_vector_keep_the_targets_properties() {
    // The longer length is one at which a table of five bytes' pieces has just doubled.
    let seeds = [
        fuzz::seeds(),
        fuzz::stretched(1 << 16),
        fuzz::stretched(5 * ((1 << 16) + 1)),
    ]
    .concat();
    let mut counts = BTreeMap::new();
    let mut failures = Vec::new();
    for target in fuzz::TARGETS {
        let of_vectors = seeds.iter().filter(|(name, _)| *name == target.name);
        let of_vectors: Vec<_> = of_vectors
            .map(|(_, input)| ("a seed".to_owned(), input.clone()))
            .collect();
        let found = committed(target.name);
        assert!(
            !found.is_empty() && !of_vectors.is_empty(),
            "{}: nothing to replay",
            target.name
        );
        let inputs = of_vectors.len() + found.len();
        for (name, input) in of_vectors.into_iter().chain(found) {
            let ran = std::panic::catch_unwind(|| fuzz::run(target.name, &input));
            if ran.is_err() {
                failures.push(format!(
                    "{}: {name}, {} bytes: {}",
                    target.name,
                    input.len(),
                    input[..input.len().min(200)].escape_ascii()
                ));
            }
        }
        counts.insert(target.name, (inputs, fuzz::worst()));
    }
    assert!(
        failures.is_empty(),
        "{} inputs:\n{}",
        failures.len(),
        failures.join("\n")
    );
    for (target, (inputs, beyond)) in counts {
        println!(
            "{target}: {inputs} inputs; at most {} times each and {beyond} bytes",
            fuzz::TIMES
        );
    }
}

#[test]
fn every_folder_of_inputs_is_a_targets() {
    let targets: Vec<&str> = fuzz::TARGETS.iter().map(|target| target.name).collect();
    for entry in fs::read_dir(corpora()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = entry.file_name();
            assert!(
                targets.iter().any(|target| **target == *name),
                "{}",
                name.display()
            );
        }
    }
}
