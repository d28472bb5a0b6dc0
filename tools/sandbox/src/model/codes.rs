//! Gateway codes (网关返回码), business codes (业务返回码) and their messages, as the gateway words them.

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
        let documented = PAY_CODES.iter().chain(OTHER_CODES).find(|(known, _)| *known == sub_code);
        Self::gateway(code, sub_code, documented.map_or("", |(_, message)| *message))
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

/// The 37 business codes of `alipay.trade.pay`, in the order of its document: story `31NN` answers the NN-th.
pub const PAY_CODES: [(&str, &str); 37] = [
    ("ACQ.SYSTEM_ERROR", "接口返回错误"),
    ("ACQ.INVALID_PARAMETER", "参数无效"),
    ("ACQ.ACCESS_FORBIDDEN", "无权限使用接口"),
    ("ACQ.EXIST_FORBIDDEN_WORD", "订单信息中包含违禁词"),
    ("ACQ.PARTNER_ERROR", "应用APP_ID填写错误"),
    ("ACQ.TOTAL_FEE_EXCEED", "订单总金额超过限额"),
    ("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付授权码无效"),
    ("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"),
    ("ACQ.TRADE_HAS_SUCCESS", "交易已被支付"),
    ("ACQ.TRADE_HAS_CLOSE", "交易已经关闭"),
    ("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足"),
    ("ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH", "用户银行卡余额不足"),
    ("ACQ.ERROR_BALANCE_PAYMENT_DISABLE", "余额支付功能关闭"),
    ("ACQ.BUYER_SELLER_EQUAL", "买卖家不能相同"),
    ("ACQ.TRADE_BUYER_NOT_MATCH", "交易买家不匹配"),
    ("ACQ.BUYER_ENABLE_STATUS_FORBID", "买家状态非法"),
    ("ACQ.PULL_MOBILE_CASHIER_FAIL", "唤起移动收银台失败"),
    ("ACQ.MOBILE_PAYMENT_SWITCH_OFF", "用户的无线支付开关关闭"),
    ("ACQ.PAYMENT_FAIL", "支付失败"),
    ("ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "买家付款日限额超限"),
    ("ACQ.BEYOND_PAY_RESTRICTION", "商户收款额度超限"),
    ("ACQ.BEYOND_PER_RECEIPT_RESTRICTION", "商户收款金额超过月限额"),
    ("ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR", "买家付款月额度超限"),
    ("ACQ.SELLER_BEEN_BLOCKED", "商家账号被冻结"),
    ("ACQ.ERROR_BUYER_CERTIFY_LEVEL_LIMIT", "买家未通过人行认证"),
    ("ACQ.PAYMENT_REQUEST_HAS_RISK", "支付有风险"),
    ("ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE", "没用可用的支付工具"),
    ("ACQ.USER_FACE_PAYMENT_SWITCH_OFF", "用户当面付付款开关关闭"),
    ("ACQ.INVALID_STORE_ID", "商户门店编号无效"),
    ("ACQ.SUB_MERCHANT_CREATE_FAIL", "二级商户创建失败"),
    ("ACQ.SUB_MERCHANT_TYPE_INVALID", "二级商户类型非法"),
    ("ACQ.AGREEMENT_NOT_EXIST", "用户协议不存在"),
    ("ACQ.AGREEMENT_INVALID", "用户协议失效"),
    ("ACQ.AGREEMENT_STATUS_NOT_NORMAL", "用户协议状态非NORMAL"),
    ("ACQ.MERCHANT_AGREEMENT_NOT_EXIST", "商户协议不存在"),
    ("ACQ.MERCHANT_AGREEMENT_INVALID", "商户协议已失效"),
    ("ACQ.MERCHANT_STATUS_NOT_NORMAL", "商户协议状态非正常状态"),
];

/// Codes of `alipay.trade.query` and `alipay.trade.cancel`, misspelt ones seen in the field, and the gateway's own.
const OTHER_CODES: &[(&str, &str)] = &[
    ("ACQ.TRADE_NOT_EXIST", "交易不存在"),
    ("ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围"),
    ("ACQ.TRADE_HAS_FINISHED", "交易已完结"),
    ("ACQ.CANCEL_NOT_ALLOWED", "不允许撤销"),
    ("ACQ.REASON_TRADE_BEEN_FREEZEN", "当前交易被冻结"),
    ("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额有误"),
    ("ACQ.SELLER_BALANCE_NOT_ENOUGH", "商户的支付宝账户中无足够的资金进行撤销"),
    ("aop.ACQ.SYSTEM_ERROR", "系统异常"),
    ("AQC.SYSTEM_ERROR", "系统错误"),
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
        assert_eq!((refusal.code.as_str(), &*refusal.sub_msg), ("40004", "交易已被支付"));
    }
}
