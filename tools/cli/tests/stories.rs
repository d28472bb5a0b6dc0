//! Every story of the sandbox, over real HTTP: the outcome and the ledger must agree.

mod support;

use alipay_cli::{
    driver::{Event, Observer, Store, drive, now},
    transport::HttpTransport,
};
use alipay_core::{
    Amount, Payment, Timestamp,
    api::TradePayRequest,
    codes::{Class, TABLE},
    id::AuthCode,
    payment::{Outcome, Policy, Request, Wake},
};
use alipay_sandbox::{auth_code, model::story::stories};
use std::{io, sync::mpsc, thread};
use support::{HASTY, Shop, check_books, stdout};

/// Sandbox and policy alike.
const FASTER: u32 = 10;

struct Memory(Vec<Vec<u8>>);

impl Store for Memory {
    fn save(&mut self, snapshot: &[u8]) -> io::Result<()> {
        self.0.push(snapshot.to_vec());
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
    fn happened(&mut self, _: &Event) {}
    fn not_stored(&mut self, _: Option<&Request>, error: &io::Error) {
        panic!("{error}");
    }
}

/// How each story ends.
fn expected(code: u16) -> &'static str {
    match code {
        // 31NN: the NN-th code of the document.
        3101..=3199 => match TABLE[usize::from(code - 3101)].class {
            Class::Declined | Class::Configuration => "declined",
            Class::Conflict => "conflict",
            // Not known, so asked: there is no trade.
            Class::Unknown => "closed",
        },
        1 | 1001 | 2001 | 2003 => "paid",
        1002..=1004 | 2002 | 2004 => "closed",
        3201..=3204 => "conflict",
        3211..=3214 => "paid",
        3301..=3310 if code % 2 == 1 => "paid",
        3301..=3310 => "closed",
        4005 => "declined",
        4001..=4006 | 4021 => "rejected",
        5002 | 5005 | 5009 | 5013 | 5014 => "closed",
        5001..=5015 => "paid",
        // Cancel is refused for good, and the buyer has paid.
        6006..=6010 => "paid",
        6011 | 6012 => "unresolved",
        6001..=6018 => "closed",
        7006 => "conflict",
        7007 => "closed",
        7001..=7005 => "paid",
        _ => panic!("story {code} is new: say how it must end"),
    }
}

fn run(shop: &Shop, story: u16) -> Result<(), String> {
    let out_trade_no = format!("STORY_{story}");
    let total: Amount = "88.88".parse().unwrap();
    let code = AuthCode::new(&auth_code(story, 1, u32::from(story))).unwrap();
    let order = TradePayRequest::bar_code(&out_trade_no, code, total, "story");
    let policy = Policy::default().scaled_down(FASTER);
    let mut payment = Payment::new(shop.merchant(), order, policy, now()).unwrap();
    let mut transport = HttpTransport::new(&shop.sandbox.gateway_url());
    let (_nobody, events) = mpsc::channel();
    let (mut store, mut log) = (Memory(Vec::new()), Log(Vec::new()));
    let outcome = drive(&mut payment, &mut transport, &mut store, &events, &mut log).unwrap();
    let trade = shop.trade(&out_trade_no);
    let told = || format!("story {story}: {outcome:?}\n{}", log.0.join("\n"));
    check_books(outcome.as_str(), trade.as_ref(), total).map_err(|error| format!("{error}\n{}", told()))?;
    if trade.is_some_and(|trade| trade.pay_calls != 1) {
        return Err(format!("pay was not sent once\n{}", told()));
    }
    if outcome.as_str() != expected(story) {
        return Err(format!("{} was expected\n{}", expected(story), told()));
    }
    if let Outcome::Paid { trade, .. } = &outcome {
        assert_eq!(trade.total_amount, total);
    }
    // Write-ahead before pay and each cancel, and the outcome at the end; never the payment code.
    assert!(store.0.len() >= 2);
    let code = auth_code(story, 1, u32::from(story));
    for snapshot in &store.0 {
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
            .map(|story| scope.spawn(move || run(shop, story.code)))
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
    thread::scope(|scope| {
        for (story, exit, word) in cases {
            let shop = &shop;
            scope.spawn(move || {
                let out_trade_no = format!("BINARY_{story}");
                let mut pay = shop.pay(&out_trade_no, &auth_code(story, 2, u32::from(story)));
                let output = pay.args(HASTY).output().unwrap();
                let text = stdout(&output);
                assert_eq!(output.status.code(), Some(exit), "story {story}:\n{text}");
                let last = text.lines().last().unwrap_or_default();
                assert!(last.contains(word), "story {story}:\n{text}");
                if [10, 13].contains(&exit) {
                    assert!(
                        text.contains("处理") && text.contains("remedy (cashier)"),
                        "{text}"
                    );
                }
            });
        }
    });
}
