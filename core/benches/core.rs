//! What the core costs, with and without RSA. Run through `cargo xtask bench`.
#![allow(missing_docs)]

#[path = "../tests/harness/full_order.rs"]
mod full_order;
#[path = "../tests/harness/signed_message.rs"]
mod signed_message;

#[cfg(feature = "gbk")]
use alipay_core::charset::Charset;
use alipay_core::{
    Error, Merchant, Payment, Timestamp,
    api::{ApiRequest, TradePayRequest, TradeQueryRequest},
    diagnose::{Hints, Verdict},
    http::HttpResponse,
    id::AuthCode,
    key::{PrivateKey, PublicKey},
    payment::{Failure, Input, Output, Policy},
    sign::{SignType, Signer, Verifier, pure},
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::{hint::black_box, sync::Arc};

/// No RSA: a signature of the right size, and every signature is right.
#[derive(Debug)]
struct NoRsa;

impl Signer for NoRsa {
    fn sign(&self, _: SignType, _: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(vec![0x5a; 256])
    }
}

impl Verifier for NoRsa {
    fn verify(&self, _: SignType, _: &[u8], _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}

fn alipay_key() -> PublicKey {
    PublicKey::parse(include_str!("../tests/keys/alipay_public_key.pem")).unwrap()
}

fn app_key() -> PrivateKey {
    PrivateKey::parse(include_str!("../tests/keys/app_private_key.pem")).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_unix_ms(1_795_262_400_000).unwrap()
}

fn merchant() -> Merchant {
    Merchant::builder("2014072300007148", alipay_key())
        .signer(Arc::new(NoRsa))
        .verifier(Arc::new(NoRsa))
        .notify_url("http://api.test.alipay.net/atinterface/receive_notify.htm")
        .build()
        .unwrap()
}

/// A response of one kilobyte, as a paid trade is answered.
fn response() -> HttpResponse {
    let mut body = String::from(
        r#"{"alipay_trade_query_response":{"code":"10000","msg":"Success","buyer_logon_id":"159****5620","buyer_pay_amount":"88.88","buyer_user_id":"2088101117955611","fund_bill_list":[{"amount":"88.88","fund_channel":"ALIPAYACCOUNT"}],"invoice_amount":"88.88","out_trade_no":"20150320010101001","point_amount":"0.00","receipt_amount":"88.88","send_pay_date":"2026-11-21 20:00:00","store_name":"证大五道口店","total_amount":"88.88","trade_no":"2026112122001400000000000001","trade_status":"TRADE_SUCCESS","subject":""#,
    );
    let tail = format!(r#""}},"sign":"{}"}}"#, "A".repeat(344));
    body.push_str(&"x".repeat(1024 - body.len() - tail.len()));
    body.push_str(&tail);
    assert_eq!(body.len(), 1024);
    HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: body.into_bytes(),
    }
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
    let mut payment = Payment::new(Arc::clone(&merchant), small, Policy::default(), now()).unwrap();
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
        b.iter(|| Payment::restore(Arc::clone(&merchant), black_box(&snapshot), now()).unwrap());
    });
}

/// GBK against UTF-8: the same order and the same answer, with as much Chinese as they usually have.
#[cfg(feature = "gbk")]
fn charsets(c: &mut Criterion) {
    let order = full_order::full_order();
    for charset in [Charset::Utf8, Charset::Gbk] {
        let merchant = Merchant::builder("2014072300007148", alipay_key())
            .signer(Arc::new(NoRsa))
            .verifier(Arc::new(NoRsa))
            .notify_url("http://api.test.alipay.net/atinterface/receive_notify.htm")
            .charset(charset)
            .build()
            .unwrap();
        let name = charset.as_str();
        c.bench_function(&format!("charset/{name}/request_full_pay"), |b| {
            b.iter(|| {
                merchant
                    .request(&black_box(&order).to_call().unwrap(), now())
                    .unwrap()
            });
        });
        let response = HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: charset
                .encode(str::from_utf8(&response().body).unwrap())
                .unwrap()
                .into_owned(),
        };
        c.bench_function(&format!("charset/{name}/open_1kb_response"), |b| {
            b.iter(|| {
                merchant
                    .open(TradeQueryRequest::METHOD, black_box(&response))
                    .unwrap()
            });
        });
    }
}

#[cfg(not(feature = "gbk"))]
fn charsets(_: &mut Criterion) {}

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
    print_ratio(
        || {
            pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut [0; 256])
                .unwrap();
        },
        || {
            let signature = ours.sign(SignType::Rsa2, message).unwrap();
            black_box(signature);
        },
    );
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

/// What our signer adds, measured call by call in turn: on a busy machine two benchmarks one after the other differ by more.
#[cfg(feature = "aws-lc-rs")]
fn print_ratio(mut alone: impl FnMut(), mut ours: impl FnMut()) {
    let time = |call: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        call();
        start.elapsed().as_nanos()
    };
    let (mut theirs, mut mine): (Vec<u128>, Vec<u128>) =
        (0..2000).map(|_| (time(&mut alone), time(&mut ours))).unzip();
    theirs.sort_unstable();
    mine.sort_unstable();
    let (theirs, mine) = (theirs[1000], mine[1000]);
    #[allow(clippy::cast_precision_loss, reason = "nanoseconds of one call")]
    let ratio = mine as f64 / theirs as f64;
    println!(
        "sign/aws_lc against sign/aws_lc_alone, 2000 pairs: medians {mine} ns and {theirs} ns, ratio {ratio:.3}"
    );
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

criterion_group!(benches, without_rsa, charsets, rsa_2048, diagnose);
criterion_main!(benches);
