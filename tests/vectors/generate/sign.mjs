// Signatures: made and judged by node:crypto (OpenSSL).

import { accepts, base64, keyTable, signature } from "./oracle.mjs";

const made = "node:crypto sign";
const message = "app_id=2014072300007148&charset=utf-8&method=alipay.trade.pay&sign_type=RSA2&timestamp=2014-07-24 03:07:50";

const signText = (name, key, text, sign_type = "RSA2") => ({
  name,
  provenance: made,
  operation: "sign",
  key,
  sign_type,
  message: text,
  expect: { signature: signature(key, text, sign_type) },
});
const signBytes = (name, key, bytes) => ({
  name,
  provenance: made,
  operation: "sign",
  key,
  sign_type: "RSA2",
  message_base64: base64(bytes),
  expect: { signature: signature(key, bytes) },
});
const valid = (name, key, text, sign_type = "RSA2") => {
  const made = signature(key, text, sign_type);
  if (!accepts(key, text, made, sign_type)) throw new Error(`sign: ${name}`);
  return { name, provenance: "node:crypto sign and verify", operation: "verify", key, sign_type, message: text, signature: made, expect: { valid: true } };
};
const invalid = (name, key, text, sign, sign_type = "RSA2") => {
  if (accepts(key, text, sign, sign_type)) throw new Error(`sign: ${name}`);
  return { name, provenance: "node:crypto verify refuses it", operation: "verify", key, sign_type, message: text, signature: sign, error: "signature_invalid" };
};
const format = (name, sign) => ({
  name,
  provenance: "RFC 4648 section 4: the standard alphabet, padded, nothing else (section 3.1, 3.2, 3.3)",
  operation: "verify",
  key: "alipay_2048",
  sign_type: "RSA2",
  message,
  signature: sign,
  error: "signature_format",
});

const good = signature("alipay_2048", message);
const raw = Buffer.from(good, "base64");
const flipped = (at) => {
  const bytes = Buffer.from(raw);
  bytes[at] ^= 1;
  return base64(bytes);
};

export const sign = {
  description:
    "RSASSA-PKCS1-v1_5 with SHA-256 (RSA2) and SHA-1 (RSA): a message and a key to base64, and base64 to a verdict. `key` names one of `keys`.",
  source: "tests/vectors/generate/sign.mjs with node:crypto",
  keys: keyTable("app_2048", "alipay_2048", "other_2048", "weak_1024", "big_4096"),
  rows: [
    signText("a request's string", "app_2048", message),
    signText("a request's string with SHA-1", "app_2048", message, "RSA"),
    signText("Chinese and emoji, as UTF-8", "app_2048", "subject=特价手机 🍜&total_amount=88.88"),
    signText("nothing", "app_2048", ""),
    signBytes("every byte", "app_2048", Buffer.from(Array.from({ length: 256 }, (_, n) => n))),
    signBytes("GBK", "app_2048", Buffer.from("CCD8BCDBCAD6BBFA", "hex")),
    signText("1024 bits", "weak_1024", message),
    signText("1024 bits with SHA-1", "weak_1024", message, "RSA"),
    signText("4096 bits", "big_4096", message),
    signText("6000 bytes of text", "app_2048", "支付".repeat(1000)),
    valid("an answer's node", "alipay_2048", '{"code":"10000","msg":"Success","trade_no":"2013112011001004330000121536"}'),
    valid("an answer's node with SHA-1", "alipay_2048", '{"code":"10000","msg":"Success"}', "RSA"),
    valid("4096 bits, verified", "big_4096", "支付宝"),
    valid("1024 bits, verified", "weak_1024", "支付宝"),
    invalid("one character more", "alipay_2048", `${message} `, good),
    invalid("one character changed", "alipay_2048", message.replace("03:07:50", "03:07:51"), good),
    invalid("no message", "alipay_2048", "", good),
    invalid("another's key", "other_2048", message, good),
    invalid("the application's own key", "app_2048", message, good),
    invalid("another algorithm", "alipay_2048", message, good, "RSA"),
    invalid("the first bit flipped", "alipay_2048", message, flipped(0)),
    invalid("the last bit flipped", "alipay_2048", message, flipped(raw.length - 1)),
    invalid("a byte short", "alipay_2048", message, base64(raw.subarray(0, -1))),
    invalid("a byte long", "alipay_2048", message, base64(Buffer.concat([raw, Buffer.from([0])]))),
    invalid("a zero byte in front", "alipay_2048", message, base64(Buffer.concat([Buffer.from([0]), raw]))),
    invalid("all zero", "alipay_2048", message, base64(Buffer.alloc(256))),
    invalid("all ones, above the modulus", "alipay_2048", message, base64(Buffer.alloc(256, 0xff))),
    invalid("one byte", "alipay_2048", message, "AA=="),
    format("empty", ""),
    format("padding missing", good.replace(/=+$/, "")),
    format("padding doubled", `${good}==`),
    format("a space in the middle", `${good.slice(0, 76)} ${good.slice(76)}`),
    format("wrapped", `${good.slice(0, 76)}\n${good.slice(76)}`),
    format("a newline behind", `${good}\n`),
    format("the URL's alphabet", base64(Buffer.alloc(256, 0xfb)).replaceAll("+", "-").replaceAll("/", "_")),
    format("pluses turned into spaces", base64(Buffer.alloc(256, 0xfb)).replaceAll("+", " ")),
    format("percent-encoded", encodeURIComponent(good)),
    format("bits left over in the last character", good.replace(/(.)==$/, (_, c) => `${String.fromCharCode(c.charCodeAt(0) + 1)}==`)),
    format("not base64", "签名"),
  ],
};
