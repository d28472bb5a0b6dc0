//! A shop that asks why, and how its answers are read.
#![allow(dead_code, reason = "no test needs everything")]

use crate::signed_message::{ALIPAY_PUBLIC, APP, Pairs};
use alipay_core::{
    Merchant,
    diagnose::{Cause, Diagnosis, Finding, Hints, Proof, Verdict},
    form,
    key::{PrivateKey, PublicKey},
};
use std::{collections::BTreeSet, sync::OnceLock};

pub(crate) fn merchant() -> &'static Merchant {
    static MERCHANT: OnceLock<Merchant> = OnceLock::new();
    MERCHANT.get_or_init(|| {
        Merchant::builder("2014072300007148", PublicKey::parse(ALIPAY_PUBLIC).unwrap())
            .private_key(PrivateKey::parse(APP).unwrap())
            .build()
            .unwrap()
    })
}

pub(crate) fn decoded(pairs: &Pairs) -> Diagnosis {
    let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
    merchant().diagnose_decoded(pairs, &Hints::default())
}

pub(crate) fn encoded(pairs: &Pairs) -> String {
    form::encode(pairs.iter().map(|(name, value)| (&**name, &**value)))
}

pub(crate) fn all(pairs: &mut Pairs, change: impl Fn(&str) -> String) {
    for (name, value) in pairs {
        if name != "sign" {
            *value = change(value);
        }
    }
}

pub(crate) fn drop(pairs: &mut Pairs, name: &str) {
    let before = pairs.len();
    pairs.retain(|(known, _)| known != name);
    assert!(pairs.len() < before);
}

/// What the findings say, without their proofs.
pub(crate) fn told(diagnosis: &Diagnosis) -> BTreeSet<(Cause, Vec<String>)> {
    diagnosis
        .findings
        .iter()
        .map(|Finding { cause, fields, .. }| (*cause, fields.clone()))
        .collect()
}

#[track_caller]
pub(crate) fn repaired(diagnosis: &Diagnosis, expected: &[(Cause, &[&str])]) {
    let expected: BTreeSet<_> = expected
        .iter()
        .map(|(cause, fields)| (*cause, fields.iter().map(|field| (*field).to_owned()).collect()))
        .collect();
    assert_eq!(diagnosis.verdict, Verdict::Repaired, "{diagnosis:?}");
    assert_eq!(told(diagnosis), expected, "{diagnosis:?}");
    let proven = |finding: &Finding| matches!(finding.proof, Proof::Digest | Proof::Padding);
    assert!(diagnosis.findings.iter().all(proven));
}

pub(crate) fn utf8_as_latin1(text: &str) -> String {
    text.bytes().map(char::from).collect()
}
