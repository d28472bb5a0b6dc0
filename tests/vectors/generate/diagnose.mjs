// What happened to a message that does not verify: signed by node:crypto, changed here, explained there.
//
// The texts are read from the core's table, since they are nothing to be computed; the verdicts, causes, parameters and proofs
// are decided here.

import { readFileSync } from "node:fs";
import { merchants as certified, sns } from "./cert.mjs";
import { encode } from "./charset.mjs";
import { base64, canonical, publicDer, signature } from "./oracle.mjs";

const app_id = "2014072300007148";
const key = "alipay_2048";
const provenance = "protocol, section 3, why verification fails in the field; signed by node:crypto and changed by JavaScript";

/** The table of causes, as the core has it: cause → [meaning, remedy] in English and Chinese. */
const table = new Map(
  [...readFileSync(new URL("../../../core/src/diagnose/cause.rs", import.meta.url), "utf8").matchAll(/^ {4}[A-Z][A-Za-z0-9]* "([a-z0-9_]+)" "(.*?)" "(.*?)" "(.*?)" "(.*?)";$/gm)].map(
    ([, code, meaningEn, meaningZh, remedyEn, remedyZh]) => [code, { meaningEn, meaningZh, remedyEn, remedyZh }],
  ),
);
const finding = (cause, fields = [], proof = "digest") => {
  if (!table.has(cause)) throw new Error(`diagnose: ${cause} is no cause`);
  return { cause, fields, proof, ...table.get(cause) };
};

const message = {
  app_id,
  body: " two\nlines ",
  buyer_id: "2088202954065786",
  charset: "utf-8",
  fund_bill_list: '[{"fundChannel":"ALIPAYACCOUNT","amount":"88.80"}]',
  gmt_payment: "2014-11-27 15:45:58",
  notify_id: "91722adff935e8cfa58b3aabf4dead6ibe",
  notify_type: "trade_status_sync",
  out_trade_no: "20150320010101001",
  passback_params: "k%3D1",
  subject: "咖啡+面包 & <tea>",
  total_amount: "88.80",
  trade_status: "TRADE_SUCCESS",
};
const complete = (fields = message, { drop = ["sign_type"], by = key, sign_type = "RSA2" } = {}) => {
  const all = { ...fields, sign_type };
  return { ...all, sign: signature(by, canonical(Object.entries(all), drop), sign_type) };
};
const genuine = complete();
if (!genuine.sign.includes("+")) throw new Error("diagnose: this signature has no plus to lose");
/** The same, signed over the bytes of GBK; the text of it, as a program that reads bytes as something else hands it on. */
const inGbk = (fields) => {
  const all = { ...fields, sign_type: "RSA2" };
  return { ...all, sign: signature(key, encode("gbk", canonical(Object.entries(all), ["sign_type"]))) };
};
const gbk = inGbk({ ...message, charset: "gbk" });
/** A form over bytes: the values' text in this charset. */
const gbkForm = (fields) =>
  Buffer.from(Object.entries(fields).map(([name, value]) => `${name}=${[...encode("gbk", value)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")}`).join("&")).toString("base64");
const readAs = (charset, bytes) => new TextDecoder(charset).decode(bytes);
/** UTF-8 that GBK reads without loss. */
const even = complete({ ...message, subject: "面包" });
const named = (alipay_cert_sn, by) => complete({ ...message, alipay_cert_sn }, { by });
const someSn = "0123456789abcdef0123456789abcdef";
const certSn = (cause, proof) => finding(cause, ["alipay_cert_sn"], proof);
const form = (fields) => base64(new URLSearchParams(fields).toString());
const V1 = { signTypeSigned: false, emptySigned: null, certSnSigned: null };
const expected = (verdict, findings, variant = V1, unknownCertSn = null) => ({ expect: { verdict, findings, variant, unknownCertSn } });

const row = (operation, merchant = "shop") => (name, input, more) => ({ name, provenance, operation, ...(merchant && { merchant }), input, ...more });
const decodedRow = row("diagnoseDecoded");
const bodyRow = row("diagnoseNotify");
const response = row("diagnoseResponse");
const v3 = row("diagnoseV3Response");
const request = row("diagnoseRequest", null);

/** One parameter changed, of the decoded message and of the raw body: the same cause. */
const changed = (cause, name, change, text = cause) => {
  const after = { ...genuine, [name]: change(genuine[name]) };
  if (after[name] === genuine[name]) throw new Error(`diagnose: ${cause}: nothing changed`);
  return [
    decodedRow(`decoded: ${text}`, { fields: Object.entries(after) }, expected("repaired", [finding(cause, [name])])),
    bodyRow(`body: ${text}`, { body: form(after) }, expected("repaired", [finding(cause, [name])])),
  ];
};
const without = (...names) => Object.fromEntries(Object.entries(genuine).filter(([name]) => !names.includes(name)));
const fields = (of) => ({ fields: Object.entries(of) });

const node = '{"code":"10000","msg":"Success","out_trade_no":"20150320010101001","qr_code":"https:\\/\\/qr.alipay.com\\/x","store":"咖啡","total_amount":"88.80"}';
const answered = (text, sign = signature(key, node)) => ({ method: "alipay.trade.precreate", body: base64(`{"alipay_trade_precreate_response":${text},"sign":"${sign}"}`) });
const inCertificateMode = (sn, by) => ({ method: "alipay.trade.precreate", body: base64(`{"alipay_trade_precreate_response":${node},"alipay_cert_sn":"${sn}","sign":"${signature(by, node)}"}`) });
const v3Node = '{"trade_no":"2026112222001","subject":"咖啡+茶"}';
const v3Headers = ({ by = key, body = v3Node, ...more } = {}) =>
  Object.entries({ "alipay-timestamp": "1732243200000", "alipay-nonce": "nonce-1", "alipay-signature": signature(by, `1732243200000\nnonce-1\n${body}\n`), ...more }).filter(([, value]) => value !== undefined);
const v3Came = (body, more) => ({ headers: v3Headers(more), body: base64(body) });
const whole = (verdict, ...findings) => expected(verdict, findings, null);

const ours = `app_id=${app_id}&biz_content={"auth_code":"28763443825664394","out_trade_no":"1","subject":"a+b & c=d"}&charset=utf-8&method=alipay.trade.pay&sign_type=RSA2&timestamp=2026-11-22 11:00:00&version=1.0`;
const biz = ours.slice(ours.indexOf("{"), ours.indexOf("}") + 1);
const said = (text) => `验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：${text}`;
const html = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
const seen = (name, text, differences) => request(`request: ${name}`, { stringToSign: ours, subMsg: said(text) }, { expect: { cause: null, remedyEn: null, remedyZh: null, differences } });
const difference = (parameter, kind, more) => ({ parameter, member: null, kind, cause: null, at: null, ourLength: null, gatewayLength: null, ours: null, gateway: null, ...more });
const cause = (code) => ({ expect: { cause: code, remedyEn: table.get(code).remedyEn, remedyZh: table.get(code).remedyZh, differences: [] } });

export const diagnose = {
  description: "Why a signature does not verify: the verdict and the causes with their texts, never a verification.",
  source: "tests/vectors/generate/diagnose.mjs, signed with node:crypto",
  runner: "operation",
  merchants: {
    shop: { appId: app_id, alipayPublicKey: base64(publicDer(key)) },
    swapped: { appId: app_id, alipayPublicKey: base64(publicDer("app_2048")) },
    gbk: { appId: app_id, alipayPublicKey: base64(publicDer(key)), charset: "gbk" },
    certificates: certified.knows_the_next,
    sha1: { appId: app_id, alipayPublicKey: base64(publicDer(key)), signType: "RSA" },
  },
  rows: [
    bodyRow("as it stands", { body: form(genuine) }, expected("verifies", [])),
    bodyRow("as it stands, V2", { body: form(complete(message, { drop: [] })) }, expected("verifies", [], { ...V1, signTypeSigned: true })),
    ...changed("plus_became_space", "subject", (v) => v.replace("+", " ")),
    ...changed("plus_not_decoded", "gmt_payment", (v) => v.replace(" ", "+")),
    ...changed("html_escaped", "fund_bill_list", html),
    ...changed("double_decoded", "passback_params", decodeURIComponent),
    ...changed("not_decoded", "subject", encodeURIComponent),
    ...changed("trimmed", "body", (v) => v.trim()),
    ...changed("whitespace_added", "total_amount", (v) => `${v} `),
    ...changed("json_rewritten", "fund_bill_list", (v) => JSON.stringify(JSON.parse(v), null, 2), "json_rewritten, indented"),
    ...changed("json_rewritten", "fund_bill_list", (v) => JSON.stringify(JSON.parse(v), ["amount", "fundChannel"]), "json_rewritten, in another order"),
    ...changed("utf8_read_as_latin1", "subject", (v) => Buffer.from(v).toString("latin1")),
    ...changed("list_value", "out_trade_no", (v) => JSON.stringify([v])),
    ...changed("number_rewritten", "total_amount", (v) => String(Number(v))),
    ...changed("line_ends", "body", (v) => v.replace("\n", "\r\n")),
    ...changed("slashes_added", "fund_bill_list", (v) => v.replaceAll('"', '\\"')),
    decodedRow("an extra parameter", fields({ ...genuine, id: "7" }), expected("repaired", [finding("extra_parameter", ["id"])])),
    bodyRow("two extra parameters", { body: form({ ...genuine, _route: "/notify", id: "7" }) }, expected("repaired", [finding("extra_parameter", ["_route", "id"])])),
    decodedRow("charset is missing", fields(without("charset")), expected("repaired", [finding("missing_parameter", ["charset"])])),
    decodedRow("sign_type is missing", fields(Object.fromEntries(Object.entries(complete(message, { drop: [] })).filter(([name]) => name !== "sign_type"))), expected("repaired", [finding("sign_type_dropped", ["sign_type"])], { ...V1, signTypeSigned: true })),
    decodedRow("the pluses of sign are lost", fields({ ...genuine, sign: genuine.sign.replaceAll("+", " ") }), expected("repaired", [finding("sign_plus_lost", ["sign"], "padding")])),
    decodedRow("sign is wrapped", fields({ ...genuine, sign: genuine.sign.replace(/.{64}/g, "$&\n") }), expected("repaired", [finding("sign_rewritten", ["sign"], "padding")])),
    decodedRow("a pair: an extra parameter and HTML", fields({ ...genuine, id: "7", fund_bill_list: html(genuine.fund_bill_list) }), expected("repaired", [finding("html_escaped", ["fund_bill_list"]), finding("extra_parameter", ["id"])])),
    bodyRow("the body was JSON", { body: base64(JSON.stringify(genuine)) }, expected("repaired", [finding("body_is_json")])),
    bodyRow("the body was encoded as a whole", { body: base64(encodeURIComponent(new URLSearchParams(genuine).toString())) }, expected("repaired", [finding("not_decoded")])),
    bodyRow("the amount changed", { body: form({ ...genuine, total_amount: "0.01" }), maxHashes: 2000 }, expected("altered", [finding("content_unknown", [], "exclusion")], null)),
    bodyRow("another key", { body: form(complete(message, { by: "other_2048" })) }, whole("key", finding("wrong_key_or_forged", [], "exclusion"))),
    bodyRow("made up", { body: form({ ...genuine, sign: Buffer.alloc(256, 90).toString("base64") }) }, whole("key", finding("wrong_key_or_forged", [], "exclusion"))),
    bodyRow("a key of another size", { body: form(complete(message, { by: "weak_1024" })) }, whole("key", finding("signature_length", [], "fact"))),
    bodyRow("signed by the application", { body: form(complete(message, { by: "app_2048" })), ownPublicKey: base64(publicDer("app_2048")) }, whole("key", finding("signed_by_own_key", [], "padding"))),
    { ...bodyRow("the application's key configured as Alipay's", { body: form(genuine), ownPublicKey: base64(publicDer("app_2048")) }, whole("key", finding("own_key_configured", [], "fact"))), merchant: "swapped" },
    bodyRow("SHA-1", { body: form(complete(message, { sign_type: "RSA" })) }, expected("key", [finding("algorithm_weak", ["sign_type"], "padding")])),
    bodyRow("SHA-1 called RSA2", { body: form({ ...complete(message, { sign_type: "RSA" }), sign_type: "RSA2" }) }, expected("key", [finding("algorithm_mismatch", ["sign_type"], "padding")])),
    bodyRow("SHA-256 called RSA", { body: form({ ...genuine, sign_type: "RSA" }) }, expected("key", [finding("algorithm_mismatch", ["sign_type"], "padding")])),
    bodyRow("no signature", { body: form(without("sign")) }, whole("unreadable", finding("signature_missing", [], "fact"))),
    bodyRow("a signature that is no base64", { body: form({ ...genuine, sign: "?" }) }, whole("unreadable", finding("signature_unreadable", [], "fact"))),
    // GBK, and what becomes of it.
    { ...bodyRow("GBK as it stands", { body: gbkForm(gbk) }, expected("verifies", [])), merchant: "gbk" },
    { ...decodedRow("GBK signed, the shop of GBK verifies UTF-8", fields(gbk), expected("repaired", [finding("gbk_signed", ["subject"])])), merchant: "gbk" },
    decodedRow("GBK signed, the shop of UTF-8 verifies UTF-8", fields(gbk), expected("repaired", [finding("gbk_signed", ["subject"])])),
    { ...bodyRow("GBK signed, the body written again in UTF-8", { body: form(gbk) }, expected("repaired", [finding("gbk_signed", ["subject"])])), merchant: "gbk" },
    decodedRow("UTF-8 read as GBK", fields({ ...even, subject: readAs("gbk", Buffer.from(even.subject)) }), expected("repaired", [finding("utf8_read_as_gbk", ["subject"])])),
    { ...decodedRow("UTF-8 read as GBK by the shop of GBK", fields({ ...even, subject: readAs("gbk", Buffer.from(even.subject)) }), expected("repaired", [finding("utf8_read_as_gbk", ["subject"])])), merchant: "gbk" },
    { ...bodyRow("GBK, and a plus became a space", { body: gbkForm({ ...gbk, subject: gbk.subject.replace("+", " ") }) }, expected("repaired", [finding("plus_became_space", ["subject"])])), merchant: "gbk" },
    { ...decodedRow("GBK read as UTF-8: bytes are lost", fields({ ...gbk, subject: readAs("utf-8", encode("gbk", gbk.subject)) }), expected("altered", [finding("bytes_lost", ["subject"], "fact"), finding("content_unknown", [], "exclusion")], null)), merchant: "gbk" },
    decodedRow("bytes are lost, and that was read as GBK", fields({ ...genuine, subject: "锟斤拷锟斤拷" }), expected("altered", [finding("bytes_lost", ["subject"], "fact"), finding("content_unknown", [], "exclusion")], null)),
    // For somebody else.
    bodyRow("for another application, with its key", { body: form(complete({ ...message, app_id: "2021000000000009" }, { by: "other_2048" })) }, whole("key", finding("other_merchant", ["app_id"], "fact"), finding("wrong_key_or_forged", [], "exclusion"))),
    bodyRow("for another application, with our key", { body: form(complete({ ...message, app_id: "2021000000000009" })) }, expected("verifies", [finding("other_merchant", ["app_id"], "fact")])),
    bodyRow("for another seller", { body: form(complete({ ...message, seller_id: "2088000000000001" })), sellerId: "2088000000000002" }, expected("verifies", [finding("other_merchant", ["seller_id"], "fact")])),
    bodyRow("for this seller", { body: form(complete({ ...message, seller_id: "2088000000000001" })), sellerId: "2088000000000001" }, expected("verifies", [])),
    // Certificates.
    { ...bodyRow("the next certificate, which is named", { body: form(named(sns.next, "weak_1024")) }, expected("verifies", [], { ...V1, certSnSigned: true })), merchant: "certificates" },
    { ...bodyRow("another certificate than the one that is named", { body: form(named(sns.alipay, "weak_1024")) }, expected("key", [certSn("cert_other", "padding")], { ...V1, certSnSigned: true })), merchant: "certificates" },
    { ...bodyRow("the next certificate, and none is named", { body: form(complete(message, { by: "weak_1024" })) }, expected("key", [certSn("cert_other", "padding")])), merchant: "certificates" },
    { ...bodyRow("an unknown certificate", { body: form(named(someSn, "other_2048")) }, expected("key", [certSn("cert_unknown", "fact")], null, someSn)), merchant: "certificates" },
    { ...bodyRow("an unknown certificate of a known key", { body: form(named(someSn, key)) }, expected("key", [certSn("cert_unknown", "fact"), certSn("cert_other", "padding")], { ...V1, certSnSigned: true }, someSn)), merchant: "certificates" },
    { ...bodyRow("a word instead of an SN", { body: form(named("planted", "other_2048")) }, expected("key", [certSn("cert_unknown", "fact")], null)), merchant: "certificates" },
    { ...bodyRow("signed by the application, by its certificate", { body: form(named(sns.alipay, "app_2048")) }, whole("key", finding("signed_by_own_key", [], "padding"))), merchant: "certificates" },
    bodyRow("an own key that is none", { body: form(genuine), ownPublicKey: "x" }, { error: "key_unreadable" }),
    bodyRow("an unknown field of the input", { body: form(genuine), limit: 1 }, { error: "argument_type" }),

    response("response: as it stands", answered(node), whole("verifies")),
    response("response: parsed and written again", answered(JSON.stringify(JSON.parse(node))), whole("repaired", finding("json_rewritten"))),
    response("response: indented", answered(JSON.stringify(JSON.parse(node), null, 2)), whole("repaired", finding("json_rewritten"))),
    response("response: UTF-8 read as ISO-8859-1", answered(Buffer.from(node).toString("latin1")), whole("repaired", finding("utf8_read_as_latin1"))),
    response("response: the amount changed", { ...answered(node.replace("88.80", "88.81")), maxHashes: 2000 }, whole("altered", finding("content_unknown", [], "exclusion"))),
    response("response: another key", answered(node, signature("other_2048", node)), whole("key", finding("wrong_key_or_forged", [], "exclusion"))),
    response("response: SHA-1 for a merchant of RSA2", answered(node, signature(key, node, "RSA")), whole("key", finding("algorithm_mismatch", [], "padding"))),
    { ...response("response: SHA-256 for a merchant of RSA", answered(node), whole("key", finding("algorithm_mismatch", [], "padding"))), merchant: "sha1" },
    response("response: GBK signed, and written again in UTF-8", answered(node, signature(key, encode("gbk", node))), whole("repaired", finding("gbk_signed"))),
    response("response: bytes are lost", answered(node.replace("咖啡", "\ufffd\ufffd")), whole("altered", finding("bytes_lost", ["store"], "fact"), finding("content_unknown", [], "exclusion"))),
    { ...response("response: an unknown certificate", inCertificateMode(someSn, "other_2048"), expected("key", [certSn("cert_unknown", "fact")], null, someSn)), merchant: "certificates" },
    { ...response("response: another certificate than the one that is named", inCertificateMode(sns.next, key), whole("key", certSn("cert_other", "padding"))), merchant: "certificates" },
    { ...response("response: the next certificate, which is named", inCertificateMode(sns.next, "weak_1024"), whole("verifies")), merchant: "certificates" },
    response("response: no signature", { method: "alipay.trade.precreate", body: base64(`{"alipay_trade_precreate_response":${node}}`) }, whole("unreadable", finding("signature_missing", [], "fact"))),
    response("response: no JSON", { method: "alipay.trade.precreate", body: base64("<html>") }, { error: "response_not_json" }),
    response("response: another method's", { ...answered(node), method: "alipay.trade.pay" }, { error: "response_no_node" }),

    v3("v3: as it stands", v3Came(v3Node), whole("verifies")),
    v3("v3: written again", v3Came(JSON.stringify(JSON.parse(v3Node), null, 1)), whole("repaired", finding("json_rewritten"))),
    v3("v3: a line end more", v3Came(`${v3Node}\n`), whole("repaired", finding("whitespace_added"))),
    v3("v3: a line end lost", v3Came(v3Node, { body: `${v3Node}\n` }), whole("repaired", finding("trimmed"))),
    v3("v3: UTF-8 read as ISO-8859-1", v3Came(Buffer.from(v3Node).toString("latin1")), whole("repaired", finding("utf8_read_as_latin1"))),
    v3("v3: bytes are lost", v3Came(v3Node.replace("茶", "\ufffd")), whole("altered", finding("bytes_lost", ["subject"], "fact"), finding("content_unknown", [], "exclusion"))),
    v3("v3: another nonce", { ...v3Came(v3Node, { "alipay-nonce": "nonce-2" }), maxHashes: 2000 }, whole("altered", finding("content_unknown", [], "exclusion"))),
    v3("v3: no nonce and no time", v3Came(v3Node, { "alipay-nonce": undefined, "alipay-timestamp": " " }), whole("altered", finding("header_missing", ["alipay-timestamp", "alipay-nonce"], "fact"), finding("content_unknown", [], "exclusion"))),
    v3("v3: no signature", v3Came(v3Node, { "alipay-signature": undefined }), whole("unreadable", finding("signature_missing", [], "fact"))),
    v3("v3: another key", v3Came(v3Node, { by: "other_2048" }), whole("key", finding("wrong_key_or_forged", [], "exclusion"))),
    v3("v3: signed with SHA-1", v3Came(v3Node, { "alipay-signature": signature(key, `1732243200000\nnonce-1\n${v3Node}\n`, "RSA") }), whole("key", finding("algorithm_mismatch", [], "padding"))),
    { ...v3("v3: an unknown certificate", v3Came(v3Node, { by: "other_2048", "alipay-sn": someSn }), expected("key", [finding("cert_unknown", ["alipay-sn"], "fact")], null, someSn)), merchant: "certificates" },
    v3("v3: two signatures", { headers: [...v3Headers(), ["Alipay-Signature", "eA=="]], body: base64(v3Node) }, { error: "response_duplicate" }),
    request("request: the same string", { stringToSign: ours, subMsg: said(ours) }, cause("same_string")),
    request("request: the same string, written as HTML", { stringToSign: ours, subMsg: said(html(ours)) }, cause("same_string")),
    request("request: no string", { stringToSign: ours, subMsg: "验签出错" }, cause("no_string")),
    seen("charset did not arrive", html(ours.replace("&charset=utf-8", "")), [difference("charset", "missing", { ourLength: 5, ours: "utf-8" })]),
    seen("a parameter more", ours.replace("&version", "&time=1&version"), [difference("time", "added", { gatewayLength: 1 })]),
    seen("another time", ours.replace("11:00:00", "11:00:01"), [difference("timestamp", "changed", { at: 18, ourLength: 19, gatewayLength: 19, ours: "2026-11-22 11:00:00", gateway: "2026-11-22 11:00:01" })]),
    seen("a plus became a space", ours.replace("a+b", "a b"), [difference("biz_content", "changed", { member: "subject", cause: "plus_became_space", at: 2, ourLength: 11, gatewayLength: 11 })]),
    seen("another auth_code, which is not shown", ours.replace("28763443825664394", "28763443825664395"), [difference("biz_content", "changed", { member: "auth_code", at: 17, ourLength: 19, gatewayLength: 19 })]),
    seen("biz_content written again", ours.replace('":"', '": "'), [difference("biz_content", "changed", { cause: "json_rewritten", at: 13, ourLength: biz.length, gatewayLength: biz.length + 1 })]),
    seen("read as ISO-8859-1", ours.replace("a+b", Buffer.from("é").toString("latin1")), [difference("biz_content", "changed", { member: "subject", at: 1, ourLength: 11, gatewayLength: 10 })]),
  ],
};
