// Content encryption: node:crypto's aes-128-cbc with a zero IV.

import * as crypto from "node:crypto";
import { encode, requestForm } from "./charset.mjs";
import { base64, canonical, keyTable, privateDer, publicDer, signature } from "./oracle.mjs";

const encryptKey = "vEARwBsVE8dBrk0tiaNQtQ==";
const otherKey = base64(Buffer.from("0123456789abcdef"));
const encrypted = (content, key = encryptKey) => {
  const cipher = crypto.createCipheriv("aes-128-cbc", Buffer.from(key, "base64"), Buffer.alloc(16));
  return Buffer.concat([cipher.update(content), cipher.final()]).toString("base64");
};
const settled = "protocol, section 6; aes-128-cbc by node:crypto";
const vector = ["test1234567你好", "Xg5Qdr1jGhRugqAdBHYgl94KzwIqcaA37/dMvR1PeSc="];
if (encrypted(vector[0]) !== vector[1]) throw new Error("cipher: node:crypto does not agree with the document");

const app_id = "2014072300007148";
const keys = { appId: app_id, alipayPublicKey: base64(publicDer("alipay_2048")), privateKey: base64(privateDer("app_2048")) };
const merchants = {
  encrypts: { ...keys, encryptKey },
  encrypts_otherwise: { ...keys, encryptKey: otherKey },
  plain: keys,
  encrypts_gbk: { ...keys, encryptKey, charset: "gbk" },
  key_of_256_bits: { ...keys, encryptKey: base64(Buffer.alloc(32, 1)) },
  key_no_base64: { ...keys, encryptKey: "0123456789abcdef" },
};

const row = (name, operation, input, expect, merchant, provenance = settled) => ({ name, provenance, operation, ...(merchant ? { merchant } : {}), input, expect });
const bad = (name, operation, input, error, merchant, provenance = settled) => ({ name, provenance, operation, ...(merchant ? { merchant } : {}), input, error });
const texts = [
  ["the document's", vector[0], "protocol, section 6"],
  ["empty", ""],
  ["15 bytes", "a".repeat(15)],
  ["16 bytes: a whole block of padding", "a".repeat(16)],
  ["17 bytes", "a".repeat(17)],
  ["JSON with Chinese and an emoji", '{"subject":"特价 手机🍜","a":1.10}'],
];
const both = texts.flatMap(([name, text, provenance]) => [
  row(`encrypt: ${name}`, "encrypt", { encryptKey, text }, { text: encrypted(text) }, undefined, provenance),
  row(`decrypt: ${name}`, "decrypt", { encryptKey, text: encrypted(text) }, { text }, undefined, provenance),
]);
const damaged = Buffer.from(vector[1], "base64");
damaged[damaged.length - 1] ^= 1; // the whole last block decrypts to something else, its padding with it

// --- requests ---
const now = Date.UTC(2014, 6, 23, 19, 7, 50);
const url = "https://openapi.alipay.com/gateway.do?charset=utf-8";
const headers = { "content-type": "application/x-www-form-urlencoded;charset=utf-8" };
const requested = (name, merchant, method, bizContent, sent) => {
  const all = Object.entries({ app_id, method, format: "JSON", charset: "utf-8", sign_type: "RSA2", timestamp: "2014-07-24 03:07:50", version: "1.0", ...sent });
  const sorted = all.sort(([a], [b]) => (a < b ? -1 : 1));
  const body = new URLSearchParams([...sorted.filter(([field]) => field !== "charset"), ["sign", signature("app_2048", canonical(sorted))]]);
  return row(`request: ${name}`, "request", { call: { method, bizContent }, now }, { method: "POST", url, headers, body: base64(body.toString()) }, merchant, "protocol, sections 1 and 6: encrypted, then signed; form by URLSearchParams, signature by node:crypto");
};
// In GBK, and with `plain`: what is signed, sent and encrypted are the charset's bytes.
const settledCall = (name, merchant, charset, call, sent) => {
  const all = Object.entries({ app_id, method, format: "JSON", charset, sign_type: "RSA2", timestamp: "2014-07-24 03:07:50", version: "1.0", ...sent });
  const sorted = all.sort(([a], [b]) => (a < b ? -1 : 1));
  const sign = signature("app_2048", encode(charset, canonical(sorted)));
  const body = requestForm(charset, [...sorted.filter(([field]) => field !== "charset"), ["sign", sign]]);
  return row(
    `request: ${name}`,
    "request",
    { call: { method, ...call }, now },
    { method: "POST", url: url.replace("utf-8", charset), headers: { "content-type": headers["content-type"].replace("utf-8", charset) }, body: base64(body) },
    merchant,
    "protocol, sections 1 and 6; the cipher is over the charset's bytes, as com.alipay.sdk:alipay-sdk-java's AesEncrypt (4.40.0.ALL) writes it; bytes from TextDecoder's tables, signature and cipher by node:crypto",
  );
};
// What AlipayEncrypt.encryptContent("{\"subject\":\"特价手机\"}", "AES", key, charset) of that SDK gives.
const chinese = '{"subject":"特价手机"}';
const java = { gbk: "Sl5FcYUTgqzzoCpPD0U5mVcQfAPb6iEazF3dhbMWgac=", "utf-8": "FjSF246KQwesaOgM0qym5OybVLUTYX6kc11EXSvdpmo=" };
for (const [charset, text] of Object.entries(java)) {
  if (encrypted(encode(charset, chinese)) !== text) throw new Error(`cipher: alipay-sdk-java writes something else in ${charset}`);
}
const biz = '{"out_trade_no":"20150320010101001","subject":"特价"}';
const method = "alipay.trade.query";

// --- answers ---
const paid = '{"code":"10000","msg":"Success","store_name":"证大五道口店"}';
const answered = "protocol, sections 2 and 6: signed with its quotes, by node:crypto";
const body = (node, signed = node, by = "alipay_2048") => ({
  method,
  status: 200,
  body: base64(`{"alipay_trade_query_response":${node}${by ? `,"sign":"${signature(by, signed)}"` : ""}}`),
});
const read = (node, more = {}) => ({ verified: true, code: "10000", msg: "Success", subCode: null, subMsg: null, node, ...more });
const quoted = (content, key) => `"${encrypted(content, key)}"`;
// A content whose cipher has slashes, to be escaped.
const slashy = Array.from({ length: 99 }, (_, n) => `{"code":"10000","msg":"Success","n":${n}}`).find((text) => encrypted(text).includes("/"));
const slashed = quoted(slashy);
const escaped = slashed.replaceAll("/", "\\/");
const failure = '{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.decryption-error-not-valid-encryptkey","sub_msg":"解密出错"}';

// --- mini programs ---
const phone = '{"code":"10000","msg":"Success","mobile":"1597671905"}';
const payload = encrypted(phone);
const mini = "protocol, section 6: verified over the text in quotes; signed by node:crypto";

export const cipher = {
  description: "Content encryption: a text to its AES cipher and back, encrypted requests and answers, and what a mini program hands over.",
  source: "tests/vectors/generate/cipher.mjs with node:crypto and URLSearchParams",
  runner: "operation",
  keys: keyTable("app_2048", "alipay_2048", "other_2048"),
  merchants,
  rows: [
    ...both,
    row("the key may have a line break behind it", "encrypt", { encryptKey: `${encryptKey}\n`, text: vector[0] }, { text: vector[1] }),
    bad("a key of 24 bytes", "encrypt", { encryptKey: base64(Buffer.alloc(24, 1)), text: "" }, "content_key"),
    bad("a key of 15 bytes", "decrypt", { encryptKey: base64(Buffer.alloc(15, 1)), text: "" }, "content_key"),
    bad("no key", "encrypt", { encryptKey: "", text: "" }, "content_key"),
    bad("a key that is no base64", "encrypt", { encryptKey: "vEARwBsVE8dBrk0tiaNQtQ=", text: "" }, "content_key"),
    bad("decrypt: another key", "decrypt", { encryptKey: otherKey, text: vector[1] }, "decryption_failed"),
    bad("decrypt: damaged padding", "decrypt", { encryptKey, text: base64(damaged) }, "decryption_failed"),
    bad("decrypt: half a block", "decrypt", { encryptKey, text: base64(Buffer.from(vector[1], "base64").subarray(0, 24)) }, "decryption_failed"),
    bad("decrypt: nothing", "decrypt", { encryptKey, text: "" }, "decryption_failed"),
    bad("decrypt: no base64", "decrypt", { encryptKey, text: vector[0] }, "decryption_failed"),
    bad("decrypt: bytes that are no UTF-8", "decrypt", { encryptKey, text: encrypted(Buffer.from("cce4bcdb", "hex")) }, "decryption_failed"),

    requested("encrypted, then signed", "encrypts", method, biz, { biz_content: encrypted(biz), encrypt_type: "AES" }),
    requested("nothing to encrypt", "encrypts", "alipay.open.auth.token.app.query", "", {}),
    requested("a blank content is not sent", "encrypts", "alipay.open.auth.token.app.query", " ", {}),
    requested("without a key as it is", "plain", method, biz, { biz_content: biz }),
    settledCall("encrypted in GBK", "encrypts_gbk", "gbk", { bizContent: chinese }, { biz_content: java.gbk, encrypt_type: "AES" }),
    settledCall("in GBK, this one not encrypted", "encrypts_gbk", "gbk", { bizContent: chinese, plain: true }, { biz_content: chinese }),
    settledCall("this one not encrypted", "encrypts", "utf-8", { bizContent: chinese, plain: true }, { biz_content: chinese }),
    settledCall("plain: false is as if nothing was said", "encrypts", "utf-8", { bizContent: chinese, plain: false }, { biz_content: java["utf-8"], encrypt_type: "AES" }),
    settledCall("plain without a key changes nothing", "plain", "utf-8", { bizContent: chinese, plain: true }, { biz_content: chinese }),
    bad("request: an emoji encrypted in GBK", "request", { call: { method, bizContent: '{"subject":"拉面🍜"}' }, now }, "charset_unmappable", "encrypts_gbk", "protocol, section 1: unmappable characters are an error before signing, encrypted or not"),
    bad("request: encrypt_type can't be given", "request", { call: { method, bizContent: biz, parameters: [["encrypt_type", "AES"]] }, now }, "parameter_reserved", "plain", "the library sets it"),

    row("answer: encrypted", "open", body(quoted(paid)), read(paid), "encrypts", answered),
    row("answer: encrypted in GBK", "open", body(quoted(encode("gbk", paid))), read(paid), "encrypts_gbk", answered),
    bad("answer: encrypted in UTF-8 for GBK, and no GBK at all", "open", body(quoted('{"code":"10000","store_name":"语"}')), "decryption_failed", "encrypts_gbk", answered),
    row("answer: to a call that was not encrypted", "open", body(paid), read(paid), "encrypts", "protocol, section 6: plain for plain"),
    row("answer: a plain object although a key is there", "open", body(paid), read(paid), "encrypts", "protocol, section 6: the gateway may answer plainly"),
    row("answer: the gateway could not decrypt", "open", body(failure), { verified: true, code: "40002", msg: "Invalid Arguments", subCode: "isv.decryption-error-not-valid-encryptkey", subMsg: "解密出错", node: failure }, "encrypts", "protocol, section 6"),
    row("answer: escaped slashes, signed so", "open", body(escaped), read(slashy), "encrypts", answered),
    row("answer: escaped slashes, signed without", "open", body(escaped, slashed), read(slashy), "encrypts", answered),
    bad("answer: signed without its quotes", "open", body(quoted(paid), encrypted(paid)), "signature_invalid", "encrypts", answered),
    bad("answer: another content than was signed", "open", body(quoted(paid.replace("10000", "40004")), quoted(paid)), "signature_invalid", "encrypts", answered),
    bad("answer: encrypted by somebody who has the AES key only", "open", body(quoted(paid), quoted(paid), "other_2048"), "signature_invalid", "encrypts", answered),
    bad("answer: encrypted and not signed", "open", body(quoted(failure), "", null), "signature_missing", "encrypts", "what can't be read is no failure"),
    bad("answer: encrypted for another key", "open", body(quoted(paid, otherKey)), "decryption_failed", "encrypts", answered),
    bad("answer: encrypted, and no key here", "open", body(quoted(paid)), "content_key_missing", "plain", answered),
    bad("answer: a signed string that is no cipher", "open", body('"hello"'), "decryption_failed", "encrypts", answered),
    bad("answer: an encrypted text that is no JSON object", "open", body(quoted("[1]")), "response_not_json", "encrypts", answered),

    row("payload: signed", "decryptPayload", { response: payload, sign: signature("alipay_2048", `"${payload}"`) }, { text: phone }, "encrypts", mini),
    row("payload: without a signature", "decryptPayload", { response: payload }, { text: phone }, "encrypts", mini),
    bad("payload: signed without quotes", "decryptPayload", { response: payload, sign: signature("alipay_2048", payload) }, "signature_invalid", "encrypts", mini),
    bad("payload: signed by the application", "decryptPayload", { response: payload, sign: signature("app_2048", `"${payload}"`) }, "signature_invalid", "encrypts", mini),
    bad("payload: signed with SHA-1", "decryptPayload", { response: payload, sign: signature("alipay_2048", `"${payload}"`, "RSA") }, "signature_invalid", "encrypts", mini),
    bad("payload: a signature that is no base64", "decryptPayload", { response: payload, sign: "x" }, "signature_format", "encrypts", mini),
    bad("payload: another key", "decryptPayload", { response: payload }, "decryption_failed", "encrypts_otherwise", mini),
    bad("payload: no key here", "decryptPayload", { response: payload }, "content_key_missing", "plain", mini),
    bad("options: a key of 256 bits", "decryptPayload", { response: payload }, "content_key", "key_of_256_bits", "protocol, section 6: 16 bytes"),
    bad("options: a key that is not base64 of 16 bytes", "decryptPayload", { response: payload }, "content_key", "key_no_base64", "protocol, section 6: 16 bytes"),
  ],
};
