//! Codes of the two transfers. After one of class `unknown`: query, or send the same request again; never another number.

use super::{Actor, BusinessCode, Class, rows};

rows! { pub(super) TRANSFER
    "SYSTEM_ERROR" Unknown Alipay "系统繁忙" "the interface failed: the transfer may have been made or not"
        "采用相同的out_biz_no重发请求,或者查询该笔转账订单的最终状态" "send the same request again with the same out_biz_no, or query it";
    "INVALID_PARAMETER" Configuration Merchant "参数有误" "a parameter is invalid"
        "请根据入参说明检查请求参数合法性" "check the request's parameters";
    "PAYMENT_INFO_INCONSISTENCY" Conflict Merchant "两次请求商户单号一样,但是参数不一致" "this out_biz_no was used with other parameters"
        "如果想重试前一次的请求,请用原参数重试,如果重新发送,请更换单号" "to repeat the first, send what it had; for another, take another number";
    "PAYER_BALANCE_NOT_ENOUGH" Declined Merchant "付款方余额不足" "the payer's balance is too low"
        "向付款账户余额充值后再原请求重试" "top the account up and send the same request again";
    "BALANCE_IS_NOT_ENOUGH" Declined Merchant "付款方余额不足" "the payer's balance is too low"
        "请更换付款方或者充值后再重试" "top the account up, or take another payer";
    "PAYMENT_MONEY_NOT_ENOUGH" Declined Merchant "可用金额为0或不足" "the pool that pays has too little"
        "检查领取金额是否大于可领取的金额" "take at most what is left";
    "EXCEED_LIMIT_SM_AMOUNT" Declined Merchant "单笔额度超限" "the limit of one transfer is exceeded"
        "请根据接入文档检查amount字段" "check the amount";
    "EXCEED_LIMIT_SM_MIN_AMOUNT" Declined Merchant "单笔最低转账金额0.1元" "less than 0.10 yuan"
        "请修改转账金额" "change the amount";
    "EXCEED_LIMIT_DM_AMOUNT" Declined Merchant "日累计额度超限" "the daily limit is exceeded"
        "检查本日请求总金额+本次请求金额是否超限" "transfer the rest another day";
    "EXCEED_LIMIT_DM_MAX_AMOUNT" Declined Merchant "超出单日转账限额" "the daily limit is exceeded"
        "单日最多可转100万元" "transfer the rest another day";
    "EXCEED_LIMIT_MM_AMOUNT" Declined Merchant "月累计金额超限" "the monthly limit is exceeded"
        "检查本月请求总金额+本次请求金额是否超限" "transfer the rest another month";
    "EXCEED_LIMIT_PERSONAL_SM_AMOUNT" Declined Merchant "转账给个人支付宝账户单笔最多5万元" "one transfer to a person is at most 50000 yuan"
        "拆分后重试" "split it";
    "EXCEED_LIMIT_ENT_SM_AMOUNT" Declined Merchant "转账给企业支付宝账户单笔最多10万元" "one transfer to a company is at most 100000 yuan"
        "拆分后重试" "split it";
    "EXCEED_LIMIT_UNRN_DM_AMOUNT" Declined Merchant "收款账户未实名,单日最多可收款1000元" "the payee is not certified: 1000 yuan a day at most"
        "请联系收款方完成实名认证" "let the payee certify the account";
    "EXCEED_LIMIT_DC_RECEIVED" Declined Merchant "收款方单日收款笔数超限" "the payee received too often today"
        "超限后请让用户第二天再收" "transfer it tomorrow";
    "PAYCARD_UNABLE_PAYMENT" Declined Merchant "付款账户余额支付功能不可用" "the payer can't pay from the balance"
        "请付款账户登录支付宝账户开启余额支付功能" "switch balance payments on";
    "MONEY_PAY_CLOSED" Declined Merchant "付款账号余额关闭" "the payer's balance is switched off"
        "请拨打95188咨询" "ask Alipay's support (95188)";
    "NO_AVAILABLE_PAYMENT_TOOLS" Declined Merchant "您当前无法支付,请咨询95188" "the payer can't pay at present"
        "请咨询95188" "ask Alipay's support (95188)";
    "PAYER_STATUS_ERROR" Declined Merchant "付款账号状态异常" "the payer's account may not pay"
        "请检查付款方是否进行了自助挂失,如果无,请联系支付宝客服检查用户状态是否正常" "check whether it was reported lost; else ask Alipay's support";
    "PAYER_NOT_EXIST" Declined Merchant "付款方不存在" "there is no such payer"
        "请更换付款方再重试" "take another payer";
    "PAYER_CERTIFY_CHECK_FAIL" Declined Merchant "付款方人行认证受限" "the payer's identity is not certified enough"
        "付款方请升级认证等级" "certify the payer's account";
    "PAYER_DATA_INCOMPLETE" Declined Merchant "根据监管部门的要求,需要付款用户补充身份信息才能继续操作" "the payer's identity is incomplete"
        "请付款方登录支付宝站内或手机客户端补充身份信息" "complete the payer's identity at Alipay";
    "PAYER_CERT_EXPIRED" Declined Merchant "根据监管部门的要求,需要付款用户更新身份信息才能继续操作" "the payer's identity papers have expired"
        "需要付款用户登录支付宝站内或手机客户端更新身份信息" "renew the payer's identity at Alipay";
    "PAYER_USER_INFO_ERROR" Declined Merchant "付款用户姓名或其它信息不一致" "the payer's name does not match"
        "检查付款用户姓名payer_real_name与真实姓名一致性" "check the payer's name";
    "PAYER_PERMLIMIT_CHECK_FAILURE" Declined Alipay "付款方限权校验不通过不允许支付" "the payer's account is restricted"
        "联系支付宝客服检查付款方受限原因" "ask Alipay's support why";
    "PERMIT_PAYER_LOWEST_FORBIDDEN" Declined Merchant "根据监管部门要求,付款方身份信息完整程度较低,余额支付额度受限" "the payer's limit is low: its identity is incomplete"
        "请付款方检查自己的支付额度,建议完善身份信息提升额度" "complete the payer's identity at Alipay";
    "PERMIT_PAYER_FORBIDDEN" Declined Merchant "根据监管部门要求,付款方余额支付额度受限" "the payer's limit is exceeded"
        "请付款方登录支付宝站内或手机客户端检查自己的支付额度" "look at the payer's limits at Alipay";
    "PERMIT_CHECK_PERM_LIMITED" Declined Merchant "根据监管部门的要求,请补全您的身份信息解除限制" "the account is restricted: its identity is incomplete"
        "请补全身份信息解除限制" "complete the identity at Alipay";
    "PERMIT_CHECK_PERM_IDENTITY_THEFT" Declined Merchant "您的账户存在身份冒用风险,请进行身份核实解除限制" "the account may be used by somebody else"
        "请进行身份核实解除限制" "verify the identity at Alipay";
    "CERT_MISS_TRANS_LIMIT" Declined Merchant "付款金额已达单笔1万元或月累计5万元,需要付款用户补充身份信息" "the payer's limit without identity papers is exceeded"
        "需要付款用户登录支付宝站内或手机客户端补充身份信息" "complete the payer's identity at Alipay";
    "CERT_MISS_ACC_LIMIT" Declined Merchant "连续10天余额账户的资金都超过5000元,需要付款用户补充身份信息" "the payer's balance is large and its identity incomplete"
        "需要付款用户登录支付宝站内或手机客户端补充身份信息" "complete the payer's identity at Alipay";
    "ACCOUNT_NOT_EXIST" Declined Merchant "根据监管部门的要求,请补全你的身份信息,开立余额账户" "the payer has no balance account yet"
        "请付款方登录支付宝站内或手机客户端补全身份信息" "complete the payer's identity at Alipay";
    "NO_ACCOUNT_PAYMENT_PERMISSION" Declined Merchant "没有该账户的支付权限" "the merchant may not pay from this account"
        "请更换付款方再重试" "take another payer";
    "NO_PERMISSION_ACCOUNT" Configuration Merchant "无权限操作当前付款账号" "the merchant may not use this account"
        "检查付款账号的授权" "check the account's authorisation";
    "INVALID_PAYER_ACCOUNT" Configuration Merchant "付款方不在设置的付款账户列表中" "the payer is not on the contract's list"
        "请核对付款方是否在销售方案付款账户列表中" "check the contract's list of payers";
    "PRODUCT_NOT_SIGN" Configuration Merchant "产品未签约" "the product's contract was not signed"
        "请签约产品之后再使用该接口" "sign it first";
    "NOT_IN_WHITE_LIST" Configuration Merchant "您的请求不在白名单范围内" "the merchant is not admitted"
        "请咨询95188电话咨询" "ask Alipay's support (95188)";
    "PAYEE_NOT_EXIST" Declined Merchant "收款账号不存在" "there is no such payee"
        "检查收款账号与其类型是否匹配、是否存在;如传了姓名,检查姓名是否匹配" "check the account, its kind and the name";
    "PAYEE_ACCOUNT_NOT_EXSIT" Declined Merchant "收款账号不存在" "the payee has no balance account"
        "请检查收款方支付宝余额账号是否存在" "let the payee open it";
    "PAYEE_ACCOUNT_STATUS_ERROR" Declined Merchant "收款方账号异常" "the payee's account may not receive"
        "请换收款方账号再重试" "take another account of the payee's";
    "PAYEE_USERINFO_STATUS_ERROR" Declined Merchant "收款方用户状态不正常" "the payee may not receive"
        "请换收款方账号再重试" "take another account of the payee's";
    "PAYEE_USER_INFO_ERROR" Declined Merchant "支付宝账号和姓名不匹配,请确认姓名是否正确" "the payee's name does not match"
        "请联系收款方确认收款用户姓名正确性" "ask the payee for the right name";
    "PAYEE_ACC_OCUPIED" Declined Merchant "收款方登录号有多个支付宝账号,无法确认唯一收款账号" "more than one account has this name"
        "请传入收款方姓名;仍不能确定时请收款方变更登录号或提供其他支付宝账号" "give the payee's name, or take another account";
    "PAYEE_USER_TYPE_ERROR" Declined Merchant "不支持的收款用户类型" "this kind of account can't receive"
        "请联系收款用户,更换支付宝账户后收款" "take another account of the payee's";
    "PAYEE_NOT_RELNAME_CERTIFY" Declined Merchant "收款方未实名认证" "the payee is not certified"
        "请联系收款方完成实名认证" "let the payee certify the account";
    "PERM_AML_NOT_REALNAME_REV" Declined Merchant "根据监管部门的要求,需要收款用户补充身份信息才能继续操作" "the payee's identity is incomplete"
        "请联系收款方登录支付宝站内或手机客户端补充身份信息" "let the payee complete it at Alipay";
    "PERMIT_NON_BANK_LIMIT_PAYEE" Declined Merchant "根据监管部门的要求,对方未完善身份信息或未开立余额账户,无法收款" "the payee's identity is incomplete, or it has no balance account"
        "请联系收款方登录支付宝站内或手机客户端完善身份信息后,重试" "let the payee complete it at Alipay";
    "PERMIT_CHECK_RECEIVE_LIMIT" Declined Alipay "您的账户限制收款,请咨询95188电话咨询" "the payee may not receive"
        "请咨询95188电话咨询" "ask Alipay's support (95188)";
    "NO_ACCOUNT_RECEIVE_PERMISSION" Declined Merchant "没有该账户的收款权限" "this account may not receive"
        "请更改收款账号" "take another account of the payee's";
    "RELEASE_USER_FORBBIDEN_RECIEVE" Declined Merchant "支付宝手机号二次放号禁止收款" "the payee's phone number belongs to somebody else now"
        "联系收款用户,更换支付宝账号后收款" "take another account of the payee's";
    "PAYER_PAYEE_CANNOT_SAME" Declined Merchant "收付款方不能相同" "payer and payee are the same"
        "收付款方不能是同一个人,请修改收付款方信息" "take another payee";
    "CARD_BIN_ERROR" Declined Merchant "收款人银行账号不正确" "the payee's bank account is wrong"
        "请确认收款人银行账号正确性,要求为借记卡卡号" "check it: it must be a debit card's";
    "PAYEE_CARD_INFO_ERROR" Declined Merchant "收款方卡信息错误" "the payee's card and name do not match"
        "请联系收款方确认卡号与姓名一致性" "ask the payee for card number and name";
    "INVALID_CARDNO" Declined Merchant "无效的收款卡号" "the card's number is invalid"
        "无效的收款卡号,请确认" "check it";
    "INST_PAY_UNABLE" Declined Alipay "资金流出能力不具备" "the bank can't be paid at present"
        "可能由于银行渠道在维护或无T0渠道,与联系支付宝客服确认" "ask Alipay's support";
    "MEMO_REQUIRED_IN_TRANSFER_ERROR" Declined Merchant "根据监管部门的要求,单笔转账金额达到50000元时,需要填写付款理由" "from 50000 yuan on a remark is required"
        "请检查remark是否为空" "give a remark";
    "REMARK_HAS_SENSITIVE_WORD" Declined Merchant "转账备注包含敏感词,请修改备注文案后重试" "the remark contains a forbidden word"
        "请修改备注文案后重试" "change the remark and try again";
    "PAYMENT_TIME_EXPIRE" Declined Merchant "请求已过期" "the request is too old"
        "请求单据已过期,重新发起一笔" "make a new transfer";
    "SECURITY_CHECK_FAILED" Declined Merchant "本次请求有风险" "the transfer was found risky"
        "本次请求有风险导致失败" "don't repeat it; ask Alipay's support";
    "RESOURCE_LIMIT_EXCEED" Unknown Merchant "请求超过资源限制" "too many requests at once"
        "发起请求并发数超出支付宝处理能力,请降低请求并发" "slow down, then send the same request again";
    "ORDER_NOT_EXIST" Declined Merchant "original_order_id错误,原单据不存在" "there is no such original order"
        "检查original_order_id" "check original_order_id";
    "ORDER_STATUS_INVALID" Declined Merchant "原始单据状态异常,不可操作" "the original order is not in a state for this"
        "检查original_order_id对应的单据" "check original_order_id";
    "NO_ORDER_PERMISSION" Declined Merchant "original_order_id错误,不具有操作权限" "the original order is somebody else's"
        "检查original_order_id" "check original_order_id";
    "USER_AGREEMENT_VERIFY_FAIL" Declined Merchant "用户协议校验失败" "the agreement is not valid"
        "确认入参中协议号是否正确" "check the agreement's number";
}
