//! What the core costs, with and without RSA. Run through `cargo xtask bench`.
#![allow(missing_docs)]

#[path = "../tests/harness/full_order.rs"]
mod full_order;
mod harness;
#[path = "../tests/harness/signed_message.rs"]
mod signed_message;

use alipay_core::{
    Merchant, Payment,
    api::{ApiRequest, TradePayRequest, TradeQueryRequest},
    diagnose::{Hints, Verdict},
    id::AuthCode,
    key::PrivateKey,
    payment::{Failure, Input, Output, Policy, Restored, Start},
    sign::{SignType, Signer, Verifier, pure},
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use harness::{NoRsa, alipay_key, app_key, now, response};
use std::{hint::black_box, sync::Arc};

fn merchant() -> Merchant {
    Merchant::builder("2014072300007148", alipay_key())
        .signer(Arc::new(NoRsa))
        .verifier(Arc::new(NoRsa))
        .notify_url("http://api.test.alipay.net/atinterface/receive_notify.htm")
        .build()
        .unwrap()
}

fn without_rsa(c: &mut Criterion) {
    let (merchant, order, response) = (merchant(), full_order::full_order(), response());
    c.bench_function("without_rsa/request_full_pay", |b| {
        b.iter(|| {
            merchant
                .request(&black_box(&order).to_call().unwrap(), now())
                .unwrap()
        });
    });
    c.bench_function("without_rsa/open_1kb_response", |b| {
        b.iter(|| {
            merchant
                .open(TradeQueryRequest::METHOD, black_box(&response))
                .unwrap()
        });
    });

    let merchant = Arc::new(merchant);
    let small = TradePayRequest::bar_code(
        "1",
        AuthCode::new("28763443825664394").unwrap(),
        "1".parse().unwrap(),
        "x",
    );
    let mut payment = Payment::new(
        Arc::clone(&merchant),
        small,
        Policy::default(),
        Start::default(),
        now(),
    )
    .unwrap();
    let Output::Request(pay) = payment.poll_output(now()) else {
        panic!("pay first")
    };
    c.bench_function("without_rsa/machine_step_timer", |b| {
        b.iter(|| black_box(&mut payment).poll_output(now()));
    });
    c.bench_function("without_rsa/machine_step_input", |b| {
        b.iter_batched_ref(
            || payment.clone(),
            |payment| {
                payment
                    .handle_input(
                        Input::Failure {
                            id: pay.id,
                            failure: Failure::MaybeSent,
                        },
                        now(),
                    )
                    .unwrap();
                payment.poll_output(now())
            },
            BatchSize::SmallInput,
        );
    });
    c.bench_function("without_rsa/snapshot", |b| {
        b.iter(|| black_box(&payment).snapshot());
    });
    let snapshot = payment.snapshot();
    c.bench_function("without_rsa/restore", |b| {
        b.iter(|| {
            Payment::restore(
                Arc::clone(&merchant),
                black_box(&snapshot),
                Restored::default(),
                now(),
            )
            .unwrap()
        });
    });
}

fn rsa_2048(c: &mut Criterion) {
    let message = [b'm'; 1024];
    let key = app_key();
    let pure = pure::PureSigner::new(&key);
    let signature = pure.sign(SignType::Rsa2, &message).unwrap();
    c.bench_function("sign/rsa", |b| {
        b.iter(|| pure.sign(SignType::Rsa2, black_box(&message)).unwrap());
    });
    let verifier = pure::PureVerifier::new(key.public_key()).unwrap();
    c.bench_function("verify/rsa", |b| {
        b.iter(|| {
            verifier
                .verify(SignType::Rsa2, black_box(&message), &signature)
                .unwrap();
        });
    });
    #[cfg(feature = "aws-lc-rs")]
    aws_lc(c, &key, &message, &signature);
}

/// Our backend beside the library it is made of, in the same run: the difference is what we add.
#[cfg(feature = "aws-lc-rs")]
fn aws_lc(c: &mut Criterion, key: &PrivateKey, message: &[u8], signature: &[u8]) {
    use alipay_core::sign::aws;
    use aws_lc_rs::{
        rand::SystemRandom,
        rsa::KeyPair,
        signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
    };
    let pair = KeyPair::from_der(key.to_pkcs1_der()).unwrap();
    let random = SystemRandom::new();
    let mut out = vec![0; pair.public_modulus_len()];
    c.bench_function("sign/aws_lc_alone", |b| {
        b.iter(|| {
            pair.sign(&RSA_PKCS1_SHA256, &random, black_box(message), &mut out)
                .unwrap();
        });
    });
    let ours = aws::AwsSigner::new(key).unwrap();
    c.bench_function("sign/aws_lc", |b| {
        b.iter(|| ours.sign(SignType::Rsa2, black_box(message)).unwrap());
    });
    let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().to_pkcs1_der()).unwrap();
    c.bench_function("verify/aws_lc_alone", |b| {
        b.iter(|| parsed.verify_sig(black_box(message), signature).unwrap());
    });
    let ours = aws::AwsVerifier::new(key.public_key()).unwrap();
    c.bench_function("verify/aws_lc", |b| {
        b.iter(|| {
            ours.verify(SignType::Rsa2, black_box(message), signature)
                .unwrap();
        });
    });
}

/// Two thousand hypotheses about a message that none of them explains: the target is 10 ms.
fn diagnose(c: &mut Criterion) {
    let merchant = Merchant::builder("2014072300007148", alipay_key())
        .build()
        .unwrap();
    let mut pairs = signed_message::signed(signed_message::message(3), signed_message::V1);
    signed_message::set(&mut pairs, "total_amount", |_| "0.01".into());
    let hints = Hints {
        max_hashes: Some(2000),
        ..Hints::default()
    };
    c.bench_function("diagnose/2000_hypotheses", |b| {
        b.iter(|| {
            let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
            let diagnosis = merchant.diagnose_decoded(black_box(pairs), &hints);
            assert_eq!((diagnosis.verdict, diagnosis.tried), (Verdict::Altered, 2000));
        });
    });
}

criterion_group!(benches, without_rsa, rsa_2048, diagnose);
criterion_main!(benches);
