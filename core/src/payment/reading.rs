//! What an answer means to the machine: verified first, ours second, then classified. The tables of
//! `docs/payment.md`, as functions without state.

use super::{
    outcome::{DeclineReason, Trade},
    said::{Kind, Said},
};
use crate::{
    Error, ErrorCode, Merchant,
    amount::Amount,
    api::{TradeCancelResponse, TradePayResponse, TradeQueryResponse},
    codes::{self, Class},
    http::HttpResponse,
    id::OutTradeNo,
    json::{Json, Object},
    merchant::ApiVersion,
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
        broken!(TakesDisputedSales => return true);
        trade.paid_at.is_some() && !self.paid_before_us(trade, DISPUTED_TOLERANCE)
    }

    /// Whether this trade is an older sale's, although no answer to our pay said so.
    pub(super) fn paid_by_another(&self, trade: &Trade) -> bool {
        broken!(TakesOlderSales => return false);
        broken!(SuspectsItsOwnSale => return !self.known_ours);
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

/// Opens a response; only a verified answer that is not about another trade is handed on. How old an answer over v3
/// says it is, is not asked: the host's clock may be wrong by more than that proves.
pub(super) fn open(
    merchant: &Merchant,
    method: &str,
    response: &HttpResponse,
    sale: &Sale,
    heard: &mut Heard,
) -> Option<Said> {
    let opened = match merchant.api_version() {
        ApiVersion::V2 => merchant.open(method, response).map(|a| Said::of_v2(&a)),
        ApiVersion::V3 => merchant.open_v3(response, None).map(|a| Said::of_v3(&a)),
    };
    match opened {
        Ok(said) => {
            heard.verified = said.verified;
            heard.code.clone_from(&said.code);
            heard.sub_code.clone_from(&said.sub_code);
            heard.sub_msg = said.sub_msg.as_deref().map(without_parameters).map(Into::into);
            if !said.verified {
                heard.problem = Some(Problem::Untrusted(ErrorCode::SignatureMissing));
            }
            broken!(BelievesTheUnsigned => heard.problem = None);
            let number = Object::parse(&said.node)
                .ok()
                .and_then(|members| members.text("out_trade_no"));
            if heard.problem.is_none() && number.is_some() && !is_ours(number.as_deref(), sale) {
                // Signed, but an answer to somebody else: replayed, or mixed up on the way.
                heard.problem = Some(Problem::NotOurs);
            }
            heard.problem.is_none().then_some(said)
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

pub(super) fn read_pay(said: &Said, sale: &Sale, heard: &mut Heard) -> PayReading {
    broken!(TakesWaitingForPaid => if said.kind == Kind::AwaitingBuyer { return PayReading::Paid(sale.trade(None, None, None, None)) });
    broken!(DeclinesTheUnknown => if said.kind == Kind::Business { return PayReading::Declined(DeclineReason::Refused) });
    if said.kind == Kind::Unauthorised {
        return PayReading::Rejected;
    }
    let sub_code = said.sub_code();
    if ["isp.", "aop."].iter().any(|prefix| sub_code.starts_with(prefix))
        && codes::lookup(sub_code).class != Class::Conflict
    {
        return PayReading::Unknown;
    }
    match said.kind {
        Kind::Success => match paid_by_pay(said, sale) {
            // v2's "waiting for the buyer" may name number and amount too. Over v3 no code tells it apart, and the status
            // is not signed: only what says when it was paid was paid.
            Some(trade) if said.version == ApiVersion::V3 && trade.paid_at.is_none() => PayReading::Unknown,
            Some(trade) => PayReading::Paid(trade),
            None => {
                heard.problem = Some(Problem::NotOurs);
                PayReading::Unknown
            }
        },
        Kind::AwaitingBuyer => PayReading::AwaitingBuyer,
        Kind::Business => {
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
        Kind::RateLimited => PayReading::Declined(DeclineReason::RateLimited),
        Kind::Rejected | Kind::Unauthorised => PayReading::Rejected,
        Kind::Unclear => PayReading::Unknown,
    }
}

/// The trade that pay's answer reports as paid, if it is ours in number and amount.
fn paid_by_pay(said: &Said, sale: &Sale) -> Option<Trade> {
    let pay = TradePayResponse::from_answer(&said.node).ok()?;
    broken!(let pay = TakesAnyAmountFromPay => TradePayResponse { total_amount: Some(sale.total_amount), ..pay });
    let paid_at = pay
        .gmt_payment
        .and_then(|text| Timestamp::from_beijing(&text).ok());
    let ours = is_ours(pay.out_trade_no.as_deref(), sale) && pay.total_amount == Some(sale.total_amount);
    ours.then(|| {
        sale.trade(
            pay.trade_no,
            pay.receipt_amount,
            paid_at,
            Json::parse(&said.node).ok(),
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

pub(super) fn read_query(said: &Said, sale: &Sale, heard: &mut Heard) -> QueryReading {
    if said.kind == Kind::Business && said.sub_code() == "ACQ.TRADE_NOT_EXIST" {
        return QueryReading::NotExist;
    }
    if said.kind != Kind::Success {
        return QueryReading::Unknown;
    }
    let Ok(query) = TradeQueryResponse::from_answer(&said.node) else {
        return QueryReading::Unknown;
    };
    broken!(let query = TakesAnyAmount => TradeQueryResponse { total_amount: Some(sale.total_amount), ..query });
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
    broken!(ForgetsRefundsSeenLater => if query.trade_status.as_deref() == Some("TRADE_CLOSED") { return QueryReading::Closed { refunded: Some(false) } });
    match query.trade_status.as_deref() {
        Some("WAIT_BUYER_PAY") => QueryReading::AwaitingBuyer,
        // A closed trade that has a date of payment was paid and went back in full.
        Some("TRADE_CLOSED") => QueryReading::Closed {
            refunded: paid_at.map(|_| true),
        },
        Some("TRADE_SUCCESS" | "TRADE_FINISHED") if query.total_amount.is_some() => {
            let document = Json::parse(&said.node).ok();
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

pub(super) fn read_cancel(said: &Said) -> CancelReading {
    if said.kind == Kind::Success {
        let Ok(cancel) = TradeCancelResponse::from_answer(&said.node) else {
            return CancelReading::Retry;
        };
        broken!(TakesAskAgainForDone => if cancel.retry_flag.as_deref() == Some("Y") { return CancelReading::Closed { refunded: false } });
        broken!(TakesNothingForDone => if cancel.action.is_none() && cancel.retry_flag.as_deref() == Some("N") { return CancelReading::Closed { refunded: false } });
        broken!(ForgetsRefunds => if cancel.action.as_deref() == Some("refund") { return CancelReading::Closed { refunded: false } });
        return match (cancel.retry_flag.as_deref(), cancel.action.as_deref()) {
            (Some("Y"), _) => CancelReading::Retry,
            (_, Some("close")) => CancelReading::Closed { refunded: false },
            (_, Some("refund")) => CancelReading::Closed { refunded: true },
            _ => CancelReading::NoTrade,
        };
    }
    broken!(TakesRefusedForDone => if said.sub_code().contains("CANCEL") { return CancelReading::Closed { refunded: true } });
    match said.sub_code() {
        "ACQ.SELLER_BALANCE_NOT_ENOUGH" => CancelReading::SellerBalance,
        "ACQ.TRADE_NOT_EXIST" => CancelReading::NoTrade,
        "ACQ.TRADE_CANCEL_TIME_OUT"
        | "ACQ.TRADE_HAS_FINISHED"
        | "ACQ.CANCEL_NOT_ALLOWED"
        | "ACQ.REASON_TRADE_BEEN_FREEZEN"
        | "ACQ.REASON_TRADE_REFUND_FEE_ERR" => CancelReading::RefusedForGood,
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
    broken!(TakesAnyNotification => return NotifyReading::Paid(sale.trade(None, None, None, None)));
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
    broken!(BelievesOthersAnswers => return true);
    out_trade_no == Some(sale.out_trade_no.as_str())
}

/// What to show a cashier of a refusal: Alipay's `display_message`, else its `sub_msg`.
pub(super) fn display(said: &Said) -> Option<String> {
    let members = Object::parse(&said.node).ok()?;
    let message = members.text("display_message").filter(|text| !text.is_empty());
    message.or_else(|| said.sub_msg.as_deref().map(without_parameters).map(Into::into))
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
