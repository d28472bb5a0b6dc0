// Charsets and SHA-1, end to end: requests, responses and notifications in UTF-8, GBK, GB18030 and GB2312.
//
// The bytes come from tables made by asking the platform's TextDecoder what every code means (ICU, inside Node), the
// signatures from node:crypto. Every text is decoded again before it is used.

import { base64, canonical, keyTable, signature } from "./oracle.mjs";

const app_id = "2014072300007148";
const gateway = "https://openapi.alipay.com/gateway.do";
const now = Date.UTC(2014, 6, 23, 19, 7, 50, 999);
const timestamp = "2014-07-24 03:07:50";
const tables = "bytes from TextDecoder's tables, signature by node:crypto";

// ---- the tables

const reader = new TextDecoder("gb18030", { fatal: true, ignoreBOM: true });
const meaning = (bytes) => {
  try {
    return reader.decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
};
/** Character to its two bytes. */
const pairs = new Map();
for (let lead = 0x81; lead <= 0xfe; lead += 1) {
  for (let trail = 0x40; trail <= 0xfe; trail += 1) {
    const character = meaning([lead, trail]);
    if (character !== undefined && [...character].length === 1 && !pairs.has(character)) pairs.set(character, [lead, trail]);
  }
}
/** The four bytes of a character outside the first plane: they are counted through from 90 30 81 30. */
const four = (character) => {
  const index = character.codePointAt(0) - 0x10000;
  const digits = [Math.trunc(index / 12600), Math.trunc(index / 1260) % 10, Math.trunc(index / 10) % 126, index % 10];
  return [0x90 + digits[0], 0x30 + digits[1], 0x81 + digits[2], 0x30 + digits[3]];
};
/** The text's bytes. */
export const encode = (charset, text) => {
  if (charset === "utf-8") return Buffer.from(text);
  const bytes = Buffer.from(
    [...text].flatMap((character) => {
      if (character.codePointAt(0) < 0x80) return [character.codePointAt(0)];
      if (character.codePointAt(0) > 0xffff && charset === "gb18030") return four(character);
      const pair = pairs.get(character);
      if (pair === undefined) throw new Error(`charset: no bytes for ${character} in ${charset}`);
      return pair;
    }),
  );
  if (new TextDecoder(charset, { fatal: true }).decode(bytes) !== text) throw new Error(`charset: ${text} in ${charset}`);
  return bytes;
};

// ---- requests

const percent = (bytes) =>
  [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (/[A-Za-z0-9*._-]/.test(character)) return character;
      return byte === 0x20 ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
/** As Java's URLEncoder, which encodes every byte of a character that is not ASCII: its URLDecoder reads nothing else. */
const percentWhole = (charset, text) =>
  [...text]
    .map((character) => {
      const bytes = encode(charset, character);
      return character < "\x80" ? percent(bytes) : [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
    })
    .join("");
export const requestForm = (charset, pairs) => pairs.map(([name, value]) => `${percentWhole(charset, name)}=${percentWhole(charset, value)}`).join("&");
const form = (charset, pairs) => pairs.map(([name, value]) => `${percent(encode(charset, name))}=${percent(encode(charset, value))}`).join("&");

const merchant = (options) => ({
  appId: app_id,
  alipayPublicKey: keys.alipay_2048.public_key,
  privateKey: keys.app_2048.private_key,
  ...options,
});
const keys = keyTable("app_2048", "alipay_2048");
const weak = keyTable("weak_1024").weak_1024;
const merchants = {
  utf8: merchant({}),
  "utf-8 by name": merchant({ charset: "utf-8" }),
  gbk: merchant({ charset: "gbk" }),
  gb18030: merchant({ charset: "gb18030" }),
  gb2312: merchant({ charset: "gb2312" }),
  "gbk in capitals": merchant({ charset: "GBK" }),
  "SHA-1": merchant({ signType: "RSA" }),
  "gbk and SHA-1": merchant({ charset: "gbk", signType: "RSA" }),
  "weak keys": { appId: app_id, alipayPublicKey: keys.alipay_2048.public_key, privateKey: weak.private_key, charset: "gbk", signType: "RSA" },
  "another charset": merchant({ charset: "big5" }),
  "a blank charset": merchant({ charset: "" }),
};
const charsets = { utf8: "utf-8", "utf-8 by name": "utf-8", "gbk in capitals": "gbk", "SHA-1": "utf-8", "gbk and SHA-1": "gbk", "weak keys": "gbk" };
const charsetOf = (name) => charsets[name] ?? name;
const signTypeOf = (name) => merchants[name].signType ?? "RSA2";

const subject = (text) => JSON.stringify({ out_trade_no: "20150320010101001", subject: text });
const call = (biz_content, parameters) => ({ method: "alipay.trade.pay", bizContent: biz_content, ...(parameters ? { parameters } : {}) });
const request = (name, of, biz_content, parameters, key = "app_2048") => {
  const [charset, sign_type] = [charsetOf(of), signTypeOf(of)];
  const all = Object.entries({ app_id, method: "alipay.trade.pay", format: "JSON", charset, sign_type, timestamp, version: "1.0", biz_content, ...Object.fromEntries(parameters ?? []) });
  const sign = signature(key, encode(charset, canonical(all)), sign_type);
  const sorted = all.filter(([name]) => name !== "charset").sort(([a], [b]) => (a < b ? -1 : 1));
  const body = requestForm(charset, [...sorted, ["sign", sign]]);
  if (charset === "utf-8" && body !== new URLSearchParams([...sorted, ["sign", sign]]).toString()) throw new Error("charset: form");
  return {
    name,
    provenance: `protocol, section 1; ${tables}`,
    operation: "request",
    merchant: of,
    input: { call: call(biz_content, parameters), now },
    expect: {
      method: "POST",
      url: `${gateway}?charset=${charset}`,
      headers: { "content-type": `application/x-www-form-urlencoded;charset=${charset}` },
      body: base64(body),
    },
  };
};
const unsendable = (name, of, error, biz_content, parameters, provenance = "protocol, section 1, and issue 4: unmappable characters are an error before signing") => ({
  name,
  provenance,
  operation: "request",
  merchant: of,
  input: { call: call(biz_content, parameters), now },
  error,
});

// ---- responses

const node_name = "alipay_trade_pay_response";
const bytesOf = (...parts) => Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
const body = (node, { signed = node, sign_type = "RSA2", by = "alipay_2048", name = node_name } = {}) =>
  bytesOf(`{"${name}":`, node, `,"sign":"${signature(by, signed, sign_type)}"}`);
const open = (name, of, bytes, more, provenance = `protocol, section 2; ${tables}`) => ({
  name,
  provenance,
  operation: "open",
  merchant: of,
  input: { method: "alipay.trade.pay", status: 200, body: base64(bytes) },
  ...more,
});
const answered = (name, of, bytes, node, { verified = true, provenance } = {}) => {
  const { code = null, msg = null, sub_code = null, sub_msg = null } = JSON.parse(node);
  return open(name, of, bytes, { expect: { verified, code, msg, subCode: sub_code, subMsg: sub_msg, node } }, provenance);
};
const paid = (store) => JSON.stringify({ code: "10000", msg: "Success", out_trade_no: "20150320010101001", store_name: store, total_amount: "88.88" });
const busy = JSON.stringify({ code: "20000", msg: "Service Currently Unavailable", sub_code: "isp.unknow-error", sub_msg: "系统繁忙" });

// Their second bytes in GBK: \ { } | and, before the closing quote, \ again.
const trap = "乗亄亇亅昞";
for (const [index, byte] of [0x5c, 0x7b, 0x7d, 0x7c, 0x5c].entries()) {
  if (encode("gbk", [...trap][index])[1] !== byte) throw new Error("charset: the trap does not trap");
}
const traps = paid(trap);
// One slash behind a second byte that looks like a backslash, and two that are escaped.
const slashes = '{"code":"10000","a":"乗/","url":"https:\\/\\/x"}';
const unescaped = '{"code":"10000","a":"乗/","url":"https://x"}';
// Cut in the middle of a character, as a field of limited length may be: C3 A6 is 忙.
const cut = bytesOf('{"code":"20000","msg":"', encode("gbk", "系统繁"), Buffer.from([0xc3]), '","sub_code":"isp.unknow-error"}');

// ---- notifications

const fields = {
  app_id,
  body: trap,
  charset: "GBK",
  gmt_payment: "2014-11-27 15:45:58",
  notify_id: "91722adff935e8cfa58b3aabf4dead6ibe",
  out_trade_no: "20150320010101001",
  subject: "特价手机 & more+",
  total_amount: "88.88",
  trade_status: "TRADE_SUCCESS",
};
const post = (charset, given, { sign_type = "RSA2", by = "alipay_2048" } = {}) => {
  const sign = signature(by, encode(charset, canonical(Object.entries(given))), sign_type);
  return form(charset, [...Object.entries(given), ["sign_type", sign_type], ["sign", sign]]);
};
const notify = (name, of, bytes, more, provenance = `protocol, section 3; ${tables}`) => ({
  name,
  provenance,
  operation: "verifyNotify",
  merchant: of,
  input: { body: base64(bytes) },
  ...more,
});
const told = (name, of, charset, given, { sign_type = "RSA2" } = {}) =>
  notify(name, of, post(charset, given, { sign_type }), {
    expect: {
      fields: { ...given, sign_type },
      paid: given.trade_status === "TRADE_SUCCESS",
      notifyId: given.notify_id,
      outTradeNo: given.out_trade_no,
      totalAmount: given.total_amount,
      paidAt: Date.UTC(2014, 10, 27, 7, 45, 58),
      variant: { signTypeSigned: false, emptySigned: Object.values(given).includes("") ? false : null, certSnSigned: null },
      lossy: false,
    },
  });
const { charset: _, ...silent } = fields;
const plain = { ...fields, body: "特价" };

export const charset = {
  description: "Requests, responses and notifications in every charset, and with SHA-1. Bytes are base64.",
  source: "tests/vectors/generate/charset.mjs with TextDecoder's tables and node:crypto",
  runner: "operation",
  keys: { ...keys, weak_1024: weak },
  merchants,
  rows: [
    ...["utf8", "utf-8 by name", "gbk", "gb18030", "gb2312", "gbk in capitals"].map((of) => request(`a request: ${of}`, of, subject("特价手机 & + = %"))),
    ...["gbk", "gb18030", "gb2312"].map((of) => request(`a request of ASCII: ${of}`, of, subject("Iphone6 16G ~*"))),
    request("second bytes that look like ASCII, sent in gbk", "gbk", subject(trap)),
    request("second bytes that look like ASCII, sent in gb18030", "gb18030", subject(trap)),
    request("a further parameter in gbk", "gbk", subject("手机"), [["return_url", "https://example.com/支付?a=1&b=2"]]),
    request("an emoji in gb18030 has four bytes", "gb18030", subject("拉面🍜")),
    request("an emoji in utf-8", "utf8", subject("拉面🍜")),
    request("an emoji that JSON escapes goes through gbk", "gbk", '{"subject":"\\u62c9\\u9762\\ud83c\\udf5c"}'),
    request("a euro sign in gb18030", "gb18030", subject("€")),
    request("letters of other scripts in gb2312", "gb2312", subject("αβγ АБВ あア ①")),
    request("traditional characters in gbk", "gbk", subject("鎔裏麵龍")),
    request("SHA-1", "SHA-1", subject("手机")),
    request("gbk and SHA-1", "gbk and SHA-1", subject("手机")),
    request("a key of 1024 bits, gbk and SHA-1", "weak keys", subject("手机"), undefined, "weak_1024"),

    unsendable("an emoji in gbk", "gbk", "charset_unmappable", subject("拉面🍜")),
    unsendable("an emoji in gb2312", "gb2312", "charset_unmappable", subject("拉面🍜")),
    unsendable("an emoji in a further parameter", "gbk", "charset_unmappable", subject("拉面"), [["return_url", "https://example.com/🍜"]]),
    unsendable("an emoji in a further parameter's name", "gbk", "charset_unmappable", subject("拉面"), [["🍜", "1"]]),
    unsendable("a character that only GBK has, in gb2312", "gb2312", "charset_unmappable", subject("朱镕基")),
    unsendable("a roman number that GBK added, in gb2312", "gb2312", "charset_unmappable", subject("ⅰ")),
    unsendable("a euro sign in gbk", "gbk", "charset_unmappable", subject("€"), undefined, "Java writes A2E3, browsers write 80, Python and the standard nothing"),
    unsendable("a character for private use in gbk", "gbk", "charset_unmappable", subject("\ue5e5"), undefined, "browsers write it, Java, glibc and Python do not"),
    unsendable("a character whose place the editions of GB18030 changed", "gb18030", "charset_unmappable", subject("龴"), undefined, "FE59 in Java and glibc, 82359037 in Python"),
    unsendable("Hangul in gbk", "gbk", "charset_unmappable", subject("한국")),
    unsendable("charset is the library's", "gbk", "parameter_reserved", subject("手机"), [["charset", "utf-8"]], "the gateway's public parameters (seed document 002) belong to the library"),
    unsendable("another charset", "another charset", "charset_unsupported", subject("手机"), undefined, "protocol, section 1: UTF-8, GBK, GB18030, GB2312"),
    unsendable("a blank charset", "a blank charset", "charset_unsupported", subject("手机"), undefined, "protocol, section 1: UTF-8, GBK, GB18030, GB2312"),

    ...["utf8", "gbk", "gb18030", "gb2312"].map((of) => answered(`an answer: ${of}`, of, body(encode(charsetOf(of), paid("证大五道口店"))), paid("证大五道口店"))),
    answered("second bytes that look like ASCII, in an answer in gbk", "gbk", body(encode("gbk", traps)), traps),
    answered("second bytes that look like ASCII, in an answer in gb18030", "gb18030", body(encode("gb18030", traps)), traps),
    answered("an emoji in an answer in gb18030", "gb18030", body(encode("gb18030", paid("拉面🍜"))), paid("拉面🍜")),
    answered("bytes that are also UTF-8 are read in the merchant's charset", "gbk", body(encode("gbk", paid("模"))), paid("模")),
    answered("an error body in GBK for a merchant in UTF-8", "utf8", body(encode("gbk", busy)), busy),
    answered("second bytes that look like ASCII, for a merchant in UTF-8", "utf8", body(encode("gbk", traps)), traps),
    answered("an unsigned error body in GBK", "utf8", bytesOf('{"error_response":', encode("gbk", busy), "}"), busy, { verified: false }),
    answered("an unsigned error body in GBK for a merchant in gbk", "gbk", bytesOf('{"error_response":', encode("gbk", busy), "}"), busy, { verified: false }),
    answered("an answer in UTF-8 for a merchant in gbk", "gbk", body(Buffer.from(paid("证大五"))), paid("证大五")),
    answered("an answer in UTF-8 with an escape behind a byte that would take it along in gbk", "gbk", body(Buffer.from(paid('证大五"道'))), paid('证大五"道')),
    answered("an answer cut in the middle of a character keeps its codes", "gbk", body(cut), '{"code":"20000","msg":"\ufffd\ufffd\ufffd\ufffd","sub_code":"isp.unknow-error"}'),
    answered("the same for a merchant in UTF-8", "utf8", body(cut), '{"code":"20000","msg":"\ufffd\ufffd\ufffd\ufffd","sub_code":"isp.unknow-error"}'),
    answered("slashes escaped on the way, behind a second byte that looks like a backslash", "gbk", body(encode("gbk", slashes), { signed: encode("gbk", unescaped) }), slashes),
    answered("an answer with SHA-1", "SHA-1", body(encode("utf-8", paid("店")), { sign_type: "RSA" }), paid("店")),
    answered("an answer in gbk with SHA-1", "gbk and SHA-1", body(encode("gbk", paid("店")), { sign_type: "RSA" }), paid("店")),
    answered("an answer with SHA-256 for a merchant that still uses SHA-1", "gbk and SHA-1", body(encode("gbk", paid("店"))), paid("店")),
    open("an answer with SHA-1 for a merchant that uses SHA-256", "gbk", body(encode("gbk", paid("店")), { sign_type: "RSA" }), { error: "signature_invalid" }),
    open("an answer in gbk signed over its UTF-8", "gbk", body(encode("gbk", paid("店")), { signed: Buffer.from(paid("店")) }), { error: "signature_invalid" }),
    open("a second byte changed", "gbk", bytesOf(body(encode("gbk", traps)).toString("latin1").replace("\x81{", "\x81|")), { error: "signature_invalid" }),
    open("a body that ends behind a second byte that looks like a backslash", "gbk", bytesOf(`{"${node_name}":{"code":"10000","msg":"`, Buffer.from([0x81, 0x5c])), { error: "response_not_json" }),
    open("success in gbk without a signature", "gbk", bytesOf(`{"${node_name}":`, encode("gbk", traps), "}"), { error: "signature_missing" }),

    told("a notification in gbk for a merchant in gbk", "gbk", "gbk", fields),
    told("a notification in gbk for a merchant in UTF-8", "utf8", "gbk", fields),
    told("a notification in UTF-8 for a merchant in gbk", "gbk", "utf-8", { ...fields, charset: "UTF-8" }),
    told("a notification in gb18030", "gb18030", "gb18030", { ...fields, charset: "gb18030", subject: "拉面🍜" }),
    told("a notification in gb2312", "gb2312", "gb2312", { ...plain, charset: "gb2312" }),
    told("a notification that does not name its charset is in the merchant's", "gbk", "gbk", silent),
    told("a notification that does not name its charset, in UTF-8", "utf8", "utf-8", silent),
    told("a notification whose charset is empty is in the merchant's", "gbk", "gbk", { ...fields, charset: "" }),
    told("a notification in gbk with SHA-1", "gbk and SHA-1", "gbk", fields, { sign_type: "RSA" }),
    told("a notification in gbk with SHA-256 for a merchant that still uses SHA-1", "gbk and SHA-1", "gbk", fields),
    notify("a notification in gbk with SHA-1 for a merchant that uses SHA-256", "gbk", post("gbk", fields, { sign_type: "RSA" }), { error: "signature_weak" }),
    notify("a notification in gbk signed over its UTF-8", "gbk", post("gbk", fields).replace(/sign=.*/, `sign=${encodeURIComponent(signature("alipay_2048", Buffer.from(canonical(Object.entries(fields)))))}`), { error: "signature_invalid" }),
    notify("a notification whose charset was changed on the way", "gbk", post("gbk", fields).replace("charset=GBK", "charset=utf-8"), { error: "signature_invalid" }),
    notify("a notification that was decoded and written again in UTF-8", "gbk", post("gbk", fields).replace(percent(encode("gbk", "特价手机")), percent(Buffer.from("特价手机"))), { error: "signature_invalid" }),
    notify("a notification whose bytes do not fit its charset", "gbk", post("gbk", { ...fields, charset: "utf-8" }), { error: "notify_charset" }),
    notify("a notification in a charset nobody knows", "gbk", post("gbk", { ...fields, charset: "big5" }), { error: "notify_charset" }),
    notify("a notification that does not name its charset and is not in the merchant's", "utf8", post("gbk", silent), { error: "notify_charset" }),
  ],
};
