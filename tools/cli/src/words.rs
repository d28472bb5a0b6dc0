//! Answers and outcomes, as a person wants to read them. Nothing about the buyer, and no secret.

use crate::clock::now;
use alipay_core::{
    Timestamp,
    codes::{self, BusinessCode},
    diagnose::Verdict,
    notify::Variant,
    payment::{
        ConflictReason, DeclineReason, Heard, News, Outcome, Phase, Problem, RequestKind, UnresolvedReason,
        Wake,
    },
};
use std::path::Path;

/// What the answer to a request was.
pub(crate) fn answer(kind: RequestKind, heard: &Heard) -> String {
    match heard.problem {
        Some(Problem::NotSent) => "was not sent".into(),
        Some(Problem::NotStored) => "was not sent: the state could not be stored".into(),
        Some(Problem::Aborted) => "no answer; the connection was reset".into(),
        Some(Problem::MaybeSent) => "no answer; it may still arrive".into(),
        Some(Problem::TimedOut) => "no answer in time".into(),
        Some(Problem::NotOurs) => "a verified answer about another trade: not believed".into(),
        Some(problem) => format!(
            "an answer that can't be trusted: {}{}",
            problem.as_str(),
            claim(heard)
        ),
        None => verified(kind, heard),
    }
}

/// What an unverified answer claims: nothing to act on, but often what to look into. A gateway that does not know the app id
/// can't sign what it says.
fn claim(heard: &Heard) -> String {
    let words: Vec<&str> = [&heard.code, &heard.sub_code]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    if words.is_empty() {
        String::new()
    } else {
        format!(" (it claims {})", words.join(" "))
    }
}

fn verified(kind: RequestKind, heard: &Heard) -> String {
    let code = heard.code.as_deref().unwrap_or("no code");
    if let Some(status) = &heard.trade_status {
        return match status.as_str() {
            "WAIT_BUYER_PAY" => format!("{status} (the buyer is being asked)"),
            "TRADE_SUCCESS" | "TRADE_FINISHED" => format!("{status} (paid)"),
            "TRADE_CLOSED" => format!("{status} (closed, or refunded in full)"),
            _ => status.clone(),
        };
    }
    match (code, &heard.sub_code) {
        ("10000", None) if kind == RequestKind::Pay => "10000 (paid)".into(),
        ("10000", None) if kind == RequestKind::Cancel => "10000 (the cancel was heard)".into(),
        ("10003", _) => "10003 (the buyer is asked to confirm on the phone)".into(),
        (_, Some(sub_code)) => {
            let row = codes::lookup(sub_code);
            format!("{code} {sub_code} ({})", row.meaning_en)
        }
        ("20000", None) => "20000 (the service is unavailable: the result is unknown)".into(),
        _ => code.into(),
    }
}

/// Where the payment stands.
pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Ready => "nothing was sent yet",
        Phase::Paying => "paying",
        Phase::AwaitingBuyer => "waiting for the buyer",
        Phase::Confirming => "the result is not known yet",
        Phase::Cancelling => "cancelling",
        Phase::Done => "done",
        _ => phase.as_str(),
    }
}

/// What a timer is for.
pub(crate) fn wake(wake: Wake) -> &'static str {
    match wake {
        Wake::RequestTimeout => "for the answer",
        Wake::SignTimeout => "for the signature",
        Wake::Query => "before the next query",
        Wake::Cancel => "before the next cancel",
        _ => wake.as_str(),
    }
}

/// The last line: how it ended.
pub(crate) fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Paid { trade, late, proven } => {
            let number = trade.trade_no.as_deref().unwrap_or("-");
            let late = if *late { ", found out late" } else { "" };
            let unproven = match trade.paid_at {
                _ if *proven => String::new(),
                Some(at) => format!("; paid at {}, not proven to be this sale", beijing(at)),
                None => "; not proven to be this sale".into(),
            };
            format!(
                "PAID: {} yuan taken{late} (trade {number}){unproven}",
                trade.total_amount
            )
        }
        Outcome::Declined { reason, display, .. } => {
            let why = match reason {
                DeclineReason::Refused => "Alipay refused it",
                DeclineReason::RateLimited => "too many calls",
                DeclineReason::NotSent => "it was not sent",
                _ => reason.as_str(),
            };
            format!("DECLINED: {why}; nothing was taken{}", said(display.as_deref()))
        }
        Outcome::Closed { refunded } => match refunded {
            Some(true) => "CLOSED: the buyer had paid, and the money went back",
            Some(false) => "CLOSED: nothing was taken",
            None => {
                "CLOSED: the buyer owes nothing (whether money went back is not known: that answer was lost)"
            }
        }
        .into(),
        Outcome::Rejected { code, display, .. } => {
            let display = said(display.as_deref());
            format!(
                "REJECTED: the configuration or a permission is wrong ({code}); nothing was taken{display}"
            )
        }
        Outcome::Conflict {
            reason, cancel_sent, ..
        } => {
            let cancelled = if *cancel_sent {
                "a cancel had been sent before this was noticed"
            } else {
                "nothing was cancelled"
            };
            format!("CONFLICT: {}; {cancelled}, a person must look", conflict(*reason))
        }
        Outcome::Unresolved { reason, .. } => {
            format!("UNRESOLVED: {}. This is NOT \"unpaid\"", unresolved(*reason))
        }
    }
}

fn conflict(reason: ConflictReason) -> &'static str {
    match reason {
        ConflictReason::OrderNumberTaken => {
            "Alipay says that the order number was used before, and nothing proves that its trade is this sale"
        }
        ConflictReason::AmountDiffers => "the trade under this number has another amount",
        ConflictReason::PaidEarlier => "the trade under this number was paid before",
        ConflictReason::ExistsUnsent => "a trade under this number exists although ours was never sent",
        ConflictReason::PaidAfterGivingUp => {
            "this payment was given up, and a trade of its amount is paid that may be another sale's"
        }
        _ => reason.as_str(),
    }
}

fn unresolved(reason: UnresolvedReason) -> &'static str {
    match reason {
        UnresolvedReason::CancelExhausted => "every cancel stayed without a decisive answer",
        UnresolvedReason::CancelRefused => "Alipay refuses to cancel, and it is neither paid nor closed",
        UnresolvedReason::SellerBalance => "the buyer has paid, and the balance does not cover the refund",
        UnresolvedReason::ConflictUnconfirmed => {
            "the number may belong to another trade, and nobody could say; nothing was cancelled"
        }
        UnresolvedReason::MayLand => {
            "no trade was found, but what was sent may still arrive, and the buyer may yet be charged"
        }
        UnresolvedReason::NoAnswer => "Alipay answered no query, so nothing was cancelled",
        UnresolvedReason::NotStored => "the cancel could not be stored, so it was not sent",
        UnresolvedReason::PaidAfterCancel => "it is paid although a cancel was sent before the restart",
        UnresolvedReason::RefundDue => {
            "this payment was given up, it is paid, and Alipay refuses to cancel it: money to refund"
        }
        _ => reason.as_str(),
    }
}

/// A time of Alipay's or of this machine, as it is written in China.
pub(crate) fn beijing(at: Timestamp) -> String {
    format!("{}, Beijing time", at.to_beijing())
}

/// What whoever is at the till does next, in Chinese and in English, where the outcome leaves that open. `state` is the payment's
/// file, if it has one.
pub(crate) fn advice(outcome: &Outcome, state: Option<&Path>, given_up: bool) -> Option<(String, String)> {
    let (zh, en) = match outcome {
        Outcome::Paid { proven: false, .. } => (
            "无法证明这笔钱属于本单：请核对支付时间与本次交易是否一致。",
            "An older sale of the same amount under this number can't be excluded: compare the time of payment with this sale.",
        ),
        Outcome::Conflict {
            reason: ConflictReason::PaidAfterGivingUp,
            ..
        } => (
            "请核对支付时间与账目：如属于本单，则顾客可能付了两次，应退还其中一笔。",
            "Compare the time of payment with your books: if it is this sale's, the buyer may have paid twice, and one payment is to be refunded.",
        ),
        Outcome::Conflict {
            cancel_sent: true, ..
        } => (
            "请在支付宝商家后台查询该订单号并与账目核对，并确认已发出的撤销是否退了那笔交易的款。",
            "Look the order number up in Alipay's console and compare it with your books; check whether the cancel refunded that trade.",
        ),
        Outcome::Conflict { .. } => (
            "请在支付宝商家后台查询该订单号并与账目核对。如需再次收款，请使用新的订单号。",
            "Look the order number up in Alipay's console and compare it with your books. Take a payment again only under a new order number.",
        ),
        Outcome::Unresolved {
            reason, ask_again_at, ..
        } => return Some(unresolved_advice(*reason, *ask_again_at, state, given_up)),
        _ => return None,
    };
    Some((zh.into(), en.into()))
}

fn unresolved_advice(
    reason: UnresolvedReason,
    at: Timestamp,
    state: Option<&Path>,
    given_up: bool,
) -> (String, String) {
    let known = match reason {
        UnresolvedReason::SellerBalance => Some((
            "顾客已付款。可保留这笔收款，或在余额充足后于支付宝商家后台退款。",
            "The buyer has paid. Keep the payment, or refund it in Alipay's console once the balance covers it.",
        )),
        UnresolvedReason::RefundDue => Some(("请在支付宝商家后台退款。", "Refund it in Alipay's console.")),
        _ => None,
    };
    if let Some((zh, en)) = known {
        return (zh.into(), en.into());
    }
    let Some(state) = state else {
        return (
            "没有状态文件（--state），无法继续处理：请用 `alipay query` 或在支付宝商家后台查询该订单号。".into(),
            "Without a state file (--state) this can't be resumed: look the order number up with `alipay query` or in Alipay's console."
                .into(),
        );
    };
    let state = state.display();
    if reason == UnresolvedReason::PaidAfterCancel {
        return (
            format!(
                "可保留这笔收款或手工退款，并记入账目；或先 `alipay give-up --state {state}` 再 `alipay resume --state {state}`，将其撤销。"
            ),
            format!(
                "Keep the payment or refund it by hand, and write it into your books; or `alipay give-up --state {state}` and then `alipay resume --state {state}`, which cancels it."
            ),
        );
    }
    let (from, wait) = (at.to_beijing(), at.saturating_since(now()));
    let minutes = wait.as_secs().div_ceil(60).max(1);
    let mut zh =
        format!("约 {minutes} 分钟后（北京时间 {from} 起）用 `alipay resume --state {state}` 再次查询。");
    let mut en = format!(
        "Ask again in about {minutes} min (from {from}, Beijing time): `alipay resume --state {state}`."
    );
    if !given_up {
        zh.push_str(&format!(
            "若顾客不能等待：先 `alipay give-up --state {state}`，再用新的订单号和重新扫描的付款码收款。"
        ));
        en.push_str(&format!(
            " If the buyer can't wait: `alipay give-up --state {state}`, then take the payment under a new order number with a newly scanned code."
        ));
    }
    (zh, en)
}

/// What became known after an outcome.
pub(crate) fn news(news: &News) -> String {
    match news {
        News::StillPaid { trade, proven } => format!(
            "NEWS: it is paid all the same, {} yuan (trade {}){}",
            trade.total_amount,
            trade.trade_no.as_deref().unwrap_or("-"),
            if *proven {
                ""
            } else {
                "; an older sale under this number can't be excluded: compare its time"
            }
        ),
        News::OtherSale => {
            "NEWS: another sale is paid under this number; nothing of it is cancelled, a person must look"
                .into()
        }
        News::Closed { refunded: Some(true) } => "NEWS: it was refunded in full".into(),
        News::Closed { .. } => "NEWS: it is closed".into(),
        News::NotKnown => {
            "NEWS: something was notified that contradicts the outcome, and nobody answers: ask again".into()
        }
    }
}

/// What Alipay says to the cashier.
fn said(display: Option<&str>) -> String {
    display.map(|text| format!(" — {text}")).unwrap_or_default()
}

/// What the cashier can do, where Alipay's business code says so.
pub(crate) fn remedy(outcome: &Outcome) -> Option<(&str, &'static BusinessCode)> {
    let sub_code = match outcome {
        Outcome::Declined { sub_code, .. }
        | Outcome::Rejected { sub_code, .. }
        | Outcome::Conflict { sub_code, .. }
        | Outcome::Unresolved { sub_code, .. } => sub_code.as_deref()?,
        Outcome::Paid { .. } | Outcome::Closed { .. } => return None,
    };
    let row = codes::lookup(sub_code);
    // What the row for unknown codes says is about payments in doubt; a rejection is not.
    let helps = !row.code.is_empty() || !matches!(outcome, Outcome::Rejected { .. });
    helps.then_some((sub_code, row))
}

/// What a diagnosis comes to, in Chinese and in English.
pub(crate) fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Verifies => ("签名与消息相符", "the signature belongs to this message"),
        Verdict::Repaired => (
            "消息在途中被改动，改回之后签名相符",
            "the message was changed on its way; with this undone, the signature belongs to it",
        ),
        Verdict::Key => ("问题在密钥或算法", "it is about the key or the algorithm"),
        Verdict::Altered => (
            "密钥正确，但内容不是被签名的内容",
            "the key is right, but this is not what was signed",
        ),
        Verdict::Unreadable => ("没有可检查的签名", "there is no signature to look into"),
    }
}

/// Which fields of a notification were signed.
pub(crate) fn signed(variant: Variant) -> String {
    let Variant {
        sign_type_signed,
        empty_signed,
        cert_sn_signed,
    } = variant;
    let left_out = [
        ("sign", Some(false)),
        ("sign_type", sign_type_signed),
        ("alipay_cert_sn", cert_sn_signed),
        ("empty ones", empty_signed),
    ];
    let left_out: Vec<&str> = left_out
        .iter()
        .filter(|(_, signed)| *signed == Some(false))
        .map(|(name, _)| *name)
        .collect();
    format!("every field but {}", left_out.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsigned_refusal_says_what_it_claims() {
        let heard = Heard {
            problem: Some(Problem::Untrusted(alipay_core::ErrorCode::SignatureMissing)),
            code: Some("40002".into()),
            sub_code: Some("isv.invalid-app-id".into()),
            ..Heard::default()
        };
        assert_eq!(
            answer(RequestKind::Pay, &heard),
            "an answer that can't be trusted: signature_missing (it claims 40002 isv.invalid-app-id)"
        );
    }

    /// A new reason must not reach a cashier as a word of the wire model.
    #[test]
    fn every_reason_has_words_of_its_own() {
        for reason in ConflictReason::ALL.iter().copied() {
            assert_ne!(conflict(reason), reason.as_str());
        }
        for reason in UnresolvedReason::ALL.iter().copied() {
            assert_ne!(unresolved(reason), reason.as_str());
            for state in [None, Some(Path::new("sale.state"))] {
                let ended = Outcome::Unresolved {
                    reason,
                    sub_code: None,
                    ask_again_at: now(),
                };
                let (zh, en) = advice(&ended, state, false).unwrap();
                assert!(!zh.is_ascii() && en.is_ascii(), "{zh} {en}");
            }
        }
    }

    #[test]
    fn a_conflict_says_whether_a_cancel_was_sent() {
        let told = |cancel_sent| {
            let conflict = Outcome::Conflict {
                reason: ConflictReason::AmountDiffers,
                sub_code: None,
                cancel_sent,
            };
            (outcome(&conflict), advice(&conflict, None, false).unwrap().1)
        };
        let (line, _) = told(false);
        assert!(line.contains("nothing was cancelled"), "{line}");
        let (line, advice) = told(true);
        assert!(
            !line.contains("nothing was cancelled") && advice.contains("refunded"),
            "{line} {advice}"
        );
    }
}
