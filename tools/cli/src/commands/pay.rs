//! `alipay pay` and `alipay resume`.

use crate::{
    args::{PayArgs, ResumeArgs},
    driver::{Event, NotStored, Store, Unfinished, drive, now},
    failure::Failure,
    interrupt::{First, on_interrupt},
    merchant,
    output::warn,
    screen::Screen,
    state_file::{Opened, StateFile},
    transport::HttpTransport,
};
use alipay_core::{
    Payment,
    api::TradePayRequest,
    id::AuthCode,
    payment::{Outcome, Policy, Restored, Start},
};
use getrandom::{SysRng, rand_core::TryRng as _};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};
use zeroize::Zeroizing;

/// A payment whose state nobody asked to keep.
struct NoStore;

impl Store for NoStore {
    fn save(&mut self, _: &[u8]) -> Result<(), NotStored> {
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
    let start = Start {
        first_id: random_id()?,
        // One process takes one payment: no earlier answer told Alipay's time.
        alipay_time: None,
    };
    let transport = args.connection.transport(&merchant);
    let payment = Payment::new(merchant, order, policy, start, now())?;
    match &args.state {
        Some(path) => {
            let state = StateFile::begin(path)?;
            run(payment, transport, state, Some(path), args.json)
        }
        None => run(payment, transport, NoStore, None, args.json),
    }
}

pub(crate) fn resume(args: &ResumeArgs) -> Result<u8, Failure> {
    let merchant = args.connection.merchant()?;
    let Opened {
        file,
        snapshot,
        writer_is_dead,
    } = StateFile::open(&args.state)?;
    let restored = Restored {
        first_id: random_id()?,
        writer_is_dead,
        never_suspended: args.machine_was_never_suspended,
        gateway_moved: args.gateway_moved,
    };
    let transport = args.connection.transport(&merchant);
    let mut payment = restore(merchant, &snapshot, restored)?;
    if let Some(policy) = args.policy.policy(payment.policy()) {
        payment.set_policy(policy)?;
    }
    run(payment, transport, file, Some(&args.state), args.json)
}

pub(crate) fn restore(
    merchant: Arc<alipay_core::Merchant>,
    snapshot: &[u8],
    restored: Restored,
) -> Result<Payment, Failure> {
    let restored = Payment::restore(merchant, snapshot, restored, now());
    Ok(restored.map_err(|error| error.or_about("--state"))?)
}

/// Where requests are numbered from: never as before, also if a file was put back from a backup.
pub(crate) fn random_id() -> Result<u32, Failure> {
    let drawn = SysRng.try_next_u32();
    drawn.map_err(|error| Failure::internal("random", error.to_string()))
}

fn run(
    mut payment: Payment,
    mut transport: HttpTransport,
    store: impl Store + Send + 'static,
    path: Option<&Path>,
    json: bool,
) -> Result<u8, Failure> {
    let (events, happening) = mpsc::channel();
    let told = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&told);
    let cancel = move || {
        // Fails only once the payment is over.
        let _ = events.send(Event::Cancel);
        if told.load(Ordering::SeqCst) {
            return First::Leave;
        }
        warn("cancelling as soon as the answer under way is in; Ctrl-C again leaves at once");
        First::TakenUp
    };
    on_interrupt(cancel, farewell(path, payment.out_trade_no(), Arc::clone(&over)))?;
    payment.set_resets_on_death(transport.resets_on_death());
    let mut screen = Screen::new(json, payment.out_trade_no(), path);
    let ended = drive(&mut payment, &mut transport, store, &happening, &mut screen);
    let mut ended = ended?;
    screen.ended(&ended.outcome, &ended.stored, payment.is_given_up());
    over.store(true, Ordering::SeqCst);
    if ended.stored.is_err() {
        ended.keep_storing()?;
        screen.stored();
    }
    Ok(exit_code(&ended.outcome))
}

fn farewell(path: Option<&Path>, out_trade_no: &str, over: Arc<AtomicBool>) -> impl Fn() -> String + use<> {
    let unfinished = match path {
        Some(path) => format!("left: go on with `alipay resume --state {}`", path.display()),
        None => format!("left without a state file: look {out_trade_no} up with `alipay query`"),
    };
    move || {
        if over.load(Ordering::SeqCst) {
            "left: the outcome above is NOT in the state file".into()
        } else {
            unfinished.clone()
        }
    }
}

impl From<Unfinished> for Failure {
    fn from(unfinished: Unfinished) -> Self {
        let code = match &unfinished {
            Unfinished::NotStored(_) => "state_not_written",
            Unfinished::Superseded => "superseded",
        };
        Self::internal(code, unfinished.to_string())
    }
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
