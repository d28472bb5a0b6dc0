// Payments over OpenAPI v3, step by step, in the words of the other traces. What differs is how a request is made, how an
// answer is signed and how a refusal is spelt; what follows from it is payment.md's, worked out by hand.

import * as crypto from "node:crypto";
import { base64, keyTable, signature } from "./oracle.mjs";
import {
  APP_ID, NUMBER, PAY, RESTORE, START, WAIT, answers as v2, body as v2_body, cancelled, cashier_cancels, closed, conflict,
  declined, failure, fails, none, notify, order_sent, paid, paid_node, query as v2_query, rejected, restore, saved, snapshot, success, timeout, trace,
  trade, unresolved,
} from "./payment_words.mjs";

const merchant = { appId: APP_ID, apiVersion: "v3" };
const over_v3 = (name, steps, more = {}) => trace(name, "payment.md; protocol, section 7; docs/payment.md, Over OpenAPI v3; signed by node:crypto", steps, { merchant, ...more });

// What is sent.

const ours = { out_trade_no: NUMBER };
const kinds = {
  pay: { method: "/v3/alipay/trade/pay", bizContent: order_sent, timeoutMs: 15_000, checkpoint: true, sendWithinMs: 5_000 },
  query: { method: "/v3/alipay/trade/query", bizContent: ours, timeoutMs: 5_000, checkpoint: false, sendWithinMs: 5_000 },
  cancel: { method: "/v3/alipay/trade/cancel", bizContent: ours, timeoutMs: 10_000, checkpoint: true, sendWithinMs: 5_000 },
};
const [pay, query, cancel] = Object.entries(kinds).map(([kind, what]) => (id) => ({ type: "request", id, kind, ...what }));
const sent = [0, none, pay(1)];

/** The nonce, as core/src/payment/sending.rs describes it: a UUID of version 8. */
const nonce = (id, kind, at) => {
  const digest = crypto.createHash("sha256").update(["alipay-payment", APP_ID, NUMBER, id, kind, START + at].join("\n")).digest().subarray(0, 16);
  digest[6] = (digest[6] & 0x0f) | 0x80;
  digest[8] = (digest[8] & 0x3f) | 0x80;
  return digest.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
};
const to_sign = (id, kind, at) =>
  `app_id=${APP_ID},nonce=${nonce(id, kind, at)},timestamp=${START + at}\nPOST\n${kinds[kind].method}\n${JSON.stringify(kinds[kind].bizContent)}\n`;
const sign = (id, kind, at) => ({ type: "sign", id, kind, signType: "RSA2", timeoutMs: 10_000, message: to_sign(id, kind, at) });
const signed = (id, kind, at) => ({ type: "signature", id, signature: signature("app_2048", to_sign(id, kind, at)) });

// What comes back.

const DRAWN = "0d1a4c7c2f0b4b5f8a7d";
/** Alipay signs what time it is. */
const response = (id, text, { status = 200, by = "alipay_2048", as = text, drop = [] } = {}) => (at, ahead) => {
  const time = String(START + at + (ahead ?? 0));
  const all = [
    ["Content-Type", "application/json"],
    ["Alipay-Timestamp", time],
    ["alipay-nonce", DRAWN],
    ["ALIPAY-SIGNATURE", signature(by, `${time}\n${DRAWN}\n${as}\n`)],
  ];
  return { type: "response", id, status, headers: all.filter(([name]) => !drop.includes(name)), body: base64(text) };
};
/** A node of v2 without what only v2 says. */
const own = ({ code: _, msg: __, ...members }) => JSON.stringify(members);
const says = (id, node, more) => response(id, own(node), more);
const error = (code, message = "失败") => JSON.stringify({ code, message, links: [] });
const refuses = (id, code, more = {}) => response(id, error(code), { status: 400, ...more });
const NOTHING = ["Alipay-Timestamp", "alipay-nonce", "ALIPAY-SIGNATURE"];

/** Pay's answer says nothing that counts, but perhaps that the trade exists: asked after a second, found paid. */
const unclear = (name, input, learns = false) =>
  over_v3(`${name}: queried after 1 s`, [
    sent,
    ...(learns ? saved(500, input, timeout(1500, "query")) : [[500, input, timeout(1500, "query")]]),
    [1500, none, query(2)],
    [1600, says(2, success(1000)), paid(1000, true)],
  ]);
const lost = [sent, [400, failure(1, "maybeSent"), timeout(1400, "query")]];
const cancelling = [...lost, [500, cashier_cancels, query(2)], [600, says(2, WAIT), cancel(3)]];
const unsure = paid_node(1000);
const { gmt_payment: _, ...undated } = unsure;

export const payment_v3 = {
  description:
    "Payments over OpenAPI v3, as payment.json has them over v2, with the same runner. A response has `headers` too. Of a request, `method` is the URL's " +
    "path and `bizContent` the JSON body, parsed. For every request: `authorization` is `ALIPAY-SHA256withRSA <auth>,sign=<base64>`; the signature is the " +
    "application's, with SHA-256, over `<auth>\\nPOST\\n<path>\\n<body>\\n`; `auth` ends in `,timestamp=` and the `now` (Unix ms) at which the request was made.",
  source: "tests/vectors/generate/payment_v3.mjs, worked out from payment.md by hand, signed with node:crypto",
  runner: "payment",
  keys: keyTable("app_2048", "alipay_2048", "other_2048"),
  rows: [
    over_v3("paid at once", [sent, [1000, says(1, paid_node(1000)), paid(1000, false)]]),
    over_v3("paid, under another status: no signature covers it", [sent, [1000, says(1, paid_node(1000), { status: 500 }), paid(1000, false)]]),
    unclear("the buyer is being asked, as an error that is not documented", refuses(1, "ORDER_SUCCESS_PAY_INPROCESS")),
    unclear("the buyer is being asked, as a success without a time of payment", says(1, undated, { status: 202 }), true),
    over_v3("the buyer is being asked and pays", [
      sent,
      [500, refuses(1, "ORDER_SUCCESS_PAY_INPROCESS"), timeout(1500, "query")],
      [1500, none, query(2)],
      ...saved(1600, says(2, WAIT), timeout(6500, "query")),
      [6500, none, query(3)],
      [6600, says(3, success(6000)), paid(6000, true)],
    ]),
    ...["ACQ.PAYMENT_FAIL", "ACQ.BUYER_BALANCE_NOT_ENOUGH", "ACQ.ACCESS_FORBIDDEN"].map((code) =>
      over_v3(`${code}: declined`, [sent, [500, refuses(1, code), declined("refused", null, code, "失败")]]),
    ),
    over_v3("declined, under 200", [sent, [500, refuses(1, "ACQ.PAYMENT_FAIL", { status: 200 }), declined("refused", null, "ACQ.PAYMENT_FAIL", "失败")]]),
    ...["app-call-limited", "method-call-limited"].map((code) =>
      over_v3(`${code}: declined`, [sent, [500, refuses(1, code), declined("rateLimited", code, null, "失败")]]),
    ),
    ...["invalid-signature", "missing-timestamp", "invalid-app-auth-token", "insufficient-isv-permissions", "invalid-app-id"].map((code) =>
      over_v3(`${code}: rejected`, [sent, [500, refuses(1, code), rejected(code, null, "失败")]]),
    ),
    ...["ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "ACQ.SOMETHING_NEW", "isp.unknow-error", "unknow-error", "suspected-attack", "illegal-timestamp", "invalid-parameter", "something-new", ""].map((code) =>
      unclear(`code ${JSON.stringify(code)}`, refuses(1, code, { status: 500 })),
    ),
    ...["ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_CLOSE", "ACQ.CONTEXT_INCONSISTENT", "ACQ.TRADE_BUYER_NOT_MATCH"].map((code) =>
      over_v3(`${code}: one query, a conflict, no cancel even for the cashier`, [
        sent,
        ...saved(600, refuses(1, code), query(2)),
        [700, cashier_cancels, timeout(5600, "requestTimeout")],
        [800, says(2, WAIT), conflict("orderNumberTaken", code)],
      ]),
    ),
    over_v3("a conflict that is ours by its time", [sent, ...saved(600, refuses(1, "ACQ.TRADE_HAS_SUCCESS"), query(2)), [800, says(2, success(0)), paid(0, true)]]),
    over_v3("a till an hour slow, and an older sale of half an hour ago: another's", [
      ...lost,
      [1400, none, query(2)],
      [1500, says(2, success(1_800_000)), conflict("paidEarlier")],
    ], { ahead: 3_600_000 }),
    over_v3("a till an hour slow, and our own sale", [...lost, [1400, none, query(2)], [1500, says(2, success(3_601_000)), paid(3_601_000, true)]], { ahead: 3_600_000 }),
    unclear("signed by another", says(1, unsure, { by: "other_2048" })),
    unclear("a refusal signed by another", refuses(1, "ACQ.PAYMENT_FAIL", { by: "other_2048" })),
    unclear("another body than was signed", says(1, unsure, { as: own({ ...unsure, total_amount: "0.01" }) })),
    unclear("no headers", says(1, unsure, { drop: NOTHING })),
    unclear("a refusal without headers", refuses(1, "ACQ.PAYMENT_FAIL", { drop: NOTHING })),
    unclear("no time in the headers", says(1, unsure, { drop: ["Alipay-Timestamp"] })),
    unclear("no nonce in the headers", says(1, unsure, { drop: ["alipay-nonce"] })),
    unclear("an answer of v2", v2.pay(1, unsure)),
    unclear("an answer of v2 in signed headers", response(1, v2_body(PAY, unsure))),
    unclear("another sale's answer, replayed", says(1, { ...unsure, out_trade_no: "20150320010101002" })),
    unclear("another amount", says(1, { ...unsure, total_amount: "88.87" }), true),
    unclear("the answer to a query about this sale", says(1, success(1000)), true),
    unclear("a success that also names a code", response(1, JSON.stringify({ code: "ACQ.SYSTEM_ERROR", ...JSON.parse(own(unsure)) }))),
    unclear("HTML", { type: "response", id: 1, status: 502, headers: [], body: base64("<html>") }),
    unclear("a response without a headers member", { type: "response", id: 1, status: 200, body: base64(own(unsure)) }),
    over_v3("a query answered about another sale is not believed", [
      ...lost,
      [1400, none, query(2)],
      [1500, says(2, trade("TRADE_SUCCESS", 1000, { out_trade_no: "20150320010101002" })), timeout(6400, "query")],
      [6400, none, query(3)],
      [6500, says(3, success(1000)), paid(1000, true)],
    ]),
    over_v3("a query finds another amount: conflict", [...lost, [1400, none, query(2)], [1500, says(2, trade("TRADE_SUCCESS", 1000, { total_amount: "88.87" })), conflict("amountDiffers")]]),
    over_v3("does not exist says not yet", [
      ...lost,
      [1400, none, query(2)],
      [1500, refuses(2, "ACQ.TRADE_NOT_EXIST", { status: 404 }), timeout(6400, "query")],
      [6400, none, query(3)],
      [6500, says(3, success(6000)), paid(6000, true)],
    ]),
    over_v3("closed by a cancel", [...cancelling, [700, says(3, cancelled("N", "close")), closed(false)]]),
    over_v3("refunded by a cancel", [...cancelling, [700, says(3, cancelled("N", "refund")), closed(true)]]),
    over_v3("a cancel to be repeated", [...cancelling, [700, says(3, cancelled("Y")), timeout(2700, "cancel")], [2700, none, cancel(4)], [2800, says(4, cancelled("N", "close")), closed(false)]]),
    over_v3("a cancel that found nothing", [
      ...cancelling,
      [600, refuses(3, "ACQ.TRADE_NOT_EXIST"), timeout(5600, "query")],
      [5600, none, query(4)],
      [5700, says(4, trade("TRADE_CLOSED")), closed(null)],
    ]),
    over_v3("a cancel refused for want of money", [...cancelling, [700, refuses(3, "ACQ.SELLER_BALANCE_NOT_ENOUGH"), unresolved("sellerBalance", 60_700, "ACQ.SELLER_BALANCE_NOT_ENOUGH")]]),
    over_v3("a notification pays", [...lost, [1000, notify(0), paid(0, true, false)]]),
    over_v3("signed elsewhere: the string and its nonce", [
      [0, none, sign(1, "pay", 0)],
      [300, signed(1, "pay", 0), pay(1)],
      [1000, says(1, paid_node(1000)), paid(1000, false)],
    ], { external: true }),
    over_v3("signed elsewhere, across a crash", [
      [0, none, sign(1, "pay", 0)],
      [300, signed(1, "pay", 0), pay(1)],
      [2000, RESTORE, sign(2, "query", 2000)],
      [2100, signed(2, "query", 2000), query(2)],
      [2200, says(2, success(1000)), paid(1000, true, false)],
    ], { external: true }),
    over_v3("a payment begun over v2 goes on over v3", [[10_000, restore(snapshot()), query(1)], [10_100, says(1, success(9000)), paid(9000, true, false)]]),
    trace("a payment begun over v2 goes on over v2, named", "payment.md; signed by node:crypto", [
      [10_000, restore(snapshot()), v2_query(1)],
      [10_100, v2.query(1, success(9000)), paid(9000, true, false)],
    ], { merchant: { appId: APP_ID, apiVersion: "v2" } }),
    fails("a protocol that there is not", "docs/payment.md, Over OpenAPI v3", "options", { merchant: { appId: APP_ID, apiVersion: "v4" } }),
  ],
};
