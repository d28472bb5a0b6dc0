//! `diagnose` explains every change it knows, alone and in pairs, and never explains a forgery.
#![cfg(feature = "diagnose")]
#![allow(missing_docs)]

#[path = "harness/diagnosing.rs"]
mod diagnosing;
#[path = "harness/signed_message.rs"]
mod signed_message;

use alipay_core::{
    Merchant,
    diagnose::{Cause, Diagnosis, Hints, Proof, Verdict},
    form,
    key::{PrivateKey, PublicKey},
    sign::{SignType, Signer, pure::PureSigner, to_base64},
};
use diagnosing::{all, decoded, drop, encoded, merchant, repaired, told, utf8_as_latin1};
use rsa::pkcs1::DecodeRsaPrivateKey;
use sha2::Digest;
use signed_message::{ALIPAY, ALIPAY_PUBLIC, APP, Pairs, Style, V1, joined, message, set, signed};
use std::collections::BTreeSet;

#[test]
fn a_message_that_verifies_is_said_to_and_how() {
    for index in 0..5 {
        let mut pairs = signed(message(index), Style { v2: true, ..V1 });
        let diagnosis = decoded(&pairs);
        assert_eq!(
            (diagnosis.verdict, diagnosis.findings.len()),
            (Verdict::Verifies, 0)
        );
        assert_eq!(diagnosis.variant.unwrap().sign_type_signed, Some(true));
        drop(&mut pairs, "sign_type");
        repaired(&decoded(&pairs), &[(Cause::SignTypeDropped, &["sign_type"])]);
    }
}

#[test]
fn changes_of_every_value_are_one_cause() {
    for index in 0..5 {
        let pairs = signed(message(index), V1);
        let changed = |change: &dyn Fn(&str) -> String| {
            let mut mutated = pairs.clone();
            all(&mut mutated, change);
            let names: BTreeSet<String> = pairs
                .iter()
                .zip(&mutated)
                .filter(|(before, after)| before != after)
                .map(|(before, _)| before.0.clone())
                .collect();
            (decoded(&mutated), names)
        };
        let (diagnosis, names) = changed(&|value| utf8_as_latin1(value));
        assert_eq!(diagnosis.verdict, Verdict::Repaired, "{diagnosis:?}");
        assert_eq!(diagnosis.findings[0].cause, Cause::Utf8ReadAsLatin1);
        assert_eq!(
            diagnosis.findings[0]
                .fields
                .iter()
                .cloned()
                .collect::<BTreeSet<_>>(),
            names
        );
        let (diagnosis, _) = changed(&|value| format!("['{value}']"));
        assert_eq!(told(&diagnosis).len(), 1, "{diagnosis:?}");
        assert_eq!(diagnosis.findings[0].cause, Cause::ListValue);
        let (diagnosis, _) = changed(&|value| {
            value
                .replace('&', "&amp;")
                .replace('"', "&quot;")
                .replace('<', "&lt;")
        });
        assert_eq!(diagnosis.findings[0].cause, Cause::HtmlEscaped, "{diagnosis:?}");
        assert_eq!(diagnosis.findings.len(), 1);
    }
}

#[test]
fn empty_values_are_told_apart() {
    for (index, name) in [
        "subject",
        "passback_params",
        "gmt_close",
        "buyer_logon_id",
        "store_id",
    ]
    .iter()
    .enumerate()
    {
        let mut fields = message(index);
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).into(), String::new()));
        let pairs = signed(fields, Style { empty: true, ..V1 });
        let mut dropped = pairs.clone();
        drop(&mut dropped, name);
        repaired(&decoded(&dropped), &[(Cause::EmptyDropped, &[name])]);
        for word in ["null", "None", "undefined", "NULL", "nil"] {
            let mut named = pairs.clone();
            set(&mut named, name, |_| word.into());
            repaired(&decoded(&named), &[(Cause::NullText, &[name])]);
        }
    }
}

#[test]
fn the_raw_body_shows_what_happened_to_it_as_a_whole() {
    for index in 0..5 {
        let pairs = signed(message(index), V1);
        let body = encoded(&pairs);
        let diagnose = |body: &str| merchant().diagnose_notify(body.as_bytes(), &Hints::default());
        assert_eq!(diagnose(&body).verdict, Verdict::Verifies);
        // Decoded before it came here: nothing may be decoded again.
        let plain: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let diagnosis = diagnose(&plain.join("&"));
        assert_eq!(diagnosis.verdict, Verdict::Repaired);
        assert_eq!(diagnosis.findings[0].cause, Cause::DoubleDecoded, "{diagnosis:?}");
        // Encoded twice: every value once more, or the body as a whole.
        let twice: Pairs = pairs
            .iter()
            .map(|(name, value)| (name.clone(), form::encode([("", &**value)])[1..].to_owned()))
            .collect();
        let diagnosis = diagnose(&encoded(&twice));
        assert!(
            told(&diagnosis)
                .iter()
                .all(|(cause, _)| *cause == Cause::NotDecoded),
            "{diagnosis:?}"
        );
        assert_eq!(diagnosis.verdict, Verdict::Repaired);
        let whole = form::encode([("", &*body)])[1..].to_owned();
        repaired(&diagnose(&whole), &[(Cause::NotDecoded, &[])]);
        // As JSON.
        let members: Vec<String> = pairs
            .iter()
            .map(|(name, value)| {
                let value = value
                    .replace('\\', "\\\\")
                    .replace('"', "\\\"")
                    .replace('\n', "\\n");
                format!("\"{name}\":\"{value}\"")
            })
            .collect();
        repaired(
            &diagnose(&format!("{{{}}}", members.join(","))),
            &[(Cause::BodyIsJson, &[])],
        );
        // A parameter of notify_url's own, and one that came twice.
        repaired(
            &diagnose(&format!("{body}&channel=web")),
            &[(Cause::ExtraParameter, &["channel"])],
        );
        repaired(
            &diagnose(&format!("{body}&version=2")),
            &[(Cause::ExtraParameter, &["version"])],
        );
        assert_eq!(diagnose("").findings[0].cause, Cause::SignatureMissing);
        assert_eq!(diagnose("a=1&sign=").verdict, Verdict::Unreadable);
        assert_eq!(
            diagnose("a=1&sign=!!").findings[0].cause,
            Cause::SignatureUnreadable
        );
    }
}

/// What is to be found, and what was done.
type PairCase<'a> = (&'a [(Cause, &'a [&'a str])], &'a dyn Fn(&mut Pairs));

#[test]
fn pairs_of_changes_are_explained() {
    let one = |m: &mut Pairs| m.push(("id".into(), "7".into()));
    let cases: &[PairCase<'_>] = &[
        (
            &[
                (Cause::ExtraParameter, &["service"]),
                (Cause::ExtraParameter, &["id"]),
            ],
            &|m| {
                one(m);
                m.push(("service".into(), "x".into()));
            },
        ),
        (
            &[
                (Cause::ExtraParameter, &["id"]),
                (Cause::HtmlEscaped, &["fund_bill_list"]),
            ],
            &|m| {
                one(m);
                set(m, "fund_bill_list", |v| v.replace('"', "&quot;"));
            },
        ),
        (
            &[(Cause::ExtraParameter, &["id"]), (Cause::Trimmed, &["body"])],
            &|m| {
                one(m);
                set(m, "body", |v| v.trim().to_owned());
            },
        ),
        (
            &[
                (Cause::MissingParameter, &["charset"]),
                (Cause::MissingParameter, &["version"]),
            ],
            &|m| {
                drop(m, "charset");
                drop(m, "version");
            },
        ),
        (
            &[
                (Cause::HtmlEscaped, &["fund_bill_list"]),
                (Cause::JsonRewritten, &["fund_bill_list"]),
            ],
            &|m| {
                set(m, "fund_bill_list", |v| {
                    v.replace("\":", "\": ").replace('"', "&quot;")
                });
            },
        ),
        (
            &[
                (Cause::SignPlusLost, &["sign"]),
                (Cause::PlusBecameSpace, &["subject"]),
            ],
            &|m| {
                set(m, "sign", |v| v.replace('+', " "));
                set(m, "subject", |v| v.replace('+', " "));
            },
        ),
        (
            &[
                (Cause::NumberRewritten, &["total_amount"]),
                (Cause::LineEnds, &["body"]),
            ],
            &|m| {
                set(m, "total_amount", |v| v.trim_end_matches('0').to_owned());
                set(m, "body", |v| v.replace('\n', "\r\n"));
            },
        ),
        (
            &[
                (Cause::ListValue, &["subject"]),
                (Cause::MissingParameter, &["app_id"]),
            ],
            &|m| {
                set(m, "subject", |v| format!("['{v}']"));
                drop(m, "app_id");
            },
        ),
    ];
    for index in 0..5 {
        for (expected, mutate) in cases {
            let mut pairs = signed(message(index), V1);
            mutate(&mut pairs);
            repaired(&decoded(&pairs), expected);
        }
    }
}

#[test]
fn key_and_algorithm_problems_are_told_apart() {
    let (app, public) = (
        PrivateKey::parse(APP).unwrap(),
        PublicKey::parse(ALIPAY_PUBLIC).unwrap(),
    );
    let app_signer = PureSigner::new(&app);
    let only = |diagnosis: &Diagnosis, verdict, cause, proof| {
        assert_eq!(diagnosis.verdict, verdict, "{diagnosis:?}");
        let found: Vec<_> = diagnosis.findings.iter().map(|f| (f.cause, f.proof)).collect();
        assert_eq!(found, [(cause, proof)]);
    };
    for index in 0..5 {
        let mut pairs = signed(message(index), V1);
        let by_app = app_signer
            .sign(SignType::Rsa2, joined(&pairs, V1).as_bytes())
            .unwrap();
        // Alipay's message, verified with the application's own key.
        let own = Merchant::builder("2014072300007148", app.public_key().clone())
            .build()
            .unwrap();
        let hints = Hints {
            own_public_key: Some(app.public_key().clone()),
            ..Hints::default()
        };
        let body = encoded(&pairs);
        only(
            &own.diagnose_notify(body.as_bytes(), &hints),
            Verdict::Key,
            Cause::OwnKeyConfigured,
            Proof::Fact,
        );
        // Without that hint it is only not this key's.
        let unknown = own.diagnose_notify(body.as_bytes(), &Hints::default());
        only(&unknown, Verdict::Key, Cause::WrongKeyOrForged, Proof::Exclusion);
        // Signed by the application itself.
        set(&mut pairs, "sign", |_| to_base64(&by_app));
        only(
            &decoded(&pairs),
            Verdict::Key,
            Cause::SignedByOwnKey,
            Proof::Padding,
        );
        // Of another size.
        set(&mut pairs, "sign", |_| to_base64(&by_app[..128]));
        only(
            &decoded(&pairs),
            Verdict::Key,
            Cause::SignatureLength,
            Proof::Fact,
        );
        // With a hash that is neither of Alipay's.
        let mut other = signed(message(index), V1);
        let alipay = PrivateKey::parse(ALIPAY).unwrap();
        let rsa = rsa::RsaPrivateKey::from_pkcs1_der(alipay.to_pkcs1_der()).unwrap();
        let digest = sha2::Sha512::digest(joined(&other, V1).as_bytes());
        let sha512 = rsa
            .sign(rsa::Pkcs1v15Sign::new::<sha2::Sha512>(), &digest)
            .unwrap();
        set(&mut other, "sign", |_| to_base64(&sha512));
        only(
            &decoded(&other),
            Verdict::Key,
            Cause::AlgorithmUnknown,
            Proof::Padding,
        );
        // Signed with SHA-1 and said so; signed with SHA-1 and said otherwise, and the reverse.
        let mut old = signed(
            message(index),
            Style {
                sign_type: SignType::Rsa,
                ..V1
            },
        );
        only(&decoded(&old), Verdict::Key, Cause::AlgorithmWeak, Proof::Padding);
        set(&mut old, "sign_type", |_| "RSA2".into());
        only(
            &decoded(&old),
            Verdict::Key,
            Cause::AlgorithmMismatch,
            Proof::Padding,
        );
        let mut new = signed(message(index), V1);
        set(&mut new, "sign_type", |_| "RSA".into());
        only(
            &decoded(&new),
            Verdict::Key,
            Cause::AlgorithmMismatch,
            Proof::Padding,
        );
        let sha1 = Merchant::builder("2014072300007148", public.clone())
            .sign_type(SignType::Rsa)
            .build()
            .unwrap();
        let body = encoded(&signed(message(index), V1));
        assert_eq!(
            sha1.diagnose_notify(body.as_bytes(), &Hints::default()).verdict,
            Verdict::Verifies
        );
    }
}

#[test]
fn a_very_long_message_is_not_searched() {
    for count in [1, 50_000] {
        let mut pairs = signed(message(0), V1);
        let value = "a b+".repeat(200_000 / count);
        pairs.extend((0..count).map(|index| (format!("x{index}"), value.clone())));
        let diagnosis = decoded(&pairs);
        assert_eq!(diagnosis.verdict, Verdict::Altered);
        assert!(diagnosis.tried <= 2);
    }
}

#[test]
fn nothing_of_the_values_is_shown() {
    let mut pairs = signed(message(0), V1);
    pairs.push(("id".into(), "planted-secret".into()));
    let shown = format!("{:?}", decoded(&pairs));
    assert!(shown.contains("id") && !shown.contains("planted") && !shown.contains("2088"));
}
