//! The pay-poll-cancel machine as an object.

use crate::{
    Input, NativeAlipay, NativeError, Output, PaymentState, Policy, Restored, Start, TradePayRequest,
    error::{guard, timestamp},
};
use alipay_core::{
    Error, ErrorCode, Timestamp, api,
    payment::{self, Payment as CorePayment, RequestId},
    wire,
};
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
        start: Start,
        now: i64,
    ) -> Result<Arc<Self>, NativeError> {
        alipay.payment(order, policy, start, now)
    }

    /// As [`NativeAlipay::payment_from_json`].
    #[uniffi::constructor]
    pub fn from_json(
        alipay: Arc<NativeAlipay>,
        order: String,
        policy: Policy,
        start: Start,
        now: i64,
    ) -> Result<Arc<Self>, NativeError> {
        alipay.payment_from_json(order, policy, start, now)
    }

    /// As [`NativeAlipay::restore`].
    #[uniffi::constructor]
    pub fn restore(
        alipay: Arc<NativeAlipay>,
        snapshot: Vec<u8>,
        restored: Restored,
        now: i64,
    ) -> Result<Arc<Self>, NativeError> {
        alipay.restore(snapshot, restored, now)
    }

    /// Says whether the host's transport resets its connections when the process dies. The default is no. Snapshots carry it.
    pub fn set_resets_on_death(&self, resets: bool) -> Result<(), NativeError> {
        self.with(|machine| {
            machine.set_resets_on_death(resets);
            Ok(())
        })
    }

    /// Whether the request with this id should still be sent. Ask after storing and right before sending: the cashier may
    /// have cancelled, or a notification may have made an end.
    pub fn is_wanted(&self, id: u32) -> Result<bool, NativeError> {
        self.with(|machine| Ok(machine.is_wanted(RequestId(id))))
    }

    /// The number of the snapshot that there is now.
    pub fn revision(&self) -> Result<i64, NativeError> {
        self.with(|machine| Ok(number(machine.revision())))
    }

    /// The latest of Alipay's times that a verified answer told, in Unix milliseconds.
    pub fn alipay_time(&self) -> Result<Option<i64>, NativeError> {
        self.with(|machine| Ok(machine.alipay_time().map(Timestamp::unix_ms)))
    }

    /// The policy's time limit for storing and sending, in milliseconds.
    pub fn send_within_ms(&self) -> Result<i64, NativeError> {
        self.with(|machine| Ok(machine.policy().send_within_ms.into()))
    }

    /// The URL that requests go to.
    pub fn gateway(&self) -> Result<String, NativeError> {
        self.with(|machine| Ok(machine.merchant().gateway().to_string()))
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
        start: Start,
        now: i64,
    ) -> Result<Arc<NativePayment>, NativeError> {
        self.start(policy, start, now, || order.to_core())
    }

    /// A new payment from the order as JSON, with Alipay's field names. `now`: Unix milliseconds.
    pub fn payment_from_json(
        &self,
        order: String,
        policy: Policy,
        start: Start,
        now: i64,
    ) -> Result<Arc<NativePayment>, NativeError> {
        self.start(policy, start, now, || api::TradePayRequest::from_json(&order))
    }

    /// A payment that was stored. `now`: Unix milliseconds.
    pub fn restore(
        &self,
        snapshot: Vec<u8>,
        restored: Restored,
        now: i64,
    ) -> Result<Arc<NativePayment>, NativeError> {
        guard(|| {
            let merchant = Arc::clone(&self.merchant);
            let restored = wire::Restored::from(restored).build(random()?);
            CorePayment::restore(merchant, &snapshot, restored, timestamp(now)?).map(NativePayment::of)
        })
    }
}

impl NativeAlipay {
    fn start(
        &self,
        policy: Policy,
        start: Start,
        now: i64,
        order: impl FnOnce() -> Result<api::TradePayRequest, Error>,
    ) -> Result<Arc<NativePayment>, NativeError> {
        guard(|| {
            let policy = wire::Policy::try_from(policy)?.build()?;
            let merchant = Arc::clone(&self.merchant);
            let start = wire::Start::from(start).build(random()?)?;
            CorePayment::new(merchant, order()?, policy, start, timestamp(now)?).map(NativePayment::of)
        })
    }
}

/// The number of a snapshot: of two of one payment, the higher is the newer.
#[uniffi::export]
pub fn snapshot_number(snapshot: Vec<u8>) -> Result<i64, NativeError> {
    guard(|| payment::snapshot_number(&snapshot).map(number))
}

/// No payment takes 2^63 snapshots.
fn number(number: u64) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// What requests are numbered from, so that an answer to one of an earlier process is told apart.
fn random() -> Result<u32, Error> {
    getrandom::u32().map_err(|_| ErrorCode::Internal.into())
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
