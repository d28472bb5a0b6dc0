// Order strings, URLs and forms. Percent-encoding by URLSearchParams, HTML after the WHATWG's rules for attributes.

import * as crypto from "node:crypto";
import { base64, canonical, keyTable, privateDer, publicDer, secret, signature } from "./oracle.mjs";

const app_id = "2014072300007148";
const gateway = "https://openapi.alipay.com/gateway.do";
const options = { appId: app_id, alipayPublicKey: base64(publicDer("alipay_2048")), privateKey: base64(privateDer("app_2048")) };
const merchants = {
  app: options,
  notified: { ...options, notifyUrl: "https://example.com/n?a=1&b=2", appAuthToken: "201510BBaabdb44d8fd04607abf8d5931ec75D84" },
  rsa1: { ...options, signType: "RSA" },
  gbk: { ...options, charset: "gbk" },
  signs_elsewhere: { ...options, privateKey: undefined },
};
const now = Date.UTC(2014, 6, 23, 19, 7, 50);
const settled = "protocol, section 8; encoded by URLSearchParams, signed by node:crypto";

/** Everything that travels, sorted, its `sign` among it. */
const fields = (call, { sent = {}, sign_type = "RSA2", charset = "utf-8" } = {}) => {
  const all = Object.entries({ app_id, method: call.method, format: "JSON", charset, sign_type, timestamp: "2014-07-24 03:07:50", version: "1.0", biz_content: call.bizContent, ...sent });
  const kept = all.filter(([, value]) => value.trim() !== "");
  return [...kept, ["sign", signature("app_2048", canonical(kept), sign_type)]].sort(([a], [b]) => (a < b ? -1 : 1));
};
const query = (pairs) => new URLSearchParams(pairs).toString();
const html = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
const script = '<noscript><button type="submit">支付宝 Alipay</button></noscript>\n</form>\n<script>HTMLFormElement.prototype.submit.call(document.getElementById("alipay_submit"));</script>\n';
const form = (pairs, end, { inAction = [], charset = "utf-8" } = {}) => {
  const hidden = pairs.filter(([name]) => name !== "charset" && !inAction.includes(name));
  const action = `${gateway}?${query([["charset", charset], ...pairs.filter(([name]) => inAction.includes(name))])}`;
  const inputs = hidden.map(([name, value]) => `<input type="hidden" name="${html(name)}" value="${html(value)}">\n`);
  return `<form id="alipay_submit" method="post" accept-charset="${charset}" action="${html(action)}">\n${inputs.join("")}${end}`;
};
const button = (label) => `<button type="submit">${html(label)}</button>\n</form>\n`;

const row = (name, merchant, operation, input, text, provenance = settled) => ({ name, provenance, operation, merchant, input: { now, ...input }, expect: { text } });
const bad = (name, merchant, operation, input, error, provenance = settled) => ({ name, provenance, operation, merchant, input: { now, ...input }, error });

const biz = '{"out_trade_no":"20150320010101001","total_amount":"88.88","subject":"Iphone6 16G"}';
const odd = '{"subject":"特价 🍜 <b>\'a\'&\\"b\\"</b>+%20~*","body":"</script><script>alert(1)</script>"}';
const app = { method: "alipay.trade.app.pay", bizContent: biz };
const page = { method: "alipay.trade.page.pay", bizContent: biz };
const wap = { method: "alipay.trade.wap.pay", bizContent: odd };
const back = { ...page, parameters: [["return_url", "https://example.com/back?a='1'&b=<2>"]] };
const sent = { return_url: "https://example.com/back?a='1'&b=<2>" };
const lines = { ...page, bizContent: '{\n\t"subject": "x"\r\n}' };
const raw = (call) => crypto.sign("sha256", Buffer.from(canonical(fields(call))), secret("app_2048"));
const elsewhere = (call) => base64(raw(call));

// 特价 in GBK is CC D8 BC DB; the signature is over those bytes.
const gbkCall = { method: "alipay.trade.page.pay", bizContent: '{"subject":"特价"}' };
const gbkFields = (() => {
  const unsigned = fields(gbkCall, { charset: "gbk" }).filter(([name]) => name !== "sign");
  const [before, after] = canonical(unsigned).split("特价").map((part) => Buffer.from(part));
  const sign = crypto.sign("sha256", Buffer.concat([before, Buffer.from("ccd8bcdb", "hex"), after]), secret("app_2048")).toString("base64");
  return [...unsigned, ["sign", sign]].sort(([a], [b]) => (a < b ? -1 : 1));
})();
const gbkQuery = query(gbkFields).replace(encodeURIComponent("特价"), "%CC%D8%BC%DB");

const rows = [
  row("app: the order string", "app", "orderString", { call: app }, query(fields(app))),
  row("app: with notify_url and app_auth_token", "notified", "orderString", { call: app }, query(fields(app, { sent: { notify_url: merchants.notified.notifyUrl, app_auth_token: merchants.notified.appAuthToken } }))),
  row("app: SHA-1", "rsa1", "orderString", { call: app }, query(fields(app, { sign_type: "RSA" }))),
  row("app: Chinese, emoji and separators", "app", "orderString", { call: { ...app, bizContent: odd } }, query(fields({ ...app, bizContent: odd }))),
  row("app: GBK", "gbk", "orderString", { call: gbkCall }, gbkQuery, `${settled}; GBK's bytes by hand`),
  row("app: signed elsewhere", "signs_elsewhere", "orderString", { call: app, signature: elsewhere(app) }, query(fields(app))),
  bad("app: signed elsewhere, without a signature", "signs_elsewhere", "orderString", { call: app }, "signer_external"),
  bad("app: signed elsewhere, too short", "signs_elsewhere", "orderString", { call: app, signature: base64(raw(app).subarray(0, 127)) }, "signature_format"),
  bad("app: no method", "app", "orderString", { call: { ...app, method: "" } }, "method_name"),
  bad("app: no JSON", "app", "orderString", { call: { ...app, bizContent: "x" } }, "json_syntax"),
  bad("app: before 1970", "app", "orderString", { call: app, now: -1 }, "time_range"),
  bad("app: in GBK an emoji has no bytes", "gbk", "orderString", { call: { ...app, bizContent: odd } }, "charset_unmappable"),

  row("url: page.pay", "app", "pageUrl", { call: page }, `${gateway}?${query(fields(page))}`),
  row("url: wap.pay, Chinese, emoji and separators", "app", "pageUrl", { call: wap }, `${gateway}?${query(fields(wap))}`),
  row("url: with a return_url", "app", "pageUrl", { call: back }, `${gateway}?${query(fields(back, { sent }))}`),
  row("url: GBK", "gbk", "pageUrl", { call: gbkCall }, `${gateway}?${gbkQuery}`, `${settled}; GBK's bytes by hand`),
  row("url: signed elsewhere", "signs_elsewhere", "pageUrl", { call: page, signature: elsewhere(page) }, `${gateway}?${query(fields(page))}`),
  bad("url: signed elsewhere, without a signature", "signs_elsewhere", "pageUrl", { call: page }, "signer_external"),
  bad("url: sign can't be given", "app", "pageUrl", { call: { ...page, parameters: [["sign", "x"]] } }, "parameter_reserved"),

  row("form: submits itself", "app", "pageForm", { call: page }, form(fields(page), script)),
  row("form: with a button", "app", "pageForm", { call: page, button: "付款" }, form(fields(page), button("付款"))),
  row("form: everything that HTML could misread", "app", "pageForm", { call: wap, button: "<i>\"Pay\" & 'go'</i>" }, form(fields(wap), button("<i>\"Pay\" & 'go'</i>"))),
  row("form: with a return_url", "app", "pageForm", { call: back }, form(fields(back, { sent }), script)),
  row("form: line breaks, which a browser would rewrite, travel in the action", "app", "pageForm", { call: lines, button: "x" }, form(fields(lines), button("x"), { inAction: ["biz_content"] }), "HTML standard, form submission: line breaks of a value become CRLF"),
  row("form: a further parameter's name is escaped too", "app", "pageForm", { call: { ...page, parameters: [['a"><b', "x"]] }, button: "x" }, form(fields(page, { sent: { 'a"><b': "x" } }), button("x"))),
  row("form: GBK", "gbk", "pageForm", { call: gbkCall, button: "x" }, form(gbkFields, button("x"), { charset: "gbk" }), "HTML standard: accept-charset says how a browser encodes what is posted"),
  row("form: signed elsewhere", "signs_elsewhere", "pageForm", { call: page, signature: elsewhere(page) }, form(fields(page), script)),
  bad("form: signed elsewhere, without a signature", "signs_elsewhere", "pageForm", { call: page }, "signer_external"),
];

export const pages = {
  description: "Calls that a buyer's app or browser carries: the order string of app.pay, the URL and the form of page.pay and wap.pay.",
  source: "tests/vectors/generate/page.mjs with URLSearchParams and node:crypto",
  runner: "operation",
  keys: keyTable("app_2048", "alipay_2048"),
  merchants,
  rows,
};
