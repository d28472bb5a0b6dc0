//! Every row of every golden vector. `cargo test -p conformance --test vectors -- --nocapture` prints the counts.

use conformance::vectors;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
    sync::Mutex,
};

/// The files and the fewest rows each may have: a vector is added, never lost.
const FILES: &[(&str, usize)] = &[
    ("amount", 27),
    ("api", 294),
    ("canonical", 21),
    ("cert", 110),
    ("charset", 76),
    ("cipher", 60),
    ("envelope", 63),
    ("form", 29),
    ("keys", 68),
    ("notify", 38),
    ("page", 28),
    ("payment", 183),
    ("request", 21),
    ("sign", 39),
    ("time", 32),
    ("notify_more", 63),
    ("v3", 88),
    ("diagnose", 111),
    ("payment_v3", 62),
    ("codes", 18),
];

/// What was run so far, and, once that is everything, the counts for who compares the languages.
fn count(name: &'static str, rows: usize) {
    static RUN: Mutex<BTreeMap<&str, usize>> = Mutex::new(BTreeMap::new());
    let mut run = RUN.lock().unwrap();
    run.insert(name, rows);
    if run.len() < FILES.len() {
        return;
    }
    println!("vectors: {} rows", run.values().sum::<usize>());
    if let Some(path) = std::env::var_os("VECTOR_COUNTS") {
        fs::write(path, serde_json::to_string(&*run).unwrap()).unwrap();
    }
}

macro_rules! files {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            let name = stringify!($name);
            let (_, fewest) = FILES.iter().find(|(known, _)| *known == name).expect("listed above");
            let rows = vectors::run(name);
            assert!(rows >= *fewest, "{name}.json lost rows: {rows} of {fewest}");
            count(name, rows);
        })*

        #[test]
        fn every_file_is_run() {
            let run: BTreeSet<_> = [$(stringify!($name)),*].into_iter().map(str::to_owned).collect();
            let listed: BTreeSet<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
            let present: BTreeSet<_> = fs::read_dir(vectors::directory())
                .unwrap()
                .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
                .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
                .collect();
            assert_eq!(present, run);
            assert_eq!(present, listed);
        }
    };
}

files! {
    amount api canonical cert charset cipher codes diagnose envelope form keys notify notify_more page payment request sign
    time v3 payment_v3
}

#[test]
#[should_panic(expected = "unknown.json")]
fn an_unknown_file_fails() {
    let _ = vectors::run("unknown");
}

#[test]
fn the_files_are_what_the_generator_makes() {
    let output = Command::new("node")
        .arg(vectors::directory().join("generate.mjs"))
        .arg("--check")
        .output()
        .expect("the vectors' generator needs node");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
