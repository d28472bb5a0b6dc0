//! A till: charges one payment code, and survives being killed at any moment.
//!
//! `barcode_payment GATEWAY APP_ID APP_PRIVATE_KEY_FILE ALIPAY_PUBLIC_KEY_FILE ORDER_NUMBER AUTH_CODE YUAN`

use alipay_core::{
    Merchant, Payment,
    api::TradePayRequest,
    id::AuthCode,
    key::{PrivateKey, PublicKey},
    payment::{Failure, Input, Outcome, Output, Policy, RequestKind, Restored, Start},
};
use alipay_examples::{
    clock::{Moment, now},
    store::Store,
    transport::send,
};
use std::{env, error::Error, fs, sync::Arc, thread, time::Duration};

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

    // A state file means that an earlier run was killed: go on with that payment, don't start another. One file a sale.
    let first_id = getrandom::u32()?;
    let (store, snapshot) = Store::open(&format!("{number}.state"))?;
    let mut payment = match snapshot {
        Some(snapshot) => {
            let restored = Restored {
                first_id,
                ..Restored::default()
            };
            Payment::restore(merchant, &snapshot, restored, now())?
        }
        None => {
            let order =
                TradePayRequest::bar_code(number, AuthCode::new(code)?, yuan.parse()?, "A cup of tea");
            let start = Start {
                first_id,
                alipay_time: None,
            };
            Payment::new(merchant, order, Policy::default(), start, now())?
        }
    };
    payment.set_resets_on_death(cfg!(unix)); // as our transport does

    let outcome = loop {
        let output = payment.poll_output(now());
        let soon = Moment::in_ms(payment.policy().send_within_ms);
        match output {
            Output::Request(request) => {
                let (id, leave_by) = (request.id, Moment::in_ms(request.send_within_ms));
                // Before a pay or a cancel leaves. A store that hangs has failed.
                let stored = if request.checkpoint {
                    store.save(payment.snapshot(), leave_by)
                } else {
                    Ok(())
                };
                let answer = match stored {
                    Err(error) if request.kind == RequestKind::Pay => return Err(error.into()), // nothing was sent
                    Err(_) => Err(Failure::NotStored),
                    Ok(()) if !payment.is_wanted(id) => Err(Failure::NotSent),
                    Ok(()) => send(
                        &request.http,
                        leave_by,
                        Duration::from_millis(request.timeout_ms.into()),
                    ),
                };
                let input = match &answer {
                    Ok(response) => Input::Response {
                        id,
                        response,
                        reset: true,
                    },
                    Err(failure) => Input::Failure {
                        id,
                        failure: *failure,
                    },
                };
                payment.handle_input(input, now())?;
            }
            Output::Save => {
                if let Err(error) = store.save(payment.snapshot(), soon) {
                    eprintln!("not stored: {error}");
                }
            }
            Output::News(news) => eprintln!("{news:?}"),
            // In short steps: a sleep does not count the time that the machine is suspended.
            Output::Timeout { at, .. } => {
                thread::sleep(at.saturating_since(now()).min(Duration::from_secs(1)));
            }
            Output::Sign(_) => return Err("the key is in this process".into()),
            Output::Done(outcome) => break outcome,
        }
    };
    let stored = store.save(payment.snapshot(), Moment::in_ms(payment.policy().send_within_ms));

    match &outcome {
        Outcome::Paid { trade, proven, .. } => {
            let check = if *proven {
                ""
            } else {
                "; compare the time with this sale"
            };
            println!(
                "paid {} ({:?}) at {:?}{check}",
                trade.total_amount, trade.trade_no, trade.paid_at
            );
        }
        Outcome::Unresolved { ask_again_at, .. } => {
            println!(
                "not known yet: run me again from {} on, I will reconcile",
                ask_again_at.to_beijing()
            );
        }
        other => println!("not paid: {other:?}"),
    }
    if stored.is_err() {
        println!("the outcome is not stored yet");
        while store.save(payment.snapshot(), Moment::in_ms(10_000)).is_err() {
            thread::sleep(Duration::from_secs(1));
        }
    }
    Ok(()) // your books now know the outcome; the file may go when they are safe
}
