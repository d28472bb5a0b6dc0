//! The blocking driver: the loop that does what a [`Payment`] asks for. It is the pattern for drivers in other languages.
//!
//! It decides nothing. Whether to query, wait or cancel is the machine's business; how to send, where to store
//! and whom to tell is its four arguments'.

use crate::{certificates::Asked, saver::Saver};
pub use crate::{
    clock::{Moment, now},
    saver::NotStored,
    transport::Limits,
};
use alipay_core::{
    Payment, Timestamp,
    http::{HttpRequest, HttpResponse},
    notify::VerifiedNotify,
    payment::{Failure, Input, News, Outcome, Output, Request, RequestKind, Wake},
};
use std::{
    fmt, io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

/// A wait of the kernel's does not count suspension, so none is longer.
const SLICE: Duration = Duration::from_secs(1);
/// Between attempts to store an outcome: from one of these to the next, and then always the last.
const STORE_AGAIN: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// Sends one request and waits for its answer; never sends it twice.
pub trait Transport {
    /// The answer, whatever it says.
    ///
    /// Once the connection stands (TLS included), right before the first byte, it asks [`Departure::is_wanted`] and then the
    /// clock; if either says no, nothing is sent.
    ///
    /// # Errors
    /// [`Failure::NotSent`] only if not a byte of the request can have left; [`Failure::Aborted`] only if its connection was reset,
    /// on a direct path to the gateway.
    fn send(
        &mut self,
        request: &HttpRequest,
        limits: Limits,
        departure: &mut dyn Departure,
    ) -> Result<Answered, Failure>;
}

/// An HTTP answer, and what became of its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The answer, with all its headers.
    pub response: HttpResponse,
    /// Whether the connection was reset after it, on a direct path to the gateway.
    pub reset: bool,
}

/// Whoever has something sent.
pub trait Departure {
    /// Whether it should still leave.
    fn is_wanted(&mut self) -> bool;
    /// Its first byte has been handed to the kernel, or is about to be.
    fn left(&mut self);
}

/// For a request that is always wanted.
#[derive(Debug, Clone, Copy)]
pub struct Unconditional;

impl Departure for Unconditional {
    fn is_wanted(&mut self) -> bool {
        true
    }

    fn left(&mut self) {}
}

/// Keeps the last snapshot where a crash can't reach it. It has a thread of its own, and may take its time; a save that takes longer
/// than the driver waits has failed.
pub trait Store {
    /// Replaces the snapshot; it is durable once this returns.
    ///
    /// # Errors
    /// [`NotStored::Superseded`] if another process has the payment, or a newer snapshot is stored; [`NotStored::Failed`] if it may
    /// not be durable.
    fn save(&mut self, snapshot: &[u8]) -> Result<(), NotStored>;
}

/// What may happen while a payment runs.
#[derive(Debug)]
pub enum Event {
    /// The cashier wants to cancel.
    Cancel,
    /// A notification came and was verified.
    Notify(VerifiedNotify),
}

/// Is told of every step, to show it. Changes nothing, and is never called between storing and sending.
pub trait Observer {
    /// This request has left, or could not.
    fn asking(&mut self, request: &Request);
    /// Its answer, or the lack of one, is in [`Payment::heard`].
    fn heard(&mut self, request: &Request, payment: &Payment);
    /// Nothing to do until then.
    fn waiting(&mut self, at: Timestamp, wake: Wake, payment: &Payment);
    /// An answer named a certificate of Alipay's that was not known. Now it is, or this is why not.
    fn learnt(&mut self, alipay_cert_sn: &str, problem: Option<&crate::failure::Failure>);
    /// Something else happened.
    fn happened(&mut self, event: &Event);
    /// Something became known that contradicts an outcome.
    fn news(&mut self, news: &News);
    /// A snapshot could not be stored: `request` was not sent, or, if there is none, a crash would forget what Alipay said last.
    fn not_stored(&mut self, request: Option<&Request>, error: &io::Error);
}

/// How a payment ended.
pub struct Ended {
    /// The outcome.
    pub outcome: Outcome,
    /// Whether it is stored. If not, tell that with the outcome, and [go on storing](Ended::keep_storing).
    pub stored: io::Result<()>,
    snapshot: Vec<u8>,
    saver: Saver,
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outcome, stored, .. } = self;
        f.debug_struct("Ended")
            .field("outcome", outcome)
            .field("stored", stored)
            .finish_non_exhaustive()
    }
}

impl Ended {
    /// Stores the outcome, as long as that takes.
    ///
    /// # Errors
    /// [`Unfinished::Superseded`].
    pub fn keep_storing(&mut self) -> Result<(), Unfinished> {
        let mut pauses = STORE_AGAIN.iter();
        let mut pause = Duration::ZERO;
        while self.stored.is_err() {
            pause = pauses.next().copied().unwrap_or(pause);
            thread::sleep(pause);
            let by = Moment::now().after(pause.max(Duration::from_secs(5)));
            match self.saver.save(self.snapshot.clone(), by) {
                Ok(()) => self.stored = Ok(()),
                Err(NotStored::Superseded) => return Err(Unfinished::Superseded),
                Err(NotStored::Failed(error)) => self.stored = Err(error),
            }
        }
        Ok(())
    }
}

/// Why there is no outcome.
#[derive(Debug)]
pub enum Unfinished {
    /// The snapshot could not be stored before pay, so nothing was sent.
    NotStored(io::Error),
    /// Another process has this payment: what became of it is in the store.
    Superseded,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStored(error) => {
                write!(f, "the state could not be stored, so nothing was sent: {error}")
            }
            Self::Superseded => {
                f.write_str("another process has this payment; its outcome is not known here")
            }
        }
    }
}

impl From<NotStored> for Unfinished {
    fn from(not_stored: NotStored) -> Self {
        match not_stored {
            NotStored::Superseded => Self::Superseded,
            NotStored::Failed(error) => Self::NotStored(error),
        }
    }
}

/// Runs a payment to its outcome.
///
/// # Errors
/// [`Unfinished::NotStored`] if the snapshot can't be stored before pay: then nothing was sent. A cancel that can't be stored is not sent
/// either (its own landing would be forgotten in a crash, and could refund a sale reported as paid); the machine
/// is told so and tries again, as long as its policy allows. [`Unfinished::Superseded`] as soon as the store says so.
pub fn drive(
    payment: &mut Payment,
    transport: &mut impl Transport,
    store: impl Store + Send + 'static,
    events: &Receiver<Event>,
    observer: &mut impl Observer,
) -> Result<Ended, Unfinished> {
    let saver = Saver::start(store).map_err(Unfinished::NotStored)?;
    let mut asked = Asked::default();
    // Whether the outcome could be stored, unless something happened since.
    let mut stored: Option<io::Result<()>> = None;
    loop {
        while let Ok(event) = events.try_recv() {
            take_event(payment, &event, &saver, observer);
        }
        let output = payment.poll_output(now());
        let send_within_ms = match &output {
            Output::Request(request) => request.send_within_ms,
            _ => payment.policy().send_within_ms,
        };
        let within = Moment::now().after(Duration::from_millis(send_within_ms.into()));
        if !matches!(output, Output::Timeout { .. } | Output::Done(_)) {
            stored = stored.filter(Result::is_err);
        }
        match output {
            Output::Request(request) => {
                ask(payment, transport, &saver, events, observer, &request, within)?;
                learn(payment, &mut asked, transport, observer);
            }
            // The merchant's key is in this process; a driver for a key that lives elsewhere asks for the signature here.
            Output::Sign(sign) => {
                let failure = Failure::NotSent;
                tell(payment, Input::Failure { id: sign.id, failure });
            }
            Output::Save => match saver.save(payment.snapshot(), within) {
                Ok(()) => {}
                Err(NotStored::Superseded) => return Err(Unfinished::Superseded),
                Err(NotStored::Failed(error)) => observer.not_stored(None, &error),
            },
            Output::News(news) => observer.news(&news),
            Output::Timeout { at, wake } => {
                observer.waiting(at, wake, payment);
                wait(payment, at, events, &saver, observer);
            }
            Output::Done(outcome) => {
                // Nobody waits for this in vain, or twice: the outcome is told, stored or not.
                let result = match stored.take() {
                    Some(result) => result,
                    None => match saver.save(payment.snapshot(), within) {
                        Ok(()) => Ok(()),
                        Err(NotStored::Superseded) => return Err(Unfinished::Superseded),
                        Err(NotStored::Failed(error)) => Err(error),
                    },
                };
                // What came meanwhile may be a question, or news.
                if let Ok(event) = events.try_recv() {
                    take_event(payment, &event, &saver, observer);
                    stored = Some(result);
                    continue;
                }
                return Ok(Ended {
                    outcome,
                    stored: result,
                    snapshot: payment.snapshot(),
                    saver,
                });
            }
        }
    }
}

/// Stores a payment that was given up. Not before this has returned may another one be taken.
///
/// # Errors
/// As [`drive`]: also if the store takes longer than the policy gives it.
pub fn store_given_up(payment: &Payment, store: impl Store + Send + 'static) -> Result<(), Unfinished> {
    let saver = Saver::start(store).map_err(Unfinished::NotStored)?;
    let within = Duration::from_millis(payment.policy().send_within_ms.into());
    Ok(saver.save(payment.snapshot(), Moment::now().after(within))?)
}

/// One request: store, ask whether it is still wanted and in time, send, report how it ended.
fn ask(
    payment: &mut Payment,
    transport: &mut impl Transport,
    saver: &Saver,
    events: &Receiver<Event>,
    observer: &mut impl Observer,
    request: &Request,
    leave_by: Moment,
) -> Result<(), Unfinished> {
    let id = request.id;
    if request.checkpoint
        && let Err(error) = saver.save(payment.snapshot(), leave_by)
    {
        let NotStored::Failed(error) = error else {
            return Err(Unfinished::Superseded);
        };
        observer.not_stored(Some(request), &error);
        if request.kind == RequestKind::Pay {
            let failure = Failure::NotSent;
            tell(payment, Input::Failure { id, failure });
            if error.kind() == io::ErrorKind::TimedOut {
                // What such a store may write yet says that pay is about to leave.
                saver.submit(payment.snapshot());
            }
            return Err(Unfinished::NotStored(error));
        }
        let failure = Failure::NotStored;
        tell(payment, Input::Failure { id, failure });
        observer.asking(request);
        observer.heard(request, payment);
        return Ok(());
    }
    let answer_within = Duration::from_millis(request.timeout_ms.into());
    let limits = Limits {
        leave_by,
        answer_within,
        // A query has its time for everything; of a pay and a cancel it counts from the first byte.
        end_by: if request.checkpoint {
            leave_by.after(answer_within)
        } else {
            leave_by
        },
    };
    let mut departure = Leaving {
        payment,
        events,
        happened: Vec::new(),
        request,
        observer,
        told: false,
    };
    let answer = if departure.is_wanted() && !leave_by.is_past() {
        transport.send(&request.http, limits, &mut departure)
    } else {
        Err(Failure::NotSent)
    };
    let Leaving {
        payment,
        happened,
        observer,
        told,
        ..
    } = departure;
    let input = match &answer {
        Ok(Answered { response, reset }) => Input::Response {
            id,
            response,
            reset: *reset,
        },
        Err(failure) => Input::Failure {
            id,
            failure: *failure,
        },
    };
    tell(payment, input);
    if !told {
        observer.asking(request);
    }
    observer.heard(request, payment);
    for event in happened {
        observer.happened(&event);
        remember(payment, &event, saver);
    }
    Ok(())
}

/// A request on its way out: what happens meanwhile may keep it here.
struct Leaving<'a, O> {
    payment: &'a mut Payment,
    events: &'a Receiver<Event>,
    /// The observer hears of it once the request is over.
    happened: Vec<Event>,
    request: &'a Request,
    observer: &'a mut O,
    told: bool,
}

impl<O: Observer> Departure for Leaving<'_, O> {
    fn is_wanted(&mut self) -> bool {
        while let Ok(event) = self.events.try_recv() {
            input(self.payment, &event);
            self.happened.push(event);
        }
        self.payment.is_wanted(self.request.id)
    }

    fn left(&mut self) {
        self.told = true;
        self.observer.asking(self.request);
    }
}

/// Waits until then, or until something happens.
fn wait(
    payment: &mut Payment,
    at: Timestamp,
    events: &Receiver<Event>,
    saver: &Saver,
    observer: &mut impl Observer,
) {
    loop {
        let pause = at.saturating_since(now());
        if pause.is_zero() {
            return;
        }
        match events.recv_timeout(pause.min(SLICE)) {
            Ok(event) => return take_event(payment, &event, saver, observer),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(pause.min(SLICE)),
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

fn take_event(payment: &mut Payment, event: &Event, saver: &Saver, observer: &mut impl Observer) {
    observer.happened(event);
    input(payment, event);
    remember(payment, event, saver);
}

fn input(payment: &mut Payment, event: &Event) {
    match event {
        Event::Cancel => tell(payment, Input::Cancel),
        Event::Notify(notify) => tell(payment, Input::Notify(notify)),
    }
}

/// So that a crash does not forget the cashier's wish. No money depends on it, so nobody waits for it.
fn remember(payment: &Payment, event: &Event, saver: &Saver) {
    if matches!(event, Event::Cancel) && payment.outcome().is_none() {
        saver.submit(payment.snapshot());
    }
}

fn tell(payment: &mut Payment, input: Input<'_>) {
    // Only a malformed signature or giving up is an error, and this driver does neither.
    let told = payment.handle_input(input, now());
    debug_assert!(told.is_ok());
}
