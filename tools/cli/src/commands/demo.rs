//! `alipay demo`: four payments against a sandbox in this process, over real HTTP, and a look into its ledger.

mod inbox;
mod table;

use crate::{
    args::DemoArgs,
    commands::{keygen::generate, pay::random_id},
    driver::{Event, NotStored, Observer as _, Store, drive, now},
    failure::Failure,
    merchant::version,
    output::{print, print_json},
    screen::Screen,
    transport::HttpTransport,
};
use alipay_core::{
    Amount, Merchant, Payment,
    api::TradePayRequest,
    id::AuthCode,
    payment::{Outcome, Policy, Start},
};
use alipay_sandbox::{App, Sandbox, SandboxConfig, auth_code};
use inbox::Inbox;
use serde::Serialize;
use std::{
    io,
    sync::{Arc, mpsc},
    time::Duration,
};
use table::Row;

/// How many times faster than real time a demonstration runs.
const FASTER: u32 = 10;
const APP_ID: &str = "2021000000000001";
const SELLER_ID: &str = "2088000000000001";
/// The sandbox sends a notification at once.
const NOTIFIED_WITHIN: Duration = Duration::from_secs(3);

/// What is shown: the sandbox's story, and its title.
const PAYMENTS: [(u16, &str); 4] = [
    (1, "paid at once"),
    (1001, "the buyer is asked to confirm, and pays"),
    (1003, "the buyer never answers: cancelled in time"),
    (5001, "charged, but the answer is lost: found by asking"),
];

/// Its outcome is compared with the ledger right away; nothing needs to survive a crash.
struct NoStore;

impl Store for NoStore {
    fn save(&mut self, _: &[u8]) -> Result<(), NotStored> {
        Ok(())
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Line<'a> {
    Start {
        gateway: &'a str,
        time_scale: u32,
    },
    Payment {
        out_trade_no: &'a str,
        total_amount: String,
        title: &'a str,
    },
    Table {
        agrees: bool,
        rows: &'a [Row],
    },
}

pub(crate) fn run(args: &DemoArgs) -> Result<u8, Failure> {
    let scale = if args.real_time { 1 } else { FASTER };
    let own = generate(2048)?;
    let app = App {
        app_id: APP_ID.into(),
        public_key: own.public_key().clone(),
        seller_id: SELLER_ID.into(),
    };
    let config = SandboxConfig {
        seed: args.seed,
        time_scale: scale,
        ..SandboxConfig::new(vec![app], generate(2048)?)
    };
    let sandbox = Sandbox::start(config).map_err(|error| failed(&error))?;
    let inbox = Inbox::start().map_err(|error| failed(&error))?;
    let merchant = Merchant::builder(APP_ID, sandbox.alipay_public_key().clone())
        .private_key(own)
        .gateway(&sandbox.gateway_url())
        .notify_url(inbox.url())
        .api_version(version(args.v3))
        .build()?;
    let merchant = Arc::new(merchant);
    inbox
        .serve(Arc::clone(&merchant))
        .map_err(|error| failed(&error))?;
    greet(args, &sandbox, scale);

    let policy = Policy::default().scaled_down(scale);
    let mut rows = Vec::new();
    for (index, (story, title)) in (1_u16..).zip(PAYMENTS) {
        let out_trade_no = format!("DEMO_{}_{index}", args.seed);
        let total_amount = amount(args.seed, index)?;
        announce(args.json, index, &out_trade_no, total_amount, title);
        let unique = u32::try_from(args.seed % 10_000_000).unwrap_or_default();
        let code = auth_code(story, index, unique * 10 + u32::from(index));
        let order = TradePayRequest::bar_code(&out_trade_no, AuthCode::new(&code)?, total_amount, title);
        let start = Start {
            first_id: random_id()?,
            alipay_time: None,
        };
        let mut payment = Payment::new(Arc::clone(&merchant), order, policy.clone(), start, now())?;
        let mut screen = Screen::new(args.json, &out_trade_no, None);
        let outcome = pay(&mut payment, &merchant, &mut screen)?;
        let mut heard = Vec::new();
        if matches!(outcome, Outcome::Paid { .. }) {
            heard = inbox.wait_for(&out_trade_no, NOTIFIED_WITHIN);
        }
        let notifications = heard.len();
        for notify in heard {
            screen.happened(&Event::Notify(notify));
        }
        screen.ended(&outcome, &Ok(()), false);
        let trade = sandbox
            .trades()
            .into_iter()
            .find(|trade| trade.out_trade_no == out_trade_no);
        rows.push(Row::new(
            &out_trade_no,
            total_amount,
            &outcome,
            notifications,
            trade.as_ref(),
        ));
    }
    let agrees = rows.iter().all(|row| row.agrees) && inbox.refused() == 0;
    if args.json {
        print_json(&Line::Table { agrees, rows: &rows });
    } else {
        print(&table::draw(&rows));
    }
    if agrees {
        Ok(0)
    } else {
        Err(Failure::internal(
            "ledger_disagrees",
            "an outcome and the sandbox's ledger disagree, or a notification could not be verified",
        ))
    }
}

fn pay(payment: &mut Payment, merchant: &Merchant, screen: &mut Screen) -> Result<Outcome, Failure> {
    // The sender stays until the payment is over: nobody cancels.
    let (_nobody, events) = mpsc::channel();
    let mut transport = HttpTransport::new(merchant.gateway());
    payment.set_resets_on_death(transport.resets_on_death());
    let ended = drive(payment, &mut transport, NoStore, &events, screen)?;
    Ok(ended.outcome)
}

fn greet(args: &DemoArgs, sandbox: &Sandbox, scale: u32) {
    let gateway = sandbox.gateway_url();
    if args.json {
        print_json(&Line::Start {
            gateway: &gateway,
            time_scale: scale,
        });
        return;
    }
    print(&format!(
        "A simulated gateway runs at {gateway}, with fresh keys. No money moves.\n"
    ));
    if scale != 1 {
        print(&format!(
            "Time runs {scale} times faster than at a till; see --real-time.\n"
        ));
    }
}

fn announce(json: bool, index: u16, out_trade_no: &str, total_amount: Amount, title: &str) {
    if json {
        print_json(&Line::Payment {
            out_trade_no,
            total_amount: total_amount.to_string(),
            title,
        });
    } else {
        print(&format!(
            "\n{index}. {out_trade_no}, {total_amount} yuan: {title}\n"
        ));
    }
}

/// 1.00 to 200.99 yuan.
fn amount(seed: u64, index: u16) -> Result<Amount, Failure> {
    let mixed = seed
        .wrapping_mul(7_919)
        .wrapping_add(u64::from(index).wrapping_mul(104_729));
    Ok(Amount::from_fen(100 + mixed % 20_000)?)
}

fn failed(error: &io::Error) -> Failure {
    Failure::internal("demo", error.to_string())
}
