// What Alipay tells besides the raw body of a notification: the variants of what is signed, the business checks, decoded
// maps, the returning buyer, the app's result.

import { base64, canonical, publicDer, signature } from "./oracle.mjs";

const app_id = "2014072300007148";
const key = "alipay_2048";
const document = "Alipay's document of asynchronous notifications; signed by node:crypto, written by URLSearchParams";
const appDocument = "Alipay's document of the app's synchronous result; signed by node:crypto";

const paid = {
  notify_time: "2014-11-27 15:46:00",
  notify_type: "trade_status_sync",
  notify_id: "91722adff935e8cfa58b3aabf4dead6ibe",
  charset: "utf-8",
  version: "1.0",
  app_id,
  trade_no: "2013112011001004330000121536",
  out_trade_no: "20150320010101001",
  buyer_id: "2088202954065786",
  seller_id: "2088102146225135",
  seller_email: "test@example.com",
  trade_status: "TRADE_SUCCESS",
  total_amount: "88.88",
  receipt_amount: "88.80",
  subject: "特价 & more+",
  gmt_payment: "2014-11-27 15:45:58",
  fund_bill_list: '[{"amount":"80.00","fundChannel":"ALIPAYACCOUNT"},{"amount":"8.88","fundChannel":"PCREDIT"}]',
};
const expected = { outTradeNo: paid.out_trade_no, totalAmount: "88.88", sellerId: paid.seller_id, appId: app_id };

const joined = (fields, drop) =>
  Object.entries(fields)
    .filter(([name]) => !drop.includes(name))
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");

/** Every field with its signature; `signed` says which string is signed. */
const complete = (fields, { drop = ["sign_type"], empty = false, by = key } = {}) => {
  const all = { ...fields, sign_type: "RSA2" };
  return { ...all, sign: signature(by, empty ? joined(all, drop) : canonical(Object.entries(all), drop)) };
};
const form = (fields) => new URLSearchParams(fields).toString();
const body = (fields, options) => base64(form(complete(fields, options)));

const variant = (signTypeSigned, emptySigned = null, certSnSigned = null) => ({ signTypeSigned, emptySigned, certSnSigned });
const told = (fields, of, more = {}) => ({
  fields: { ...fields, sign_type: "RSA2" },
  paid: true,
  notifyId: fields.notify_id,
  outTradeNo: fields.out_trade_no,
  totalAmount: fields.total_amount,
  paidAt: Date.parse("2014-11-27T15:45:58+08:00"),
  variant: of,
  lossy: false,
  ...more,
});

const row = (operation) => (name, input, more, provenance = document) => ({ name, provenance, operation, merchant: "shop", input, ...more });
const notify = row("verifyNotify");
const check = row("checkNotify");
const decoded = row("verifyDecoded");
const returned = row("verifyReturn");
const app = row("verifyAppResult");
const trade = row("readTradeNotify");

const checked = (name, change, error, more = {}) =>
  check(`check: ${name}`, { body: body({ ...paid, ...more }), expected: { ...expected, ...change } }, error ? { error } : { expect: told({ ...paid, ...more }, variant(false)) });

const empties = { ...paid, body: "" };
const certified = { ...paid, alipay_cert_sn: "ac24c6e50a2a2bb2e8ef1bb32e3a0e6e" };
const both = { ...empties, alipay_cert_sn: "ac24c6e50a2a2bb2e8ef1bb32e3a0e6e" };

const back = {
  charset: "utf-8",
  out_trade_no: paid.out_trade_no,
  method: "alipay.trade.page.pay.return",
  total_amount: "88.88",
  trade_no: paid.trade_no,
  auth_app_id: app_id,
  version: "1.0",
  app_id,
  seller_id: paid.seller_id,
  timestamp: "2014-11-27 15:46:10",
};
const query = form(complete(back));
const backExpect = {
  fields: { ...back, sign_type: "RSA2" },
  outTradeNo: back.out_trade_no,
  tradeNo: back.trade_no,
  totalAmount: "88.88",
  variant: variant(false),
};

const node = JSON.stringify({
  code: "10000",
  msg: "Success",
  app_id,
  out_trade_no: paid.out_trade_no,
  trade_no: paid.trade_no,
  total_amount: "88.88",
  seller_id: paid.seller_id,
  charset: "utf-8",
  timestamp: "2016-10-11 17:43:36",
});
const result = (text = node, { by = key, sign_type = "RSA2" } = {}) =>
  `{"alipay_trade_app_pay_response":${text},"sign":"${signature(by, text, sign_type)}","sign_type":"${sign_type}"}`;
const whole = (resultStatus, text, memo = "") => JSON.stringify({ memo, resultStatus, result: text });
const answer = { verified: true, code: "10000", msg: "Success", subCode: null, subMsg: null, node };
const statuses = {
  8000: ["processing", "正在处理中，支付结果未知，请查询订单状态", "being processed, the result is unknown: query the trade", true],
  4000: ["failed", "订单支付失败", "the payment failed", false],
  5000: ["repeated", "重复请求", "a repeated request", true],
  6001: ["cancelled", "用户中途取消", "the user cancelled", false],
  6002: ["network_error", "网络连接出错", "the network failed", true],
  6004: ["unknown", "支付结果未知，有可能已经支付成功，请查询订单状态", "the result is unknown and it may be paid: query the trade", true],
  4001: ["other", "其它支付错误", "another error", false],
};
const paidStatus = { status: "paid", meaningZh: "订单支付成功", meaningEn: "the order was paid", open: false, paid: true, answer };
const refusal = '{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_HAS_CLOSE","sub_msg":"x"}';

export const notify_more = {
  description: "What Alipay tells: variants of what is signed, the business checks, decoded maps, return_url, the app's result.",
  source: "tests/vectors/generate/notify_more.mjs, signed with node:crypto",
  runner: "operation",
  merchants: { shop: { appId: app_id, alipayPublicKey: base64(publicDer(key)) } },
  rows: [
    notify("V1", { body: body(paid) }, { expect: told(paid, variant(false)) }),
    notify("V2", { body: body(paid, { drop: [] }) }, { expect: told(paid, variant(true)) }),
    notify("V1, empty values dropped", { body: body(empties) }, { expect: told(empties, variant(false, false)) }),
    notify("V1, empty values signed", { body: body(empties, { empty: true }) }, { expect: told(empties, variant(false, true)) }),
    notify("V2, empty values signed", { body: body(empties, { drop: [], empty: true }) }, { expect: told(empties, variant(true, true)) }),
    notify("V1, alipay_cert_sn signed", { body: body(certified) }, { expect: told(certified, variant(false, null, true)) }),
    notify("V1, alipay_cert_sn not signed", { body: body(certified, { drop: ["sign_type", "alipay_cert_sn"] }) }, { expect: told(certified, variant(false, null, false)) }),
    notify("the last of eight", { body: body(both, { drop: ["alipay_cert_sn"], empty: true }) }, { expect: told(both, variant(true, true, false)) }),

    checked("everything agrees", {}),
    checked("by the seller's account", { sellerId: undefined, sellerEmail: paid.seller_email }),
    checked("by both", { sellerEmail: paid.seller_email }),
    checked("the same money with one decimal", { totalAmount: "88.8" }, undefined, { total_amount: "88.80" }),
    checked("another amount", { totalAmount: "88.89" }, "not_ours"),
    checked("another order", { outTradeNo: "20150320010101002" }, "not_ours"),
    checked("another seller", { sellerId: "2088102146225136" }, "not_ours"),
    checked("another account", { sellerEmail: "other@example.com" }, "not_ours"),
    checked("another application", { appId: "2014072300007149" }, "not_ours"),
    checked("no seller to compare with", { sellerId: undefined }, "field_missing"),
    checked("an amount that is none", { totalAmount: "88.888" }, "amount_format"),
    check("check: a forged message", { body: base64(form(complete(paid, { by: "other_2048" }))), expected }, { error: "signature_invalid" }),
    check("check: an expectation with an unknown field", { body: body(paid), expected: { ...expected, seller: "x" } }, { error: "argument_type" }),

    decoded("decoded by a framework", { fields: Object.entries(complete(paid)) }, { expect: told(paid, variant(false), { lossy: true }) }),
    decoded("decoded, checked", { fields: Object.entries(complete(paid)), expected }, { expect: told(paid, variant(false), { lossy: true }) }),
    decoded("decoded, another amount", { fields: Object.entries(complete(paid)), expected: { ...expected, totalAmount: "1" } }, { error: "not_ours" }),
    decoded("decoded, with a parameter of the route", { fields: [...Object.entries(complete(paid)), ["id", "7"]] }, { error: "signature_invalid" }),
    decoded("decoded, twice the same name", { fields: [...Object.entries(complete(paid)), ["subject", "x"]] }, { error: "form_duplicate" }),
    decoded("decoded, no signature", { fields: Object.entries(paid) }, { error: "signature_missing" }),

    returned("return: a query", { query }, { expect: backExpect }),
    returned("return: a query with its question mark", { query: `?${query}` }, { expect: backExpect }),
    returned("return: a whole URL", { query: `https://shop.example/paid/20150320010101001?${query}` }, { expect: backExpect }),
    returned("return: a URL with a fragment", { query: `/paid?${query}#top` }, { expect: backExpect }),
    returned("return: checked", { query, expected }, { expect: backExpect }),
    returned("return: another order's", { query, expected: { ...expected, outTradeNo: "1" } }, { error: "not_ours" }),
    returned("return: a parameter of the merchant's own", { query: `order=7&${query}` }, { error: "signature_invalid" }),
    returned("return: the amount changed", { query: query.replace("88.88", "0.01") }, { error: "signature_invalid" }),
    returned("return: nothing added", { query: "https://shop.example/paid" }, { error: "signature_missing" }),
    returned("return: another application's", { query: form(complete({ ...back, app_id: "2014072300007149" })) }, { error: "app_id" }),

    app("app: 9000", { result: whole("9000", result()) }, { expect: paidStatus }, appDocument),
    app("app: 9000 as a number", { result: whole(9000, result()) }, { expect: paidStatus }, appDocument),
    app("app: only the result", { result: result() }, { expect: { ...paidStatus, status: null, meaningZh: null, meaningEn: null } }, appDocument),
    app("app: 9000 and checked", { result: whole("9000", result()), expected }, { expect: paidStatus }, appDocument),
    app("app: 9000 for another order", { result: whole("9000", result()), expected: { ...expected, outTradeNo: "1" } }, { error: "not_ours" }, appDocument),
    ...Object.entries(statuses).map(([code, [status, meaningZh, meaningEn, open]]) =>
      app(`app: ${code}`, { result: whole(code, "") }, { expect: { status, meaningZh, meaningEn, open, paid: false, answer: null } }, appDocument),
    ),
    app(
      "app: a signed refusal",
      { result: whole("4000", result(refusal)) },
      { expect: { status: "failed", meaningZh: "订单支付失败", meaningEn: "the payment failed", open: false, paid: false, answer: { verified: true, code: "40004", msg: "Business Failed", subCode: "ACQ.TRADE_HAS_CLOSE", subMsg: "x", node: refusal } } },
      appDocument,
    ),
    app(
      "app: an unsigned refusal proves nothing",
      { result: `{"alipay_trade_app_pay_response":${refusal}}` },
      { expect: { status: null, meaningZh: null, meaningEn: null, open: false, paid: false, answer: { verified: false, code: "40004", msg: "Business Failed", subCode: "ACQ.TRADE_HAS_CLOSE", subMsg: "x", node: refusal } } },
      appDocument,
    ),
    app("app: 9000 without a result is not paid", { result: whole("9000", "") }, { expect: { ...paidStatus, paid: false, answer: null } }, appDocument),
    app("app: 9000 without a result can't be checked", { result: whole("9000", ""), expected }, { error: "signature_missing" }, appDocument),
    app("app: 9000 with an unsigned success", { result: whole("9000", `{"alipay_trade_app_pay_response":${node}}`) }, { error: "signature_missing" }, appDocument),
    app("app: 9000 made up by the app", { result: whole("9000", result(node, { by: "app_2048" })) }, { error: "signature_invalid" }, appDocument),
    app("app: the amount changed", { result: whole("9000", result().replace("88.88", "88.89")) }, { error: "signature_invalid" }, appDocument),
    app("app: SHA-1 for a merchant that uses SHA-256", { result: whole("9000", result(node, { sign_type: "RSA" })) }, { error: "signature_invalid" }, appDocument),
    app("app: another method's answer", { result: result().replace("app_pay", "wap_pay") }, { error: "response_no_node" }, appDocument),
    app("app: no JSON", { result: "9000" }, { error: "response_not_json" }, appDocument),

    trade(
      "the record of a trade",
      { body: body({ ...paid, body: "", odd: "1" }) },
      { expect: { ...paid, sign_type: "RSA2", fund_bill_list: JSON.parse(paid.fund_bill_list), odd: "1" } },
    ),
    trade("a list of an unexpected shape stays as it is", { body: body({ ...paid, fund_bill_list: "[1]" }) }, { expect: { ...paid, sign_type: "RSA2", fund_bill_list: [1] } }),
    trade("a list that is no JSON stays text", { body: body({ ...paid, fund_bill_list: "[" }) }, { expect: { ...paid, sign_type: "RSA2", fund_bill_list: "[" } }),
    trade("not verified, not read", { body: base64(form(complete(paid, { by: "other_2048" }))) }, { error: "signature_invalid" }),
  ],
};
