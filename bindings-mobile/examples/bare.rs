//! What the Kotlin benchmark's calls take without a boundary: the same calls of the core from Rust. Prints nanoseconds as JSON.

use alipay_core::{
    Merchant, Payment, Timestamp,
    api::TradePayRequest,
    http::HttpResponse,
    key::{PrivateKey, PublicKey},
    payment::{Input, Output, Policy, RequestId},
};
use serde_json::{Value, json};
use std::{fs, hint::black_box, path::Path, sync::Arc, time::Instant};

const ROUNDS: usize = 200;

/// The median of many rounds, nanoseconds per call.
fn median(calls: u32, mut call: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..calls {
                call();
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
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
    let mut payment =
        Payment::new(Arc::clone(&merchant), order, Policy::default(), now).expect("a good payment");
    assert!(matches!(payment.poll_output(now), Output::Request(_)));
    let stale = HttpResponse {
        status: 200,
        body: vec![b'a'; 1024],
    };
    let results = json!({
        "noop": median(10_000, || { black_box(black_box(&merchant).signs_externally()); }),
        "notify": median(20, || { black_box(merchant.verify_notify(body).expect("good")); }),
        "step": median(2_000, || {
            let input = Input::Response { id: RequestId(99), response: &stale };
            payment.handle_input(input, now).expect("ignored");
            black_box(payment.poll_output(now));
        }),
        "sign": median(2, || { black_box(merchant.sign(b"message", merchant.sign_type()).expect("good")); }),
    });
    println!("{results}");
}
