//! Answers and outcomes, as a person wants to read them. Nothing about the buyer, and no secret.

use alipay_core::{
    codes::{self, BusinessCode},
    diagnose::Verdict,
    notify::Variant,
    payment::{
        ConflictReason, DeclineReason, Heard, Outcome, Phase, Problem, RequestKind, UnresolvedReason, Wake,
    },
};

/// What the answer to a request was.
pub(crate) fn answer(kind: RequestKind, heard: &Heard) -> String {
    match heard.problem {
        Some(Problem::NotSent) => "was not sent".into(),
        Some(Problem::MaybeSent) => "no answer (the connection broke, or it took too long)".into(),
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
        Outcome::Paid { trade, late } => {
            let number = trade.trade_no.as_deref().unwrap_or("-");
            let late = if *late { ", found out late" } else { "" };
            format!("PAID: {} yuan taken{late} (trade {number})", trade.total_amount)
        }
        Outcome::Declined { reason, display, .. } => {
            let why = match reason {
                DeclineReason::Refused => "Alipay refused it",
                DeclineReason::RateLimited => "too many calls",
                DeclineReason::NotSent => "the gateway could not be reached, nothing was sent",
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
        Outcome::Conflict { reason, .. } => {
            let why = match reason {
                ConflictReason::OrderNumberTaken => "the order number belongs to another trade",
                ConflictReason::AmountDiffers => "the trade under this number has another amount",
                ConflictReason::PaidEarlier => "the trade under this number was paid before",
                ConflictReason::ExistsUnsent => {
                    "a trade under this number exists although ours was never sent"
                }
                _ => reason.as_str(),
            };
            format!("CONFLICT: {why}; nothing was cancelled, a person must look")
        }
        Outcome::Unresolved { reason, .. } => {
            let why = match reason {
                UnresolvedReason::CancelExhausted => "every cancel stayed without a decisive answer",
                UnresolvedReason::CancelRefused => {
                    "Alipay refuses to cancel, and it is neither paid nor closed"
                }
                UnresolvedReason::SellerBalance => {
                    "the buyer has paid, and the balance does not cover the refund"
                }
                UnresolvedReason::ConflictUnconfirmed => {
                    "the number may belong to another trade, and nobody could say"
                }
                _ => reason.as_str(),
            };
            format!("UNRESOLVED: {why}. This is NOT \"unpaid\": reconcile it later")
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
}
