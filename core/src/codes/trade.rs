//! Codes of refunds, closing, creating, settling and bills.

use super::{Actor, BusinessCode, Class, rows};

rows! { pub(super) REFUND
    "ACQ.SYSTEM_ERROR" Unknown Alipay "系统错误" "the interface failed"
        "请使用相同的参数再次调用" "call again with the same out_request_no and amount, or query the refund";
    "ACQ.INVALID_PARAMETER" Configuration Merchant "参数无效" "a parameter is invalid"
        "请求参数有错,重新检查请求后,再调用退款" "check the request's parameters and try again";
    "ACQ.SELLER_BALANCE_NOT_ENOUGH" Declined Merchant "卖家余额不足" "the merchant's balance does not cover the refund"
        "商户支付宝账户充值后重新发起退款即可" "top the merchant's account up and refund again";
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL" Declined Merchant "退款金额超限" "the refund is larger than what was paid, or a part without its number"
        "检查退款金额不大于交易总金额;不是全额退款时,退款请求号必填" "refund at most what was paid; a part of it needs an out_request_no";
    "ACQ.REASON_TRADE_BEEN_FREEZEN" Declined Alipay "请求退款的交易被冻结" "the trade is frozen"
        "联系支付宝小二,确认该笔交易的具体情况" "ask Alipay's support why it is frozen";
    "ACQ.TRADE_NOT_EXIST" Declined Merchant "交易不存在" "there is no such trade"
        "检查请求中的交易号和商户订单号是否正确,确认后重新发起" "check the trade's number and try again";
    "ACQ.TRADE_HAS_FINISHED" Declined Merchant "交易已完结" "the trade is finished"
        "该交易已完结,不允许进行退款,确认请求的退款的交易信息是否正确" "a finished trade can't be refunded; check the trade's number";
    "ACQ.TRADE_HAS_CLOSE" Declined Merchant "交易已关闭" "the trade is closed: never paid, or refunded whole"
        "查询该交易的退款情况,确认是否已全额退款" "query the trade and its refunds";
    "ACQ.TRADE_STATUS_ERROR" Declined Merchant "交易状态非法" "the trade is not in a state to be refunded"
        "查询交易,确认交易是否已经付款" "query the trade: was it paid?";
    "ACQ.REASON_TRADE_STATUS_INVALID" Declined Merchant "交易状态异常" "the trade is not in a state to be refunded"
        "查询交易,确认交易是否是支付成功状态,是的话可联系支付宝小二确认交易状态" "query the trade; if it was paid, ask Alipay's support";
    "ACQ.DISCORDANT_REPEAT_REQUEST" Conflict Merchant "请求信息不一致" "this out_request_no refunded another amount already"
        "检查传入的退款金额是否正确,或者通过退款查询接口获取退款执行结果" "check the amount, or query the refund; a new refund needs a new out_request_no";
    "ACQ.REASON_TRADE_REFUND_FEE_ERR" Declined Merchant "退款金额无效" "the amount to refund is invalid"
        "检查退款请求的金额是否正确" "check the amount";
    "ACQ.REFUND_FEE_ERROR" Declined Merchant "交易退款金额有误" "the amount to refund is wrong"
        "请检查传入的退款金额是否正确" "check the amount";
    "ACQ.TRADE_NOT_ALLOW_REFUND" Declined Merchant "当前交易不允许退款" "this trade may not be refunded"
        "检查当前交易的状态是否为交易成功状态以及签约的退款属性是否允许退款,确认后,重新发起请求" "check the trade's state, and that the contract allows refunds";
    "ACQ.NOT_ALLOW_PARTIAL_REFUND" Declined Merchant "不支持部分退款" "this trade can't be refunded in parts"
        "请对交易进行全额退款或者联系买家进行线下退款处理" "refund it whole, or give the money back yourself";
    "ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND" Declined Merchant "交易不允许退款" "a voucher that was bought paid for it"
        "此交易中核销了购买的代金券,不允许进行退款,可联系买家进行线下退款处理" "give the money back yourself";
    "ACQ.BUYER_NOT_EXIST" Declined Alipay "买家不存在" "the buyer's account is gone"
        "联系支付宝小二,确认买家是否已经注销账号" "ask Alipay's support whether it was closed";
    "ACQ.BUYER_ENABLE_STATUS_FORBID" Declined Alipay "买家状态异常" "the buyer's account may not receive"
        "联系支付宝小二确认买家状态异常原因,或者可联系买家进行线下退款处理" "ask Alipay's support why, or give the money back yourself";
    "ACQ.BUYER_ERROR" Declined Alipay "买家状态异常" "the buyer's account may not receive"
        "联系支付宝小二确认买家状态异常原因,或者可联系买家进行线下退款处理" "ask Alipay's support why, or give the money back yourself";
    "ACQ.CUSTOMER_VALIDATE_ERROR" Declined Alipay "账户已注销或者被冻结" "the account was closed or frozen"
        "请查询账户状态:如果账户已注销,请线下处理;如果账户已冻结,请联系支付宝小二确认冻结原因" "if it was closed, give the money back yourself; if it is frozen, ask Alipay's support";
    "ACQ.CURRENCY_NOT_SUPPORT" Configuration Merchant "退款币种不支持" "the refund's currency is not supported"
        "请检查是否签约对应的币种" "check the currencies of the contract";
    "ACQ.ALLOC_AMOUNT_VALIDATE_ERROR" Declined Merchant "退分账金额超限" "more royalties are to come back than there are"
        "请调整退分账金额后重试" "change the royalties' amounts and try again";
    "ACQ.REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST" Declined Merchant "退分账收入方账户不存在" "the account that royalties come back to is gone"
        "请确认收入方账号是否正确,更换账号后重新发起" "check that account, or take another";
    "ACQ.TRADE_SETTLE_ERROR" Declined Merchant "交易结算异常" "the settlement is wrong"
        "请检查传入的结算项信息是否正确,如果正确请联系支付宝小二" "check the settlement's details; if they are right, ask Alipay's support";
    "ACQ.REFUND_CHARGE_ERROR" Unknown Merchant "退收费异常" "giving the fee back failed"
        "请过一段时间后再重试发起退款" "call again later, with the same out_request_no";
    "ACQ.ENTERPRISE_PAY_BIZ_ERROR" Unknown Merchant "因公付业务异常" "the enterprise's payment failed"
        "重新发起请求,如果多次重试后仍返回同样的错误,请联系支付宝小二处理" "call again with the same out_request_no; if it persists, ask Alipay's support";
    "ACQ.OVERDRAFT_ASSIGN_ACCOUNT_INVALID" Configuration Merchant "垫资退款出资账号和商户信息不一致" "the account that advances the refund is not the merchant's"
        "垫资退款出资账号必须为商户名下支付宝账号,请更换出资账号后重试" "take one of the merchant's own accounts";
    "ACQ.OVERDRAFT_AGREEMENT_NOT_MATCH" Configuration Merchant "垫资退款接口传入模式和签约配置不一致" "refunds are advanced otherwise than the contract says"
        "请检查垫资退款合约中的出资方式,修改合约或接口传参后重试" "change the contract or the parameters";
    "ACQ.REFUND_ACCOUNT_NOT_EXIST" Declined Merchant "退款出资账号不存在或账号异常" "the account that pays the refund is gone or may not pay"
        "检查退款出资账号状态,账号正常后重试" "mend that account and try again";
}

rows! { pub(super) REFUND_QUERY
    "ACQ.SYSTEM_ERROR" Unknown Alipay "系统错误" "the interface failed"
        "重新发起请求" "query again";
    "ACQ.INVALID_PARAMETER" Configuration Merchant "参数无效" "a parameter is invalid"
        "检查请求参数,修改后重新发起请求" "check the request's parameters and try again";
    "ACQ.TRADE_NOT_EXIST" Unknown Merchant "查询退款的交易不存在" "there is no such trade"
        "确认交易号是否为当前商户的支付宝交易号" "check the trade's number";
    "TRADE_NOT_EXIST" Unknown Merchant "查询退款的交易不存在" "there is no such trade"
        "确认交易号是否为当前商户的支付宝交易号" "check the trade's number";
    "ACQ.ENTERPRISE_PAY_BIZ_ERROR" Unknown Merchant "因公付业务异常" "the enterprise's payment failed"
        "重新发起查询请求,如果多次重试后仍返回同样的错误,请联系支付宝小二处理" "query again; if it persists, ask Alipay's support";
}

rows! { pub(super) CLOSE
    "ACQ.SYSTEM_ERROR" Unknown Alipay "系统异常" "the interface failed"
        "重新发起请求" "close again";
    "ACQ.INVALID_PARAMETER" Configuration Merchant "参数无效" "a parameter is invalid"
        "检查请求参数,修改后重新发起请求" "check the request's parameters and try again";
    "ACQ.TRADE_NOT_EXIST" Unknown Merchant "交易不存在" "there is no such trade (yet)"
        "检查传入的交易号是否正确;买家未登录收银台时交易尚未创建" "check the trade's number; before the buyer opened the cashier there is none";
    "ACQ.TRADE_STATUS_ERROR" Unknown Merchant "交易状态不合法" "the trade is not waiting for the buyer"
        "只有等待买家付款状态下才能发起交易关闭" "query the trade: only one that waits for the buyer can be closed";
    "ACQ.REASON_TRADE_STATUS_INVALID" Unknown Merchant "交易状态异常" "the trade is not waiting for the buyer"
        "非待支付状态下不支持关单操作" "query the trade: only one that waits for the buyer can be closed";
    "ACQ.REASON_ILLEGAL_STATUS" Unknown Merchant "交易状态异常" "the trade is not waiting for the buyer"
        "非待支付状态下不支持关单操作" "query the trade: only one that waits for the buyer can be closed";
}

rows! { pub(super) CREATE
    "ACQ.SYSTEM_ERROR" Unknown Alipay "接口返回错误" "the interface failed"
        "请使用相同的参数再次调用" "call again with the same parameters";
    "ACQ.ACCESS_FORBIDDEN" Configuration Merchant "无权限使用接口" "no permission for this interface"
        "未签约对应的产品合约:检查传入的product_code,确认商户是否签约" "check the product_code, and that its contract was signed";
    "ACQ.BUYER_NOT_EXIST" Declined Merchant "买家不存在" "there is no such buyer"
        "检查买家账号是否正确" "check the buyer's number";
    "ACQ.PAYER_UNMATCHED" Declined Buyer "付款人不匹配" "another buyer must pay"
        "建议用户更换为指定的支付宝账号进行支付" "let the buyer take the account that was named";
    "ACQ.NOT_SUPPORT_PAYMENT_INST" Declined Buyer "不支持的钱包版本" "this client can't pay for it"
        "建议买家更换客户端进行支付或者更换其它付款方式" "let the buyer take another client or pay in another way";
    "ACQ.USER_LOGONID_DUP" Declined Merchant "用户账号重复" "more than one account has this name"
        "通知对方修改账户名,并与对方核对后更新对方账户名" "let the other side change its account's name";
    "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR" Declined Merchant "当前时间已超过允许支付的时间" "the latest time to pay is over"
        "请检查传入的支付超时时间是否正确" "check the latest time to pay";
    "ACQ.SUB_GOODS_SIZE_MAX_COUNT" Declined Merchant "子商品明细超长" "too many goods"
        "请检查子商品明细是否超过了150条" "list at most 150";
    "ACQ.RISK_MERCHANT_IP_NOT_EXIST" Configuration Merchant "当前交易未传入IP信息" "the buyer's IP address is missing"
        "检查请求参数是否已经传入用户IP信息" "give mc_create_trade_ip in business_params";
    "ACQ.SELLER_NOT_EXIST" Configuration Merchant "卖家不存在" "there is no such seller"
        "确认卖家信息是否传递正确" "check the seller_id";
    "ACQ.INVALID_RECEIVE_ACCOUNT" Configuration Merchant "收款账户不支持" "the merchant may not collect to this account"
        "seller_id不在请求商户设置的收款账户限制集中;不需要指定时不要传递" "leave the seller_id out, or let Alipay's support allow it";
    "ACQ.BEYOND_PER_RECEIPT_SINGLE_RESTRICTION" Configuration Merchant "订单金额超过单笔限额" "the merchant's limit of one order is exceeded"
        "联系支付宝小二提高限额" "ask Alipay's support to raise the limit";
    "ACQ.BEYOND_PER_RECEIPT_DAY_RESTRICTION" Configuration Merchant "订单金额超过当日累计限额" "the merchant's daily limit is exceeded"
        "联系支付宝小二提高限额" "ask Alipay's support to raise the limit";
    "ACQ.MERCHANT_PERM_RECEIPT_SUSPEND_LIMIT" Configuration Merchant "商户暂停收款" "the merchant may not collect at present"
        "联系支付宝小二处理" "ask Alipay's support";
    "ACQ.MERCHANT_PERM_RECEIPT_SINGLE_LIMIT" Configuration Merchant "超过单笔收款限额" "the merchant's limit of one order is exceeded"
        "联系支付宝小二处理" "ask Alipay's support";
    "ACQ.MERCHANT_PERM_RECEIPT_DAY_LIMIT" Configuration Merchant "超过单日累计收款额度" "the merchant's daily limit is exceeded"
        "联系支付宝小二处理" "ask Alipay's support";
    "ACQ.TRADE_SETTLE_ERROR" Configuration Merchant "交易结算异常" "the settlement is wrong"
        "请检查传入的结算项信息是否正确,如果正确请联系支付宝小二" "check the settlement's details; if they are right, ask Alipay's support";
    "ACQ.PLATFORM_BUSINESS_ACQUIRE_MODE_MUST_MERCHANT_ID" Configuration Merchant "二级商户编码为空" "the sub-merchant's number is missing"
        "直付通模式下,二级商户信息为必填项" "give sub_merchant.merchant_id";
    "ACQ.SECONDARY_MERCHANT_ID_BLANK" Configuration Merchant "二级商户编号错误" "the sub-merchant's number is missing"
        "请检查是否正确传入二级商户编号" "check sub_merchant.merchant_id";
    "ACQ.SECONDARY_MERCHANT_ID_INVALID" Configuration Merchant "二级商户不存在" "there is no such sub-merchant"
        "请检查传入的二级商户编号是否正确" "check sub_merchant.merchant_id";
    "ACQ.SECONDARY_MERCHANT_NOT_MATCH" Configuration Merchant "二级商户信息不匹配" "the sub-merchant belongs to another merchant"
        "检查发起请求的商户账号是否与创建二级商户所使用的商户账号一致" "call with the account that created it";
    "ACQ.SECONDARY_MERCHANT_STATUS_ERROR" Configuration Merchant "商户状态异常" "the sub-merchant may not collect"
        "请联系对应的服务商咨询" "ask its service provider";
    "ACQ.SECONDARY_MERCHANT_ISV_PUNISH_INDIRECT" Configuration Merchant "商户状态异常" "the sub-merchant may not collect"
        "请联系对应的服务商咨询" "ask its service provider";
    "ACQ.SECONDARY_MERCHANT_ALIPAY_ACCOUNT_INVALID" Configuration Merchant "二级商户账户异常" "the sub-merchant's account is not the one that was registered"
        "确认传入的二级商户结算账户是否与进件时设置的结算账户一致" "check the account that it is settled to";
}

rows! { pub(super) SETTLE
    "ACQ.SYSTEM_ERROR" Unknown Alipay "系统错误" "the interface failed"
        "请使用相同的参数再次调用" "call again with the same out_request_no and parameters";
    "ACQ.INVALID_PARAMETER" Configuration Merchant "参数有误" "a parameter is invalid"
        "检查请求参数,修改后重新发起请求" "check the request's parameters and try again";
    "ACQ.TRADE_NOT_EXIST" Declined Merchant "交易不存在" "there is no such trade"
        "检查交易号是否正确" "check the trade's number";
    "ACQ.DISCORDANT_REPEAT_REQUEST" Conflict Merchant "流水号重复但明细不同" "this out_request_no settled something else already"
        "更换结算请求流水号,或使用原参数重试" "take a new out_request_no, or call again with what it had";
    "ACQ.ROYALTY_RECEIVER_INVALID" Configuration Merchant "收入方不在分账关系内" "the receiver is no partner of the royalties"
        "先绑定分账关系后重试" "bind the receiver first (alipay.trade.royalty.relation.bind)";
    "ACQ.ROYALTY_ACCOUNT_NOT_EXIST" Declined Merchant "分账收款方账号不存在" "the receiver's account does not exist"
        "请确认分账收款方账号是否正确" "check the receiver's account";
    "ACQ.ALLOC_AMOUNT_VALIDATE_ERROR" Declined Merchant "分账金额超过最大可分账金额" "more is given away than there is"
        "减少分账金额后重试" "lower the amounts and try again";
    "ACQ.TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH" Declined Merchant "支付宝账户余额不足" "the giving account's balance is too low"
        "充值后重试" "top it up and try again";
    "ACQ.ILLEGAL_SETTLE_STATE" Declined Merchant "结算单状态不允许分账" "the order is not in a state to be settled, as after a refund"
        "查询交易及其退款,确认前置动作是否完成" "query the trade and its refunds";
    "ACQ.TRADE_SETTLE_ERROR" Declined Merchant "交易结算异常" "the settlement is wrong"
        "请检查传入的结算项信息是否正确,如果正确请联系支付宝小二" "check the settlement's details; if they are right, ask Alipay's support";
    "ACQ.USER_LOGONID_DUP" Declined Merchant "用户账号重复" "more than one account has this name"
        "通知对方修改账户名,并与对方核对后更新对方账户名" "let the other side change its account's name, or name it by its user id";
    "ACQ.CUSTOMER_VALIDATE_ERROR" Declined Alipay "账户已注销或者被冻结" "the account was closed or frozen"
        "请查询账户状态;如果账户已冻结,请联系支付宝小二确认冻结原因" "take another account; if it is frozen, ask Alipay's support";
}

rows! { pub(super) BILL
    "INVAILID_ARGUMENTS" Configuration Merchant "入参不合法" "a parameter is invalid"
        "检查账单类型和日期的格式" "check the kind and the date";
    "BILL_NOT_EXIST" Declined Merchant "账单不存在" "there is no such bill (yet)"
        "确认参数后重新查询" "check the parameters and ask again; a day's bill comes the morning after";
    "UNKNOWN_ERROR" Unknown Alipay "未知错误" "the interface failed"
        "重新发起请求,如果多次出现请联系支付宝小二" "ask again; if it persists, ask Alipay's support";
}
