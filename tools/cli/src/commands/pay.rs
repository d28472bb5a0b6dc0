//! `alipay pay` and `alipay resume`.

use crate::{
    args::{PayArgs, ResumeArgs},
    driver::{Event, Store, drive, now},
    failure::Failure,
    interrupt::on_interrupt,
    merchant,
    screen::Screen,
    state_file::StateFile,
    transport::HttpTransport,
};
use alipay_core::{
    Merchant, Payment,
    api::TradePayRequest,
    id::AuthCode,
    payment::{Outcome, Policy},
};
use std::{io, path::Path, sync::mpsc};
use zeroize::Zeroizing;

/// A payment whose state nobody asked to keep.
struct NoStore;

impl Store for NoStore {
    fn save(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn pay(args: PayArgs) -> Result<u8, Failure> {
    let merchant = args.connection.merchant()?;
    let auth_code = read_auth_code(&args)?;
    let total_amount = args
        .total_amount
        .parse()
        .map_err(|error: alipay_core::Error| error.or_about("--total-amount"))?;
    let mut order = TradePayRequest::bar_code(&args.out_trade_no, auth_code, total_amount, &args.subject);
    order.body = args.body;
    order.store_id = args.store_id;
    order.terminal_id = args.terminal_id;
    order.operator_id = args.operator_id;
    order.timeout_express = args.timeout_express;
    let base = Policy::default();
    let policy = args.policy.policy(&base).unwrap_or(base);
    let payment = Payment::new(merchant.clone(), order, policy, now())?;
    match &args.state {
        Some(path) => {
            let state = StateFile::begin(path)?;
            run(payment, &merchant, state, Some(path), args.json)
        }
        None => run(payment, &merchant, NoStore, None, args.json),
    }
}

pub(crate) fn resume(args: &ResumeArgs) -> Result<u8, Failure> {
    let merchant = args.connection.merchant()?;
    let (state, snapshot) = StateFile::open(&args.state)?;
    let mut payment =
        Payment::restore(merchant.clone(), &snapshot, now()).map_err(|error| error.or_about("--state"))?;
    if let Some(policy) = args.policy.policy(payment.policy()) {
        payment.set_policy(policy)?;
    }
    run(payment, &merchant, state, Some(&args.state), args.json)
}

fn run(
    mut payment: Payment,
    merchant: &Merchant,
    mut store: impl Store,
    path: Option<&Path>,
    json: bool,
) -> Result<u8, Failure> {
    let (events, happening) = mpsc::channel();
    let farewell = match path {
        Some(path) => format!("left: go on with `alipay resume --state {}`", path.display()),
        None => format!(
            "left without a state file: look {} up with `alipay query`",
            payment.out_trade_no()
        ),
    };
    let cancel = move || {
        eprintln!("cancelling as soon as the answer under way is in; Ctrl-C again leaves at once");
        // Fails only once the payment is over.
        let _ = events.send(Event::Cancel);
    };
    on_interrupt(cancel, farewell)?;
    let mut transport = HttpTransport::new(merchant.gateway());
    let mut screen = Screen::new(json, payment.out_trade_no());
    let outcome = drive(&mut payment, &mut transport, &mut store, &happening, &mut screen);
    let outcome = outcome.map_err(|error| {
        Failure::internal(
            "state_not_written",
            format!("the state could not be stored, so nothing was sent: {error}"),
        )
    })?;
    screen.ended(&outcome);
    Ok(exit_code(&outcome))
}

/// The exit code that says how a payment ended.
fn exit_code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Paid { .. } => 0,
        Outcome::Declined { .. } => 10,
        Outcome::Closed { .. } => 11,
        Outcome::Rejected { .. } => 12,
        Outcome::Conflict { .. } => 13,
        Outcome::Unresolved { .. } => 14,
    }
}

fn read_auth_code(args: &PayArgs) -> Result<AuthCode, Failure> {
    let bytes = match (&args.auth_code, &args.auth_code_file) {
        (Some(code), _) => Zeroizing::new(code.clone().into_bytes()),
        (None, Some(path)) => merchant::read(path)?,
        (None, None) => Zeroizing::default(),
    };
    let text = str::from_utf8(&bytes).unwrap_or_default();
    Ok(AuthCode::new(text.trim())?)
}
