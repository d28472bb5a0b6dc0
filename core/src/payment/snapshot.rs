//! Snapshots: one line of header (format, version, checksum, number), then JSON. No key in it, and no auth_code once pay has
//! left.
//!
//! Version 1, which had no number, is read too. It says neither how requests ended nor at which gateway they are: whatever left may still land.

use super::{
    clock::{Clock, Moment},
    exchange::Restored,
    image::{Image, LandingImage, LimitImage, PolicyImage, StageImage, TradeImage},
    landing::Landing,
    limit::Limit,
    machine::Payment,
    outcome::{ConflictReason, DeclineReason, Outcome, Trade, UnresolvedReason},
    policy::Policy,
    redacting::OwnCode,
    sale::Sale,
    stage::Stage,
};
use crate::{
    amount::Amount,
    api::TradePayRequest,
    error::{Error, ErrorCode},
    json::Json,
    merchant::{self, Merchant},
    time::Timestamp,
};
use alloc::{borrow::ToOwned, boxed::Box, format, string::String, sync::Arc, vec::Vec};
use sha2::{Digest, Sha256};

const FORMAT: &str = "alipay-payment";
const VERSION: &str = "2";

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

/// The number of a snapshot, which says which of two is newer ([`Payment::revision`]); 0 of version 1.
///
/// # Errors
/// `snapshot_corrupt`.
pub fn number(snapshot: &[u8]) -> Result<u64, Error> {
    let corrupt = || Error::new(ErrorCode::SnapshotCorrupt);
    let line = snapshot.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut header = core::str::from_utf8(line).map_err(|_| corrupt())?.split(' ');
    if header.next() != Some(FORMAT) {
        return Err(corrupt());
    }
    match header.nth(2) {
        None => Ok(0),
        Some(number) => number.parse().map_err(|_| corrupt()),
    }
}

impl Payment {
    /// A versioned snapshot to store: no key in it, and no auth_code once pay has left. At most 1 KB while a payment
    /// is pending.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        write(self)
    }

    /// The snapshot's number: each is higher than the ones before, also across restarts. A store refuses to replace one by
    /// an older one ([`snapshot_number`](super::snapshot_number) reads it).
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Goes on from a snapshot. What was in flight may or may not have happened, so it is queried; pay is never sent
    /// twice, and nothing is cancelled before Alipay has answered anew. An `Unresolved` payment starts to reconcile.
    ///
    /// # Errors
    /// `snapshot_corrupt`, `snapshot_version`, `snapshot_merchant`, `snapshot_gateway`; `charset_unmappable` if pay has not left and
    /// the merchant's charset has become one that the order can't be written in.
    pub fn restore(
        merchant: Arc<Merchant>,
        snapshot: &[u8],
        restored: Restored,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let mut payment = read(merchant, snapshot, restored)?;
        broken!(ForgetsItsPolicy => payment.policy = Policy::default());
        payment.resume(restored, now);
        Ok(payment)
    }
}

fn write(payment: &Payment) -> Vec<u8> {
    let policy = &payment.policy;
    let image = Image {
        app: payment.merchant.app_id().as_str().into(),
        tenant: tenant(&payment.merchant),
        gateway: Some(payment.merchant.gateway().into()),
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
        // Before pay has left it goes with this process's count of time.
        alipay_time: payment
            .alipay_time
            .filter(|_| payment.order.is_none())
            .map(Timestamp::unix_ms),
        due: payment.due.0,
        window_end: payment.window_end.0,
        pay_left: payment.sale.pay_left.map(|host| (0, host.unix_ms())),
        left_between: payment
            .sale
            .left_between
            .map(|(earliest, latest)| (earliest.unix_ms(), latest.unix_ms())),
        known_ours: payment.sale.known_ours,
        pay: LandingImage::of(&payment.pay),
        cancel: LandingImage::of(&payment.cancels_left),
        cancel_left: None,
        limit: payment.limit.into(),
        trade_seen: payment.trade_seen,
        anothers: payment.anothers,
        cancel_found_nothing: payment.cancel_found_nothing,
        given_up: payment.given_up,
        reconciling: payment.reconciling,
        question: payment.is_in_question(),
        contradicted: payment.contradicted,
        cancels: payment.cancels,
        cancel_requested: payment.cancel_requested,
        next_id: 0,
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
                policy.send_within_ms,
                policy.fence_ms,
            ]
            .into(),
            policy.cancel_retry_ms.clone(),
            policy.confirm_not_sent,
            policy.long_auth_codes,
        ),
    };
    // Plain data always serialises; were it ever not to, an empty body would be refused on reading.
    let body = serde_json::to_string(&image).unwrap_or_default();
    let number = payment.revision;
    let checksum = digest(format!("{number}\n{body}").as_bytes());
    format!("{FORMAT} {VERSION} {checksum} {number}\n{body}").into_bytes()
}

fn write_stage(payment: &Payment) -> StageImage {
    broken!(PaysAgainAfterRestart => if payment.stage == Stage::Paying { return StageImage::Ready });
    broken!(ForgetsTheDispute => if matches!(payment.stage, Stage::Conflict { .. }) { return StageImage::Polling });
    match &payment.stage {
        Stage::Ready => StageImage::Ready,
        // Still being signed: pay has not left.
        Stage::Paying if !payment.pay.left() => StageImage::Ready,
        Stage::Paying => StageImage::Paying,
        Stage::NotSent => StageImage::NotSent,
        Stage::Conflict { sub_code } => StageImage::Conflict(sub_code.clone()),
        Stage::Polling => StageImage::Polling,
        Stage::LastQuery => StageImage::LastQuery,
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
        Outcome::Paid { trade, late, proven } => StageImage::Paid {
            trade: TradeImage {
                trade_no: trade.trade_no,
                receipt: trade.receipt_amount.map(Amount::fen),
                paid_at: trade.paid_at.map(Timestamp::unix_ms),
            },
            late,
            proven,
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
        Outcome::Conflict {
            reason,
            sub_code,
            cancel_sent,
        } => StageImage::Conflicting {
            reason: reason.as_str().into(),
            sub_code,
            cancel_sent,
        },
        Outcome::Unresolved {
            reason,
            sub_code,
            ask_again_at,
        } => StageImage::Unresolved {
            reason: reason.as_str().into(),
            sub_code,
            ask_again_at: ask_again_at.unix_ms(),
        },
    }
}

fn read(merchant: Arc<Merchant>, snapshot: &[u8], restored: Restored) -> Result<Payment, Error> {
    let corrupt = || Error::new(ErrorCode::SnapshotCorrupt);
    let text = core::str::from_utf8(snapshot).map_err(|_| corrupt())?;
    let (header, body) = text.split_once('\n').ok_or_else(corrupt)?;
    let mut header = header.split(' ');
    if header.next() != Some(FORMAT) {
        return Err(corrupt());
    }
    let (version, checksum, number) = (header.next().ok_or_else(corrupt)?, header.next(), header.next());
    let (revision, sum) = match (version, number) {
        ("1", None) => (0, digest(body.as_bytes())),
        (VERSION, Some(number)) => {
            let revision = number.parse::<u64>().map_err(|_| corrupt())?;
            (revision, digest(format!("{number}\n{body}").as_bytes()))
        }
        ("1" | VERSION, _) => return Err(corrupt()),
        (other, _) => {
            let number = !other.is_empty() && other.bytes().all(|b| b.is_ascii_digit());
            return Err(if number {
                ErrorCode::SnapshotVersion.into()
            } else {
                corrupt()
            });
        }
    };
    if checksum != Some(&*sum) || header.next().is_some() {
        return Err(corrupt());
    }
    let image: Image = serde_json::from_str(body).map_err(|_| corrupt())?;
    if image.app != merchant.app_id().as_str() || image.tenant != tenant(&merchant) {
        return Err(ErrorCode::SnapshotMerchant.into());
    }
    if let Some(gateway) = &image.gateway
        && gateway != merchant.gateway()
        && !(restored.gateway_moved && merchant::same_ledger(gateway, merchant.gateway()))
    {
        return Err(ErrorCode::SnapshotGateway.into());
    }
    let mut payment = restore(merchant, image).ok_or_else(corrupt)?;
    payment.revision = revision;
    if let Some(order) = &payment.order {
        order.check_charset(payment.merchant.payment_charset())?;
    }
    Ok(payment)
}

fn restore(merchant: Arc<Merchant>, image: Image) -> Option<Payment> {
    let (host, elapsed, witnessed) = image.clock;
    // No clock counts so far; one that could count no further would stand still, and so would the payment.
    i64::try_from(elapsed.max(witnessed)).ok()?;
    let time = |ms: Option<i64>| ms.map(Timestamp::from_unix_ms).transpose().ok();
    let clock = Clock {
        host: Timestamp::from_unix_ms(host).ok()?,
        elapsed: Moment(elapsed),
        witnessed: Moment(witnessed),
        set_back: false,
    };
    let order = image
        .order
        .map(|order| TradePayRequest::from_json(order.get()))
        .transpose()
        .ok()?
        .map(Box::new);
    let mut sale = Sale {
        out_trade_no: image.number.parse().ok()?,
        total_amount: Amount::from_fen(image.total).ok()?,
        pay_left: time(image.pay_left.map(|(_, host)| host))?,
        left_between: time(image.left_between.map(|(earliest, _)| earliest))?
            .zip(time(image.left_between.map(|(_, latest)| latest))?),
        known_ours: image.known_ours,
        unsent: false,
        own_code: order
            .as_ref()
            .and_then(|order| order.auth_code.as_ref())
            .and_then(OwnCode::of),
    };
    let stage = read_stage(image.stage, &sale)?;
    // An order that has not left is the only thing that can still be paid.
    if (stage == Stage::Ready) != order.is_some() {
        return None;
    }
    let first_version = image.gateway.is_none();
    let ended = matches!(stage, Stage::Done(_));
    let open = |left: bool| Landing {
        open: left,
        ..Landing::default()
    };
    let read = |landing: Option<LandingImage>, left: bool| match landing {
        Some(landing) => landing.read(clock.witnessed),
        None if first_version => Some(open(left)),
        None => Some(Landing::default()),
    };
    let handed_over = image.pay_left.is_some();
    let pay_left = handed_over && stage != Stage::NotSent;
    let policy = read_policy(image.policy)?;
    // The next cancel and the end of the window are no further than the policy puts them. A snapshot that says otherwise
    // would keep a payment going for years.
    let longest_delay = policy
        .cancel_retry_ms
        .iter()
        .copied()
        .max()
        .unwrap_or(0)
        .max(policy.poll_interval_ms);
    let latest_end = clock
        .elapsed
        .after(policy.send_within_ms)
        .after(policy.pay_timeout_ms)
        .after(policy.poll_window_ms);
    let pay = read(image.pay, pay_left)?;
    sale.unsent = handed_over && !pay.left();
    Some(Payment {
        order,
        // A success found after a restart is late, unless pay has not left yet.
        trouble: stage != Stage::Ready,
        stage,
        due: Moment(image.due).min(clock.elapsed.after(longest_delay)),
        window_end: Moment(image.window_end).min(latest_end),
        alipay_time: time(image.alipay_time)?,
        pay,
        cancels_left: read(image.cancel, image.cancel_left.is_some())?,
        limit: match image.limit {
            LimitImage::At(at) => Limit::At(Timestamp::from_unix_ms(at).ok()?),
            LimitImage::Within(ms) => Limit::Within(ms),
        },
        // What is known to be ours was seen.
        trade_seen: image.trade_seen || sale.known_ours,
        anothers: image.anothers,
        cancel_found_nothing: image.cancel_found_nothing,
        given_up: image.given_up,
        reconciling: image.reconciling,
        question: image.question && ended,
        contradicted: image.contradicted && ended,
        cancels: image.cancels,
        cancel_requested: image.cancel_requested,
        ..Payment::at_start(merchant, policy, sale, clock)
    })
}

fn read_policy(image: PolicyImage) -> Option<Policy> {
    let PolicyImage(times, cancel_retry_ms, confirm, long) = image;
    let (times, more) = times.split_first_chunk::<8>()?;
    let [pay, query, cancel, sign, interval, window, soon, settle] = *times;
    let (send_within, fence) = match *more {
        // Version 1.
        [] => (Policy::default().send_within_ms, 0),
        [send_within, fence] => (send_within, fence),
        _ => return None,
    };
    let policy = Policy {
        pay_timeout_ms: pay,
        query_timeout_ms: query,
        cancel_timeout_ms: cancel,
        sign_timeout_ms: sign,
        poll_interval_ms: interval,
        poll_window_ms: window,
        retry_soon_ms: soon,
        settle_ms: settle,
        send_within_ms: send_within,
        cancel_retry_ms,
        confirm_not_sent: confirm,
        fence_ms: fence,
        long_auth_codes: long,
    };
    let policy = if more.is_empty() {
        policy.with_enough_time_to_settle()
    } else {
        policy
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
        StageImage::Paid { trade, late, proven } => Outcome::Paid {
            trade: Trade {
                out_trade_no: sale.out_trade_no.as_str().into(),
                trade_no: trade.trade_no,
                total_amount: sale.total_amount,
                receipt_amount: trade.receipt.map(Amount::from_any_fen),
                paid_at: trade.paid_at.map(Timestamp::from_unix_ms).transpose().ok()?,
                document: None,
            },
            late,
            proven,
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
        StageImage::Conflicting {
            reason,
            sub_code,
            cancel_sent,
        } => Outcome::Conflict {
            reason: ConflictReason::from_word(&reason)?,
            sub_code,
            cancel_sent,
        },
        StageImage::Unresolved {
            reason,
            sub_code,
            ask_again_at,
        } => Outcome::Unresolved {
            reason: UnresolvedReason::from_word(&reason)?,
            sub_code,
            ask_again_at: Timestamp::from_unix_ms(ask_again_at).ok()?,
        },
    };
    Some(Stage::Done(outcome))
}
