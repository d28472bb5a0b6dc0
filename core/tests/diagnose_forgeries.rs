//! `diagnose` never explains a forgery: 100,000 of them, 5,000 with a genuine signature over other content.
#![cfg(feature = "diagnose")]
#![allow(missing_docs)]

#[path = "harness/signed_message.rs"]
mod signed_message;

use alipay_core::{
    Merchant,
    diagnose::{Cause, DEFAULT_HASHES, Hints, Proof, Verdict},
    key::{PrivateKey, PublicKey},
    sign::to_base64,
};
use signed_message::{ALIPAY_PUBLIC, APP, Pairs, V1, message, signed};
use std::thread;

/// A small generator of numbers, so that a failure can be had again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// With the application's key, `diagnose` also asks whether that made the signature.
fn merchant(with_key: bool) -> Merchant {
    let builder = Merchant::builder("2014072300007148", PublicKey::parse(ALIPAY_PUBLIC).unwrap());
    if with_key {
        builder
            .private_key(PrivateKey::parse(APP).unwrap())
            .build()
            .unwrap()
    } else {
        builder.build().unwrap()
    }
}

#[test]
fn a_signature_that_was_made_up_is_only_not_this_keys() {
    let mut random = Random(0x5eed_2026_1122_0311);
    let merchants = [merchant(false), merchant(true)];
    for round in 0..95_000_usize {
        let amount = random.next() % 100_000;
        let sign = to_base64(&random.bytes(256));
        let pairs = [
            ("out_trade_no", &*format!("{round}")),
            ("total_amount", &*format!("{amount}.00")),
            ("subject", "a b+c"),
            ("trade_status", "TRADE_SUCCESS"),
            ("sign_type", "RSA2"),
            ("sign", &sign),
        ];
        let merchant = &merchants[usize::from(round % 10 == 0)];
        let diagnosis = merchant.diagnose_decoded(pairs, &Hints::default());
        assert_eq!(diagnosis.verdict, Verdict::Key);
        let found: Vec<_> = diagnosis.findings.iter().map(|f| (f.cause, f.proof)).collect();
        assert_eq!(found, [(Cause::WrongKeyOrForged, Proof::Exclusion)]);
    }
}

/// How many genuine signatures are put over other content.
const GENUINE: usize = 5_000;

const SHORT: [&str; 6] = [
    "body",
    "notify_id",
    "out_trade_no",
    "subject",
    "total_amount",
    "trade_status",
];

/// How many hypotheses are tried for each: the 2,000 that a diagnosis is held to in its time; every fiftieth has all of
/// [`DEFAULT_HASHES`], and without optimisation this takes minutes, so in a release build each has.
fn budget(round: usize) -> u32 {
    if round.is_multiple_of(50) || !cfg!(debug_assertions) {
        DEFAULT_HASHES
    } else {
        2_000
    }
}

#[test]
fn a_genuine_signature_over_other_content_is_not_explained() {
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let merchant = merchant(false);
    let messages: Vec<Pairs> = (0..50)
        .map(|index| {
            let mut fields = message(index);
            // Most of them short: without optimisation, a parameter more takes as long as its hash.
            if index % 10 != 0 {
                fields.retain(|(name, _)| SHORT.contains(&&**name));
            }
            signed(fields, V1)
        })
        .collect();
    let tried: u64 = thread::scope(|scope| {
        let some = |first: usize| {
            let rounds = (first..GENUINE).step_by(threads);
            rounds
                .map(|round| tried_in_vain(&merchant, &messages, round))
                .sum::<u64>()
        };
        let running: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || some(first)))
            .collect();
        running.into_iter().map(|run| run.join().unwrap()).sum::<u64>()
    });
    let allowed: u64 = (0..GENUINE).map(|round| u64::from(budget(round))).sum();
    // Hardly any has fewer hypotheses than it may try.
    assert!(
        tried <= allowed && tried * 10 >= allowed * 9,
        "{tried} of {allowed}"
    );
}

/// A genuine signature over other content: how many hypotheses were tried, none of which explains it.
fn tried_in_vain(merchant: &Merchant, messages: &[Pairs], round: usize) -> u64 {
    let mut random = Random(0x5eed_2026_1122_0312 ^ ((round as u64) << 20));
    let mut pairs = messages[round % messages.len()].clone();
    // One value or two; a number, a word, or a value that looks changed on its way.
    for _ in 0..=round % 2 {
        let name = SHORT[usize::from(random.bytes(1)[0]) % SHORT.len()];
        let other = random.next();
        let other = match round % 4 {
            0 => other.to_string(),
            1 => format!("{{\"amount\":\"{other}\"}}"),
            2 => format!("a {other}&quot;%2B"),
            _ => format!("咖啡 {other:x}"),
        };
        pairs
            .iter_mut()
            .filter(|(known, _)| known == name)
            .for_each(|(_, value)| value.clone_from(&other));
    }
    let given = pairs.iter().map(|(name, value)| (&**name, &**value));
    let hints = Hints {
        max_hashes: Some(budget(round)),
        ..Hints::default()
    };
    let diagnosis = merchant.diagnose_decoded(given, &hints);
    assert_eq!(diagnosis.verdict, Verdict::Altered, "{round}: {diagnosis:?}");
    let found: Vec<_> = diagnosis.findings.iter().map(|f| (f.cause, f.proof)).collect();
    assert_eq!(found, [(Cause::ContentUnknown, Proof::Exclusion)], "{round}");
    assert_eq!(diagnosis.variant, None);
    diagnosis.tried.into()
}
