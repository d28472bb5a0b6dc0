//! A till: charges one payment code, and survives being killed at any moment.
//!
//! `barcode_payment GATEWAY APP_ID APP_PRIVATE_KEY_FILE ALIPAY_PUBLIC_KEY_FILE ORDER_NUMBER AUTH_CODE YUAN`

use alipay_core::{
    Merchant, Payment, Timestamp,
    api::TradePayRequest,
    http::{HttpRequest, HttpResponse},
    id::AuthCode,
    key::{PrivateKey, PublicKey},
    payment::{Failure, Input, Outcome, Output, Policy},
};
use std::{env, error::Error, fs, io::Write, sync::Arc, thread, time::Duration};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [gateway, app_id, app_key, alipay_key, number, code, yuan] = arguments.as_slice() else {
        return Err("seven arguments, please".into());
    };
    // The TLS library wants to be told which cryptography to use.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let alipay_key = PublicKey::parse(fs::read(alipay_key)?)?;
    let app_key = PrivateKey::parse(fs::read(app_key)?)?;
    let merchant = Merchant::builder(app_id, alipay_key)
        .private_key(app_key)
        .gateway(gateway)
        .build()?;
    let merchant = Arc::new(merchant);

    // A state file means that an earlier run was killed: go on with that payment, don't start another.
    let state = format!("{number}.state");
    let mut payment = match fs::read(&state) {
        Ok(snapshot) => Payment::restore(merchant, &snapshot, now())?,
        Err(_) => {
            let order =
                TradePayRequest::bar_code(number, AuthCode::new(code)?, yuan.parse()?, "A cup of tea");
            Payment::new(merchant, order, Policy::default(), now())?
        }
    };

    let outcome = loop {
        match payment.poll_output(now()) {
            Output::Request(request) => {
                if request.checkpoint {
                    store(&state, &payment.snapshot())?; // before a pay or a cancel leaves
                }
                let answer = send(&request.http, Duration::from_millis(request.timeout_ms.into()));
                let input = match &answer {
                    Ok(response) => Input::Response {
                        id: request.id,
                        response,
                    },
                    Err(failure) => Input::Failure {
                        id: request.id,
                        failure: *failure,
                    },
                };
                payment.handle_input(input, now())?;
            }
            Output::Timeout { at, .. } => thread::sleep(at.saturating_since(now())),
            Output::Sign(_) => return Err("the key is in this process".into()),
            Output::Done(outcome) => break outcome,
        }
        eprintln!("{:?} {:?}", payment.phase(), payment.heard());
    };

    match &outcome {
        Outcome::Paid { trade, .. } => println!("paid {} ({:?})", trade.total_amount, trade.trade_no),
        Outcome::Unresolved { .. } => println!("not known yet: run me again, I will reconcile"),
        other => println!("not paid: {other:?}"),
    }
    store(&state, &payment.snapshot())?; // your books now know the outcome; the file may go when they are safe
    Ok(())
}

/// Sends once. Every failure counts as "maybe sent", which is always safe.
fn send(request: &HttpRequest, timeout: Duration) -> Result<HttpResponse, Failure> {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(timeout))
        .build();
    let mut call = ureq::Agent::new_with_config(agent).post(&request.url);
    for (name, value) in &request.headers {
        call = call.header(*name, value);
    }
    let mut answer = call.send(&request.body[..]).map_err(|_| Failure::MaybeSent)?;
    let body = answer.body_mut().read_to_vec().map_err(|_| Failure::MaybeSent)?;
    Ok(HttpResponse {
        status: answer.status().as_u16(),
        headers: Vec::new(),
        body,
    })
}

/// Replaces the file atomically and durably.
fn store(path: &str, snapshot: &[u8]) -> std::io::Result<()> {
    let new = format!("{path}.new");
    let mut file = fs::File::create(&new)?;
    file.write_all(snapshot)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    fs::File::open(".")?.sync_all()
}

fn now() -> Timestamp {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    Timestamp::UNIX_EPOCH.saturating_add(since)
}
