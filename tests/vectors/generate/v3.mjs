// OpenAPI v3: requests and answers. Signed by node:crypto, encrypted by its aes-128-cbc; multipart bodies are read back by
// the platform's own FormData parser.

import * as crypto from "node:crypto";
import { base64, keyTable, pem, privateDer, publicDer, secret, signature } from "./oracle.mjs";
import { PRINTABLE, authority, certificate, toPem } from "./x509.mjs";

const app_id = "2014072300007148";
const origin = "https://openapi.alipay.com";
const nonce = "c4f2a1d0-6a2e-4a5e-9d52-2f7b1e0c9a11";
const now = Date.UTC(2026, 10, 22);
const encryptKey = "vEARwBsVE8dBrk0tiaNQtQ==";
const token = "201510BBaabdb44d8fd04607abf8d5931ec75D84";
const settled = "protocol, section 7; signed by node:crypto";

const encrypted = (content) => {
  const cipher = crypto.createCipheriv("aes-128-cbc", Buffer.from(encryptKey, "base64"), Buffer.alloc(16));
  return Buffer.concat([cipher.update(content), cipher.final()]).toString("base64");
};
const md5 = (text) => crypto.createHash("md5").update(text).digest("hex");

// --- certificates ---
const ca = [[["C", "CN", PRINTABLE]], [["CN", "Root"]]];
const issued = (cn, key, serial, extensions) => certificate({ issuer: ca, subject: [[["CN", cn]]], key, by: "big_4096", serial, ...(extensions ? { extensions } : {}) });
const snOf = (serial) => md5(`CN=Root,C=CN${serial}`);
const certificates = {
  appId: app_id,
  privateKey: base64(privateDer("app_2048")),
  appCertificate: toPem(issued("app", "app_2048", 11n)),
  alipayCertificate: toPem(issued("alipay", "alipay_2048", 12n)),
  rootCertificate: toPem(certificate({ issuer: ca, subject: ca, key: "big_4096", by: "big_4096", serial: 10n, extensions: authority() })) + pem("ec_p256_certificate"),
  furtherAlipayCertificates: [toPem(issued("next", "weak_1024", 13n))],
};

const keys = { appId: app_id, alipayPublicKey: base64(publicDer("alipay_2048")), privateKey: base64(privateDer("app_2048")) };
const merchants = {
  keys,
  rsa1_and_gbk: { ...keys, signType: "RSA", charset: "gbk" },
  with_token: { ...keys, appAuthToken: token },
  encrypts: { ...keys, encryptKey },
  certificates,
  sandbox: { ...keys, gateway: "http://127.0.0.1:8787/gateway.do" },
  gateway_without_path: { ...keys, gateway: "https://openapi.example.com" },
  signs_elsewhere: { ...keys, privateKey: undefined },
};

// --- requests ---
const stringToSign = (auth, { method, path, body = "", appAuthToken }) => `${auth}\n${method}\n${path}\n${body}\n${appAuthToken ? `${appAuthToken}\n` : ""}`;
const sent = (call, { merchant = "keys", host = origin, path = call.path, signed = call.body ?? "", body = signed, type = "application/json", auth = `app_id=${app_id}`, headers = {}, appAuthToken } = {}) => {
  const full = `${auth},nonce=${nonce},timestamp=${now}`;
  const toSign = stringToSign(full, { method: call.method, path, body: signed, appAuthToken });
  return {
    merchant,
    input: { ...call, nonce, now },
    toSign,
    expect: {
      method: call.method,
      url: host + path,
      headers: {
        accept: "application/json",
        "alipay-request-id": nonce,
        authorization: `ALIPAY-SHA256withRSA ${full},sign=${signature("app_2048", toSign)}`,
        ...(body.length ? { "content-type": type } : {}),
        ...(appAuthToken ? { "alipay-app-auth-token": appAuthToken } : {}),
        ...headers,
      },
      body: base64(body),
    },
  };
};
const requested = (name, call, more, provenance = settled) => {
  const { merchant, input, expect } = sent(call, more);
  return { name: `request: ${name}`, provenance, operation: "v3Request", merchant, input, expect };
};
const prepared = (name, call, more) => {
  const { merchant, input, toSign } = sent(call, more);
  return { name: `prepare: ${name}`, provenance: settled, operation: "v3Prepare", merchant, input, expect: { stringToSign: toSign, signType: "RSA2" } };
};
const bad = (name, operation, input, error, merchant = "keys", provenance = settled) => ({ name, provenance, operation, merchant, input, error });
const misasked = (name, call, error, merchant, more = {}) => bad(`request: ${name}`, "v3Request", { ...call, nonce, now, ...more }, error, merchant, "what v3 can't carry is refused before it is signed");

const biz = '{"out_trade_no":"20150320010101001","subject":"特价 🍜"}';
const query = { method: "POST", path: "/v3/alipay/trade/query", body: biz };
const get = { method: "GET", path: "/v3/alipay/user/info?a=1" };
const image = Buffer.from("89504e470d0a1a0a00ff0d0a2d2d", "hex");
const upload = {
  method: "POST",
  path: "/v3/alipay/open/mini/version/audit/apply",
  body: biz,
  files: [
    { name: "first_license_pic", fileName: '营业"执照".png', contentType: "image/png", content: base64(image) },
    { name: "second", fileName: "b.bin", contentType: "application/octet-stream", content: "" },
  ],
};
const multipart = async (data, type) => {
  const boundary = `alipay-${nonce}`;
  const part = (disposition, contentType, content) => [`--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\ncontent-type: ${contentType}\r\n\r\n`, content, "\r\n"];
  const pieces = [
    ...(data === undefined ? [] : part('name="data"', type, data)),
    ...part('name="first_license_pic"; filename="营业%22执照%22.png"', "image/png", image),
    ...part('name="second"; filename="b.bin"', "application/octet-stream", ""),
    `--${boundary}--\r\n`,
  ];
  const body = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  const contentType = `multipart/form-data; boundary=${boundary}`;
  const read = await new Response(body, { headers: { "content-type": contentType } }).formData();
  const file = read.get("first_license_pic");
  if ([...read.keys()].length !== (data === undefined ? 2 : 3) || !Buffer.from(await file.arrayBuffer()).equals(image) || file.name !== '营业"执照".png') throw new Error("v3: FormData reads another form");
  return { body, type: contentType };
};
const plainParts = await multipart(biz, "application/json");
const encryptedParts = await multipart(encrypted(biz), "text/plain");
const AES = { "alipay-encrypt-type": "AES" };

// --- answers ---
const time = String(now - 1000);
const drawn = "0d1a4c7c2f0b4b5f8a7d";
const trade = '{"trade_no":"2013112011001004330000121536","trade_status":"TRADE_SUCCESS","subject":"特价"}';
const notFound = '{"code":"ACQ.TRADE_NOT_EXIST","message":"交易不存在","links":[{"link":"https://open.alipay.com/troubleshoot"}]}';
const response = (status, body, { by = "alipay_2048", hash = "RSA2", signed = body, at = time, of = drawn, headers = [], drop = [] } = {}) => {
  const message = Buffer.concat([Buffer.from(`${at}\n${of}\n`), Buffer.from(signed), Buffer.from("\n")]);
  const all = by ? [["Alipay-Timestamp", at], ["alipay-nonce", of], ["ALIPAY-SIGNATURE", signature(by, message, hash)]] : [];
  return { status, headers: [["content-type", "application/json"], ...all.filter(([name]) => !drop.includes(name)), ...headers], body: base64(body) };
};
const read = (status, body, more = {}) => ({ success: status < 300, verified: true, status, body, code: null, message: null, links: null, timestamp: Number(time), nonce: drawn, ...more });
const error = { success: false, code: "ACQ.TRADE_NOT_EXIST", message: "交易不存在", links: '[{"link":"https://open.alipay.com/troubleshoot"}]' };
const unverified = { verified: false, timestamp: null, nonce: null };
const opened = (name, input, expect, merchant = "keys", provenance = settled) => ({ name: `answer: ${name}`, provenance, operation: "v3Open", merchant, input, expect });
const refused = (name, input, code, merchant = "keys", provenance = settled) => bad(`answer: ${name}`, "v3Open", input, code, merchant, provenance);
const cipher = encrypted(trade);

export const v3 = {
  description: "OpenAPI v3: a call to the string that is signed and the request that is sent; a response and its headers to what may be believed of it.",
  source: "tests/vectors/generate/v3.mjs with node:crypto and the platform's FormData",
  runner: "operation",
  keys: keyTable("app_2048", "alipay_2048", "other_2048", "weak_1024", "big_4096"),
  merchants,
  rows: [
    requested("POST with a body", query),
    requested("white space of the body is kept", { ...query, body: '{ "a" : 1.10,\n"b":"\\u4e2d" }' }),
    requested("GET with a query", get),
    requested("GET with a query to be encoded", { ...get, query: [["b c", "特&="], ["d", ""]] }, { path: `${get.path}&b+c=%E7%89%B9%26%3D&d=` }, "protocol, section 7; query by URLSearchParams"),
    requested("the first parameter of a query", { method: "GET", path: "/v3/alipay/user/info", query: [["a", "1"]] }, { path: "/v3/alipay/user/info?a=1" }),
    requested("POST without a body", { method: "POST", path: "/v3/alipay/trade/query", body: " \n" }, { signed: "" }),
    ...["PUT", "PATCH", "DELETE"].map((method) => requested(method, { ...query, method })),
    requested("always SHA-256 and UTF-8", query, { merchant: "rsa1_and_gbk" }),
    requested("the merchant's app_auth_token", query, { merchant: "with_token", appAuthToken: token }),
    requested("the call's app_auth_token", { ...query, appAuthToken: "another" }, { merchant: "with_token", appAuthToken: "another" }),
    requested("no app_auth_token for this call", { ...query, appAuthToken: "" }, { merchant: "with_token" }),
    requested("certificates", query, { merchant: "certificates", auth: `app_id=${app_id},app_cert_sn=${snOf(11)}`, headers: { "alipay-root-cert-sn": snOf(10) } }),
    requested("encrypted, then signed", query, { merchant: "encrypts", signed: encrypted(biz), type: "text/plain", headers: AES }),
    requested("not encrypted for once", { ...query, plain: true }, { merchant: "encrypts" }),
    requested("nothing to encrypt", get, { merchant: "encrypts" }),
    requested("files: only the data part is signed", upload, { signed: biz, ...plainParts }),
    requested("files and an encrypted data part", upload, { merchant: "encrypts", signed: encrypted(biz), ...encryptedParts, headers: AES }),
    requested("files with an empty data part", { ...upload, body: undefined }, { signed: "", ...(await multipart("", "application/json")) }),
    requested("a sandbox on this machine", query, { merchant: "sandbox", host: "http://127.0.0.1:8787" }),
    requested("a gateway without a path", query, { merchant: "gateway_without_path", host: "https://openapi.example.com" }),
    requested("signed elsewhere", { ...query, signature: base64(crypto.sign("sha256", Buffer.from(sent(query).toSign), secret("app_2048"))) }, { merchant: "signs_elsewhere" }),
    prepared("a body", query, { merchant: "signs_elsewhere" }),
    prepared("files", upload, { merchant: "signs_elsewhere", signed: biz }),
    prepared("an app_auth_token", query, { merchant: "with_token", appAuthToken: token }),
    misasked("signed elsewhere, without a signature", query, "signer_external", "signs_elsewhere"),
    misasked("signed elsewhere, too short", query, "signature_format", "signs_elsewhere", { signature: base64(Buffer.alloc(64)) }),
    misasked("a path of the old protocol", { ...query, path: "/gateway.do" }, "v3_path"),
    misasked("another host", { ...query, path: "https://example.com/v3/a" }, "v3_path"),
    misasked("a path with a line break", { ...query, path: "/v3/a\nGET" }, "v3_path"),
    misasked("a path with a fragment", { ...query, path: "/v3/a#b" }, "v3_path"),
    misasked("a path that is not encoded", { ...query, path: "/v3/a?b=特" }, "v3_path"),
    misasked("a method that is none", { ...query, method: "post" }, "field_type"),
    misasked("GET with a body", { ...query, method: "GET" }, "field_conflict"),
    misasked("GET with files", { ...upload, method: "GET", body: "" }, "field_conflict"),
    misasked("a body that is no object", { ...query, body: "[1]" }, "json_syntax"),
    misasked("a nonce that is too short", query, "nonce", "keys", { nonce: "1234567" }),
    misasked("a nonce with a comma", query, "nonce", "keys", { nonce: "12345678,timestamp=1" }),
    misasked("a file that holds the boundary", { ...upload, files: [{ ...upload.files[0], content: base64(`--alipay-${nonce}`) }] }, "nonce"),
    misasked("a file without a name", { ...upload, files: [{ ...upload.files[0], name: "" }] }, "field_missing"),
    misasked("a file with a line break in its type", { ...upload, files: [{ ...upload.files[0], contentType: "a/b\r\nx: y" }] }, "field_type"),
    misasked("an app_auth_token with a line break", { ...query, appAuthToken: "a\nb" }, "app_auth_token"),

    opened("success", response(200, trade), read(200, trade)),
    opened("created", response(201, trade), read(201, trade)),
    opened("a success without a body", response(204, ""), read(204, "")),
    opened("a success whose method has a member named code", response(200, '{"code":"x","message":"y"}'), read(200, '{"code":"x","message":"y"}')),
    opened("an error", response(404, notFound), read(404, notFound, error)),
    opened("an error's body under 200 is an error: no signature covers the status", response(200, notFound), read(200, notFound, error)),
    opened("an error without a signature is not verified", response(500, notFound, { by: null }), read(500, notFound, { ...error, ...unverified })),
    opened("a merchant on SHA-1", response(200, trade), read(200, trade), "rsa1_and_gbk"),
    opened("by the certificate that alipay-sn names", response(200, trade, { by: "weak_1024", headers: [["alipay-sn", snOf(13)]] }), read(200, trade), "certificates"),
    opened("by the configured certificate", response(200, trade, { headers: [["Alipay-Sn", snOf(12)]] }), read(200, trade), "certificates"),
    opened("naming no certificate", response(200, trade), read(200, trade), "certificates"),
    opened("encrypted", response(200, cipher, { headers: [["alipay-encrypt-type", "AES"]] }), read(200, trade), "encrypts"),
    opened("encrypted, and no header says so", response(200, cipher), read(200, trade), "encrypts"),
    opened("an encrypted error", response(400, encrypted(notFound), { headers: [["alipay-encrypt-type", "AES"]] }), read(400, notFound, error), "encrypts"),
    opened("plain although a key is there", response(200, trade), read(200, trade), "encrypts"),
    opened("fresh", { ...response(200, trade), now, windowMs: 1000 }, read(200, trade)),
    opened("fresh, the host's clock behind", { ...response(200, trade), now: now - 2000, windowMs: 1000 }, read(200, trade)),
    opened("old, and any age will do", response(200, trade, { at: "1406142470000" }), read(200, trade, { timestamp: 1406142470000 })),
    opened("an error without a signature has no time", { ...response(500, notFound, { by: null }), now, windowMs: 1000 }, read(500, notFound, { ...error, ...unverified })),
    refused("stale", { ...response(200, trade), now, windowMs: 999 }, "response_stale"),
    refused("from the future", { ...response(200, trade), now: now - 2001, windowMs: 1000 }, "response_stale"),
    refused("a time that is none", { ...response(200, trade, { at: "yesterday" }), now, windowMs: 1000 }, "response_stale"),
    refused("a window without a clock", { ...response(200, trade), windowMs: 1000 }, "field_conflict"),
    refused("success without a signature", response(200, trade, { by: null }), "signature_missing"),
    refused("success without its time", response(200, trade, { drop: ["Alipay-Timestamp"] }), "signature_missing"),
    refused("success without its nonce", response(200, trade, { drop: ["alipay-nonce"] }), "signature_missing"),
    refused("an error with a signature but without its nonce", response(404, notFound, { drop: ["alipay-nonce"] }), "signature_missing"),
    refused("another body than was signed", response(200, trade.replace("SUCCESS", "CLOSED"), { signed: trade }), "signature_invalid"),
    refused("another error than was signed", response(404, notFound.replace("NOT_EXIST", "CLOSE"), { signed: notFound }), "signature_invalid"),
    refused("a line break more", response(200, `${trade}\n`, { signed: trade }), "signature_invalid"),
    refused("signed with SHA-1", response(200, trade, { hash: "RSA" }), "signature_invalid", "rsa1_and_gbk"),
    refused("signed by another", response(200, trade, { by: "other_2048" }), "signature_invalid"),
    refused("by a certificate not known yet", response(200, trade, { headers: [["alipay-sn", snOf(14)]] }), "alipay_cert_unknown", "certificates"),
    refused("naming one and signed by another", response(200, trade, { by: "weak_1024", headers: [["alipay-sn", snOf(12)]] }), "signature_invalid", "certificates"),
    refused("two signatures", response(200, trade, { headers: [["alipay-signature", signature("alipay_2048", "x")]] }), "response_duplicate"),
    refused("two nonces", response(200, trade, { headers: [["ALIPAY-NONCE", drawn]] }), "response_duplicate"),
    refused("a signature that is no base64", response(200, trade, { by: null, headers: [["alipay-timestamp", time], ["alipay-nonce", drawn], ["alipay-signature", "%"]] }), "signature_format"),
    refused("encrypted, and no key here", response(200, cipher, { headers: [["alipay-encrypt-type", "AES"]] }), "content_key_missing"),
    refused("an encrypted error without a signature", response(400, encrypted(notFound), { by: null, headers: [["alipay-encrypt-type", "AES"]] }), "signature_missing", "encrypts"),
    refused("signed, but neither an object nor a cipher", response(200, "[1]"), "response_not_json"),
    refused("signed, but neither an object nor a cipher, with a key", response(200, "[1]"), "decryption_failed", "encrypts"),
    refused("HTML", response(502, "<html>", { by: null }), "response_not_json"),
    refused("an error without a body", response(500, "", { by: null }), "response_not_json"),
    refused("a redirection", response(302, trade), "response_status"),
    refused("no bytes of UTF-8", response(200, Buffer.from("7b22cce4223a317d", "hex")), "response_not_json"),
  ],
};
