// The words that payment traces are written in: what Alipay answers, what the machine asks for. Times are milliseconds
// after START; what is signed is signed by node:crypto.

import * as crypto from "node:crypto";
import { base64, canonical, signature } from "./oracle.mjs";

/** 2026-11-21 20:00:00 in Beijing. */
export const START = Date.UTC(2026, 10, 21, 12, 0, 0);
export const APP_ID = "2014072300007148";
export const NUMBER = "20150320010101001";
const TRADE_NO = "2026112122001400000000000001";
const RECEIVED = "88.80";
export const order = {
  out_trade_no: NUMBER,
  scene: "bar_code",
  auth_code: "28763443825664394",
  subject: "Iphone6 16G 特价手机",
  total_amount: "88.88",
};
const our_number = { out_trade_no: NUMBER };
/** The order as pay sends it: with a limit, for it has none of its own. */
export const order_sent = { ...order, timeout_express: "2m" };

/** Time as Alipay writes it. */
const beijing = (at) => new Date(START + at + 8 * 3600 * 1000).toISOString().slice(0, 19).replace("T", " ");

// Alipay's side.

export const PAY = "alipay.trade.pay";
export const QUERY = "alipay.trade.query";
export const CANCEL = "alipay.trade.cancel";

/** The signed body of an answer. */
export const body = (method, node) => {
  const text = JSON.stringify(node);
  return `{"${method.replaceAll(".", "_")}_response":${text},"sign":"${signature("alipay_2048", text)}"}`;
};
/** A body, tampered with. */
export const forged = (text) => text.replace('"sign":"', '"sign":"AAAA');
export const unsigned = (text) => text.replace(/,"sign":"[^"]*"/, "");
export const paid_node = (at, changes = {}) => ({
  code: "10000",
  msg: "Success",
  trade_no: TRADE_NO,
  out_trade_no: NUMBER,
  buyer_logon_id: "159****5620",
  buyer_user_id: "2088101117955611",
  total_amount: order.total_amount,
  receipt_amount: RECEIVED,
  gmt_payment: beijing(at),
  ...changes,
});
export const waiting_node = { code: "10003", msg: " order success pay inprocess", out_trade_no: NUMBER };
export const refusal = (code, sub_code, changes = {}) => ({ code, msg: "Business Failed", sub_code, sub_msg: "失败", ...changes });
/** What a query finds; `at` is when it was paid. */
export const trade = (trade_status, at, changes = {}) => ({
  code: "10000",
  msg: "Success",
  trade_no: TRADE_NO,
  out_trade_no: NUMBER,
  buyer_user_id: "2088101117955611",
  trade_status,
  total_amount: order.total_amount,
  ...(at === undefined ? {} : { receipt_amount: RECEIVED, send_pay_date: beijing(at) }),
  ...changes,
});
export const WAIT = trade("WAIT_BUYER_PAY");
export const NOT_EXIST = refusal("40004", "ACQ.TRADE_NOT_EXIST", { sub_msg: "交易不存在" });
export const success = (at) => trade("TRADE_SUCCESS", at);
export const cancelled = (retry_flag, action) => ({ code: "10000", msg: "Success", trade_no: TRADE_NO, out_trade_no: NUMBER, retry_flag, action });

// Inputs, in the wire model. An answer says what time it is at Alipay's, which depends on the step and on the row.

/** A response of Alipay's over v2: HTTP's Date is Alipay's clock, rounded down. */
export const response = (id, text, { status = 200, reset } = {}) => (at, ahead) => ({
  type: "response",
  id,
  status,
  headers: ahead === null ? [] : [["Date", new Date(START + at + ahead).toUTCString()]],
  body: base64(text),
  ...(reset === undefined ? {} : { reset }),
});
/** The same with Alipay's clock as it was at `at`, whatever the step's `now` says. */
export const dated = (at, event) => (_, ahead) => event(at, ahead);
export const answers = {
  pay: (id, node) => response(id, body(PAY, node)),
  query: (id, node) => response(id, body(QUERY, node)),
  cancel: (id, node) => response(id, body(CANCEL, node)),
};
export const html = (id, reset) => response(id, "<html><body>502 Bad Gateway</body></html>", { status: 502, reset });
export const failure = (id, word) => ({ type: "failure", id, failure: word });
export const cashier_cancels = { type: "cancel" };
export const gives_up = { type: "giveUp" };
/** A notification as it is posted. */
export const notify = (at, changes = {}, tamper = (text) => text) => {
  const fields = {
    notify_id: "91722adff935e8cfa58b3aabf4dead6ibe",
    notify_type: "trade_status_sync",
    notify_time: beijing(at + 1000),
    app_id: APP_ID,
    charset: "utf-8",
    version: "1.0",
    out_trade_no: NUMBER,
    trade_no: TRADE_NO,
    trade_status: "TRADE_SUCCESS",
    total_amount: order.total_amount,
    receipt_amount: RECEIVED,
    gmt_payment: beijing(at),
    buyer_id: "2088101117955611",
    ...changes,
  };
  const sign = signature("alipay_2048", canonical(Object.entries(fields)));
  return { type: "notify", body: base64(tamper(new URLSearchParams({ ...fields, sign, sign_type: "RSA2" }).toString())) };
};

/** The string that an external signer gets at `at`, and its signature. */
const to_sign = (method, biz_content, at) =>
  canonical(
    Object.entries({
      app_id: APP_ID,
      method,
      format: "JSON",
      charset: "utf-8",
      sign_type: "RSA2",
      timestamp: beijing(at),
      version: "1.0",
      biz_content: JSON.stringify(biz_content),
    }),
  );
const kinds = {
  pay: { method: PAY, bizContent: order_sent, timeoutMs: 15_000, checkpoint: true, sendWithinMs: 5_000 },
  query: { method: QUERY, bizContent: our_number, timeoutMs: 5_000, checkpoint: false, sendWithinMs: 5_000 },
  cancel: { method: CANCEL, bizContent: our_number, timeoutMs: 10_000, checkpoint: true, sendWithinMs: 5_000 },
};
export const signed = (id, kind, at) => ({
  type: "signature",
  id,
  signature: signature("app_2048", to_sign(kinds[kind].method, kinds[kind].bizContent, at)),
});

// Outputs: the redacted wire model, and what may be known of a request in a test.

const request = (kind) => (id) => ({ type: "request", id, kind, ...kinds[kind] });
export const pay = request("pay");
export const query = request("query");
export const cancel = request("cancel");
export const sign = (id, kind, at) => ({
  type: "sign",
  id,
  kind,
  signType: "RSA2",
  timeoutMs: 10_000,
  message: to_sign(kinds[kind].method, kinds[kind].bizContent, at),
});
export const timeout = (at, wake) => ({ type: "timeout", at: START + at, wake });
export const refused = (error) => ({ error });
/** Store the snapshot now. */
export const save = { type: "save" };
/** `event` teaches what a crash must not forget; what is to be done after that is stored. */
export const saved = (at, event, output) => [
  [at, event, save],
  [at, none, output],
];

const done = (outcome) => ({ type: "done", outcome });
/** `at` is when Alipay says it was paid; null if it does not. */
const paid_trade = (at) => ({
  outTradeNo: NUMBER,
  tradeNo: TRADE_NO,
  totalAmount: order.total_amount,
  receiptAmount: RECEIVED,
  paidAt: at === null ? null : START + at,
});
export const paid = (at, late, proven = true) => done({ type: "paid", trade: paid_trade(at), late, proven });
export const closed = (refunded) => done({ type: "closed", refunded });
export const declined = (reason, code = null, subCode = null, display = null) => done({ type: "declined", reason, code, subCode, display });
export const rejected = (code, subCode, display) => done({ type: "rejected", code, subCode, display });
export const conflict = (reason, subCode = null, cancelSent = false) => done({ type: "conflict", reason, subCode, cancelSent });
/** `again` is when asking again can end it. */
export const unresolved = (reason, again, subCode = null) => done({ type: "unresolved", reason, subCode, askAgainAt: START + again });
const news = (news) => ({ type: "news", news });
export const still_paid = (at, proven = true) => news({ type: "stillPaid", trade: paid_trade(at), proven });
export const closed_since = (refunded) => news({ type: "closed", refunded });
export const other_sale = news({ type: "otherSale" });
export const not_known = news({ type: "notKnown" });

// Snapshots of version 1, by hand.

const snapshot_of = (version, image) => {
  const text = JSON.stringify(image);
  return `alipay-payment ${version} ${crypto.createHash("sha256").update(text).digest("hex").slice(0, 16)}\n${text}`;
};
/** A payment of our default policy whose buyer has been asked for a second. */
const image = {
  app: APP_ID,
  number: NUMBER,
  total: 8888,
  stage: "polling",
  clock: [START + 1000, 1000, 1000],
  due: 6000,
  window_end: 61_000,
  pay_left: [0, START],
  known_ours: false,
  cancels: 0,
  cancel_requested: false,
  next_id: 2,
  policy: [[15_000, 5_000, 10_000, 10_000, 5_000, 60_000, 1_000, 30_000], [2_000, 2_000, 2_000, 5_000, 10_000, 30_000, 60_000], true, false],
};
export const snapshot = (changes = {}, version = 1) => snapshot_of(version, { ...image, ...changes });

// Snapshots of version 2, whose number is under the checksum.

export const PRODUCTION = "https://openapi.alipay.com/gateway.do";
const image_2 = {
  app: APP_ID,
  gateway: PRODUCTION,
  number: NUMBER,
  total: 8888,
  stage: "polling",
  clock: [START + 1000, 1000, 1000],
  due: 6000,
  window_end: 61_000,
  pay_left: [0, START],
  known_ours: false,
  pay: { open: true },
  limit: { within: 120_000 },
  cancels: 0,
  cancel_requested: false,
  policy: [[15_000, 5_000, 10_000, 10_000, 5_000, 60_000, 1_000, 60_000, 5_000, 0], [2_000, 2_000, 2_000, 5_000, 10_000, 30_000, 60_000], true, false],
};
export const snapshot_2 = (changes = {}, number = 4, written = number) => {
  const text = JSON.stringify({ ...image_2, ...changes });
  const sum = crypto.createHash("sha256").update(`${number}\n${text}`).digest("hex").slice(0, 16);
  return `alipay-payment 2 ${sum} ${written}\n${text}`;
};

// Rows.

export const RESTORE = Symbol("restore");
const KNOWN = Symbol("what the host knows");
/** A crash, and going on from this snapshot instead of the machine's own. */
export const restore = (text, restored = {}) => ({ [RESTORE]: base64(text), [KNOWN]: restored });
/** A crash, and going on with what the host knows then. */
export const restored = (known) => ({ [RESTORE]: true, [KNOWN]: known });

const step = (ahead) => ([at, event]) => {
  const now = START + at;
  if (event === undefined || event === null) return { now };
  if (event === RESTORE) return { now, restore: true };
  if (event[RESTORE] !== undefined) {
    const known = event[KNOWN];
    return { now, restore: event[RESTORE], ...(Object.keys(known).length === 0 ? {} : { restored: known }) };
  }
  return { now, input: typeof event === "function" ? event(at, ahead) : event };
};
/** `ahead` is how far Alipay's clock is ahead of the till's; null if no answer tells it. */
const row = (name, provenance, steps, { merchant = { appId: APP_ID }, policy = {}, ordered = order, external = false, ahead = 0, alipayTime, resetsOnDeath } = {}) => ({
  name,
  provenance,
  start: START,
  ...(alipayTime === undefined ? {} : { alipayTime: START + alipayTime }),
  ...(resetsOnDeath === undefined ? {} : { resetsOnDeath }),
  merchant,
  policy,
  order: ordered,
  external,
  steps: steps.map(step(ahead)),
});
/** Steps are `[at, what happens, what is to be done then]`. */
export const trace = (name, provenance, steps, more) => {
  for (const [at, , output] of steps) {
    if (output === undefined) throw new Error(`payment: ${name}: nothing expected at ${at}`);
    if (output.type === "timeout" && output.at <= START + at) throw new Error(`payment: ${name}: a timeout that is over at ${at}`);
  }
  return { ...row(name, provenance, steps, more), expect: { outputs: steps.map(([, , output]) => output) } };
};
export const fails = (name, provenance, error, more = {}) => ({ ...row(name, provenance, more.steps ?? [], more), error });

// Where rows come from, and how they begin.

export const rule = (number) => `payment.md, rule ${number}; signed by node:crypto`;
export const section = (title) => `payment.md, ${title}; signed by node:crypto`;
export const official = "official demo's schedule in payment.md (Defaults); signed by node:crypto";

export const HOUR = 3_600_000;
export const none = undefined;
export const sent = [0, none, pay(1)];
/** Pay was sent and answered "waiting" after a second: the window is 1000 to 61000, the first query at 6000. */
export const asked = [sent, ...saved(1000, answers.pay(1, waiting_node), timeout(6000, "query"))];
/** The connection breaks after 400 ms, pay may have left and may land: the first query at 1400. */
export const lost = [sent, [400, failure(1, "maybeSent"), timeout(1400, "query")]];
/** The same, but it was reset: pay has landed at 60400 or never will. */
export const aborted = [sent, [400, failure(1, "aborted"), timeout(1400, "query")]];
/** The cashier cancels at 3000, the last query waits, cancel left at 3200 with id 3. */
export const cancelling = [...asked, [3000, cashier_cancels, query(2)], [3200, answers.query(2, WAIT), cancel(3)]];
/** `count` queries that find the buyer waiting, from `first` on, and what follows the last of them in the same step. */
export const polled = (first, interval, count, then) =>
  Array.from({ length: count }, (_, n) => n).flatMap((n) => {
    const at = first + n * interval;
    return [
      [at, none, query(2 + n)],
      [at + 200, answers.query(2 + n, WAIT), n + 1 < count ? timeout(at + interval, "query") : then],
    ];
  });
