//! For the tests and the benchmarks only, compiled with the feature `probe` and never shipped: exports that panic, and
//! the core's work in a loop without a boundary to cross.
#![allow(unsafe_code, reason = "napi's attributes expand to it")]

use crate::{guard::guard, payment::Payment};
use alipay_core::{
    Error, Merchant, Timestamp,
    api::TradePayRequest,
    payment::{self, Failure, Input, Output, Policy, Start},
    wire::{MerchantOptions, Notify},
};
use napi::{
    Env, Task,
    bindgen_prelude::{AsyncTask, Object},
};
use napi_derive::napi;
use std::{hint::black_box, panic::resume_unwind, sync::Arc};

/// A panic without its report on standard error: who reads the tests' output looks for real ones.
fn unwind() -> ! {
    resume_unwind(Box::new("asked for"))
}

/// Panics in a call.
#[napi]
pub fn panic_now() -> napi::Result<()> {
    guard(|| unwind())
}

/// Panics on a thread of the pool.
#[napi]
pub fn panic_later() -> AsyncTask<Panic> {
    AsyncTask::new(Panic)
}

/// A task that panics.
pub struct Panic;

impl Task for Panic {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> napi::Result<()> {
        guard(|| unwind())
    }

    fn resolve(&mut self, _: Env, (): ()) -> napi::Result<()> {
        Ok(())
    }
}

#[napi]
impl Payment {
    /// Panics in the middle of a step.
    #[napi]
    pub fn panic_midway(&mut self) -> napi::Result<()> {
        self.step(|_| unwind())
    }
}

/// The core's own work, many times for one crossing of the boundary.
#[napi]
pub struct Bare {
    merchant: Merchant,
    payments: Vec<payment::Payment>,
}

#[napi]
impl Bare {
    /// From `MerchantOptions` as JSON.
    #[napi(constructor)]
    pub fn new(options: String) -> napi::Result<Self> {
        guard(|| {
            Ok(Self {
                merchant: MerchantOptions::from_json(&options)?.build()?,
                payments: Vec::new(),
            })
        })
    }

    /// Verifies a notification so many times.
    #[napi]
    pub fn verify_notify(&self, body: &[u8], calls: u32) -> napi::Result<()> {
        guard(|| {
            for _ in 0..calls {
                black_box(self.merchant.verify_notify(black_box(body))?);
            }
            Ok(())
        })
    }

    /// Verifies a notification and builds its record property by property: what JSON is measured against.
    #[napi]
    pub fn notify_as_object<'env>(&self, env: &'env Env, body: &[u8]) -> napi::Result<Object<'env>> {
        let notify = guard(|| self.merchant.verify_notify(body).map(Notify::from))?;
        let mut fields = Object::new(env)?;
        for (name, value) in &notify.fields {
            fields.set(name, value)?;
        }
        let mut record = Object::new(env)?;
        record.set("fields", fields)?;
        record.set("paid", notify.paid)?;
        record.set("notifyId", notify.notify_id)?;
        record.set("outTradeNo", notify.out_trade_no)?;
        record.set("totalAmount", notify.total_amount)?;
        record.set("paidAt", notify.paid_at)?;
        Ok(record)
    }

    /// Makes payments whose key lives elsewhere, for `run_payments`.
    #[napi]
    pub fn make_payments(&mut self, order: String, count: u32) -> napi::Result<()> {
        guard(|| {
            let merchant = Arc::new(self.merchant.delegated());
            let payment = |_| {
                let order = TradePayRequest::from_json(&order)?;
                payment::Payment::new(
                    Arc::clone(&merchant),
                    order,
                    Policy::default(),
                    Start::default(),
                    now(),
                )
            };
            self.payments = (0..count).map(payment).collect::<Result<_, Error>>()?;
            Ok(())
        })
    }

    /// Five steps of each, polls and inputs in turn: the same cycle as `boundary.mjs` runs.
    #[napi]
    pub fn run_payments(&mut self) -> napi::Result<()> {
        guard(|| {
            for payment in &mut self.payments {
                let Output::Sign(sign) = payment.poll_output(now()) else {
                    panic!("pay is signed first")
                };
                let (id, signature) = (sign.id, [0x5a; 256]);
                let signature = Input::Signature {
                    id,
                    signature: &signature,
                };
                payment.handle_input(signature, now())?;
                black_box(payment.poll_output(now()));
                let failure = Failure::MaybeSent;
                payment.handle_input(Input::Failure { id, failure }, now())?;
                black_box(payment.poll_output(now()));
            }
            Ok(())
        })
    }
}

fn now() -> Timestamp {
    Timestamp::from_unix_ms(1_795_262_400_000).expect("2026 is within range")
}
