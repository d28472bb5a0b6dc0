//! A trade: what the gateway's books say about one sale.

use crate::model::{
    money::{amount, moment, optional_moment},
    notification::Notification,
    script::{Effect, Plan},
    story::{Story, story},
};
use alipay_core::{Amount, Timestamp, charset::Charset};
use serde::{Deserialize, Serialize};

/// `trade_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TradeStatus {
    /// Waiting for the buyer.
    WaitBuyerPay,
    /// Paid; may still be refunded.
    TradeSuccess,
    /// Paid, and can't be refunded any more.
    TradeFinished,
    /// Never paid, or refunded in full.
    TradeClosed,
}

impl TradeStatus {
    /// As it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WaitBuyerPay => "WAIT_BUYER_PAY",
            Self::TradeSuccess => "TRADE_SUCCESS",
            Self::TradeFinished => "TRADE_FINISHED",
            Self::TradeClosed => "TRADE_CLOSED",
        }
    }
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// The user id: 2088 and twelve digits.
    pub user_id: String,
    /// The account, already masked.
    pub logon_id: String,
}

/// Whether a request has reached the books yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Landing {
    /// It never will: refused, or lost on its way. The record only counts calls.
    Never,
    /// It will at this time.
    At(#[serde(with = "moment")] Timestamp),
    /// The trade exists.
    Landed,
}

/// One row of the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Trade {
    pub(crate) trade_no: String,
    pub(crate) app_id: String,
    pub(crate) seller_id: String,
    pub(crate) out_trade_no: String,
    pub(crate) subject: String,
    pub(crate) body: Option<String>,
    pub(crate) store_id: Option<String>,
    #[serde(with = "amount")]
    pub(crate) total_amount: Amount,
    pub(crate) buyer: Buyer,
    pub(crate) story: u16,
    pub(crate) older_sale: bool,
    /// What is left of the payment code: a digest.
    pub(crate) auth_code_digest: Option<String>,
    pub(crate) notify_url: Option<String>,
    /// How the merchant signs, and so how notifications are signed.
    pub(crate) sign_type: String,
    /// What the merchant writes in, and so what notifications are written in. Rows of before it had a choice have none.
    #[serde(default)]
    pub(crate) charset: String,
    pub(crate) landing: Landing,
    pub(crate) status: TradeStatus,
    /// When the pay request came in.
    #[serde(with = "moment")]
    pub(crate) asked_at: Timestamp,
    #[serde(with = "moment")]
    pub(crate) gmt_create: Timestamp,
    #[serde(with = "optional_moment")]
    pub(crate) gmt_payment: Option<Timestamp>,
    #[serde(with = "optional_moment")]
    pub(crate) gmt_close: Option<Timestamp>,
    #[serde(with = "optional_moment")]
    pub(crate) expires_at: Option<Timestamp>,
    #[serde(with = "amount")]
    pub(crate) charged: Amount,
    #[serde(with = "amount")]
    pub(crate) refunded: Amount,
    /// Whether a cancel was ever carried out.
    pub(crate) cancelled: bool,
    /// When a cancel that is still on its way will be.
    #[serde(with = "optional_moment")]
    pub(crate) cancel_lands_at: Option<Timestamp>,
    pub(crate) pay_calls: u32,
    pub(crate) query_calls: u32,
    pub(crate) cancel_calls: u32,
    pub(crate) notifications: Vec<Notification>,
}

impl Trade {
    pub(crate) fn story(&self) -> &'static Story {
        story(self.story)
    }

    pub(crate) fn charset(&self) -> Charset {
        self.charset.parse().unwrap_or_default()
    }

    pub(crate) fn exists(&self) -> bool {
        self.landing == Landing::Landed
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.exists() && self.status == TradeStatus::WaitBuyerPay
    }

    pub(crate) fn is_paid(&self) -> bool {
        self.exists()
            && matches!(
                self.status,
                TradeStatus::TradeSuccess | TradeStatus::TradeFinished
            )
    }

    /// What the buyer of a waiting trade means to do.
    pub(crate) fn plan(&self) -> Option<Plan> {
        match self.story().script.effect {
            Effect::Asks(plan) if self.is_waiting() && !self.older_sale => Some(plan),
            _ => None,
        }
    }

    /// When time alone will change this trade next.
    pub(crate) fn next_change(&self) -> Option<Timestamp> {
        let expires_at = self.expires_at.filter(|_| self.is_waiting());
        let lands_at = match self.landing {
            Landing::At(at) => Some(at),
            Landing::Never | Landing::Landed => None,
        };
        [lands_at, expires_at, self.cancel_lands_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Does what time alone does: a late request lands, an unpaid trade expires. Whether anything changed.
    pub(crate) fn pass_time(&mut self, now: Timestamp) -> bool {
        let mut changed = false;
        if let Landing::At(at) = self.landing
            && at <= now
        {
            self.land(at);
            changed = true;
        }
        if let Some(at) = self.expires_at
            && self.is_waiting()
            && at <= now
        {
            self.close(at);
            changed = true;
        }
        if let Some(at) = self.cancel_lands_at
            && at <= now
        {
            self.cancel_lands_at = None;
            self.undo(at);
            changed = true;
        }
        changed
    }

    fn land(&mut self, at: Timestamp) {
        self.landing = Landing::Landed;
        self.gmt_create = at;
        if self.story().script.effect == Effect::Charges {
            self.charge(at);
        }
    }

    /// The buyer pays.
    pub(crate) fn charge(&mut self, now: Timestamp) {
        self.status = TradeStatus::TradeSuccess;
        self.charged = self.total_amount;
        self.gmt_payment = Some(now);
        self.notify(now);
    }

    /// The trade closes unpaid: the buyer refused, or a cancel.
    pub(crate) fn close(&mut self, now: Timestamp) {
        self.status = TradeStatus::TradeClosed;
        self.gmt_close = Some(now);
    }

    /// All the money goes back.
    pub(crate) fn refund(&mut self, now: Timestamp) {
        self.refunded = self.charged;
        self.close(now);
        self.notify(now);
    }

    /// Cancels: refunds what was paid, closes what waits, and leaves the rest. What it did, as `action` says it.
    pub(crate) fn undo(&mut self, now: Timestamp) -> Option<&'static str> {
        let action = if self.is_paid() {
            self.refund(now);
            "refund"
        } else if self.is_waiting() {
            self.close(now);
            "close"
        } else {
            return None;
        };
        self.cancelled = true;
        Some(action)
    }

    fn notify(&mut self, now: Timestamp) {
        if self.notify_url.is_some() {
            self.notifications
                .push(Notification::new(self.status, self.refunded, now));
        }
    }

    /// What the ledger says, for the page and for tests.
    pub(crate) fn view(&self) -> TradeView {
        TradeView {
            trade_no: self.trade_no.clone(),
            out_trade_no: self.out_trade_no.clone(),
            app_id: self.app_id.clone(),
            subject: self.subject.clone(),
            total_amount: self.total_amount,
            buyer_user_id: self.buyer.user_id.clone(),
            buyer_logon_id: self.buyer.logon_id.clone(),
            exists: self.exists(),
            trade_status: self.exists().then_some(self.status),
            gmt_create: self.gmt_create,
            gmt_payment: self.gmt_payment,
            gmt_close: self.gmt_close,
            charged: self.charged,
            refunded: self.refunded,
            cancelled: self.cancelled,
            older_sale: self.older_sale,
            story: self.story,
            story_name: self.story().name.clone(),
            pay_calls: self.pay_calls,
            query_calls: self.query_calls,
            cancel_calls: self.cancel_calls,
            notifications_sent: self.notifications.iter().map(|sent| sent.attempts).sum(),
            notifications_open: self.notifications.iter().filter(|sent| sent.is_open()).count(),
        }
    }
}

/// What the ledger says about one trade. Money is a string in yuan, times are Unix milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TradeView {
    /// Alipay's number, 28 digits.
    pub trade_no: String,
    /// The merchant's number.
    pub out_trade_no: String,
    /// The merchant's application.
    pub app_id: String,
    /// The order's title, as the merchant wrote it.
    pub subject: String,
    /// What the merchant asked for.
    #[serde(with = "amount")]
    pub total_amount: Amount,
    /// Who pays.
    pub buyer_user_id: String,
    /// Who pays, masked.
    pub buyer_logon_id: String,
    /// Whether there is a trade: `false` for a refused or lost pay, and for one that has not landed yet.
    pub exists: bool,
    /// Its status, if it exists.
    pub trade_status: Option<TradeStatus>,
    /// When it came to be.
    #[serde(with = "moment")]
    pub gmt_create: Timestamp,
    /// When the buyer was charged.
    #[serde(with = "optional_moment")]
    pub gmt_payment: Option<Timestamp>,
    /// When it was closed.
    #[serde(with = "optional_moment")]
    pub gmt_close: Option<Timestamp>,
    /// What the buyer was charged: nothing, or the total.
    #[serde(with = "amount")]
    pub charged: Amount,
    /// How much of that went back.
    #[serde(with = "amount")]
    pub refunded: Amount,
    /// Whether a cancel was carried out.
    pub cancelled: bool,
    /// Whether this is the older sale of somebody else that a conflict story found under the number.
    pub older_sale: bool,
    /// The story's number.
    pub story: u16,
    /// The story's name.
    pub story_name: String,
    /// How often `alipay.trade.pay` came in for this number, well signed.
    pub pay_calls: u32,
    /// How often `alipay.trade.query` did.
    pub query_calls: u32,
    /// How often `alipay.trade.cancel` did.
    pub cancel_calls: u32,
    /// How many notifications were posted, resends included.
    pub notifications_sent: u32,
    /// How many notifications are still waiting for `success`.
    pub notifications_open: usize,
}
