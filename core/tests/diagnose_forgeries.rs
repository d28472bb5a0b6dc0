//! `diagnose` never explains a forgery: 100,000 of them, 5,000 with a genuine signature over other content.
#![allow(missing_docs)]

#[path = "harness/signed_message.rs"]
mod signed_message;

use alipay_core::{
    Merchant,
    diagnose::{Cause, Hints, Proof, Verdict},
    key::{PrivateKey, PublicKey},
    sign::to_base64,
};
use signed_message::{ALIPAY_PUBLIC, APP, Pairs, V1, message, set, signed};

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

#[test]
fn a_genuine_signature_over_other_content_is_not_explained() {
    let mut random = Random(0x5eed_2026_1122_0312);
    let merchant = merchant(false);
    let names = [
        "total_amount",
        "out_trade_no",
        "subject",
        "notify_id",
        "trade_status",
    ];
    let messages: Vec<(Pairs, Pairs)> = (0..50)
        .map(|index| {
            let whole = message(index);
            let mut short = whole.clone();
            short.retain(|(name, _)| names.contains(&&**name) || name == "body");
            (signed(whole, V1), signed(short, V1))
        })
        .collect();
    for round in 0..5_000_usize {
        let (whole, short) = &messages[round % 50];
        // Some with everything there is to try; for the others, every single hypothesis about a short message.
        let thorough = round % 1_000 == 7;
        let mut pairs = if thorough { whole } else { short }.clone();
        let other = random.next().to_string();
        set(&mut pairs, names[round % 5], |_| other.clone());
        let hints = Hints {
            max_hashes: (!thorough).then_some(250),
            ..Hints::default()
        };
        let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
        let diagnosis = merchant.diagnose_decoded(pairs, &hints);
        assert_eq!(diagnosis.verdict, Verdict::Altered, "{diagnosis:?}");
        let found: Vec<_> = diagnosis.findings.iter().map(|f| (f.cause, f.proof)).collect();
        assert_eq!(found, [(Cause::ContentUnknown, Proof::Exclusion)]);
        assert_eq!(diagnosis.variant, None);
    }
}
