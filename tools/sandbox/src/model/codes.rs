//! Gateway codes (网关返回码) and refusals, worded as the gateway does. The business codes are the core's table.

use alipay_core::codes;
use std::borrow::Cow;

/// The `code` of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayCode {
    /// 10000.
    Success,
    /// 10003: the buyer is being asked.
    WaitBuyerPay,
    /// 20000: unknown; the request may or may not have been carried out.
    Unavailable,
    /// 20001: the `app_auth_token` does not allow it.
    AuthorizationInvalid,
    /// 40001: a public parameter is missing.
    MissingArguments,
    /// 40002: a public parameter is wrong.
    InvalidArguments,
    /// 40003: the application lacks something.
    InsufficientConditions,
    /// 40004: the business refused; the `sub_code` says why.
    BusinessFailed,
    /// 40005: too many calls.
    CallLimited,
    /// 40006: the application may not call this method.
    InsufficientPermissions,
}

impl GatewayCode {
    /// The five digits.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "10000",
            Self::WaitBuyerPay => "10003",
            Self::Unavailable => "20000",
            Self::AuthorizationInvalid => "20001",
            Self::MissingArguments => "40001",
            Self::InvalidArguments => "40002",
            Self::InsufficientConditions => "40003",
            Self::BusinessFailed => "40004",
            Self::CallLimited => "40005",
            Self::InsufficientPermissions => "40006",
        }
    }

    /// The `msg` that goes with it.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::WaitBuyerPay => "order success pay inprocess",
            Self::Unavailable => "Service Currently Unavailable",
            Self::AuthorizationInvalid => "Insufficient Authorization Permissions",
            Self::MissingArguments => "Missing Required Arguments",
            Self::InvalidArguments => "Invalid Arguments",
            Self::InsufficientConditions => "Insufficient Conditions",
            Self::BusinessFailed => "Business Failed",
            Self::CallLimited => "Call Limited",
            Self::InsufficientPermissions => "Insufficient Permissions",
        }
    }
}

/// An answer that says no, or says it doesn't know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The gateway code.
    pub code: GatewayCode,
    /// The business code; empty where the gateway gives none.
    pub sub_code: Cow<'static, str>,
    /// What a person may read.
    pub sub_msg: Cow<'static, str>,
}

impl Refusal {
    /// A refusal by the gateway itself, before any business was looked at.
    pub(crate) const fn gateway(code: GatewayCode, sub_code: &'static str, sub_msg: &'static str) -> Self {
        Self {
            code,
            sub_code: Cow::Borrowed(sub_code),
            sub_msg: Cow::Borrowed(sub_msg),
        }
    }

    /// A code and a sub_code, worded as the documents do where they know it.
    pub(crate) fn worded(code: GatewayCode, sub_code: &'static str) -> Self {
        let other = OTHER_WORDINGS.iter().find(|(known, _)| *known == sub_code);
        let sub_msg = match codes::lookup(sub_code) {
            known if !known.code.is_empty() => known.meaning_zh,
            _ => other.map_or("", |(_, wording)| *wording),
        };
        Self::gateway(code, sub_code, sub_msg)
    }

    /// 40004 with a business code.
    pub(crate) fn business(sub_code: &'static str) -> Self {
        Self::worded(GatewayCode::BusinessFailed, sub_code)
    }

    /// 40004 `ACQ.INVALID_PARAMETER` about one field of `biz_content`.
    pub(crate) fn invalid_parameter(field: &str) -> Self {
        Self {
            code: GatewayCode::BusinessFailed,
            sub_code: Cow::Borrowed("ACQ.INVALID_PARAMETER"),
            sub_msg: Cow::Owned(format!("参数无效：{field}")),
        }
    }
}

/// How many codes the document of `alipay.trade.pay` lists: the first rows of [`codes::TABLE`], in its order.
pub(crate) const PAY_CODES: usize = 37;

/// Wordings of what is no business code of a trade method.
const OTHER_WORDINGS: &[(&str, &str)] = &[
    ("ACQ.SANDBOX_UNHEARD_OF", "沙箱自造的错误码"),
    // "unknow" is Alipay's own spelling.
    ("isp.unknow-error", "系统繁忙"),
    ("aop.unknow-error", "系统繁忙"),
    ("isv.missing-signature-key", "缺少签名配置"),
    ("isv.invalid-parameter", "参数无效"),
    ("isv.product-unsigned", "产品未签约"),
    ("isv.app-call-limited", "应用调用次数超限"),
    ("isv.insufficient-isv-permissions", "ISV权限不足"),
    ("aop.invalid-app-auth-token", "无效的应用授权令牌"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_codes_are_worded_as_the_document_does() {
        let refusal = Refusal::business("ACQ.TRADE_HAS_SUCCESS");
        assert_eq!(
            (refusal.code.as_str(), &*refusal.sub_msg),
            ("40004", "交易已被支付")
        );
        let refusal = Refusal::worded(GatewayCode::Unavailable, "isp.unknow-error");
        assert_eq!(refusal.sub_msg, "系统繁忙");
    }

    #[test]
    fn the_last_code_of_the_document_of_pay_is_where_it_should_be() {
        assert_eq!(codes::TABLE[PAY_CODES - 1].code, "ACQ.MERCHANT_STATUS_NOT_NORMAL");
    }
}
