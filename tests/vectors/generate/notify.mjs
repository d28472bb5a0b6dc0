// Asynchronous notifications: raw bodies as Alipay posts them.

import { canonical, keyTable, signature } from "./oracle.mjs";

const key = "alipay_2048";
const app_id = "2014072300007148";
const settled = "protocol, section 3 (V1: sign and sign_type are not signed); signed by node:crypto, written by URLSearchParams";

const paid = {
  gmt_create: "2014-11-27 15:45:57",
  charset: "utf-8",
  seller_email: "test@example.com",
  subject: "Iphone6 16G 特价手机 & more+",
  body: " 100% = ",
  buyer_id: "2088202954065786",
  invoice_amount: "88.88",
  notify_id: "91722adff935e8cfa58b3aabf4dead6ibe",
  fund_bill_list: '[{"amount":"88.88","fundChannel":"ALIPAYACCOUNT"}]',
  notify_type: "trade_status_sync",
  trade_status: "TRADE_SUCCESS",
  receipt_amount: "88.88",
  app_id,
  buyer_pay_amount: "88.88",
  seller_id: "2088102146225135",
  gmt_payment: "2014-11-27 15:45:58",
  notify_time: "2014-11-27 15:46:00",
  version: "1.0",
  out_trade_no: "20150320010101001",
  total_amount: "88.88",
  trade_no: "2013112011001004330000121536",
  auth_app_id: app_id,
  point_amount: "0.00",
};

const V1 = ["sign", "sign_type"];
const V2 = ["sign"];
/** The string as V1 and V2 sign it; blank values count only where `keep_empty` says so. */
const toSign = (fields, drop, keep_empty) =>
  keep_empty
    ? Object.entries(fields)
        .filter(([name]) => !drop.includes(name))
        .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .map(([name, value]) => `${name}=${value}`)
        .join("&")
    : canonical(Object.entries(fields), drop);
const post = (fields, { drop = V1, by = key, sign_type = "RSA2", keep_empty = false } = {}) => {
  const all = { ...fields, sign_type };
  return new URLSearchParams({ ...all, sign: signature(by, toSign(all, drop, keep_empty), sign_type) }).toString();
};

const row = (name, body, provenance, more) => ({ name, provenance, app_id, key, sign_type: "RSA2", body, ...more });
const verified = (name, body, fields, is_paid, provenance = settled, more = {}) =>
  row(name, body, provenance, { ...more, expect: { paid: is_paid, fields } });
const refused = (name, body, error, provenance = settled, more = {}) => row(name, body, provenance, { ...more, error });

const RSA2 = { sign_type: "RSA2" };
const body = post(paid);
const sign = new URLSearchParams(body).get("sign");
if (!sign.includes("+")) throw new Error("notify: this signature has no plus to lose");
const without = (name) => {
  const form = new URLSearchParams(body);
  form.delete(name);
  return form.toString();
};
const replaced = (name, value) => {
  const form = new URLSearchParams(body);
  form.set(name, value);
  return form.toString();
};
const empties = { ...paid, body: "", voucher_detail_list: "" };
const waiting = { ...paid, trade_status: "WAIT_BUYER_PAY" };
const finished = { ...paid, trade_status: "TRADE_FINISHED" };
const closed = { ...paid, trade_status: "TRADE_CLOSED" };
const service = { app_id, charset: "utf-8", msg_method: "alipay.open.app.message", notify_id: "1", utc_timestamp: "1514210452731", version: "1.1", biz_content: '{"a":"中"}' };

export const notify = {
  description:
    "A notification's raw body to its verified fields, or the error. The merchant's sign_type is the row's; `key` names Alipay's key in `keys`.",
  source: "tests/vectors/generate/notify.mjs, signed with node:crypto",
  keys: keyTable("alipay_2048", "app_2048", "other_2048"),
  rows: [
    verified("paid", body, { ...paid, ...RSA2 }, true),
    verified("finished", post(finished), { ...finished, ...RSA2 }, true),
    verified("waiting is not paid", post(waiting), { ...waiting, ...RSA2 }, false),
    verified("closed is not paid", post(closed), { ...closed, ...RSA2 }, false),
    verified("spaces as %20", body.replaceAll("+", "%20"), { ...paid, ...RSA2 }, true),
    verified("escapes in lower case", body.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()), { ...paid, ...RSA2 }, true),
    verified("more escaped than needed", body.replace("TRADE_SUCCESS", "TRADE%5FSUCCE%53S"), { ...paid, ...RSA2 }, true),
    verified("fields in another order", new URLSearchParams([...new URLSearchParams(body)].reverse()).toString(), { ...paid, ...RSA2 }, true),
    verified("empty values that are not signed", post(empties), { ...empties, ...RSA2 }, true),
    verified("empty values that are signed", post(empties, { keep_empty: true }), { ...empties, ...RSA2 }, true, "protocol, section 3: not settled, so both are tried"),
    verified("sign_type signed, as in service messages", post(service, { drop: V2 }), { ...service, ...RSA2 }, false, "protocol, section 3, V2; signed by node:crypto"),
    verified("SHA-1 for a merchant that uses it", post(paid, { sign_type: "RSA" }), { ...paid, sign_type: "RSA" }, true, settled, { sign_type: "RSA" }),
    verified("SHA-256 for a merchant that still uses SHA-1", body, { ...paid, ...RSA2 }, true, settled, { sign_type: "RSA" }),

    refused("the amount changed", body.replace("total_amount=88.88", "total_amount=0.01"), "signature_invalid"),
    refused("the status changed", post(waiting).replace("WAIT_BUYER_PAY", "TRADE_SUCCESS"), "signature_invalid"),
    refused("a field more", `${body}&channel=web`, "signature_invalid"),
    refused("a field less", without("buyer_id"), "signature_invalid"),
    refused("a value trimmed", replaced("body", paid.body.trim()), "signature_invalid"),
    refused("signed by another key", post(paid, { by: "other_2048" }), "signature_invalid"),
    refused("signed by the application's own key", post(paid, { by: "app_2048" }), "signature_invalid"),
    refused("a value decoded twice", replaced("subject", paid.subject.replace("+", " ")), "signature_invalid"),
    refused("HTML entities", replaced("fund_bill_list", paid.fund_bill_list.replaceAll('"', "&quot;")), "signature_invalid"),
    refused("no signature", without("sign"), "signature_missing"),
    refused("an empty signature", replaced("sign", ""), "signature_missing"),
    refused("nothing", "", "signature_missing"),
    refused("JSON instead of a form", '{"notify_id":"1"}', "signature_missing"),
    refused("a signature whose pluses became spaces", replaced("sign", sign.replaceAll("+", " ")), "signature_format"),
    refused("a signature that is no base64", replaced("sign", "not base64!"), "signature_format"),
    refused("SHA-1 for a merchant that uses SHA-256", post(paid, { sign_type: "RSA" }), "signature_weak", "protocol, section 3: the message must not choose a weaker algorithm"),
    refused("SHA-256's signature called SHA-1", replaced("sign_type", "RSA"), "signature_weak"),
    refused("an algorithm that is none", replaced("sign_type", "HMAC"), "sign_type"),
    refused("no algorithm", replaced("sign_type", ""), "sign_type"),
    refused("a field twice", `${body}&total_amount=88.88`, "form_duplicate"),
    refused("a field twice under an escaped name", `total%5Famount=0.01&${body}`, "form_duplicate"),
    refused("the signature twice", `${body}&sign=${encodeURIComponent(sign)}`, "form_duplicate"),
    refused("cut inside an escape", body.slice(0, body.lastIndexOf("%") + 2), "form_malformed"),
    refused("another application's", post({ ...paid, app_id: "2014072300007149" }), "app_id"),
    refused("a charset nobody knows", post({ ...paid, charset: "big5" }), "notify_charset", "protocol, section 3: the signed field charset names the encoding; signed by node:crypto"),
  ],
};
