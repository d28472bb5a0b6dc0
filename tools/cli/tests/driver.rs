//! The driver with stores that hang, fail or were lost to another process, against a sandbox over real HTTP.

mod support;

use alipay_cli::{
    driver::{Ended, Event, NotStored, Observer, Store, Unfinished, drive, now, store_given_up},
    failure::Failure,
    transport::HttpTransport,
};
use alipay_core::{
    Payment, Timestamp,
    api::TradePayRequest,
    id::AuthCode,
    payment::{DeclineReason, News, Outcome, Policy, Request, Restored, Start, UnresolvedReason, Wake},
};
use alipay_sandbox::auth_code;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};
use support::{APP_ID, Shop, percent, signature};

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

/// Counts what was not stored, and keeps the news.
#[derive(Default)]
struct Quiet {
    not_stored: usize,
    news: Vec<&'static str>,
}

impl Observer for Quiet {
    fn asking(&mut self, _: &Request) {}
    fn heard(&mut self, _: &Request, _: &Payment) {}
    fn waiting(&mut self, _: Timestamp, _: Wake, _: &Payment) {}
    fn learnt(&mut self, _: &str, _: Option<&Failure>) {}
    fn happened(&mut self, _: &Event) {}
    fn news(&mut self, news: &News) {
        self.news.push(news.as_str());
    }
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
    go_on(shop, &mut payment(shop, story), events, observer, does)
}

fn payment(shop: &Shop, story: u16) -> Payment {
    let code = AuthCode::new(&auth_code(story, 1, 1)).unwrap();
    let mut order = TradePayRequest::bar_code("DRIVEN", code, "88.88".parse().unwrap(), "test");
    // Else its time would be over before every cancel was tried.
    order.timeout_express = Some("1d".into());
    Payment::new(shop.merchant(), order, policy(), Start::default(), now()).unwrap()
}

fn go_on(
    shop: &Shop,
    payment: &mut Payment,
    events: &Receiver<Event>,
    observer: &mut Quiet,
    does: impl FnMut(usize) -> Result<(), NotStored> + Send + 'static,
) -> Result<Ended, Unfinished> {
    let mut transport = HttpTransport::new(&shop.sandbox.gateway_url());
    let store = Scripted {
        saves: 0,
        does: Box::new(does),
    };
    drive(payment, &mut transport, store, events, observer)
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

fn declined_as_not_sent(outcome: &Outcome) {
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
    declined_as_not_sent(&ended.unwrap().outcome);
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

/// Alipay's notification that the buyer has paid.
fn paid(shop: &Shop) -> Event {
    let fields = [
        ("app_id", APP_ID),
        ("charset", "utf-8"),
        ("notify_id", "1"),
        ("out_trade_no", "DRIVEN"),
        ("total_amount", "88.88"),
        ("trade_no", "2026112122001"),
        ("trade_status", "TRADE_SUCCESS"),
    ];
    let text: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let text = text.join("&");
    let sign = percent(&signature(&shop.path("alipay_private_key.pem"), text.as_bytes()));
    let body = format!("{text}&sign_type=RSA2&sign={sign}");
    Event::Notify(shop.merchant().verify_notify(body.as_bytes()).unwrap())
}

#[test]
fn news_that_come_while_the_outcome_is_being_stored_are_told_with_it() {
    for hangs in [false, true] {
        let (shop, (cashier, events)) = (Shop::open(20), nobody());
        let mut observer = Quiet::default();
        let mut notification = Some(paid(&shop));
        // Refused by the gateway: what is stored is pay, and the outcome.
        let ended = run(&shop, 4005, &events, &mut observer, move |save| {
            if save == 2 {
                cashier.send(notification.take().unwrap()).unwrap();
                if hangs {
                    hang();
                }
            }
            Ok(())
        });
        let ended = ended.unwrap();
        assert!(matches!(ended.outcome, Outcome::Declined { .. }), "{ended:?}");
        assert_eq!(ended.stored.is_ok(), !hangs);
        assert_eq!(
            observer.news,
            ["notKnown"],
            "no such trade, whatever was notified"
        );
    }
}

#[test]
fn what_a_store_that_hangs_was_given_is_not_given_up() {
    let (shop, started) = (Shop::open(20), Instant::now());
    let store = |hangs: bool| Scripted {
        saves: 0,
        does: Box::new(move |_| {
            if hangs {
                hang();
            }
            Ok(())
        }),
    };
    let failed = store_given_up(&payment(&shop, 1), store(true));
    let Err(Unfinished::NotStored(error)) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(10));
    store_given_up(&payment(&shop, 1), store(false)).unwrap();
}

#[test]
fn what_says_nothing_new_is_no_reason_to_store_again() {
    let (shop, (cashier, events)) = (Shop::open(20), nobody());
    let saves = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&saves);
    let ended = run(&shop, 1, &events, &mut Quiet::default(), move |save| {
        if save > 1 {
            counted.fetch_add(1, Ordering::SeqCst);
            cashier.send(Event::Cancel).unwrap();
        }
        Ok(())
    });
    assert!(matches!(ended.unwrap().outcome, Outcome::Paid { .. }));
    assert_eq!(saves.load(Ordering::SeqCst), 1);
}

#[test]
fn after_a_store_that_failed_before_pay_the_payment_knows_that_pay_was_not_sent() {
    let (shop, (_cashier, events)) = (Shop::open(20), nobody());
    for hangs in [false, true] {
        let mut payment = payment(&shop, 1);
        let failed = go_on(&shop, &mut payment, &events, &mut Quiet::default(), move |_| {
            if hangs {
                hang();
            }
            Err(io::Error::from(io::ErrorKind::StorageFull).into())
        });
        assert!(matches!(failed, Err(Unfinished::NotStored(_))), "{failed:?}");
        let ended = go_on(&shop, &mut payment, &events, &mut Quiet::default(), |_| Ok(()));
        let Outcome::Declined { reason, .. } = ended.unwrap().outcome else {
            panic!("{:?}", payment.outcome());
        };
        assert_eq!(reason, DeclineReason::NotSent);
        assert!(shop.trade("DRIVEN").is_none());
    }
}

#[test]
fn what_a_store_that_is_late_writes_last_says_that_pay_was_not_sent() {
    let (shop, (_cashier, events)) = (Shop::open(20), nobody());
    let (written, last) = mpsc::channel();
    let store = Late(written);
    let mut transport = HttpTransport::new(&shop.sandbox.gateway_url());
    let mut payment = payment(&shop, 1);
    let failed = drive(
        &mut payment,
        &mut transport,
        store,
        &events,
        &mut Quiet::default(),
    );
    assert!(matches!(failed, Err(Unfinished::NotStored(_))), "{failed:?}");
    let last = last.iter().last().unwrap();
    let mut heir = Payment::restore(shop.merchant(), &last, Restored::default(), now()).unwrap();
    let ended = go_on(&shop, &mut heir, &events, &mut Quiet::default(), |_| Ok(()));
    declined_as_not_sent(&ended.unwrap().outcome);
}

/// Takes longer than it may.
struct Late(Sender<Vec<u8>>);

impl Store for Late {
    fn save(&mut self, snapshot: &[u8]) -> Result<(), NotStored> {
        thread::sleep(Duration::from_millis(500));
        self.0.send(snapshot.to_vec()).unwrap();
        Ok(())
    }
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
