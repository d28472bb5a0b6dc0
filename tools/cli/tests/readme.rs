//! The READMEs' commands, run as they stand there but for the port.
#![allow(missing_docs)]

mod support;

use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};
use support::{alipay, signal, stderr};

/// The arguments of the one `cargo run --release -- …` command that begins with this word.
fn command(readme: &str, word: &str) -> Vec<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(readme);
    let text = std::fs::read_to_string(path).unwrap().replace("\\\n", " ");
    let start = format!("cargo run --release -- {word}");
    let mut lines = text.lines().filter(|line| line.starts_with(&start));
    let line = lines.next().unwrap_or_else(|| panic!("{readme} has no {word}"));
    assert_eq!(lines.next(), None);
    let words = line.split('#').next().unwrap_or_default();
    words.split_whitespace().skip(4).map(str::to_owned).collect()
}

fn run(mut arguments: Vec<String>, change: impl Fn(&mut String)) -> Command {
    arguments.iter_mut().for_each(change);
    let mut command = alipay();
    command.args(arguments);
    command
}

#[test]
fn the_gateway_and_the_payment_of_both_readmes_work_together() {
    for readme in ["README.md", "README.zh-CN.md"] {
        let directory = tempfile::tempdir().unwrap();
        let free_port = |word: &mut String| {
            if word == "8080" {
                *word = "0".into();
            }
        };
        let mut sandbox = run(command(readme, "sandbox"), free_port);
        let mut sandbox = sandbox
            .args(["--json", "--time-scale", "10"])
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(sandbox.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let gateway = ready["gateway"].as_str().unwrap();
        let here = |word: &mut String| {
            if word.starts_with("http://127.0.0.1:8080/") {
                *word = gateway.to_owned();
            }
        };
        let mut pay = run(command(readme, "pay"), here);
        let pay = pay
            .args(["--interval", "300"])
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert_eq!(pay.status.code(), Some(0), "{readme}: {}", stderr(&pay));
        assert!(directory.path().join("order_1.state").exists());
        signal(&sandbox, "INT");
        sandbox.wait().unwrap();
        assert_eq!(command(readme, "demo"), ["demo"]);
    }
}
