//! The blocking driver: the loop that does what a [`Payment`] asks for. It is the pattern for drivers in other languages.
//!
//! It decides nothing. Whether to query, wait or cancel is the machine's business; how to send, where to store
//! and whom to tell is its four arguments'.

use crate::certificates::Asked;
use alipay_core::{
    Payment, Timestamp,
    http::{HttpRequest, HttpResponse},
    notify::VerifiedNotify,
    payment::{Failure, Input, Outcome, Output, Request, RequestKind, Wake},
};
use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Sends one request and waits for its answer; never sends it twice.
pub trait Transport {
    /// The answer, whatever it says.
    ///
    /// # Errors
    /// [`Failure::NotSent`] only if not a byte of the request can have left.
    fn send(&mut self, request: &HttpRequest, timeout: Duration) -> Result<HttpResponse, Failure>;
}

/// Keeps the last snapshot where a crash can't reach it.
pub trait Store {
    /// Replaces the snapshot; it is durable once this returns.
    ///
    /// # Errors
    /// If it may not be durable.
    fn save(&mut self, snapshot: &[u8]) -> io::Result<()>;
}

/// What may happen while a payment runs.
#[derive(Debug)]
pub enum Event {
    /// The cashier wants to cancel.
    Cancel,
    /// A notification came and was verified.
    Notify(VerifiedNotify),
}

/// Is told of every step, to show it. Changes nothing.
pub trait Observer {
    /// This request leaves now.
    fn asking(&mut self, request: &Request);
    /// Its answer, or the lack of one, is in [`Payment::heard`].
    fn heard(&mut self, request: &Request, payment: &Payment);
    /// Nothing to do until then.
    fn waiting(&mut self, at: Timestamp, wake: Wake, payment: &Payment);
    /// An answer named a certificate of Alipay's that was not known. Now it is, or this is why not.
    fn learnt(&mut self, alipay_cert_sn: &str, problem: Option<&crate::failure::Failure>);
    /// Something else happened.
    fn happened(&mut self, event: &Event);
    /// A snapshot could not be stored: `request` was not sent, or, if there is none, the outcome is not stored.
    fn not_stored(&mut self, request: Option<&Request>, error: &io::Error);
}

/// Runs a payment to its outcome.
///
/// # Errors
/// If the snapshot can't be stored before pay: then nothing was sent. A cancel that can't be stored is not sent
/// either (its own landing would be forgotten in a crash, and could refund a sale reported as paid); the machine
/// is told so and tries again, as long as its policy allows.
pub fn drive(
    payment: &mut Payment,
    transport: &mut impl Transport,
    store: &mut impl Store,
    events: &Receiver<Event>,
    observer: &mut impl Observer,
) -> io::Result<Outcome> {
    let mut asked = Asked::default();
    loop {
        while let Ok(event) = events.try_recv() {
            take_event(payment, &event, store, observer);
        }
        match payment.poll_output(now()) {
            Output::Request(request) => {
                let answer = if request.checkpoint
                    && let Err(error) = store.save(&payment.snapshot())
                {
                    observer.not_stored(Some(&request), &error);
                    if request.kind == RequestKind::Pay {
                        return Err(error);
                    }
                    Err(Failure::NotSent)
                } else {
                    observer.asking(&request);
                    let timeout = Duration::from_millis(request.timeout_ms.into());
                    transport.send(&request.http, timeout)
                };
                let id = request.id;
                let input = match &answer {
                    Ok(response) => Input::Response { id, response },
                    Err(failure) => Input::Failure {
                        id,
                        failure: *failure,
                    },
                };
                tell(payment, input);
                observer.heard(&request, payment);
                learn(payment, &mut asked, transport, observer);
            }
            // The merchant's key is in this process; a driver for a key that lives elsewhere asks for the signature here.
            Output::Sign(sign) => {
                let failure = Failure::NotSent;
                tell(payment, Input::Failure { id: sign.id, failure });
            }
            Output::Timeout { at, wake } => {
                observer.waiting(at, wake, payment);
                let pause = at.saturating_since(now());
                match events.recv_timeout(pause) {
                    Ok(event) => take_event(payment, &event, store, observer),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => std::thread::sleep(pause),
                }
            }
            Output::Done(outcome) => {
                if let Err(error) = store.save(&payment.snapshot()) {
                    observer.not_stored(None, &error);
                }
                return Ok(outcome);
            }
        }
    }
}

/// Alipay's certificate changed: what was signed with the new one was not believed, and what comes next can be.
fn learn(
    payment: &mut Payment,
    asked: &mut Asked,
    transport: &mut impl Transport,
    observer: &mut impl Observer,
) {
    let sn = payment.heard().and_then(|heard| heard.alipay_cert_sn.clone());
    let timeout = Duration::from_millis(payment.policy().query_timeout_ms.into());
    if let Some(sn) = sn
        && let Some(learnt) = asked.learn(payment.merchant(), &sn, transport, timeout)
    {
        let learnt = learnt.and_then(|more| Ok(payment.set_merchant(Arc::new(more))?));
        observer.learnt(&sn, learnt.err().as_ref());
    }
}

fn take_event(payment: &mut Payment, event: &Event, store: &mut impl Store, observer: &mut impl Observer) {
    observer.happened(event);
    match event {
        Event::Cancel => {
            tell(payment, Input::Cancel);
            if payment.outcome().is_none() {
                // So that a crash does not forget the cashier's wish. No money depends on it, so failing is no reason to stop.
                let _ = store.save(&payment.snapshot());
            }
        }
        Event::Notify(notify) => tell(payment, Input::Notify(notify)),
    }
}

fn tell(payment: &mut Payment, input: Input<'_>) {
    // Only a malformed signature is an error, and this driver never gives one.
    let told = payment.handle_input(input, now());
    debug_assert!(told.is_ok());
}

/// The host's clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::UNIX_EPOCH.saturating_add(since)
}
