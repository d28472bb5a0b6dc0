//! What an answer means to the machine: verified first, ours second, then classified. The tables of
//! `docs/payment.md`, as functions without state.

use super::{
    outcome::{DeclineReason, Trade},
    redacting::{presentable, trade_no, word},
    said::{Kind, Said},
    sale::{Sale, Whose},
};
use crate::{
    Error, ErrorCode, Merchant,
    amount::Amount,
    api::{TradeCancelResponse, TradePayResponse, TradeQueryResponse},
    codes::{self, Class},
    http::HttpResponse,
    json::{Json, Object},
    merchant::ApiVersion,
    notify::VerifiedNotify,
    time::Timestamp,
};
use alloc::string::String;

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
    /// The snapshot could not be stored, so it was not sent.
    NotStored,
    /// Its connection was reset; no answer came.
    Aborted,
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
            Self::NotStored => ErrorCode::StoreFailed,
            Self::Aborted => ErrorCode::Aborted,
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

/// A verified answer that is not about another trade.
#[derive(Debug)]
pub(super) struct Believed {
    pub(super) said: Said,
    /// Alipay's clock when it answered: v3's signed time; over v2 HTTP's `Date`, if TLS protects it.
    pub(super) time: Option<Timestamp>,
}

/// HTTP's `Date`, where nobody on the way could have changed it.
fn date(merchant: &Merchant, response: &HttpResponse) -> Option<Timestamp> {
    let date = response.header("date").ok().flatten()?;
    let tls = merchant
        .gateway()
        .get(..8)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    Timestamp::from_http_date(date).filter(|_| tls)
}

/// Opens a response; only a verified answer that is not about another trade is handed on. How old an answer over v3
/// says it is, is not asked: the host's clock may be wrong by more than that proves.
pub(super) fn open(
    merchant: &Merchant,
    method: &str,
    response: &HttpResponse,
    sale: &Sale,
    heard: &mut Heard,
) -> Option<Believed> {
    let opened = match merchant.api_version() {
        ApiVersion::V2 => merchant.open(method, response).map(|a| Said::of_v2(&a)),
        ApiVersion::V3 => merchant.open_v3(response, None).map(|a| Said::of_v3(&a)),
    };
    let own = sale.own_code.as_ref();
    match opened {
        Ok(said) => {
            heard.verified = said.verified;
            heard.code = said.code.as_deref().map(|text| word(text, own));
            heard.sub_code = said.sub_code.as_deref().map(|text| word(text, own));
            heard.sub_msg = said.sub_msg.as_deref().map(|text| presentable(text, own));
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
            heard.problem.is_none().then(|| Believed {
                time: said.time.or_else(|| date(merchant, response)),
                said,
            })
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
    /// A trade of our number and of another amount.
    OfAnotherAmount,
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
    let row = codes::lookup(sub_code);
    let is_conflict = row.class == Class::Conflict;
    if is_conflict && matches!(said.kind, Kind::Business | Kind::Unclear) {
        return PayReading::Conflict;
    }
    if !is_conflict && ["isp.", "aop."].iter().any(|prefix| sub_code.starts_with(prefix)) {
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
                match TradePayResponse::from_answer(&said.node) {
                    Ok(pay) if is_ours(pay.out_trade_no.as_deref(), sale) && pay.total_amount.is_some() => {
                        PayReading::OfAnotherAmount
                    }
                    _ => PayReading::Unknown,
                }
            }
        },
        Kind::AwaitingBuyer => match TradePayResponse::from_answer(&said.node) {
            // It may name the amount, which must be ours then.
            Ok(pay) if pay.total_amount.is_some_and(|total| total != sale.total_amount) => {
                heard.problem = Some(Problem::NotOurs);
                PayReading::OfAnotherAmount
            }
            _ => PayReading::AwaitingBuyer,
        },
        Kind::Business => match row.class {
            // Only the exact spelling of the document is a definitive refusal.
            Class::Declined | Class::Configuration if row.code == sub_code => {
                PayReading::Declined(DeclineReason::Refused)
            }
            _ => PayReading::Unknown,
        },
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
            trade_no(pay.trade_no, sale.own_code.as_ref()),
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
    heard.trade_status = query
        .trade_status
        .as_deref()
        .map(|text| word(text, sale.own_code.as_ref()));
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
            refunded: paid_at.and_then(|_| {
                // That an older sale was refunded says nothing of ours.
                let older = sale.whose(&sale.trade(None, None, paid_at, None)) == Whose::Anothers;
                (!older).then_some(true)
            }),
        },
        Some("TRADE_SUCCESS" | "TRADE_FINISHED") if query.total_amount.is_some() => {
            let document = Json::parse(&said.node).ok();
            QueryReading::Paid(sale.trade(
                trade_no(query.trade_no, sale.own_code.as_ref()),
                query.receipt_amount,
                paid_at,
                document,
            ))
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

pub(super) fn read_cancel(said: &Said, sale: &Sale) -> CancelReading {
    if said.kind == Kind::Success {
        let Ok(cancel) = TradeCancelResponse::from_answer(&said.node) else {
            return CancelReading::Retry;
        };
        broken!(TakesAskAgainForDone => if cancel.retry_flag.as_deref() == Some("Y") { return CancelReading::Closed { refunded: false } });
        broken!(TakesNothingForDone => if cancel.action.is_none() && cancel.retry_flag.as_deref() == Some("N") { return CancelReading::Closed { refunded: false } });
        broken!(ForgetsRefunds => if cancel.action.as_deref() == Some("refund") { return CancelReading::Closed { refunded: false } });
        return match (cancel.retry_flag.as_deref(), cancel.action.as_deref()) {
            // Of which trade it speaks must be said: it closes a payment.
            _ if !is_ours(cancel.out_trade_no.as_deref(), sale) => CancelReading::Retry,
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
    /// Our amount is paid, and nobody else's sale is provably meant.
    Paid(Trade),
    /// An older sale of our amount.
    Anothers,
    /// The trade is closed, or refunded in full.
    Closed,
    /// It is paid, and refunded in part.
    RefundedInPart,
    /// A success of another amount.
    OfAnotherAmount,
    /// Anything else: a reason to ask.
    Hint,
}

pub(super) fn read_notify(notify: &VerifiedNotify, sale: &Sale) -> NotifyReading {
    if !is_ours(notify.out_trade_no(), sale) {
        return NotifyReading::NotOurs;
    }
    broken!(TakesAnyNotification => return NotifyReading::Paid(sale.trade(None, None, None, None)));
    if notify.get("trade_status") == Some("TRADE_CLOSED") {
        return NotifyReading::Closed;
    }
    if !notify.is_paid() {
        return NotifyReading::Hint;
    }
    if notify.get("refund_fee").is_some() {
        return NotifyReading::RefundedInPart;
    }
    if notify.total_amount() != Some(sale.total_amount) {
        return NotifyReading::OfAnotherAmount;
    }
    let trade_no = trade_no(notify.get("trade_no").map(Into::into), sale.own_code.as_ref());
    let receipt_amount = notify
        .get("receipt_amount")
        .and_then(|text| Amount::parse_any(text).ok());
    let trade = sale.trade(
        trade_no,
        receipt_amount,
        notify.gmt_payment(),
        notify.to_json().ok(),
    );
    if sale.whose(&trade) == Whose::Anothers {
        NotifyReading::Anothers
    } else {
        NotifyReading::Paid(trade)
    }
}

fn is_ours(out_trade_no: Option<&str>, sale: &Sale) -> bool {
    broken!(BelievesOthersAnswers => return true);
    out_trade_no == Some(sale.out_trade_no.as_str())
}

/// What to show a cashier of a refusal: Alipay's `display_message`, else its `sub_msg`.
pub(super) fn display(said: &Said, sale: &Sale) -> Option<String> {
    let members = Object::parse(&said.node).ok()?;
    let message = members.text("display_message").filter(|text| !text.is_empty());
    let message = message.as_deref().or(said.sub_msg.as_deref());
    message.map(|text| presentable(text, sale.own_code.as_ref()))
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
