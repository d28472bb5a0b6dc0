// Requests: what is signed, and what is sent. The form is URLSearchParams', the signature node:crypto's.

import { canonical, keyTable, signature } from "./oracle.mjs";

const key = "app_2048";
const gateway = "https://openapi.alipay.com/gateway.do";
const app_id = "2014072300007148";
const now_unix_ms = Date.UTC(2014, 6, 23, 19, 7, 50, 999);
const timestamp = "2014-07-24 03:07:50";
const settled = "protocol, section 1; string by hand-made rules in the generator, form by URLSearchParams, signature by node:crypto";

/** `merchant` and `call` as given; `sent` is every further parameter that must travel. */
const row = (name, { sign_type = "RSA2", notify_url, app_auth_token, method = "alipay.trade.query", biz_content, parameters = [] }, sent = {}) => {
  const all = Object.entries({ app_id, method, format: "JSON", charset: "utf-8", sign_type, timestamp, version: "1.0", biz_content, ...sent }).filter(
    ([, value]) => value.trim() !== "",
  );
  const string_to_sign = canonical(all);
  const sorted = all.filter(([name]) => name !== "charset").sort(([a], [b]) => (a < b ? -1 : 1));
  const body = new URLSearchParams([...sorted, ["sign", signature(key, string_to_sign, sign_type)]]).toString();
  return {
    name,
    provenance: settled,
    key,
    app_id,
    gateway,
    sign_type,
    ...(notify_url === undefined ? {} : { notify_url }),
    ...(app_auth_token === undefined ? {} : { app_auth_token }),
    method,
    biz_content,
    parameters,
    now_unix_ms,
    expect: { string_to_sign, url: `${gateway}?charset=utf-8`, content_type: "application/x-www-form-urlencoded;charset=utf-8", body },
  };
};
const refused = (name, error, call) => ({
  name,
  provenance: "the gateway's public parameters (seed document 002) belong to the library",
  key,
  app_id,
  gateway,
  sign_type: "RSA2",
  method: "alipay.trade.query",
  biz_content: "{}",
  parameters: [],
  now_unix_ms,
  ...call,
  error,
});

const biz = '{"out_trade_no":"20150320010101001"}';
const notify_url = "http://api.test.alipay.net/atinterface/receive_notify.htm";

export const request = {
  description: "A call, untyped, to the string that is signed and the HTTP request that is sent. `key` names the application's key in `keys`.",
  source: "tests/vectors/generate/request.mjs with URLSearchParams and node:crypto",
  keys: keyTable("app_2048", "alipay_2048"),
  rows: [
    row("a query", { biz_content: biz }),
    row("SHA-1", { biz_content: biz, sign_type: "RSA" }),
    row("notify_url and app_auth_token", { biz_content: biz, notify_url, app_auth_token: "201510BBaabdb44d8fd04607abf8d5931ec75D84" }, { notify_url, app_auth_token: "201510BBaabdb44d8fd04607abf8d5931ec75D84" }),
    row("Chinese, emoji, spaces and separators", { method: "alipay.trade.pay", biz_content: '{"subject":"特价 手机🍜","body":"a&b=c+d%20~*"}' }),
    row("biz_content travels as it was written", { biz_content: '{ "b" : 1.10,\n\t"a":12345678901234567890, "c":"\\u4e2d\\/" }' }),
    row("no biz_content", { method: "alipay.open.auth.token.app.query", biz_content: "" }),
    row("a blank biz_content is not sent", { method: "alipay.open.auth.token.app.query", biz_content: " \n" }),
    row("a further parameter", { biz_content: biz, parameters: [["return_url", "https://example.com/back?a=1&b=2"]] }, { return_url: "https://example.com/back?a=1&b=2" }),
    row("a blank further parameter is not sent", { biz_content: biz, parameters: [["return_url", " "]] }),
    row("a call's notify_url overrides the merchant's", { biz_content: biz, notify_url, parameters: [["notify_url", "https://example.com/n"]] }, { notify_url: "https://example.com/n" }),
    row("a call's blank notify_url removes the merchant's", { biz_content: biz, notify_url, parameters: [["notify_url", ""]] }),
    row("a parameter behind all others", { biz_content: biz, parameters: [["ws_service_url", "a b"], ["Auth", "x"]] }, { ws_service_url: "a b", Auth: "x" }),
    refused("sign is the library's", "parameter_reserved", { parameters: [["sign", "x"]] }),
    refused("charset is the library's", "parameter_reserved", { parameters: [["charset", "gbk"]] }),
    refused("a parameter without a name", "parameter_reserved", { parameters: [["", "x"]] }),
    refused("a method with a space", "method_name", { method: "alipay.trade query" }),
    refused("a method in capitals", "method_name", { method: "Alipay.Trade.Query" }),
    refused("no method", "method_name", { method: "" }),
    refused("biz_content that is no JSON", "json_syntax", { biz_content: "out_trade_no=1" }),
    refused("biz_content that is an array", "json_syntax", { biz_content: "[]" }),
    refused("biz_content with something behind", "json_syntax", { biz_content: "{} {}" }),
  ],
};
