//! Every story of the sandbox, over real HTTP: the outcome and the ledger must agree.

mod support;

use alipay_cli::{
    driver::{Event, NotStored, Observer, Store, drive, now},
    failure::Failure,
    transport::HttpTransport,
};
use alipay_core::{
    Amount, Payment, Timestamp,
    api::TradePayRequest,
    id::AuthCode,
    payment::{News, Outcome, Policy, Request, Start, Wake},
};
use alipay_sandbox::{
    auth_code,
    model::story::{Story, stories},
};
use std::{
    io,
    sync::{Arc, Mutex, mpsc},
    thread,
};
use support::{Shop, check_books, payments_end};

/// Sandbox and policy alike.
const FASTER: u32 = 10;

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<Vec<u8>>>>);

impl Store for Memory {
    fn save(&mut self, snapshot: &[u8]) -> Result<(), NotStored> {
        self.0.lock().unwrap().push(snapshot.to_vec());
        Ok(())
    }
}

struct Log(Vec<String>);

impl Observer for Log {
    fn asking(&mut self, request: &Request) {
        self.0
            .push(format!("{} {}", now().unix_ms() % 100_000, request.kind.as_str()));
    }
    fn heard(&mut self, _: &Request, payment: &Payment) {
        self.0
            .push(format!("{} {:?}", now().unix_ms() % 100_000, payment.heard()));
    }
    fn waiting(&mut self, _: Timestamp, _: Wake, _: &Payment) {}
    fn learnt(&mut self, _: &str, _: Option<&Failure>) {
        panic!("there are no certificates here");
    }
    fn happened(&mut self, _: &Event) {}
    fn news(&mut self, news: &News) {
        panic!("{news:?} after the end");
    }
    fn not_stored(&mut self, _: Option<&Request>, error: &io::Error) {
        panic!("{error}");
    }
}

fn run(shop: &Shop, story: &Story) -> Result<(), String> {
    let (ending, story) = (story.ending(), story.code);
    let out_trade_no = format!("STORY_{story}");
    let total: Amount = "88.88".parse().unwrap();
    let code = AuthCode::new(&auth_code(story, 1, u32::from(story))).unwrap();
    let order = TradePayRequest::bar_code(&out_trade_no, code, total, "story");
    let policy = Policy::default().scaled_down(FASTER);
    let mut payment = Payment::new(shop.merchant(), order, policy, Start::default(), now()).unwrap();
    let mut transport = HttpTransport::new(&shop.sandbox.gateway_url());
    let (_nobody, events) = mpsc::channel();
    payment.set_resets_on_death(transport.resets_on_death());
    let (store, mut log) = (Memory::default(), Log(Vec::new()));
    let ended = drive(&mut payment, &mut transport, store.clone(), &events, &mut log).unwrap();
    ended.stored.unwrap();
    let outcome = ended.outcome;
    let trade = shop.trade(&out_trade_no);
    let told = || format!("story {story}: {outcome:?}\n{}", log.0.join("\n"));
    check_books(outcome.as_str(), trade.as_ref(), total).map_err(|error| format!("{error}\n{}", told()))?;
    if trade.is_some_and(|trade| trade.pay_calls != 1) {
        return Err(format!("pay was not sent once\n{}", told()));
    }
    if outcome.as_str() != ending {
        return Err(format!("{ending} was expected\n{}", told()));
    }
    if let Outcome::Paid { trade, .. } = &outcome {
        assert_eq!(trade.total_amount, total);
    }
    // Write-ahead before pay and each cancel, and the outcome at the end; never the payment code.
    let stored = store.0.lock().unwrap();
    assert!(stored.len() >= 2);
    let code = auth_code(story, 1, u32::from(story));
    for snapshot in &*stored {
        assert!(!String::from_utf8_lossy(snapshot).contains(&code));
    }
    Ok(())
}

#[test]
fn in_every_story_the_outcome_and_the_ledger_agree() {
    let shop = Shop::open(FASTER);
    let failed: Vec<String> = thread::scope(|scope| {
        let shop = &shop;
        let running: Vec<_> = stories()
            .iter()
            .map(|story| scope.spawn(move || run(shop, story)))
            .collect();
        running
            .into_iter()
            .filter_map(|thread| thread.join().unwrap().err())
            .collect()
    });
    assert!(
        failed.is_empty(),
        "{} stories failed:\n\n{}",
        failed.len(),
        failed.join("\n\n")
    );
    assert!(stories().len() >= 90);
}

#[test]
fn the_binary_exits_with_the_outcome() {
    let shop = Shop::open(20);
    let cases = [
        (1, 0, "PAID"),
        (1001, 0, "PAID"),
        (1003, 11, "CLOSED"),
        (3119, 10, "DECLINED"),
        (3201, 13, "CONFLICT"),
        (4003, 12, "REJECTED"),
        (5001, 0, "found out late"),
        (6002, 11, "the money went back"),
        (6011, 14, "UNRESOLVED"),
    ];
    payments_end(&shop, "BINARY", &[], &cases, |exit, text| {
        if [10, 13].contains(&exit) {
            assert!(
                text.contains("处理") && text.contains("remedy (cashier)"),
                "{text}"
            );
        }
    });
}
