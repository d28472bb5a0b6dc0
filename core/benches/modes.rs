//! What is compared, measured in turn: on a busy machine two benchmarks one after the other differ by more than the modes
//! do. Run through `cargo xtask bench`.
#![allow(missing_docs)]

#[path = "../tests/harness/full_order.rs"]
mod full_order;
mod harness;

use alipay_core::{
    Merchant,
    api::{ApiRequest, TradeQueryRequest},
    cert::Certificates,
    charset::Charset,
    http::HttpResponse,
    merchant::MerchantBuilder,
    sign::{SignType, Signer, aws},
};
use aws_lc_rs::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use harness::{NoRsa, alipay_key, app_key, now, response};
use std::{hint::black_box, sync::Arc, time::Instant};

const ALIPAY_CERTIFICATE: &str = include_str!("../../tests/vectors/keys/alipay_2048_certificate.pem");
/// Somebody's: nothing is signed with its key here.
const APP_CERTIFICATE: &str = include_str!("../../tests/vectors/certs/alipay_class_2_r1.pem");
const ROOTS: &str = include_str!("../../tests/vectors/certs/alipay_root_bundle.pem");

/// A name, and the call.
type Way<'a> = (&'a str, Box<dyn FnMut() + 'a>);

fn main() {
    // Cargo's own tests start every benchmark with other arguments.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let quick = std::env::args().any(|argument| argument == "--quick");
    let rounds = if quick { 300 } else { 3000 };
    let certificates = Certificates::parse(APP_CERTIFICATE, ALIPAY_CERTIFICATE, ROOTS).unwrap();
    let sn = certificates.alipay_cert_sns().next().unwrap().to_owned();
    let public_key = || Merchant::builder("2014072300007148", alipay_key());
    let modes = [
        ("utf-8, public key", public_key(), None),
        ("gbk, public key", public_key().charset(Charset::Gbk), None),
        (
            "utf-8, certificates",
            Merchant::builder_with_certificates("2014072300007148", certificates),
            Some(&*sn),
        ),
    ]
    .map(|(name, builder, sn)| (name, merchant(builder), sn));
    requests(&modes, rounds);
    answers(&modes, rounds);
    signing(rounds / 3);
}

fn merchant(builder: MerchantBuilder) -> Merchant {
    builder
        .signer(Arc::new(NoRsa))
        .verifier(Arc::new(NoRsa))
        .notify_url("http://api.test.alipay.net/atinterface/receive_notify.htm")
        .build()
        .unwrap()
}

/// The order of the seed document with every field, with as much Chinese as orders usually have.
fn requests(modes: &[(&str, Merchant, Option<&str>)], rounds: usize) {
    let order = full_order::full_order();
    let call = order.to_call().unwrap();
    let (order, call) = (&order, &call);
    let whole = modes.iter().map(|(name, merchant, _)| -> Way<'_> {
        let run = move || {
            let call = black_box(order).to_call().unwrap();
            black_box(merchant.request(&call, now()).unwrap());
        };
        (name, Box::new(run))
    });
    in_turn("full pay request, from the order", 20, rounds, whole.collect());
    let rest = modes.iter().map(|(name, merchant, _)| -> Way<'_> {
        let run = move || {
            black_box(merchant.request(black_box(call), now()).unwrap());
        };
        (name, Box::new(run))
    });
    in_turn("full pay request, prepare and finish", 20, rounds, rest.collect());
}

/// The same answer in each mode, with what the mode adds to it.
fn answers(modes: &[(&str, Merchant, Option<&str>)], rounds: usize) {
    let plain = String::from_utf8(response().body).unwrap();
    let bodies = modes.iter().map(|(_, merchant, sn)| {
        let text = match sn {
            Some(sn) => plain.replace(r#","sign":"#, &format!(r#","alipay_cert_sn":"{sn}","sign":"#)),
            None => plain.clone(),
        };
        let body = merchant.charset().encode(&text).unwrap().into_owned();
        HttpResponse {
            status: 200,
            headers: Vec::new(),
            body,
        }
    });
    let bodies: Vec<_> = bodies.collect();
    let open = modes
        .iter()
        .zip(&bodies)
        .map(|((name, merchant, _), body)| -> Way<'_> {
            let run = move || {
                let answer = merchant.open(TradeQueryRequest::METHOD, black_box(body));
                assert!(answer.is_ok_and(|answer| answer.is_verified()));
            };
            (name, Box::new(run))
        });
    in_turn("answer of 1 KB, opened", 20, rounds, open.collect());
}

/// Our signer beside the library it is made of: the difference is what we add.
fn signing(rounds: usize) {
    let (key, message) = (app_key(), [b'm'; 1024]);
    let pair = KeyPair::from_der(key.to_pkcs1_der()).unwrap();
    let (random, mut out) = (SystemRandom::new(), vec![0; pair.public_modulus_len()]);
    let ours = aws::AwsSigner::new(&key).unwrap();
    let alone = || {
        pair.sign(&RSA_PKCS1_SHA256, &random, black_box(&message), &mut out)
            .unwrap();
    };
    let ours = || {
        black_box(ours.sign(SignType::Rsa2, black_box(&message)).unwrap());
    };
    let ways: Vec<Way<'_>> = vec![("AWS-LC alone", Box::new(alone)), ("ours", Box::new(ours))];
    in_turn("signature, RSA2 with 2048 bits", 1, rounds, ways);
}

/// Some calls of each way, one way after the other, again and again. One line of JSON: by way its median in nanoseconds
/// and the median of the rounds' ratios to the first way.
fn in_turn(what: &str, calls: u32, rounds: usize, mut ways: Vec<Way<'_>>) {
    let mut times = vec![Vec::with_capacity(rounds); ways.len()];
    for round in 0..rounds + rounds / 10 {
        // Nobody is always the one after somebody else's caches.
        for step in 0..ways.len() {
            let way = (step + round) % ways.len();
            let start = Instant::now();
            for _ in 0..calls {
                (ways[way].1)();
            }
            let ns = start.elapsed().as_secs_f64() * 1e9 / f64::from(calls);
            if round >= rounds / 10 {
                times[way].push(ns);
            }
        }
    }
    let rows = ways.iter().zip(&times).map(|((name, _), own)| {
        let ratios = own.iter().zip(&times[0]).map(|(own, first)| own / first);
        let (ns, ratio) = (median(own.clone()), median(ratios.collect()));
        format!(r#"{{"name":"{name}","medianNs":{ns:.1},"ratio":{ratio:.4}}}"#)
    });
    println!(
        r#"{{"what":"{what}","ways":[{}]}}"#,
        rows.collect::<Vec<_>>().join(",")
    );
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
