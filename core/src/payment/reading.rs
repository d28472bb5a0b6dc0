//! What an answer means to the machine: verified first, ours second, then classified. The tables of
//! `docs/payment.md`, as functions without state.

use super::outcome::{DeclineReason, Trade};
use crate::{
    Error, ErrorCode, Merchant,
    amount::Amount,
    api::{ApiRequest, TradeCancelRequest, TradePayRequest, TradeQueryRequest},
    codes::{self, Class},
    envelope::Answer,
    http::HttpResponse,
    id::OutTradeNo,
    json::{Json, Object},
    notify::VerifiedNotify,
    time::Timestamp,
};
use alloc::string::String;
use core::time::Duration;

/// How much earlier than our pay a payment may seem to be where the number is known to be disputed.
const DISPUTED_TOLERANCE: Duration = Duration::from_secs(2);
/// The same where pay's own answer was lost: the host's clock may be wrong by minutes, and doubt costs a person's time.
const UNDISPUTED_TOLERANCE: Duration = Duration::from_secs(10 * 60);

/// What we are charging: what an answer must match to be ours.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    pub(super) out_trade_no: OutTradeNo,
    pub(super) total_amount: Amount,
    /// The host's clock when pay left, once it has.
    pub(super) pay_left: Option<Timestamp>,
    /// Whether the answer to our pay itself said that the trade is ours.
    pub(super) known_ours: bool,
}

impl Sale {
    /// Our sale, paid: number and amount are ours, the rest is what Alipay said.
    fn trade(
        &self,
        trade_no: Option<String>,
        receipt_amount: Option<Amount>,
        paid_at: Option<Timestamp>,
        document: Option<Json>,
    ) -> Trade {
        Trade {
            out_trade_no: self.out_trade_no.as_str().into(),
            trade_no,
            total_amount: self.total_amount,
            receipt_amount,
            paid_at,
            document,
        }
    }

    /// Whether this trade was paid no earlier than our pay left. An older sale under the same number is somebody else's.
    pub(super) fn provably_paid_by_us(&self, trade: &Trade) -> bool {
        trade.paid_at.is_some() && !self.paid_before_us(trade, DISPUTED_TOLERANCE)
    }

    /// Whether this trade is an older sale's, although no answer to our pay said so.
    pub(super) fn paid_by_another(&self, trade: &Trade) -> bool {
        !self.known_ours && self.paid_before_us(trade, UNDISPUTED_TOLERANCE)
    }

    fn paid_before_us(&self, trade: &Trade, tolerance: Duration) -> bool {
        match (trade.paid_at, self.pay_left) {
            (Some(paid), Some(left)) => paid.saturating_add(tolerance) < left,
            (paid, None) => paid.is_some(),
            (None, Some(_)) => false,
        }
    }
}

/// What the last answer was, for logs and screens: no values, only codes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// Whether it was verified. If not, nothing of it was believed.
    pub verified: bool,
    /// Why it could not be believed, or that there was no answer at all.
    pub problem: Option<Problem>,
    /// The gateway's code.
    pub code: Option<String>,
    /// The business code.
    pub sub_code: Option<String>,
    /// The business message.
    pub sub_msg: Option<String>,
    /// The trade's status, from a query.
    pub trade_status: Option<String>,
    /// With the problem `alipay_cert_unknown`: the SN that the answer names, of the shape of one. Whoever downloads that certificate
    /// ([`cert::download`](crate::cert::download)) goes on with [`Payment::set_merchant`](super::Payment::set_merchant).
    pub alipay_cert_sn: Option<String>,
}

/// Why nothing could be learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The answer can't be believed; the code says why.
    Untrusted(ErrorCode),
    /// The transport sent nothing.
    NotSent,
    /// The transport may have sent it; no answer came.
    MaybeSent,
    /// The time for an answer is over.
    TimedOut,
    /// The answer is verified, but about another trade.
    NotOurs,
}

impl Problem {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Untrusted(code) => code,
            Self::NotSent => ErrorCode::NotSent,
            Self::MaybeSent => ErrorCode::MaybeSent,
            Self::TimedOut => ErrorCode::TimedOut,
            Self::NotOurs => ErrorCode::NotOurs,
        }
    }

    /// The stable code's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.code().as_str()
    }
}

/// Opens a response; only a verified answer that is not about another trade is handed on.
pub(super) fn open(
    merchant: &Merchant,
    method: &str,
    response: &HttpResponse,
    sale: &Sale,
    heard: &mut Heard,
) -> Option<Answer> {
    match merchant.open(method, response) {
        Ok(answer) => {
            heard.verified = answer.is_verified();
            heard.code = answer.code().map(Into::into);
            heard.sub_code = answer.sub_code().map(Into::into);
            heard.sub_msg = answer.sub_msg().map(without_parameters).map(Into::into);
            if !answer.is_verified() {
                heard.problem = Some(Problem::Untrusted(ErrorCode::SignatureMissing));
            }
            let number = Object::parse(answer.node())
                .ok()
                .and_then(|members| members.text("out_trade_no"));
            if heard.problem.is_none() && number.is_some() && !is_ours(number.as_deref(), sale) {
                // Signed, but an answer to somebody else: replayed, or mixed up on the way.
                heard.problem = Some(Problem::NotOurs);
            }
            heard.problem.is_none().then_some(answer)
        }
        Err(error) => {
            heard.problem = Some(Problem::Untrusted(error.code()));
            if error.code() == ErrorCode::AlipayCertUnknown {
                heard.alipay_cert_sn = error.subject().map(Into::into);
            }
            None
        }
    }
}

/// What the answer to pay means.
#[derive(Debug)]
pub(super) enum PayReading {
    Paid(Trade),
    AwaitingBuyer,
    Unknown,
    Conflict,
    Declined(DeclineReason),
    Rejected,
}

pub(super) fn read_pay(answer: &Answer, sale: &Sale, heard: &mut Heard) -> PayReading {
    // Missing authorisation is definitive, although its sub_codes begin with `aop.`.
    if answer.code() == Some("20001") {
        return PayReading::Rejected;
    }
    let sub_code = answer.sub_code().unwrap_or_default();
    if ["isp.", "aop."].iter().any(|prefix| sub_code.starts_with(prefix))
        && codes::lookup(sub_code).class != Class::Conflict
    {
        return PayReading::Unknown;
    }
    match answer.code() {
        Some("10000") => paid_by_pay(answer, sale).map_or_else(
            || {
                heard.problem = Some(Problem::NotOurs);
                PayReading::Unknown
            },
            PayReading::Paid,
        ),
        Some("10003") => PayReading::AwaitingBuyer,
        Some("40004") => {
            let row = codes::lookup(sub_code);
            match row.class {
                Class::Conflict => PayReading::Conflict,
                // Only the exact spelling of the document is a definitive refusal.
                Class::Declined | Class::Configuration if row.code == sub_code => {
                    PayReading::Declined(DeclineReason::Refused)
                }
                _ => PayReading::Unknown,
            }
        }
        Some("40005") => PayReading::Declined(DeclineReason::RateLimited),
        Some("40001" | "40002" | "40003" | "40006") => PayReading::Rejected,
        _ => PayReading::Unknown,
    }
}

/// The trade that pay's answer reports as paid, if it is ours in number and amount.
fn paid_by_pay(answer: &Answer, sale: &Sale) -> Option<Trade> {
    let pay = TradePayRequest::read(answer).ok()?;
    let paid_at = pay
        .gmt_payment
        .and_then(|text| Timestamp::from_beijing(&text).ok());
    let ours = is_ours(pay.out_trade_no.as_deref(), sale) && pay.total_amount == Some(sale.total_amount);
    ours.then(|| {
        sale.trade(
            pay.trade_no,
            pay.receipt_amount,
            paid_at,
            Json::parse(answer.node()).ok(),
        )
    })
}

/// What the answer to a query means.
#[derive(Debug)]
pub(super) enum QueryReading {
    Paid(Trade),
    AmountDiffers,
    AwaitingBuyer,
    Closed { refunded: Option<bool> },
    NotExist,
    Unknown,
}

pub(super) fn read_query(answer: &Answer, sale: &Sale, heard: &mut Heard) -> QueryReading {
    if answer.code() == Some("40004") && answer.sub_code() == Some("ACQ.TRADE_NOT_EXIST") {
        return QueryReading::NotExist;
    }
    if !answer.is_success() {
        return QueryReading::Unknown;
    }
    let Ok(query) = TradeQueryRequest::read(answer) else {
        return QueryReading::Unknown;
    };
    heard.trade_status.clone_from(&query.trade_status);
    if !is_ours(query.out_trade_no.as_deref(), sale) {
        heard.problem = Some(Problem::NotOurs);
        return QueryReading::Unknown;
    }
    if query
        .total_amount
        .is_some_and(|amount| amount != sale.total_amount)
    {
        return QueryReading::AmountDiffers;
    }
    let paid_at = query
        .send_pay_date
        .as_deref()
        .and_then(|text| Timestamp::from_beijing(text).ok());
    match query.trade_status.as_deref() {
        Some("WAIT_BUYER_PAY") => QueryReading::AwaitingBuyer,
        // A closed trade that has a date of payment was paid and went back in full.
        Some("TRADE_CLOSED") => QueryReading::Closed {
            refunded: paid_at.map(|_| true),
        },
        Some("TRADE_SUCCESS" | "TRADE_FINISHED") if query.total_amount.is_some() => {
            let document = Json::parse(answer.node()).ok();
            QueryReading::Paid(sale.trade(query.trade_no, query.receipt_amount, paid_at, document))
        }
        _ => QueryReading::Unknown,
    }
}

/// What the answer to a cancel means.
#[derive(Debug)]
pub(super) enum CancelReading {
    Closed {
        refunded: bool,
    },
    /// There was no trade to cancel, or the answer does not say what was done.
    NoTrade,
    Retry,
    SellerBalance,
    RefusedForGood,
}

pub(super) fn read_cancel(answer: &Answer) -> CancelReading {
    if answer.is_success() {
        let Ok(cancel) = TradeCancelRequest::read(answer) else {
            return CancelReading::Retry;
        };
        return match (cancel.retry_flag.as_deref(), cancel.action.as_deref()) {
            (Some("Y"), _) => CancelReading::Retry,
            (_, Some("close")) => CancelReading::Closed { refunded: false },
            (_, Some("refund")) => CancelReading::Closed { refunded: true },
            _ => CancelReading::NoTrade,
        };
    }
    match answer.sub_code() {
        Some("ACQ.SELLER_BALANCE_NOT_ENOUGH") => CancelReading::SellerBalance,
        Some("ACQ.TRADE_NOT_EXIST") => CancelReading::NoTrade,
        Some(
            "ACQ.TRADE_CANCEL_TIME_OUT"
            | "ACQ.TRADE_HAS_FINISHED"
            | "ACQ.CANCEL_NOT_ALLOWED"
            | "ACQ.REASON_TRADE_BEEN_FREEZEN"
            | "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        ) => CancelReading::RefusedForGood,
        _ => CancelReading::Retry,
    }
}

/// What a verified notification means.
pub(super) enum NotifyReading {
    /// About another trade.
    NotOurs,
    Paid(Trade),
    /// A reason to ask, and nothing more.
    Hint,
}

pub(super) fn read_notify(notify: &VerifiedNotify, sale: &Sale) -> NotifyReading {
    if !is_ours(notify.out_trade_no(), sale) {
        return NotifyReading::NotOurs;
    }
    if !notify.is_paid() || notify.total_amount() != Some(sale.total_amount) {
        return NotifyReading::Hint;
    }
    let trade_no = notify.get("trade_no").map(Into::into);
    let receipt_amount = notify
        .get("receipt_amount")
        .and_then(|text| Amount::parse_any(text).ok());
    let trade = sale.trade(
        trade_no,
        receipt_amount,
        notify.gmt_payment(),
        notify.to_json().ok(),
    );
    if sale.paid_by_another(&trade) {
        NotifyReading::Hint
    } else {
        NotifyReading::Paid(trade)
    }
}

fn is_ours(out_trade_no: Option<&str>, sale: &Sale) -> bool {
    out_trade_no == Some(sale.out_trade_no.as_str())
}

/// What to show a cashier of a refusal: Alipay's `display_message`, else its `sub_msg`.
pub(super) fn display(answer: &Answer) -> Option<String> {
    let members = Object::parse(answer.node()).ok()?;
    let message = members.text("display_message").filter(|text| !text.is_empty());
    message.or_else(|| answer.sub_msg().map(without_parameters).map(Into::into))
}

/// A message up to its first `key=value`: `isv.invalid-signature` repeats the whole request, auth_code included, and
/// messages go to screens and logs.
fn without_parameters(message: &str) -> &str {
    match message.split_once('=') {
        Some((before, _)) => before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        None => message,
    }
}

impl VerifiedNotify {
    fn to_json(&self) -> Result<Json, Error> {
        let mut text = String::from("{");
        for (name, value) in self.fields() {
            crate::json::write_member(&mut text, name, |out| crate::json::write_string(out, value));
        }
        text.push('}');
        Json::parse(&text)
    }
}
