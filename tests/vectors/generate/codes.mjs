// Business codes by method: Chinese texts and remedies as the documents of each method tell them.

const [refund, close, create, settle, bill, uni, pay] = [
  "alipay.trade.refund",
  "alipay.trade.close",
  "alipay.trade.precreate",
  "alipay.trade.order.settle",
  "alipay.data.dataservice.bill.downloadurl.query",
  "alipay.fund.trans.uni.transfer",
  "alipay.trade.pay",
];
const row = (method, subCode, provenance, expect, spelling = subCode) => ({
  name: `${method}: ${spelling}`,
  provenance,
  operation: "methodBusinessCode",
  input: { method, subCode: spelling },
  expect: { code: subCode, ...expect },
});
const words = (klass, actor, meaningZh, meaningEn, remedyZh, remedyEn) => ({ class: klass, actor, meaningZh, meaningEn, remedyZh, remedyEn });
const balance = words("declined", "merchant", "卖家余额不足", "the merchant's balance does not cover the refund", "商户支付宝账户充值后重新发起退款即可", "top the merchant's account up and refund again");
const repeated = words("conflict", "merchant", "请求信息不一致", "this out_request_no refunded another amount already", "检查传入的退款金额是否正确,或者通过退款查询接口获取退款执行结果", "check the amount, or query the refund; a new refund needs a new out_request_no");
const busy = words("unknown", "alipay", "系统错误", "the interface failed", "请使用相同的参数再次调用", "call again with the same out_request_no and amount, or query the refund");
const seed = "seed document 002 (alipay.trade.pay)";
const of = (what) => `the document of ${what}: its table of business codes; the class follows from its remedy`;
const unknown = { code: "", class: "unknown", actor: "cashier", meaningZh: "未知错误码", meaningEn: "unknown code", remedyZh: "以查询结果为准,确认前不要重复收款", remedyEn: "trust only a query; do not charge again before it is known" };

export const codes = {
  description: "What a business code means in the answer to a method: class, who must act, texts and remedies.",
  source: "tests/vectors/generate/codes.mjs after the documents' tables of business codes",
  runner: "operation",
  rows: [
    row(refund, "ACQ.SELLER_BALANCE_NOT_ENOUGH", of(refund), balance),
    row(refund, "ACQ.DISCORDANT_REPEAT_REQUEST", of(refund), repeated),
    row(refund, "ACQ.SYSTEM_ERROR", of(refund), busy),
    row(refund, "ACQ.SYSTEM_ERROR", "the gateway's prefix, seen in the field", busy, "aop.ACQ.SYSTEM_ERROR"),
    row(close, "ACQ.REASON_ILLEGAL_STATUS", of(close), words("unknown", "merchant", "交易状态异常", "the trade is not waiting for the buyer", "非待支付状态下不支持关单操作", "query the trade: only one that waits for the buyer can be closed")),
    row(create, "ACQ.SELLER_NOT_EXIST", of(create), words("configuration", "merchant", "卖家不存在", "there is no such seller", "确认卖家信息是否传递正确", "check the seller_id")),
    row(create, "ACQ.BUYER_SELLER_EQUAL", `${seed}: precreate has the same code with the same text`, words("declined", "buyer", "买卖家不能相同", "buyer and seller are the same", "更换买家重新付款", "let somebody else pay")),
    row(settle, "ACQ.ROYALTY_RECEIVER_INVALID", of(settle), words("configuration", "merchant", "收入方不在分账关系内", "the receiver is no partner of the royalties", "先绑定分账关系后重试", "bind the receiver first (alipay.trade.royalty.relation.bind)")),
    row(bill, "BILL_NOT_EXIST", of(bill), words("declined", "merchant", "账单不存在", "there is no such bill (yet)", "确认参数后重新查询", "check the parameters and ask again; a day's bill comes the morning after")),
    row(uni, "PAYMENT_INFO_INCONSISTENCY", of(uni), words("conflict", "merchant", "两次请求商户单号一样,但是参数不一致", "this out_biz_no was used with other parameters", "如果想重试前一次的请求,请用原参数重试,如果重新发送,请更换单号", "to repeat the first, send what it had; for another, take another number")),
    row(uni, "SYSTEM_ERROR", of(uni), words("unknown", "alipay", "系统繁忙", "the interface failed: the transfer may have been made or not", "采用相同的out_biz_no重发请求,或者查询该笔转账订单的最终状态", "send the same request again with the same out_biz_no, or query it")),
    row(pay, "ACQ.SELLER_BALANCE_NOT_ENOUGH", "the document of alipay.trade.cancel: the code is a cancel's for a payment", words("unknown", "merchant", "商户的支付宝账户中无足够的资金进行撤销", "the merchant's balance does not cover the refund", "商户账户充值后重新发起撤销", "top the merchant's account up and cancel again")),
    ...[
      [pay, "ACQ.REFUND_FEE_ERROR", "a refund's code says nothing of a payment"],
      [refund, "ACQ.NEW_CODE", "a code that no document tells is unknown, never refused"],
      [uni, "ACQ.NEW_CODE", "a code that no document tells is unknown, never refused"],
      ["alipay.user.info.share", "SYSTEM_ERROR", "a method without a table"],
    ].map(([method, subCode, provenance]) => ({ name: `${method}: ${subCode}`, provenance, operation: "methodBusinessCode", input: { method, subCode }, expect: unknown })),
    { name: "without a method", provenance: "the operation's input", operation: "methodBusinessCode", input: { subCode: "SYSTEM_ERROR" }, error: "argument_type" },
    { name: "with more than it takes", provenance: "the operation's input", operation: "methodBusinessCode", input: { method: pay, subCode: "SYSTEM_ERROR", class: "declined" }, error: "argument_type" },
  ],
};
