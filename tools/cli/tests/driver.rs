//! The driver with stores that hang, fail or were lost to another process, against a sandbox over real HTTP.

mod support;

use alipay_cli::{
    driver::{Ended, Event, NotStored, Observer, Store, Unfinished, drive, now},
    failure::Failure,
    transport::HttpTransport,
};
use alipay_core::{
    Payment, Timestamp,
    api::TradePayRequest,
    id::AuthCode,
    payment::{DeclineReason, News, Outcome, Policy, Request, Start, UnresolvedReason, Wake},
};
use alipay_sandbox::auth_code;
use std::{
    io,
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};
use support::Shop;

/// What a store does with its n-th snapshot.
type Does = Box<dyn FnMut(usize) -> Result<(), NotStored> + Send>;

struct Scripted {
    saves: usize,
    does: Does,
}

impl Store for Scripted {
    fn save(&mut self, _: &[u8]) -> Result<(), NotStored> {
        self.saves += 1;
        (self.does)(self.saves)
    }
}

/// Counts what was not stored.
#[derive(Default)]
struct Quiet {
    not_stored: usize,
}

impl Observer for Quiet {
    fn asking(&mut self, _: &Request) {}
    fn heard(&mut self, _: &Request, _: &Payment) {}
    fn waiting(&mut self, _: Timestamp, _: Wake, _: &Payment) {}
    fn learnt(&mut self, _: &str, _: Option<&Failure>) {}
    fn happened(&mut self, _: &Event) {}
    fn news(&mut self, _: &News) {}
    fn not_stored(&mut self, _: Option<&Request>, _: &io::Error) {
        self.not_stored += 1;
    }
}

fn policy() -> Policy {
    Policy {
        send_within_ms: 300,
        ..Policy::default().scaled_down(20)
    }
}

fn run(
    shop: &Shop,
    story: u16,
    events: &Receiver<Event>,
    observer: &mut Quiet,
    does: impl FnMut(usize) -> Result<(), NotStored> + Send + 'static,
) -> Result<Ended, Unfinished> {
    let code = AuthCode::new(&auth_code(story, 1, 1)).unwrap();
    let mut order = TradePayRequest::bar_code("DRIVEN", code, "88.88".parse().unwrap(), "test");
    // Else its time would be over before every cancel was tried.
    order.timeout_express = Some("1d".into());
    let mut payment = Payment::new(shop.merchant(), order, policy(), Start::default(), now()).unwrap();
    let mut transport = HttpTransport::new(&shop.sandbox.gateway_url());
    let store = Scripted {
        saves: 0,
        does: Box::new(does),
    };
    drive(&mut payment, &mut transport, store, events, observer)
}

fn nobody() -> (Sender<Event>, Receiver<Event>) {
    mpsc::channel()
}

fn hang() {
    thread::sleep(Duration::from_secs(600));
}

#[test]
fn a_store_that_hangs_keeps_pay_from_leaving_and_is_told_in_time() {
    let (shop, (_cashier, events), started) = (Shop::open(20), nobody(), Instant::now());
    let ended = run(&shop, 1, &events, &mut Quiet::default(), |_| {
        hang();
        Ok(())
    });
    let Err(Unfinished::NotStored(error)) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(shop.trade("DRIVEN").is_none());
}

#[test]
fn pay_does_not_leave_if_the_cashier_cancels_while_it_is_stored() {
    let (shop, (cashier, events)) = (Shop::open(20), nobody());
    let ended = run(&shop, 1, &events, &mut Quiet::default(), move |save| {
        if save == 1 {
            cashier.send(Event::Cancel).unwrap();
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    });
    let outcome = ended.unwrap().outcome;
    assert!(
        matches!(
            outcome,
            Outcome::Declined {
                reason: DeclineReason::NotSent,
                ..
            }
        ),
        "{outcome:?}"
    );
    assert!(shop.trade("DRIVEN").is_none());
}

#[test]
fn a_store_that_hangs_keeps_cancel_from_leaving_and_the_outcome_says_so() {
    let (shop, (_cashier, events), mut observer) = (Shop::open(20), nobody(), Quiet::default());
    let ended = run(&shop, 1003, &events, &mut observer, |save| {
        // Pay, and that the trade exists; then the disk stands still.
        if save > 2 {
            hang();
        }
        Ok(())
    });
    let ended = ended.unwrap();
    let Outcome::Unresolved { reason, .. } = ended.outcome else {
        panic!("{ended:?}");
    };
    assert_eq!(reason, UnresolvedReason::NotStored);
    assert!(ended.stored.is_err() && observer.not_stored > 1);
    assert_eq!(shop.trade("DRIVEN").unwrap().cancel_calls, 0);
}

#[test]
fn a_store_that_hangs_at_the_end_does_not_keep_the_outcome_back() {
    let (shop, (_cashier, events), started) = (Shop::open(20), nobody(), Instant::now());
    let (word, words) = mpsc::channel();
    let ended = run(&shop, 1, &events, &mut Quiet::default(), move |save| {
        if save > 1 {
            words.recv().unwrap();
        }
        Ok(())
    });
    let mut ended = ended.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(
        matches!(ended.outcome, Outcome::Paid { .. }),
        "{:?}",
        ended.outcome
    );
    assert_eq!(ended.stored.as_ref().unwrap_err().kind(), io::ErrorKind::TimedOut);
    // The disk is back: what was tried first, and the outcome.
    word.send(()).unwrap();
    word.send(()).unwrap();
    ended.keep_storing().unwrap();
    assert!(ended.stored.is_ok());
}

#[test]
fn a_driver_that_lost_its_payment_tells_no_outcome() {
    for lost_at in [1, 2, 3] {
        let (shop, (_cashier, events)) = (Shop::open(20), nobody());
        let ended = run(&shop, 1003, &events, &mut Quiet::default(), move |save| {
            if save < lost_at {
                Ok(())
            } else {
                Err(NotStored::Superseded)
            }
        });
        assert!(matches!(ended, Err(Unfinished::Superseded)), "{ended:?}");
        let trade = shop.trade("DRIVEN");
        assert_eq!(trade.is_some(), lost_at > 1);
        assert!(trade.is_none_or(|trade| trade.cancel_calls == 0));
    }
}
