//! Business codes (业务错误码) in one table: what each means for the payment, who must act, and what to do.
//!
//! The codes and their remedies are those of seed document 002 (`alipay.trade.pay`); the ones after it belong to query
//! and cancel. A code that is not in the table is *unknown*, never "failed".
//!
//! What a payment makes of a code is in [`TABLE`] alone. Other methods have tables of their own, behind [`lookup_for`]: the
//! same code can mean something else there, as `ACQ.SELLER_BALANCE_NOT_ENOUGH` does of a refund. Their codes are those of
//! the official SDK's models (`com.alipay.sdk:alipay-sdk-java-v3`, the `…ErrorResponseModel` of each method), and texts
//! those of the documents; a code whose text no document at hand tells has no row.

mod fund;
mod trade;

/// What a code says about the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Definitely refused; nothing was taken.
    Declined,
    /// It may or may not have happened: only a query can tell.
    Unknown,
    /// The order number belongs to another trade.
    Conflict,
    /// Refused because the merchant's set-up or contract is wrong; nothing was taken.
    Configuration,
}

impl Class {
    /// The stable word: `declined`, `unknown`, `conflict` or `configuration`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Unknown => "unknown",
            Self::Conflict => "conflict",
            Self::Configuration => "configuration",
        }
    }
}

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The cashier (收银员), now.
    Cashier,
    /// The buyer (买家), now.
    Buyer,
    /// The merchant (商家), in its set-up or contract.
    Merchant,
    /// Alipay (支付宝), usually by asking its support.
    Alipay,
}

impl Actor {
    /// The stable word: `cashier`, `buyer`, `merchant` or `alipay`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cashier => "cashier",
            Self::Buyer => "buyer",
            Self::Merchant => "merchant",
            Self::Alipay => "alipay",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BusinessCode {
    /// The sub_code, such as `ACQ.PAYMENT_FAIL`; empty in the row for unknown codes.
    pub code: &'static str,
    /// What it says about the payment.
    pub class: Class,
    /// Who must act.
    pub actor: Actor,
    /// What it means, in Chinese, as the document says.
    pub meaning_zh: &'static str,
    /// What it means, in English.
    pub meaning_en: &'static str,
    /// What to do, in Chinese.
    pub remedy_zh: &'static str,
    /// What to do, in English.
    pub remedy_en: &'static str,
}

/// Looks a sub_code up. The prefix `aop.` that the gateway sometimes adds, and its own typo `AQC.`, are seen through.
#[must_use]
pub fn lookup(sub_code: &str) -> &'static BusinessCode {
    let code = sub_code.strip_prefix("aop.").unwrap_or(sub_code);
    let name = code.strip_prefix("ACQ.").or_else(|| code.strip_prefix("AQC."));
    let row = |row: &&BusinessCode| name.is_some() && row.code.strip_prefix("ACQ.") == name;
    TABLE.iter().find(row).unwrap_or(&UNKNOWN)
}

/// Looks a sub_code up as the answer to a call of `method`. Of methods without a table of their own, and of codes that
/// a method's table has not, it is [`lookup`]'s row. Its class is about what was asked: a refund, a transfer.
#[must_use]
pub fn lookup_for(method: &str, sub_code: &str) -> &'static BusinessCode {
    let code = sub_code.strip_prefix("aop.").unwrap_or(sub_code);
    let own = table_of(method).iter().find(|row| row.code == code);
    own.unwrap_or_else(|| lookup(sub_code))
}

/// The codes of a method that have rows of their own there; none for a payment's methods, whose table is [`TABLE`].
#[must_use]
pub fn table_of(method: &str) -> &'static [BusinessCode] {
    match method {
        "alipay.trade.refund" => trade::REFUND,
        "alipay.trade.fastpay.refund.query" => trade::REFUND_QUERY,
        "alipay.trade.close" => trade::CLOSE,
        "alipay.trade.create" | "alipay.trade.precreate" => trade::CREATE,
        "alipay.trade.order.settle" => trade::SETTLE,
        "alipay.data.dataservice.bill.downloadurl.query" => trade::BILL,
        "alipay.fund.trans.uni.transfer" | "alipay.fund.trans.toaccount.transfer" => fund::TRANSFER,
        _ => &[],
    }
}

/// The row for every code that is not in the table.
pub static UNKNOWN: BusinessCode = BusinessCode {
    code: "",
    class: Class::Unknown,
    actor: Actor::Cashier,
    meaning_zh: "未知错误码",
    meaning_en: "unknown code",
    remedy_zh: "以查询结果为准,确认前不要重复收款",
    remedy_en: "trust only a query; do not charge again before it is known",
};

macro_rules! rows {
    ($(#[$meta:meta])* $visible:vis $table:ident $($code:literal $class:ident $actor:ident $meaning_zh:literal $meaning_en:literal $remedy_zh:literal $remedy_en:literal;)*) => {
        $(#[$meta])*
        $visible static $table: &[BusinessCode] = &[$(BusinessCode {
            code: $code,
            class: Class::$class,
            actor: Actor::$actor,
            meaning_zh: $meaning_zh,
            meaning_en: $meaning_en,
            remedy_zh: $remedy_zh,
            remedy_en: $remedy_en,
        },)*];
    };
}

use rows;

rows! {
    /// Every code that a payment knows, in the document's order.
    pub TABLE
    "ACQ.SYSTEM_ERROR" Unknown Alipay "接口返回错误" "the interface failed"
        "请立即调用查询订单API,查询当前订单的状态,并根据订单状态决定下一步的操作,如果多次调用依然报此错误码,请联系支付宝客服"
        "query the order at once and act on its state; if it persists, contact Alipay's support";
    "ACQ.INVALID_PARAMETER" Configuration Merchant "参数无效" "a parameter is invalid"
        "检查请求参数,修改后重新发起请求" "check the request's parameters and try again";
    "ACQ.ACCESS_FORBIDDEN" Configuration Merchant "无权限使用接口" "no permission for this interface"
        "未签约条码支付或者合同已到期" "sign or renew the contract for barcode payments";
    "ACQ.EXIST_FORBIDDEN_WORD" Declined Merchant "订单信息中包含违禁词" "the order contains a forbidden word"
        "修改订单信息后,重新发起请求" "change the order's texts and try again";
    "ACQ.PARTNER_ERROR" Configuration Merchant "应用APP_ID填写错误" "the APP_ID is wrong"
        "联系支付宝小二,确认APP_ID的状态" "ask Alipay's support about the state of the APP_ID";
    "ACQ.TOTAL_FEE_EXCEED" Declined Cashier "订单总金额超过限额" "the total is above the limit"
        "修改订单金额再发起请求" "change the amount and try again";
    "ACQ.PAYMENT_AUTH_CODE_INVALID" Declined Cashier "支付授权码无效" "the payment code is invalid"
        "用户刷新条码后,重新扫码发起请求" "let the buyer refresh the code and scan again";
    "ACQ.CONTEXT_INCONSISTENT" Conflict Cashier "交易信息被篡改" "the trade's details differ from the existing ones"
        "更换商家订单号后,重新发起请求" "take a new order number and try again";
    "ACQ.TRADE_HAS_SUCCESS" Conflict Cashier "交易已被支付" "the trade was paid already"
        "确认该笔交易信息是否为当前买家的,如果是则认为交易付款成功,如果不是则更换商家订单号后,重新发起请求"
        "if the paid trade is this buyer's, it is paid; else take a new order number and try again";
    "ACQ.TRADE_HAS_CLOSE" Conflict Cashier "交易已经关闭" "the trade was closed already"
        "更换商家订单号后,重新发起请求" "take a new order number and try again";
    "ACQ.BUYER_BALANCE_NOT_ENOUGH" Declined Buyer "买家余额不足" "the buyer's balance is too low"
        "买家绑定新的银行卡或者支付宝余额有钱后再发起支付" "let the buyer add a bank card or money, then try again";
    "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH" Declined Buyer "用户银行卡余额不足" "the buyer's bank card has too little money"
        "建议买家更换支付宝进行支付或者更换其它付款方式" "let the buyer pay from another account or in another way";
    "ACQ.ERROR_BALANCE_PAYMENT_DISABLE" Declined Buyer "余额支付功能关闭" "paying from the balance is switched off"
        "用户打开余额支付开关后,再重新进行支付" "let the buyer switch balance payments on, then try again";
    "ACQ.BUYER_SELLER_EQUAL" Declined Buyer "买卖家不能相同" "buyer and seller are the same"
        "更换买家重新付款" "let somebody else pay";
    "ACQ.TRADE_BUYER_NOT_MATCH" Conflict Cashier "交易买家不匹配" "the trade belongs to another buyer"
        "更换商家订单号后,重新发起请求" "take a new order number and try again";
    "ACQ.BUYER_ENABLE_STATUS_FORBID" Declined Buyer "买家状态非法" "the buyer's account may not pay"
        "用户联系支付宝小二,确认买家状态为什么非法" "let the buyer ask Alipay's support";
    "ACQ.PULL_MOBILE_CASHIER_FAIL" Declined Cashier "唤起移动收银台失败" "the buyer's phone did not open the cashier"
        "用户刷新条码后,重新扫码发起请求" "let the buyer refresh the code and scan again";
    "ACQ.MOBILE_PAYMENT_SWITCH_OFF" Declined Buyer "用户的无线支付开关关闭" "the buyer's mobile payments are switched off"
        "用户在PC上打开无线支付开关后,再重新发起支付" "let the buyer switch mobile payments on (on a PC), then try again";
    "ACQ.PAYMENT_FAIL" Declined Cashier "支付失败" "the payment failed"
        "用户刷新条码后,重新发起请求,如果重试一次后仍未成功,更换其它方式付款"
        "let the buyer refresh the code and scan again; if it fails twice, pay in another way";
    "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR" Declined Buyer "买家付款日限额超限" "the buyer's daily limit is exceeded"
        "更换买家进行支付" "let somebody else pay";
    "ACQ.BEYOND_PAY_RESTRICTION" Configuration Merchant "商户收款额度超限" "the merchant's limit is exceeded"
        "联系支付宝小二提高限额(联系电话:0571-88158090)" "ask Alipay's support to raise the limit (0571-88158090)";
    "ACQ.BEYOND_PER_RECEIPT_RESTRICTION" Configuration Merchant "商户收款金额超过月限额" "the merchant's monthly limit is exceeded"
        "联系支付宝小二提高限额(联系电话:0571-88158090)" "ask Alipay's support to raise the limit (0571-88158090)";
    "ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR" Declined Buyer "买家付款月额度超限" "the buyer's monthly limit is exceeded"
        "让买家更换账号后,重新付款或者更换其它付款方式" "let the buyer pay from another account or in another way";
    "ACQ.SELLER_BEEN_BLOCKED" Configuration Merchant "商家账号被冻结" "the merchant's account is frozen"
        "联系支付宝小二,解冻账号(联系电话:95188)" "ask Alipay's support to unfreeze it (95188)";
    "ACQ.ERROR_BUYER_CERTIFY_LEVEL_LIMIT" Declined Buyer "买家未通过人行认证" "the buyer's identity is not certified"
        "让用户联系支付宝小二并更换其它付款方式(联系电话:95188)" "let the buyer ask Alipay's support (95188) and pay in another way";
    "ACQ.PAYMENT_REQUEST_HAS_RISK" Declined Cashier "支付有风险" "the payment was found risky"
        "更换其它付款方式" "pay in another way";
    "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE" Declined Buyer "没用可用的支付工具" "the buyer has no means of payment available"
        "更换其它付款方式" "pay in another way";
    "ACQ.USER_FACE_PAYMENT_SWITCH_OFF" Declined Buyer "用户当面付付款开关关闭" "the buyer's face-to-face payments are switched off"
        "让用户在手机上打开当面付付款开关" "let the buyer switch face-to-face payments on";
    "ACQ.INVALID_STORE_ID" Configuration Merchant "商户门店编号无效" "the store's number is invalid"
        "检查传入的门店编号是否有效" "check the store_id";
    "ACQ.SUB_MERCHANT_CREATE_FAIL" Configuration Merchant "二级商户创建失败" "the sub-merchant could not be created"
        "检查上送的二级商户信息是否有效" "check the sub-merchant's details";
    "ACQ.SUB_MERCHANT_TYPE_INVALID" Configuration Merchant "二级商户类型非法" "the sub-merchant's type is invalid"
        "检查上传的二级商户类型是否有效" "check the sub-merchant's type";
    "ACQ.AGREEMENT_NOT_EXIST" Configuration Merchant "用户协议不存在" "the buyer's agreement does not exist"
        "确认代扣业务传入的协议号对应的协议是否已解约" "check whether the agreement was ended";
    "ACQ.AGREEMENT_INVALID" Declined Buyer "用户协议失效" "the buyer's agreement is no longer valid"
        "代扣业务传入的协议号对应的用户协议已经失效,需要用户重新签约" "let the buyer sign the agreement anew";
    "ACQ.AGREEMENT_STATUS_NOT_NORMAL" Declined Buyer "用户协议状态非NORMAL" "the buyer's agreement is not in its normal state"
        "代扣业务用户协议状态非正常状态,需要用户解约后重新签约" "let the buyer end the agreement and sign it anew";
    "ACQ.MERCHANT_AGREEMENT_NOT_EXIST" Configuration Merchant "商户协议不存在" "the merchant's contract does not exist"
        "确认商户与支付宝是否已签约" "check whether the contract with Alipay was signed";
    "ACQ.MERCHANT_AGREEMENT_INVALID" Configuration Merchant "商户协议已失效" "the merchant's contract is no longer valid"
        "商户与支付宝合同已失效,需要重新签约" "sign the contract with Alipay anew";
    "ACQ.MERCHANT_STATUS_NOT_NORMAL" Configuration Merchant "商户协议状态非正常状态" "the merchant's contract is not in its normal state"
        "商户与支付宝的合同非正常状态,需要重新签商户合同" "sign the merchant's contract anew";
    "ACQ.TRADE_NOT_EXIST" Unknown Cashier "交易不存在" "there is no such trade (yet)"
        "付款请求可能仍在途中,稍后再次查询" "the payment may still be on its way; query again later";
    "ACQ.SELLER_BALANCE_NOT_ENOUGH" Unknown Merchant "商户的支付宝账户中无足够的资金进行撤销" "the merchant's balance does not cover the refund"
        "商户账户充值后重新发起撤销" "top the merchant's account up and cancel again";
    "ACQ.TRADE_CANCEL_TIME_OUT" Unknown Merchant "超过撤销时间范围" "it is too late to cancel"
        "跟用户确认订单状态,如已付款可调用退款接口" "cancelling is possible for 24 hours; refund the trade instead if it was paid";
    "ACQ.TRADE_HAS_FINISHED" Unknown Merchant "交易已完结" "the trade is finished"
        "交易已完结,不能撤销" "a finished trade can't be cancelled";
    "ACQ.CANCEL_NOT_ALLOWED" Unknown Merchant "不允许撤销" "cancelling is not allowed"
        "以查询结果为准,如已付款请使用退款" "trust only a query; refund the trade instead if it was paid";
    "ACQ.REASON_TRADE_BEEN_FREEZEN" Unknown Alipay "当前交易被冻结,不允许进行撤销" "the trade is frozen"
        "联系支付宝客服,确认交易冻结原因" "ask Alipay's support why it is frozen";
    "ACQ.REASON_TRADE_REFUND_FEE_ERR" Unknown Merchant "退款金额有误" "the amount to refund is wrong"
        "该交易已部分退款,请使用退款接口处理余额" "part of it was refunded already; refund the rest instead";
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn every_code_stands_once_and_is_found() {
        let codes: BTreeSet<_> = TABLE.iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), TABLE.len());
        for row in TABLE {
            assert_eq!(lookup(row.code), row);
            assert!(!row.remedy_zh.is_empty() && !row.remedy_en.is_empty());
        }
    }

    /// What a payment does about a code may not change because another method's table grew.
    #[test]
    fn the_classes_that_a_payment_reads_are_these() {
        let named = [
            (
                Class::Declined,
                "\
                 EXIST_FORBIDDEN_WORD TOTAL_FEE_EXCEED PAYMENT_AUTH_CODE_INVALID BUYER_BALANCE_NOT_ENOUGH \
                 BUYER_BANKCARD_BALANCE_NOT_ENOUGH ERROR_BALANCE_PAYMENT_DISABLE BUYER_SELLER_EQUAL \
                 BUYER_ENABLE_STATUS_FORBID PULL_MOBILE_CASHIER_FAIL MOBILE_PAYMENT_SWITCH_OFF PAYMENT_FAIL \
                 BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR \
                 ERROR_BUYER_CERTIFY_LEVEL_LIMIT PAYMENT_REQUEST_HAS_RISK NO_PAYMENT_INSTRUMENTS_AVAILABLE \
                 USER_FACE_PAYMENT_SWITCH_OFF AGREEMENT_INVALID AGREEMENT_STATUS_NOT_NORMAL",
            ),
            (
                Class::Conflict,
                "\
                 CONTEXT_INCONSISTENT TRADE_HAS_SUCCESS TRADE_HAS_CLOSE TRADE_BUYER_NOT_MATCH",
            ),
            (
                Class::Configuration,
                "\
                 INVALID_PARAMETER ACCESS_FORBIDDEN PARTNER_ERROR BEYOND_PAY_RESTRICTION \
                 BEYOND_PER_RECEIPT_RESTRICTION SELLER_BEEN_BLOCKED INVALID_STORE_ID SUB_MERCHANT_CREATE_FAIL \
                 SUB_MERCHANT_TYPE_INVALID AGREEMENT_NOT_EXIST MERCHANT_AGREEMENT_NOT_EXIST \
                 MERCHANT_AGREEMENT_INVALID MERCHANT_STATUS_NOT_NORMAL",
            ),
            (
                Class::Unknown,
                "\
                 SYSTEM_ERROR TRADE_NOT_EXIST SELLER_BALANCE_NOT_ENOUGH TRADE_CANCEL_TIME_OUT TRADE_HAS_FINISHED \
                 CANCEL_NOT_ALLOWED REASON_TRADE_BEEN_FREEZEN REASON_TRADE_REFUND_FEE_ERR",
            ),
        ];
        let mut rows = 0;
        for (class, names) in named {
            for name in names.split_ascii_whitespace() {
                let code = alloc::format!("ACQ.{name}");
                assert_eq!((lookup(&code).code, lookup(&code).class), (&*code, class));
                rows += 1;
            }
        }
        assert_eq!(rows, TABLE.len());
    }

    #[test]
    fn another_methods_codes_are_not_a_payments() {
        for (method, ..) in crate::api::METHODS {
            let own = table_of(method);
            let codes: BTreeSet<_> = own.iter().map(|row| row.code).collect();
            assert_eq!(codes.len(), own.len(), "{method}");
            for row in own {
                assert_eq!(lookup_for(method, row.code), row);
                let payment = lookup(row.code);
                assert!(payment.code.is_empty() || TABLE.contains(payment), "{}", row.code);
            }
        }
        let code = "ACQ.REFUND_FEE_ERROR";
        assert_eq!(lookup(code), &UNKNOWN);
        assert_eq!(lookup_for("alipay.trade.pay", code), &UNKNOWN);
        assert_eq!(lookup_for("alipay.trade.refund", code).class, Class::Declined);
        assert_eq!(
            lookup_for("alipay.trade.refund", "aop.ACQ.SYSTEM_ERROR"),
            lookup_for("alipay.trade.refund", "ACQ.SYSTEM_ERROR")
        );
        // Of those that create an order, what pay's document says of the buyer and the merchant holds.
        assert_eq!(
            lookup_for("alipay.trade.create", "ACQ.BUYER_SELLER_EQUAL"),
            lookup("ACQ.BUYER_SELLER_EQUAL")
        );
        for method in [
            "alipay.trade.pay",
            "alipay.trade.query",
            "alipay.trade.cancel",
            "alipay.trade.app.pay",
            "",
        ] {
            assert!(table_of(method).is_empty());
        }
    }

    #[test]
    fn the_gateways_spellings_are_seen_through_and_others_are_unknown() {
        for code in ["ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR"] {
            assert_eq!(lookup(code).code, "ACQ.SYSTEM_ERROR");
        }
        for code in [
            "",
            "ACQ.",
            "PAYMENT_FAIL",
            "acq.payment_fail",
            "ACQ.NEW_CODE",
            "isp.unknow-error",
        ] {
            assert_eq!(lookup(code).class, Class::Unknown, "{code:?}");
            assert_eq!(lookup(code).code, "");
        }
    }
}
