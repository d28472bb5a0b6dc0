// A gateway in this process, to say anything at all with Alipay's signature: keys, answers, notifications, a merchant.

import { createSign, generateKeyPairSync } from "node:crypto";

const PEM = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
const keys = () => generateKeyPairSync("rsa", { modulusLength: 2048, ...PEM });

export const app = keys();
export const alipayKeys = keys();
export const APP_ID = "2014072300007148";
export const options = { appId: APP_ID, privateKey: app.privateKey, alipayPublicKey: alipayKeys.publicKey };

/** As hasty as a policy may be with room for a signature in WebAssembly on a busy machine. */
export const HASTY = {
  payTimeoutMs: 400,
  queryTimeoutMs: 300,
  cancelTimeoutMs: 300,
  // Not for the hasty: on a busy machine the thread pool takes its time.
  signTimeoutMs: 2_000,
  pollIntervalMs: 150,
  pollWindowMs: 600,
  retrySoonMs: 20,
  settleMs: 800,
  // Nor for the host, unless a test is about it.
  sendWithinMs: 2_000,
  cancelRetryMs: [50, 50],
};

export const ORDER = {
  out_trade_no: "ORDER_1",
  scene: "bar_code",
  auth_code: "280001000000420001",
  subject: "辣条",
  total_amount: "88.88",
};

function sign(message) {
  return createSign("RSA-SHA256").update(message).sign(alipayKeys.privateKey, "base64");
}

/** A signed answer to a method. */
export function answer(method, node) {
  const text = JSON.stringify(node);
  const body = `{"${method.replaceAll(".", "_")}_response":${text},"sign":"${sign(text)}"}`;
  return { status: 200, body: new TextEncoder().encode(body) };
}

/** A signed notification's body. */
export function notification(fields) {
  const given = { app_id: APP_ID, notify_id: "n1", charset: "utf-8", ...fields };
  const message = Object.keys(given).sort().map((name) => `${name}=${given[name]}`).join("&");
  return new URLSearchParams({ ...given, sign_type: "RSA2", sign: sign(message) }).toString();
}

/** Paid just now. */
export const paidNotification = (order = ORDER) =>
  notification({
    out_trade_no: order.out_trade_no,
    trade_no: "2026112122001400000000000001",
    trade_status: "TRADE_SUCCESS",
    total_amount: order.total_amount,
    gmt_payment: beijing(Date.now()),
  });

function beijing(unixMs) {
  return new Date(unixMs + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

/** What a request asks. */
export function asked(request) {
  const fields = Object.fromEntries(new URLSearchParams(Buffer.from(request.body).toString()));
  return { method: fields.method, kind: fields.method.split(".").at(-1), content: JSON.parse(fields.biz_content) };
}

/** A transport that answers each kind as told, and remembers what it was asked. A reply is a node, or does as it likes. */
export function gateway(replies) {
  const log = [];
  const transport = async (request, context) => {
    const { method, kind, content } = asked(request);
    log.push(kind);
    const reply = typeof replies[kind] === "function" ? await replies[kind](content, context) : replies[kind];
    return reply.status === undefined ? answer(method, { msg: "", out_trade_no: content.out_trade_no, ...reply }) : reply;
  };
  return { log, transport };
}

export const PAID = { code: "10000", trade_no: "1", total_amount: "88.88", gmt_payment: beijing(Date.now()) };
export const WAITING = { code: "10003" };
export const STILL_WAITING = { code: "10000", trade_status: "WAIT_BUYER_PAY", trade_no: "1", total_amount: "88.88" };
export const CLOSED = { code: "10000", retry_flag: "N", action: "close", trade_no: "1" };
export const NO_TRADE = { code: "40004", sub_code: "ACQ.TRADE_NOT_EXIST" };
