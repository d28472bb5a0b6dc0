//! The pay-poll-cancel machine as an object.

use crate::{
    Input, NativeAlipay, NativeError, Output, PaymentState, Policy, TradePayRequest,
    error::{guard, timestamp},
};
use alipay_core::{Error, ErrorCode, api, payment::Payment as CorePayment, wire};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::{self, ThreadId},
};

/// One barcode payment. It does nothing by itself: poll it, do what it says, hand in what happened. Threads that use one
/// at the same time take turns.
#[derive(uniffi::Object)]
pub struct NativePayment {
    machine: Mutex<CorePayment>,
    /// Who holds the machine. A signer that calls the payment it signs for would wait for itself.
    holder: Mutex<Option<ThreadId>>,
}

#[uniffi::export]
impl NativePayment {
    /// As [`NativeAlipay::payment`].
    #[uniffi::constructor]
    pub fn new(
        alipay: Arc<NativeAlipay>,
        order: TradePayRequest,
        policy: Policy,
        now: i64,
    ) -> Result<Arc<Self>, NativeError> {
        alipay.payment(order, policy, now)
    }

    /// As [`NativeAlipay::payment_from_json`].
    #[uniffi::constructor]
    pub fn from_json(
        alipay: Arc<NativeAlipay>,
        order: String,
        policy: Policy,
        now: i64,
    ) -> Result<Arc<Self>, NativeError> {
        alipay.payment_from_json(order, policy, now)
    }

    /// As [`NativeAlipay::restore`].
    #[uniffi::constructor]
    pub fn restore(alipay: Arc<NativeAlipay>, snapshot: Vec<u8>, now: i64) -> Result<Arc<Self>, NativeError> {
        alipay.restore(snapshot, now)
    }

    /// What to do next. Signing happens here if the key is at hand, which takes a millisecond or more. `now`: Unix
    /// milliseconds.
    pub fn poll(&self, now: i64) -> Result<Output, NativeError> {
        self.with(|machine| wire::Output::from(machine.poll_output(timestamp(now)?)).try_into())
    }

    /// What happened. `now`: Unix milliseconds.
    pub fn handle(&self, input: Input, now: i64) -> Result<(), NativeError> {
        let input = wire::Input::from(input);
        self.with(|machine| input.apply(machine, timestamp(now)?))
    }

    /// Goes on with another object for the same merchant: one that knows a certificate more. Kotlin must give it an object
    /// that nobody else can close ([`NativeAlipay::own`]).
    pub fn set_merchant(&self, alipay: Arc<NativeAlipay>) -> Result<(), NativeError> {
        self.with(|machine| machine.set_merchant(Arc::clone(&alipay.merchant)))
    }

    /// What to store. It holds no key, and no auth_code once pay was sent.
    pub fn snapshot(&self) -> Result<Vec<u8>, NativeError> {
        self.with(|machine| Ok(machine.snapshot()))
    }

    /// Where it stands.
    pub fn state(&self) -> Result<PaymentState, NativeError> {
        self.with(|machine| Ok(wire::PaymentState::from(&*machine).into()))
    }
}

/// Payments are made by methods of the merchant. UniFFI's Kotlin guards an object against being closed while a method of
/// it runs, and not while it is an argument, where a closed one would be a use after free: so no function that Kotlin
/// gets takes an object (`uniffi.toml` leaves the constructors above out), but `set_merchant`, which gets one of its own.
#[uniffi::export]
impl NativeAlipay {
    /// A new payment. `now`: Unix milliseconds.
    pub fn payment(
        &self,
        order: TradePayRequest,
        policy: Policy,
        now: i64,
    ) -> Result<Arc<NativePayment>, NativeError> {
        self.start(policy, now, || order.to_core())
    }

    /// A new payment from the order as JSON, with Alipay's field names. `now`: Unix milliseconds.
    pub fn payment_from_json(
        &self,
        order: String,
        policy: Policy,
        now: i64,
    ) -> Result<Arc<NativePayment>, NativeError> {
        self.start(policy, now, || api::TradePayRequest::from_json(&order))
    }

    /// A payment that was stored. `now`: Unix milliseconds.
    pub fn restore(&self, snapshot: Vec<u8>, now: i64) -> Result<Arc<NativePayment>, NativeError> {
        guard(|| {
            let merchant = Arc::clone(&self.merchant);
            CorePayment::restore(merchant, &snapshot, timestamp(now)?).map(NativePayment::of)
        })
    }
}

impl NativeAlipay {
    fn start(
        &self,
        policy: Policy,
        now: i64,
        order: impl FnOnce() -> Result<api::TradePayRequest, Error>,
    ) -> Result<Arc<NativePayment>, NativeError> {
        guard(|| {
            let policy = wire::Policy::try_from(policy)?.build()?;
            let merchant = Arc::clone(&self.merchant);
            CorePayment::new(merchant, order()?, policy, timestamp(now)?).map(NativePayment::of)
        })
    }
}

impl NativePayment {
    fn of(machine: CorePayment) -> Arc<Self> {
        Arc::new(Self {
            machine: Mutex::new(machine),
            holder: Mutex::new(None),
        })
    }

    fn holder(&self) -> std::sync::MutexGuard<'_, Option<ThreadId>> {
        // It guards a plain value, which a panic can't leave half done.
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, run: impl FnOnce(&mut CorePayment) -> Result<T, Error>) -> Result<T, NativeError> {
        guard(|| {
            let this = thread::current().id();
            if *self.holder() == Some(this) {
                return Err(ErrorCode::SignerFailed.into());
            }
            // Poisoned: a panic left the machine in the middle of something. It is given up, and its snapshot is not.
            let mut machine = self.machine.lock().map_err(|_| ErrorCode::Internal)?;
            *self.holder() = Some(this);
            let _leave = Leave(self);
            run(&mut machine)
        })
    }
}

/// Nobody holds the machine once this is dropped, which is before the machine is unlocked.
struct Leave<'a>(&'a NativePayment);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        *self.0.holder() = None;
    }
}
