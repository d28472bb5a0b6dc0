//! What the gateway says.

use super::alipay::{FEN, NUMBER, Trade, amount, stamp};
use std::fmt::Write as _;

/// What an answer says, apart from whether it can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Said {
    pub(crate) node: String,
    pub(crate) code: &'static str,
    pub(crate) sub_code: &'static str,
}

impl Said {
    /// The gateway does not know.
    #[must_use]
    pub(crate) fn unsure() -> Self {
        said("20000", "isp.unknow-error")
    }

    /// There is no such trade.
    #[must_use]
    pub(crate) fn not_found() -> Self {
        said("40004", "ACQ.TRADE_NOT_EXIST")
    }

    /// A refusal that a forger would like to be pay's.
    #[must_use]
    pub(crate) fn refusal() -> Self {
        said("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID")
    }

    /// Of pay: the number is another sale's.
    #[must_use]
    pub(crate) fn is_conflict(&self) -> bool {
        let bare = self.sub_code.strip_prefix("aop.").unwrap_or(self.sub_code);
        [
            "ACQ.TRADE_HAS_SUCCESS",
            "ACQ.TRADE_HAS_CLOSE",
            "ACQ.CONTEXT_INCONSISTENT",
            "ACQ.TRADE_BUYER_NOT_MATCH",
        ]
        .contains(&bare)
    }

    /// Of pay: nothing was taken (seed document 002; the refusals that this model knows).
    #[must_use]
    pub(crate) fn is_listed_refusal(&self) -> bool {
        [
            "ACQ.BUYER_BALANCE_NOT_ENOUGH",
            "ACQ.PAYMENT_AUTH_CODE_INVALID",
            "ACQ.SELLER_BEEN_BLOCKED",
        ]
        .contains(&self.sub_code)
    }

    /// Of pay and query: our sale is paid.
    #[must_use]
    pub(crate) fn proves_payment(&self) -> bool {
        self.code == "10000"
            && self
                .node
                .contains(&format!(r#""total_amount":"{}""#, amount(FEN)))
            && (self.node.contains("gmt_payment") || self.node.contains("TRADE_SUCCESS"))
    }

    /// Of a query: the buyer has not decided.
    #[must_use]
    pub(crate) fn is_waiting(&self) -> bool {
        self.node.contains("WAIT_BUYER_PAY")
    }

    /// There is no such trade.
    #[must_use]
    pub(crate) fn is_not_found(&self) -> bool {
        self.sub_code == "ACQ.TRADE_NOT_EXIST"
    }

    /// Of a cancel: another would be refused too.
    #[must_use]
    pub(crate) fn refuses_for_good(&self) -> bool {
        let again = ["", "ACQ.SYSTEM_ERROR", "isp.unknow-error", "ACQ.TRADE_NOT_EXIST"];
        !again.contains(&self.sub_code)
    }
}

/// A failure, or an answer that names the trade and nothing else.
pub(super) fn said(code: &'static str, sub_code: &'static str) -> Said {
    let mut node = format!(r#"{{"code":"{code}","msg":"m""#);
    if sub_code.is_empty() {
        let _ = write!(node, r#","out_trade_no":"{NUMBER}""#);
    } else {
        let _ = write!(node, r#","sub_code":"{sub_code}","sub_msg":"m""#);
    }
    node.push('}');
    Said { node, code, sub_code }
}

pub(super) fn paid(trade: &Trade) -> Said {
    let amount = amount(trade.fen);
    let at = stamp(trade.paid_at.unwrap_or(0)).to_beijing();
    Said {
        node: format!(
            r#"{{"code":"10000","msg":"Success","out_trade_no":"{NUMBER}","trade_no":"2026112222001401","total_amount":"{amount}","receipt_amount":"{amount}","gmt_payment":"{at}"}}"#
        ),
        code: "10000",
        sub_code: "",
    }
}

/// `named`: with Alipay's number of the trade.
pub(super) fn cancelled(retry: &str, action: Option<&str>, named: bool) -> Said {
    let mut node =
        format!(r#"{{"code":"10000","msg":"Success","out_trade_no":"{NUMBER}","retry_flag":"{retry}""#);
    if named {
        node.push_str(r#","trade_no":"2026112222001401""#);
    }
    if let Some(action) = action {
        let _ = write!(node, r#","action":"{action}""#);
    }
    node.push('}');
    Said {
        node,
        code: "10000",
        sub_code: "",
    }
}

/// An answer without what is the same in each.
pub(super) fn short(node: &str) -> String {
    let mut text = node.replace('"', "");
    for same in [
        "msg:Success,",
        "sub_msg:m",
        "msg:m",
        "out_trade_no:20150320010101001",
        "trade_no:2026112222001401",
    ] {
        text = text.replace(same, "");
    }
    text.split(',')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
        .replace(", }", "}")
}
