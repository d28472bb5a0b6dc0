//! The payment's machine.
#![allow(unsafe_code, reason = "napi's attributes expand to it")]

use crate::{guard::guard, merchant::Merchant};
use alipay_core::{Error, ErrorCode, wire::engine};
use napi::{Env, bindgen_prelude::Uint8ArraySlice};
use napi_derive::napi;

/// A payment. After a panic there is none: what it would say next could cost money, and its last snapshot is sound.
#[napi]
pub struct Payment(Option<engine::Payment>);

impl Payment {
    /// Takes the payment out for a step, and puts it back only if the step returned.
    pub(crate) fn step<T>(
        &mut self,
        run: impl FnOnce(&mut engine::Payment) -> Result<T, Error>,
    ) -> napi::Result<T> {
        let Self(slot) = self;
        guard(|| {
            let mut payment = slot.take().ok_or(ErrorCode::Internal)?;
            let outcome = run(&mut payment);
            *slot = Some(payment);
            outcome
        })
    }
}

/// Where a payment's requests are numbered from.
fn random() -> Result<u32, Error> {
    getrandom::u32().map_err(|_| ErrorCode::Internal.into())
}

#[napi]
impl Payment {
    /// A new one, from the order, a policy and a start as JSON.
    #[napi(constructor)]
    pub fn new(
        merchant: &Merchant,
        order: String,
        policy: String,
        start: String,
        now: f64,
    ) -> napi::Result<Self> {
        guard(|| engine::Payment::new(&merchant.0, &order, &policy, &start, random()?, now))
            .map(|payment| Self(Some(payment)))
    }

    /// One that was stored, with what the host knows of it as JSON.
    #[napi(factory)]
    pub fn restore(merchant: &Merchant, snapshot: &[u8], restored: String, now: f64) -> napi::Result<Self> {
        guard(|| engine::Payment::restore(&merchant.0, snapshot, &restored, random()?, now))
            .map(|payment| Self(Some(payment)))
    }

    /// Whether the transport resets its connections when the process dies.
    #[napi]
    pub fn set_resets_on_death(&mut self, resets: bool) -> napi::Result<()> {
        self.step(|payment| {
            payment.set_resets_on_death(resets);
            Ok(())
        })
    }

    /// Whether the request should still be sent.
    #[napi]
    pub fn is_wanted(&mut self, id: u32) -> napi::Result<bool> {
        self.step(|payment| Ok(payment.is_wanted(id)))
    }

    /// The cashier gives it up.
    #[napi]
    pub fn give_up(&mut self, now: f64) -> napi::Result<()> {
        self.step(|payment| payment.give_up(now))
    }

    /// What to do next.
    #[napi]
    pub fn poll(&mut self, now: f64) -> napi::Result<String> {
        self.step(|payment| payment.poll(now))
    }

    /// An HTTP answer came.
    #[napi]
    pub fn response(
        &mut self,
        id: u32,
        status: u16,
        headers: String,
        body: &[u8],
        reset: bool,
        now: f64,
    ) -> napi::Result<()> {
        self.step(|payment| payment.response(id, status, &headers, body.to_vec(), reset, now))
    }

    /// None came.
    #[napi]
    pub fn failure(&mut self, id: u32, failure: String, now: f64) -> napi::Result<()> {
        self.step(|payment| payment.failure(id, &failure, now))
    }

    /// The raw signature asked for.
    #[napi]
    pub fn signature(&mut self, id: u32, signature: &[u8], now: f64) -> napi::Result<()> {
        self.step(|payment| payment.signature(id, signature, now))
    }

    /// A notification's raw body, which is verified first.
    #[napi]
    pub fn notify(&mut self, body: &[u8], now: f64) -> napi::Result<()> {
        self.step(|payment| payment.notify(body, now))
    }

    /// The cashier wants to cancel.
    #[napi]
    pub fn cancel(&mut self, now: f64) -> napi::Result<()> {
        self.step(|payment| payment.cancel(now))
    }

    /// Goes on with another object for the same merchant.
    #[napi]
    pub fn set_merchant(&mut self, merchant: &Merchant) -> napi::Result<()> {
        self.step(|payment| payment.set_merchant(&merchant.0))
    }

    /// The latest of Alipay's times that a verified answer told.
    #[napi]
    pub fn alipay_time(&mut self) -> napi::Result<Option<f64>> {
        self.step(|payment| Ok(payment.alipay_time()))
    }

    /// What to store.
    #[napi]
    pub fn snapshot<'env>(&mut self, env: &'env Env) -> napi::Result<Uint8ArraySlice<'env>> {
        let snapshot = self.step(|payment| Ok(payment.snapshot()))?;
        Uint8ArraySlice::copy_from(env, snapshot)
    }

    /// Where it stands.
    #[napi]
    pub fn state(&mut self) -> napi::Result<String> {
        self.step(|payment| payment.state())
    }
}
