//! Asynchronous notifications (异步通知): what they say, and when they are sent again.
//!
//! Sent at once, then 4m, 10m, 10m, 1h, 2h, 6h and 15h after each answer that was not exactly `success` (seed
//! document 001). The `notify_id` stays the same over all of them.

use crate::model::{
    charset,
    money::{amount, moment, optional_moment},
    seed::Seed,
    trade::{Trade, TradeStatus},
};
use alipay_core::{
    Amount, Error, Timestamp, canonical, form,
    sign::{self, SignType, Signer},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The pauses between one sending and the next.
pub const SCHEDULE: [Duration; 7] = [
    MINUTE.saturating_mul(4),
    MINUTE.saturating_mul(10),
    MINUTE.saturating_mul(10),
    HOUR,
    HOUR.saturating_mul(2),
    HOUR.saturating_mul(6),
    HOUR.saturating_mul(15),
];

/// One change of a trade's status that the merchant is told of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Notification {
    status: TradeStatus,
    #[serde(with = "amount")]
    refunded: Amount,
    #[serde(with = "moment")]
    happened_at: Timestamp,
    pub(crate) attempts: u32,
    /// When to send it (again); `None` once it is settled or given up.
    #[serde(with = "optional_moment")]
    next_at: Option<Timestamp>,
    /// On its way. Forgotten over a restart, so that one whose answer was never read is sent again.
    #[serde(skip)]
    in_flight: bool,
}

impl Notification {
    pub(crate) fn new(status: TradeStatus, refunded: Amount, now: Timestamp) -> Self {
        Self {
            status,
            refunded,
            happened_at: now,
            attempts: 0,
            next_at: Some(now),
            in_flight: false,
        }
    }

    /// Whether it still waits for `success`.
    pub(crate) fn is_open(&self) -> bool {
        self.next_at.is_some()
    }

    /// When it is to be sent.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        self.next_at.filter(|_| !self.in_flight)
    }

    pub(crate) fn mark_sent(&mut self) {
        self.in_flight = true;
        self.attempts = self.attempts.saturating_add(1);
    }

    /// Settles it, or plans the next sending.
    pub(crate) fn answered(&mut self, answer: Option<&[u8]>, time_scale: u32, now: Timestamp) {
        self.in_flight = false;
        let sent = usize::try_from(self.attempts).unwrap_or(usize::MAX);
        self.next_at = if answer == Some(b"success") {
            None
        } else {
            let pause = SCHEDULE.get(sent.saturating_sub(1));
            pause.map(|pause| now.saturating_add(*pause / time_scale))
        };
    }
}

/// A notification for the host to `POST` to the merchant.
#[derive(Debug, Clone)]
pub struct OutgoingNotification {
    /// Give it back with the answer.
    pub handle: NotificationHandle,
    /// Where to.
    pub notify_url: String,
    /// `application/x-www-form-urlencoded; charset=…`, of the charset that the trade was made in.
    pub content_type: String,
    /// The form.
    pub body: String,
}

/// Which notification an answer belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationHandle {
    pub(crate) trade_no: String,
    pub(crate) index: usize,
}

/// The form to be posted, signed as V1: `sign` and `sign_type` are not part of the signed string. Nor is `alipay_cert_sn`, which only
/// certificate mode has: clients that verify Alipay's notifications leave it out.
pub(crate) fn body(
    trade: &Trade,
    index: usize,
    seed: Seed,
    (signer, alipay_cert_sn): (&dyn Signer, Option<&str>),
    now: Timestamp,
) -> Result<String, Error> {
    let Some(notification) = trade.notifications.get(index) else {
        return Ok(String::new());
    };
    let total = trade.total_amount.to_string();
    let refunded = notification.status == TradeStatus::TradeClosed;
    let at = |moment: Option<Timestamp>| moment.map(Timestamp::to_beijing).unwrap_or_default();
    let fields = [
        ("notify_time", now.to_beijing()),
        ("notify_type", "trade_status_sync".to_owned()),
        (
            "notify_id",
            seed.hex("notify_id", &[&trade.trade_no, &index.to_string()]),
        ),
        ("app_id", trade.app_id.clone()),
        ("auth_app_id", trade.app_id.clone()),
        ("charset", trade.charset().as_str().to_owned()),
        ("version", "1.0".to_owned()),
        ("trade_no", trade.trade_no.clone()),
        ("out_trade_no", trade.out_trade_no.clone()),
        ("trade_status", notification.status.as_str().to_owned()),
        ("total_amount", total.clone()),
        ("receipt_amount", total.clone()),
        ("buyer_pay_amount", total.clone()),
        ("invoice_amount", total.clone()),
        ("point_amount", Amount::ZERO.to_string()),
        (
            "refund_fee",
            if refunded {
                notification.refunded.to_string()
            } else {
                String::new()
            },
        ),
        ("seller_id", trade.seller_id.clone()),
        ("buyer_id", trade.buyer.user_id.clone()),
        ("buyer_logon_id", trade.buyer.logon_id.clone()),
        ("subject", trade.subject.clone()),
        ("body", trade.body.clone().unwrap_or_default()),
        ("gmt_create", trade.gmt_create.to_beijing()),
        ("gmt_payment", at(trade.gmt_payment)),
        (
            "gmt_refund",
            if refunded {
                notification.happened_at.to_beijing()
            } else {
                String::new()
            },
        ),
        (
            "gmt_close",
            if refunded {
                at(trade.gmt_close)
            } else {
                String::new()
            },
        ),
        (
            "fund_bill_list",
            format!(r#"[{{"amount":"{total}","fundChannel":"ALIPAYACCOUNT"}}]"#),
        ),
    ];
    let kept: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .filter(|(_, value)| !canonical::is_blank(value))
        .collect();
    let encoded = |text: &str| charset::write(trade.charset(), text);
    let sign_type: SignType = trade.sign_type.parse().unwrap_or_default();
    let signature = signer.sign(
        sign_type,
        &encoded(&canonical::string_to_sign(kept.iter().copied())),
    )?;
    let signature = sign::to_base64(&signature);
    let signed = [("sign_type", sign_type.as_str()), ("sign", signature.as_str())];
    let fields: Vec<_> = kept
        .into_iter()
        .chain(alipay_cert_sn.map(|sn| ("alipay_cert_sn", sn)))
        .chain(signed)
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    Ok(form::encode_bytes(
        trade.charset(),
        fields.iter().map(|(name, value)| (&name[..], &value[..])),
    ))
}
