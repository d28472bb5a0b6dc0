//! Payments on bad days: the input is the tape of the simulation.

use conformance::money::{Lab, Tape, run as simulate};
use std::{cell::OnceCell, thread_local};

thread_local! {
    static LAB: OnceCell<Lab> = const { OnceCell::new() };
}

pub(super) fn run(input: &[u8]) {
    let choices = choices(input);
    LAB.with(|lab| {
        let lab = lab.get_or_init(Lab::stand_in);
        let (verdict, tape, _) = simulate(lab, Tape::given(choices), false);
        if let Some((rule, what)) = verdict.broken {
            let tape: Vec<String> = tape.iter().map(u32::to_string).collect();
            panic!(
                "{}: {what}\ncargo xtask money --tape {}",
                rule.as_str(),
                tape.join(",")
            );
        }
    });
}

/// A byte is a choice; the eight highest begin one of three more bytes, for milliseconds.
fn choices(input: &[u8]) -> Vec<u32> {
    let mut bytes = input.iter().copied();
    let mut choices = Vec::with_capacity(input.len());
    while let Some(byte) = bytes.next() {
        choices.push(if byte < 0xf8 {
            u32::from(byte)
        } else {
            let mut next = || bytes.next().unwrap_or_default();
            u32::from_le_bytes([next(), next(), next(), 0])
        });
    }
    choices
}

/// The way back, for seeds.
pub(super) fn written(choices: &[u32]) -> Vec<u8> {
    let mut out = Vec::with_capacity(choices.len());
    for choice in choices {
        match u8::try_from(*choice) {
            Ok(byte) if byte < 0xf8 => out.push(byte),
            _ => {
                let [a, b, c, _] = choice.to_le_bytes();
                out.extend([0xf8, a, b, c]);
            }
        }
    }
    out
}
