// Bad input of every kind: always our error with our code, never a crash, never a hang.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { app, gateway, HASTY, options, ORDER, PAID, paidNotification } from "../support/gateway.mjs";
import { api } from "../support/package.mjs";

const { Alipay, AlipayError, call, drive, pay, Payment, resume, tradePay, tradeQuery } = api;
const alipay = new Alipay(options);
const query = tradeQuery({ out_trade_no: "A1" });

/** It throws our error with this code, and about this subject if there is one. */
function refuses(work, code, subject) {
  assert.throws(work, (error) => {
    assert.ok(error instanceof AlipayError, `${code}: ${inspect(error)}`);
    assert.ok(error instanceof Error);
    assert.equal(error.name, "AlipayError");
    assert.deepEqual([error.code, error.subject], [code, subject], inspect(error));
    assert.equal(typeof error.fault, "string");
    return true;
  });
}

async function rejects(work, code, subject) {
  const thrown = await work().then(() => assert.fail(`${code} was expected`), (error) => error);
  refuses(() => { throw thrown; }, code, subject);
}

const NOT_TEXT = [undefined, null, 5, NaN, 5n, true, {}, [], () => {}, Symbol("x"), new Date(), new Uint8Array(3), "\ud800", "a\udc00b"];
const NOT_BYTES = [undefined, null, 5, "text", {}, [1, 2], new Uint16Array(2), new DataView(new ArrayBuffer(2)), new ArrayBuffer(2)];
const NOT_OBJECTS = [null, 5, "text", true, [], () => {}, 5n, Symbol("x")];
const throwing = { get appId() { throw new Error("secret"); } };
const circular = {};
circular.self = circular;

test("texts", () => {
  for (const wrong of NOT_TEXT) {
    refuses(() => api.chargeAmount(wrong), "argument_type", "text");
    refuses(() => api.readAmount(wrong), "argument_type", "text");
    refuses(() => api.fromBeijing(wrong), "argument_type", "text");
    refuses(() => api.businessCode(wrong), "argument_type", "subCode");
    refuses(() => call(wrong, "{}"), "argument_type", "method");
    refuses(() => call("alipay.trade.query", wrong), "argument_type", "bizContent");
    refuses(() => alipay.verify("m", wrong), "argument_type", "signature");
    refuses(() => alipay.open(wrong, { status: 200, body: new Uint8Array() }), "argument_type", "method");
  }
  for (const wrong of NOT_TEXT.filter((value) => value !== undefined)) {
    refuses(() => alipay.sign("m", wrong), "argument_type", "signType");
  }
});

test("bytes, and texts where both are taken", () => {
  for (const wrong of NOT_BYTES.filter((value) => typeof value !== "string")) {
    refuses(() => alipay.sign(wrong), "argument_type", "message");
    refuses(() => alipay.verify(wrong, "AAAA"), "argument_type", "message");
    refuses(() => alipay.verifyNotify(wrong), "argument_type", "rawBody");
    refuses(() => api.decodeForm(wrong), "argument_type", "body");
    refuses(() => api.inspectPrivateKey(wrong), "argument_type", "key");
    refuses(() => api.inspectPublicKey(wrong), "argument_type", "key");
  }
  for (const wrong of NOT_BYTES) {
    refuses(() => alipay.open("alipay.trade.query", { status: 200, body: wrong }), "argument_type", "body");
    refuses(() => alipay.prepare(query).finish(wrong), "argument_type", "signature");
    refuses(() => Payment.restore(alipay, wrong), "argument_type", "snapshot");
    refuses(() => api.snapshotNumber(wrong), "argument_type", "snapshot");
  }
  for (const status of [-1, 65_536, 1.5, NaN, "200", null, undefined]) {
    refuses(() => alipay.open("alipay.trade.query", { status, body: new Uint8Array() }), "argument_type", "status");
  }
});

test("numbers for amounts and times that are none", () => {
  for (const wrong of [88.88, 1, 0, NaN, 5n]) refuses(() => api.chargeAmount(wrong), "argument_type", "text");
  refuses(() => tradePay({ ...ORDER, total_amount: 88.88 }), "field_type", "total_amount");
  refuses(() => new Payment(alipay, { ...ORDER, total_amount: 88.88 }), "field_type", "total_amount");
  for (const now of [NaN, Infinity, -Infinity, -1, 0.5, 1e300, Number.MAX_SAFE_INTEGER, 253_402_300_800_000]) {
    refuses(() => api.toBeijing(now), "time_range");
    refuses(() => alipay.prepare(query, now), "time_range");
    refuses(() => alipay.request(query, now), "time_range");
    refuses(() => new Payment(alipay, ORDER, {}, now), "time_range");
    const payment = new Payment(alipay, ORDER);
    refuses(() => payment.poll(now), "time_range");
    refuses(() => payment.cancel(now), "time_range");
    refuses(() => payment.handle({ type: "cancel" }, now), "time_range");
    refuses(() => Payment.restore(alipay, payment.snapshot(), now), "time_range");
  }
  for (const now of ["1795262400000", null, 5n, {}, new Date()]) {
    refuses(() => alipay.prepare(query, now), "argument_type", "now");
    refuses(() => new Payment(alipay, ORDER).poll(now), "argument_type", "now");
  }
});

test("options: unknown ones and wrong types are named", () => {
  for (const wrong of [undefined, ...NOT_OBJECTS]) refuses(() => new Alipay(wrong), "argument_type", "options");
  refuses(() => new Alipay({ ...options, app_id: "x" }), "options", "app_id");
  refuses(() => new Alipay({ ...options, allowHttp: "yes" }), "options", "allowHttp");
  refuses(() => new Alipay({ ...options, privateKey: null }), "options", "privateKey");
  refuses(() => new Alipay({ ...options, signer: "me" }), "options", "signer");
  refuses(() => new Alipay({ ...options, signer: () => new Uint8Array() }), "options", "signer");
  refuses(() => new Alipay({}), "options", "appId");
  refuses(() => new Alipay({ appId: "x" }), "options", "alipayPublicKey");
  refuses(() => new Alipay({ ...options, signType: "MD5" }), "sign_type", undefined);
  refuses(() => new Alipay({ ...options, privateKey: options.alipayPublicKey }), "key_is_public", "privateKey");
  refuses(() => new Alipay({ ...options, alipayPublicKey: app.publicKey }), "key_is_own", undefined);
  refuses(() => new Alipay(throwing), "argument_type", "options");
  refuses(() => new Payment(alipay, ORDER, { pollInterval: 5 }), "options", "pollInterval");
  refuses(() => new Payment(alipay, ORDER, { pollIntervalMs: "5" }), "options", "pollIntervalMs");
  refuses(() => new Payment(alipay, ORDER, { pollIntervalMs: 1 }), "policy_range", "pollIntervalMs");
  for (const wrong of NOT_OBJECTS) {
    refuses(() => new Payment(alipay, ORDER, wrong), "argument_type", "policy");
    refuses(() => new Payment(alipay, wrong), "argument_type", "order");
    refuses(() => tradePay(wrong), "argument_type", "request");
    refuses(() => alipay.prepare(wrong), "argument_type", "call");
  }
  for (const wrong of [null, 5, {}, options, Object.create(Alipay.prototype)]) {
    refuses(() => new Payment(wrong, ORDER), "argument_type", "alipay");
    refuses(() => Payment.restore(wrong, new Uint8Array()), "argument_type", "alipay");
  }
  refuses(() => tradePay(circular), "argument_type", "request");
  refuses(() => tradePay({ ...ORDER, quantity: 5n }), "argument_type", "request");
  refuses(() => tradePay({ toJSON: () => { throw new Error("secret"); } }), "argument_type", "request");
  refuses(() => tradePay({ toJSON: () => undefined }), "argument_type", "request");
  refuses(() => tradePay({ toJSON: () => 5 }), "json_syntax", undefined);
  refuses(() => api.stringToSign([["a"]]), "argument_type", "parameters");
  refuses(() => api.stringToSign({ a: 5 }), "argument_type", "parameters");
  refuses(() => api.encodeForm([["a", "b", "c"]]), "argument_type", "fields");
  refuses(() => call("alipay.trade.query", "{}", [["sign", "x"]]), "parameter_reserved", "sign");
  refuses(() => call("alipay.trade.query", "[]"), "json_syntax", "biz_content");
  refuses(() => call("Alipay", "{}"), "method_name", undefined);
  refuses(() => alipay.request({ ...query, more: 1 }), "argument_type", "call");
});

test("options of what runs a payment", async () => {
  const { transport } = gateway({ pay: PAID });
  const wrong = {
    transport: [null, "fetch", {}],
    store: [null, "file", {}, { save: 5 }, () => {}, { save() {}, acquire: 5 }, { save() {}, release: null }],
    signal: [null, "now", {}, new AbortController()],
    cancel: [null, () => {}],
    onPhase: [null, "x"],
    onProblem: [{}],
    onNews: ["x"],
    start: [null, 5],
    onPayment: [5],
    policy: [null, 5, "fast"],
    onPhases: [() => {}],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) await rejects(() => pay(alipay, ORDER, { transport, [name]: value }), "options", name);
  }
  for (const value of NOT_OBJECTS) {
    await rejects(() => pay(alipay, ORDER, value), "argument_type", "options");
    await rejects(() => drive(value), "argument_type", "payment");
  }
  await rejects(() => resume(alipay, new Payment(alipay, ORDER).snapshot(), { policy: {} }), "options", "policy");
  await rejects(() => pay(alipay, ORDER, { transport, start: { firstID: 1 } }), "options", undefined);
  await rejects(() => resume(alipay, new Payment(alipay, ORDER).snapshot(), { restored: 5 }), "options", "restored");
  await rejects(() => resume(alipay, new Payment(alipay, ORDER).snapshot(), { restored: { dead: true } }), "options", undefined);
  await rejects(() => resume(alipay, new Uint8Array([1, 2, 3])), "snapshot_corrupt", undefined);
  await rejects(() => resume(alipay, "snapshot"), "argument_type", "snapshot");
  for (const timeoutMs of [0, -1, 1.5, NaN, "5", 120_001]) {
    await rejects(() => alipay.execute(query, { transport, timeoutMs }), "options", "timeoutMs");
  }
  await rejects(() => alipay.execute(query, { transport, retry: 5 }), "options", "retry");
  await rejects(() => alipay.execute(5), "argument_type", "call");
  for (const bits of [0, 1024, 2047, 2048.5, NaN, -1, Infinity]) await rejects(() => api.generateKeyPair(bits), "keygen_bits", undefined);
  await rejects(() => api.generateKeyPair("2048"), "argument_type", "bits");
});

test("inputs of the machine", () => {
  const payment = new Payment(alipay, ORDER);
  const body = new Uint8Array(1);
  for (const wrong of NOT_OBJECTS) refuses(() => payment.handle(wrong), "argument_type", "input");
  refuses(() => payment.handle({}), "argument_type", "type");
  refuses(() => payment.handle({ type: "Cancel" }), "argument_type", "type");
  for (const id of [undefined, -1, 1.5, NaN, "1", 2 ** 32]) {
    refuses(() => payment.handle({ type: "response", id, status: 200, body }), "argument_type", "id");
    refuses(() => payment.handle({ type: "failure", id, failure: "notSent" }), "argument_type", "id");
    refuses(() => payment.handle({ type: "signature", id, signature: body }), "argument_type", "id");
  }
  refuses(() => payment.handle({ type: "response", id: 1, status: 200, body: "text" }), "argument_type", "body");
  refuses(() => payment.handle({ type: "failure", id: 1, failure: "sent" }), "argument_type", "failure");
  refuses(() => payment.handle({ type: "response", id: 1, status: 200, body, reset: "yes" }), "argument_type", "reset");
  for (const id of [undefined, -1, 1.5, NaN, "1", 2 ** 32]) refuses(() => payment.isWanted(id), "argument_type", "id");
  for (const wrong of [undefined, null, 1, "yes"]) refuses(() => payment.setResetsOnDeath(wrong), "argument_type", "resets");
  refuses(() => payment.giveUp(), "not_unresolved", undefined);
  refuses(() => payment.handle({ type: "notify", body: "text" }), "argument_type", "body");
  refuses(() => payment.handle({ type: "notify", body }), "signature_missing", undefined);
  // Answers to what was never asked change nothing.
  payment.handle({ type: "response", id: 4_294_967_295, status: 200, body });
  payment.handle({ type: "failure", id: 7, failure: "maybeSent" });
  assert.equal(payment.phase, "ready");
});

test("empty and huge texts, bytes that are no UTF-8", () => {
  const huge = "支".repeat(1 << 20);
  refuses(() => api.chargeAmount(""), "amount_format", undefined);
  refuses(() => api.chargeAmount(huge), "amount_format", undefined);
  refuses(() => api.fromBeijing(huge), "time_format", undefined);
  refuses(() => new Alipay({ ...options, appId: huge }), "app_id", undefined);
  refuses(() => new Alipay({ ...options, privateKey: huge }), "key_unreadable", "privateKey");
  refuses(() => new Alipay({ ...options, privateKey: "" }), "key_unreadable", "privateKey");
  refuses(() => api.inspectPrivateKey(huge), "key_unreadable", undefined);
  refuses(() => api.inspectPublicKey(new Uint8Array(1 << 22).fill(0x30)), "key_unreadable", undefined);
  refuses(() => call(huge, "{}"), "method_name", undefined);
  refuses(() => tradePay({ ...ORDER, subject: huge }), "field_too_long", "subject");
  refuses(() => alipay.verifyNotify(""), "signature_missing", undefined);
  refuses(() => alipay.verifyNotify(new Uint8Array([0xff, 0xfe, 0x25])), "form_malformed", undefined);
  refuses(() => alipay.verify("m", huge), "signature_format", "signature");
  refuses(() => alipay.verify("m", "AAAA".repeat(1 << 18)), "signature_invalid", undefined);
  refuses(() => alipay.open("alipay.trade.query", { status: 200, body: new Uint8Array(1 << 22) }), "response_too_large", undefined);
  refuses(() => alipay.open("alipay.trade.query", { status: 200, body: new Uint8Array([0xff, 0xfe]) }), "response_not_json", undefined);
  refuses(() => alipay.open("alipay.trade.query", { status: 200, body: new Uint8Array() }), "response_not_json", undefined);
  assert.equal(alipay.sign(huge).length, 344);
  assert.equal(api.businessCode(huge).code, "");
  const form = api.encodeForm([["a", huge]]);
  assert.equal(api.decodeForm(form)[0][1].length, 3 << 20);
  assert.equal(call("alipay.trade.query", JSON.stringify({ huge })).bizContent.length, huge.length + 11);
  refuses(() => alipay.prepare(query).finish(new Uint8Array(5)), "signature_format", undefined);
  refuses(() => alipay.prepare(query).finish(new Uint8Array(1 << 20)), "signature_format", undefined);
});

test("what was closed says so, and may be closed again", async () => {
  const closed = new Alipay(options);
  const prepared = closed.prepare(query);
  closed.close();
  closed.close();
  const uses = [
    () => closed.sign("m"),
    () => closed.verify("m", "AAAA"),
    () => closed.verifyNotify(paidNotification()),
    () => closed.prepare(query),
    () => prepared.finish(new Uint8Array(256)),
    () => closed.request(query),
    () => closed.open("alipay.trade.query", { status: 200, body: new Uint8Array() }),
    () => closed.signsExternally,
    () => new Payment(closed, ORDER),
  ];
  for (const use of uses) refuses(use, "closed", undefined);
  await rejects(() => closed.requestAsync(query), "closed", undefined);
  await rejects(() => closed.execute(query), "closed", undefined);
  await rejects(() => pay(closed, ORDER), "closed", undefined);

  const payment = new Payment(alipay, ORDER);
  payment.close();
  payment.close();
  const more = [
    () => payment.poll(),
    () => payment.cancel(),
    () => payment.notify(paidNotification()),
    () => payment.handle({ type: "failure", id: 1, failure: "notSent" }),
    () => payment.snapshot(),
    () => payment.giveUp(),
    () => payment.isWanted(1),
    () => payment.setResetsOnDeath(true),
    () => payment.phase,
    () => payment.outcome,
    () => payment.heard,
    () => payment.outTradeNo,
  ];
  for (const use of more) refuses(use, "closed", undefined);
  await rejects(() => drive(payment), "closed", undefined);
});

test("no value appears in an error, and nothing secret in what is printed", () => {
  const secret = "SECRET_VALUE";
  for (const work of [
    () => new Alipay({ ...options, appId: `${secret}!` }),
    () => new Alipay({ ...options, privateKey: secret }),
    () => api.chargeAmount(secret),
    () => call(secret, "{}"),
    () => tradePay({ ...ORDER, out_trade_no: `${secret}!` }),
  ]) {
    assert.throws(work, (error) => !inspect(error).includes(secret));
  }
  const printed = inspect([alipay, new Payment(alipay, ORDER, HASTY)], { depth: 9 }) + JSON.stringify([alipay, new Payment(alipay, ORDER)]);
  for (const hidden of [ORDER.auth_code, options.privateKey.slice(60, 100)]) assert.ok(!printed.includes(hidden), printed);
});

test("the table of codes is the engine's, and every code has a fault and a meaning", () => {
  const rows = api.errorCodes();
  assert.ok(rows.length >= 60);
  for (const { code, fault, message } of rows) {
    const error = new AlipayError(code, "subject");
    assert.deepEqual([error.code, error.fault, error.message], [code, fault, `subject: ${message} (${code})`]);
  }
  for (const name of ["AbortedError", "Alipay", "AlipayError", "NotSentError", "Payment"]) assert.equal(api[name].name, name);
  assert.match(api.version(), /^\d+\.\d+\.\d+/);
});
