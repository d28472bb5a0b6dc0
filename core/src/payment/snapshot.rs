//! Snapshots: one line of header (format, version, checksum), then JSON. No key in it, and no auth_code once pay has left.

use super::{
    clock::{Clock, Moment},
    exchange::RequestKind,
    machine::{Payment, Stage, Step},
    outcome::{ConflictReason, DeclineReason, Outcome, Trade, UnresolvedReason},
    policy::Policy,
    reading::Sale,
};
use crate::{
    amount::Amount,
    api::TradePayRequest,
    error::{Error, ErrorCode},
    json::Json,
    merchant::Merchant,
    time::Timestamp,
};
use alloc::{borrow::ToOwned, boxed::Box, format, string::String, sync::Arc, vec::Vec};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

const FORMAT: &str = "alipay-payment";
const VERSION: &str = "1";

#[derive(Serialize, Deserialize)]
struct Image {
    app: String,
    /// Whose trades an ISV acts on: a digest of the app_auth_token, never the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    number: String,
    /// Fen.
    total: u64,
    /// The whole order, only while pay has not left.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Box<RawValue>>,
    stage: StageImage,
    /// The host's clock, the elapsed and the witnessed time when this was written.
    clock: (i64, u64, u64),
    due: u64,
    window_end: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pay_left: Option<(u64, i64)>,
    known_ours: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_left: Option<u64>,
    cancels: u8,
    cancel_requested: bool,
    next_id: u32,
    policy: PolicyImage,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StageImage {
    Ready,
    Paying,
    NotSent,
    Conflict(Option<String>),
    Polling,
    LastQuery,
    Cancelling,
    Settling,
    Exhausted(Option<String>),
    Refused(Option<String>),
    Paid {
        trade: TradeImage,
        late: bool,
    },
    Declined {
        reason: String,
        code: Option<String>,
        sub_code: Option<String>,
        display: Option<String>,
    },
    Closed(Option<bool>),
    Rejected {
        code: String,
        sub_code: Option<String>,
        display: Option<String>,
    },
    Conflicting {
        reason: String,
        sub_code: Option<String>,
    },
    Unresolved {
        reason: String,
        sub_code: Option<String>,
    },
}

#[derive(Serialize, Deserialize)]
struct TradeImage {
    trade_no: Option<String>,
    receipt: Option<u64>,
    paid_at: Option<i64>,
}

/// Timeouts (pay, query, cancel, sign), interval, window, retry soon, settle, cancel delays, the two switches.
#[derive(Serialize, Deserialize)]
struct PolicyImage([u32; 8], Vec<u32>, bool, bool);

fn tenant(merchant: &Merchant) -> Option<String> {
    merchant.app_auth_token().map(|token| digest(token.as_bytes()))
}

/// The first eight bytes of SHA-256, in hexadecimal.
fn digest(bytes: &[u8]) -> String {
    let full = Sha256::digest(bytes);
    let mut out = String::with_capacity(16);
    for byte in full.iter().take(8) {
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

pub(super) fn write(payment: &Payment) -> Vec<u8> {
    let policy = &payment.policy;
    let image = Image {
        app: payment.merchant.app_id().as_str().into(),
        tenant: tenant(&payment.merchant),
        number: payment.sale.out_trade_no.as_str().into(),
        total: payment.sale.total_amount.fen(),
        order: payment
            .order
            .as_ref()
            .and_then(|order| Json::parse(&order.to_json()).ok())
            .map(|json| json.raw().to_owned()),
        stage: write_stage(payment),
        clock: (
            payment.clock.host.unix_ms(),
            payment.clock.elapsed.0,
            payment.clock.witnessed.0,
        ),
        due: payment.due.0,
        window_end: payment.window_end.0,
        pay_left: payment
            .pay_left
            .zip(payment.sale.pay_left)
            .map(|(witnessed, host)| (witnessed.0, host.unix_ms())),
        known_ours: payment.sale.known_ours,
        cancel_left: payment.cancel_left.map(|left| left.0),
        cancels: payment.cancels,
        cancel_requested: payment.cancel_requested,
        next_id: payment.next_id,
        policy: PolicyImage(
            [
                policy.pay_timeout_ms,
                policy.query_timeout_ms,
                policy.cancel_timeout_ms,
                policy.sign_timeout_ms,
                policy.poll_interval_ms,
                policy.poll_window_ms,
                policy.retry_soon_ms,
                policy.settle_ms,
            ],
            policy.cancel_retry_ms.clone(),
            policy.confirm_not_sent,
            policy.long_auth_codes,
        ),
    };
    // Plain data always serialises; were it ever not to, an empty body would be refused on reading.
    let body = serde_json::to_string(&image).unwrap_or_default();
    format!("{FORMAT} {VERSION} {}\n{body}", digest(body.as_bytes())).into_bytes()
}

fn write_stage(payment: &Payment) -> StageImage {
    broken!(PaysAgainAfterRestart => if payment.stage == Stage::Paying { return StageImage::Ready });
    broken!(ForgetsTheDispute => if matches!(payment.stage, Stage::Conflict { .. }) { return StageImage::Polling });
    let sent = |kind| {
        payment
            .flight
            .as_ref()
            .is_some_and(|f| f.kind == kind && matches!(f.step, Step::Sent))
    };
    match &payment.stage {
        Stage::Ready => StageImage::Ready,
        // Still being signed: pay has not left.
        Stage::Paying if payment.pay_left.is_none() => StageImage::Ready,
        Stage::Paying => StageImage::Paying,
        Stage::NotSent => StageImage::NotSent,
        Stage::Conflict { sub_code } => StageImage::Conflict(sub_code.clone()),
        Stage::Polling => StageImage::Polling,
        Stage::LastQuery => StageImage::LastQuery,
        // In flight becomes query.
        Stage::Cancelling if sent(RequestKind::Cancel) => StageImage::Settling,
        Stage::Cancelling => StageImage::Cancelling,
        Stage::Settling => StageImage::Settling,
        Stage::Exhausted { sub_code } => StageImage::Exhausted(sub_code.clone()),
        Stage::Refused { sub_code } => StageImage::Refused(sub_code.clone()),
        Stage::Done(outcome) => write_outcome(outcome),
    }
}

fn write_outcome(outcome: &Outcome) -> StageImage {
    broken!(StoresNoRefund => if matches!(outcome, Outcome::Closed { .. }) { return StageImage::Closed(None) });
    match outcome.clone() {
        Outcome::Paid { trade, late } => StageImage::Paid {
            trade: TradeImage {
                trade_no: trade.trade_no,
                receipt: trade.receipt_amount.map(Amount::fen),
                paid_at: trade.paid_at.map(Timestamp::unix_ms),
            },
            late,
        },
        Outcome::Declined {
            reason,
            code,
            sub_code,
            display,
        } => StageImage::Declined {
            reason: reason.as_str().into(),
            code,
            sub_code,
            display,
        },
        Outcome::Closed { refunded } => StageImage::Closed(refunded),
        Outcome::Rejected {
            code,
            sub_code,
            display,
        } => StageImage::Rejected {
            code,
            sub_code,
            display,
        },
        Outcome::Conflict { reason, sub_code } => StageImage::Conflicting {
            reason: reason.as_str().into(),
            sub_code,
        },
        Outcome::Unresolved { reason, sub_code } => StageImage::Unresolved {
            reason: reason.as_str().into(),
            sub_code,
        },
    }
}

pub(super) fn read(merchant: Arc<Merchant>, snapshot: &[u8]) -> Result<Payment, Error> {
    let corrupt = || Error::new(ErrorCode::SnapshotCorrupt);
    let text = core::str::from_utf8(snapshot).map_err(|_| corrupt())?;
    let (header, body) = text.split_once('\n').ok_or_else(corrupt)?;
    let mut header = header.split(' ');
    if header.next() != Some(FORMAT) {
        return Err(corrupt());
    }
    let (version, checksum) = (header.next().ok_or_else(corrupt)?, header.next());
    if version != VERSION {
        let number = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
        return Err(if number {
            ErrorCode::SnapshotVersion.into()
        } else {
            corrupt()
        });
    }
    if checksum != Some(&*digest(body.as_bytes())) || header.next().is_some() {
        return Err(corrupt());
    }
    let image: Image = serde_json::from_str(body).map_err(|_| corrupt())?;
    if image.app != merchant.app_id().as_str() || image.tenant != tenant(&merchant) {
        return Err(ErrorCode::SnapshotMerchant.into());
    }
    let payment = restore(merchant, image).ok_or_else(corrupt)?;
    if let Some(order) = &payment.order {
        order.check_charset(payment.merchant.payment_charset())?;
    }
    Ok(payment)
}

fn restore(merchant: Arc<Merchant>, image: Image) -> Option<Payment> {
    let (host, elapsed, witnessed) = image.clock;
    // No clock counts so far; one that could count no further would stand still, and so would the payment.
    i64::try_from(elapsed.max(witnessed)).ok()?;
    let clock = Clock {
        host: Timestamp::from_unix_ms(host).ok()?,
        elapsed: Moment(elapsed),
        witnessed: Moment(witnessed),
    };
    let sale = Sale {
        out_trade_no: image.number.parse().ok()?,
        total_amount: Amount::from_fen(image.total).ok()?,
        pay_left: image
            .pay_left
            .map(|(_, host)| Timestamp::from_unix_ms(host))
            .transpose()
            .ok()?,
        known_ours: image.known_ours,
    };
    let order = image
        .order
        .map(|order| TradePayRequest::from_json(order.get()))
        .transpose()
        .ok()?
        .map(Box::new);
    let stage = read_stage(image.stage, &sale)?;
    // An order that has not left is the only thing that can still be paid.
    if (stage == Stage::Ready) != order.is_some() {
        return None;
    }
    let policy = read_policy(image.policy)?;
    // What left, left before this was written; the next cancel and the end of the window are no further than the policy puts
    // them. A snapshot that says otherwise would keep a payment going for years.
    let left = |moment| Moment(moment).min(clock.witnessed);
    let longest_delay = policy.cancel_retry_ms.iter().copied().max().unwrap_or(0);
    let latest_end = clock
        .elapsed
        .after(policy.pay_timeout_ms)
        .after(policy.poll_window_ms);
    Some(Payment {
        order,
        // A success found after a restart is late, unless pay has not left yet.
        trouble: stage != Stage::Ready,
        stage,
        due: Moment(image.due).min(clock.elapsed.after(longest_delay)),
        window_end: Moment(image.window_end).min(latest_end),
        pay_left: image.pay_left.map(|(witnessed, _)| left(witnessed)),
        cancel_left: image.cancel_left.map(left),
        cancels: image.cancels,
        cancel_requested: image.cancel_requested,
        next_id: image.next_id,
        ..Payment::at_start(merchant, policy, sale, clock)
    })
}

fn read_policy(image: PolicyImage) -> Option<Policy> {
    let PolicyImage(
        [pay, query, cancel, sign, interval, window, soon, settle],
        cancel_retry_ms,
        confirm,
        long,
    ) = image;
    let policy = Policy {
        pay_timeout_ms: pay,
        query_timeout_ms: query,
        cancel_timeout_ms: cancel,
        sign_timeout_ms: sign,
        poll_interval_ms: interval,
        poll_window_ms: window,
        retry_soon_ms: soon,
        settle_ms: settle,
        cancel_retry_ms,
        confirm_not_sent: confirm,
        long_auth_codes: long,
    };
    policy.check().is_ok().then_some(policy)
}

fn read_stage(image: StageImage, sale: &Sale) -> Option<Stage> {
    let outcome = match image {
        StageImage::Ready => return Some(Stage::Ready),
        StageImage::Paying => return Some(Stage::Paying),
        StageImage::NotSent => return Some(Stage::NotSent),
        StageImage::Conflict(sub_code) => return Some(Stage::Conflict { sub_code }),
        StageImage::Polling => return Some(Stage::Polling),
        StageImage::LastQuery => return Some(Stage::LastQuery),
        StageImage::Cancelling => return Some(Stage::Cancelling),
        StageImage::Settling => return Some(Stage::Settling),
        StageImage::Exhausted(sub_code) => return Some(Stage::Exhausted { sub_code }),
        StageImage::Refused(sub_code) => return Some(Stage::Refused { sub_code }),
        StageImage::Paid { trade, late } => Outcome::Paid {
            trade: Trade {
                out_trade_no: sale.out_trade_no.as_str().into(),
                trade_no: trade.trade_no,
                total_amount: sale.total_amount,
                receipt_amount: trade.receipt.map(Amount::from_any_fen),
                paid_at: trade.paid_at.map(Timestamp::from_unix_ms).transpose().ok()?,
                document: None,
            },
            late,
        },
        StageImage::Declined {
            reason,
            code,
            sub_code,
            display,
        } => Outcome::Declined {
            reason: DeclineReason::from_word(&reason)?,
            code,
            sub_code,
            display,
        },
        StageImage::Closed(refunded) => Outcome::Closed { refunded },
        StageImage::Rejected {
            code,
            sub_code,
            display,
        } => Outcome::Rejected {
            code,
            sub_code,
            display,
        },
        StageImage::Conflicting { reason, sub_code } => Outcome::Conflict {
            reason: ConflictReason::from_word(&reason)?,
            sub_code,
        },
        StageImage::Unresolved { reason, sub_code } => Outcome::Unresolved {
            reason: UnresolvedReason::from_word(&reason)?,
            sub_code,
        },
    };
    Some(Stage::Done(outcome))
}
