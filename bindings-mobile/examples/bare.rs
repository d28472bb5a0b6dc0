//! What the calls of Kotlin's and Swift's benchmarks take without a boundary: the same calls of the core from Rust.
//!
//! Their benchmark runs this program beside itself and asks it for a round after each of its own, so that both feel the
//! same weather: a line `notify 20` is answered by the nanoseconds per call of twenty of them.

use alipay_core::{
    Merchant, Payment, Timestamp,
    api::TradePayRequest,
    http::HttpResponse,
    key::{PrivateKey, PublicKey},
    payment::{Input, Output, Policy, RequestId, Start},
};
use serde_json::Value;
use std::{fs, hint::black_box, io, path::Path, sync::Arc, time::Instant};

/// Nanoseconds per call.
fn round(calls: u32, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

fn vectors(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).expect("the vectors");
    serde_json::from_str(&text).expect("JSON")
}

fn main() {
    let notify = vectors("notify");
    let key = |name: &str, half: &str| notify["keys"][name][half].as_str().expect("a key").to_owned();
    let alipay = PublicKey::parse(key("alipay_2048", "public_key")).expect("a key");
    let app = PrivateKey::parse(key("app_2048", "private_key")).expect("a key");
    let merchant = Merchant::builder("2014072300007148", alipay).private_key(app);
    let merchant = Arc::new(merchant.build().expect("good options"));
    let body = notify["rows"][0]["body"].as_str().expect("a body").as_bytes();
    let now = Timestamp::from_unix_ms(1_795_262_400_000).expect("a time");
    let order = TradePayRequest::from_json(
        r#"{"out_trade_no":"20150320010101001","scene":"bar_code","auth_code":"28763443825664394","subject":"Iphone6 16G","total_amount":"88.88"}"#,
    );
    let order = order.expect("a good order");
    let start = Start::default();
    let mut payment =
        Payment::new(Arc::clone(&merchant), order, Policy::default(), start, now).expect("a good payment");
    assert!(matches!(payment.poll_output(now), Output::Request(_)));
    let stale = HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: vec![b'a'; 1024],
    };
    for line in io::stdin().lines() {
        let line = line.expect("a line of text");
        let (name, calls) = line.split_once(' ').expect("a name and a number");
        let calls = calls.parse().expect("a number");
        let took = match name {
            "noop" => round(calls, || {
                black_box(black_box(&merchant).signs_externally());
            }),
            "notify" => round(calls, || {
                black_box(merchant.verify_notify(body).expect("good"));
            }),
            "step" => round(calls, || {
                let input = Input::Response {
                    id: RequestId(99),
                    response: &stale,
                    reset: false,
                };
                payment.handle_input(input, now).expect("ignored");
                black_box(payment.poll_output(now));
            }),
            "sign" => round(calls, || {
                black_box(merchant.sign(b"message", merchant.sign_type()).expect("good"));
            }),
            unknown => panic!("{unknown} is not measured"),
        };
        println!("{took}");
    }
}
