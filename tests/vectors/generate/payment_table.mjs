// Payment traces: the tables of payment.md, its schedules, and what is outside of them.

import {
  CANCEL, HOUR, NOT_EXIST, NUMBER, RESTORE, WAIT, aborted, answers, asked, body, cancel, cancelled, cancelling, cashier_cancels,
  closed, conflict, dated, declined, fails, failure, forged, html, none, notify, official, order, paid, paid_node,
  pay, polled, query, refusal, refused, rejected, response, rule, saved, section, sent, sign, signed, success, timeout, trace,
  trade, unresolved, unsigned, waiting_node,
} from "./payment_words.mjs";

export const ends = [
  trace("paid at once", section("Answers to pay"), [
    sent,
    [1, none, timeout(20_000, "requestTimeout")],
    [1800, answers.pay(1, paid_node(1000)), paid(1000, false)],
    [1900, none, paid(1000, false)],
    [2000, cashier_cancels, paid(1000, false)],
    [2100, RESTORE, paid(1000, false)],
  ]),
  trace("waits for the buyer, asks every 5 s, is paid", section("Polling"), [
    ...asked,
    [3000, none, timeout(6000, "query")],
    ...polled(6000, 5000, 2, timeout(16_000, "query")),
    [16_000, none, query(4)],
    [16_300, answers.query(4, success(15_000)), paid(15_000, false)],
  ]),
  trace("TRADE_FINISHED is paid as well", section("Polling"), [
    ...asked,
    [6000, none, query(2)],
    [6100, answers.query(2, trade("TRADE_FINISHED", 5000)), paid(5000, false)],
  ]),
  trace("a trade found closed is closed", section("Polling: TRADE_CLOSED"), [
    ...asked,
    [6000, none, query(2)],
    [6100, answers.query(2, trade("TRADE_CLOSED")), closed(null)],
  ]),
  trace("a trade found closed that had been paid went back", section("Polling: TRADE_CLOSED"), [
    ...asked,
    [6000, none, query(2)],
    [6100, answers.query(2, trade("TRADE_CLOSED", 3000)), closed(true)],
  ]),
  trace("declined, with what Alipay says to the cashier", section("Answers to pay: the allow-list"), [
    sent,
    [900, answers.pay(1, refusal("40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH", { sub_msg: "买家余额不足", display_message: "请换一张卡" })), declined("refused", "40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH", "请换一张卡")],
    [1000, RESTORE, declined("refused", "40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH", "请换一张卡")],
  ]),
  trace("declined, with the sub_msg for want of a display_message", section("Answers to pay: the allow-list"), [
    sent,
    [900, answers.pay(1, refusal("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID", { sub_msg: "支付授权码无效" })), declined("refused", "40004", "ACQ.PAYMENT_AUTH_CODE_INVALID", "支付授权码无效")],
  ]),
  trace("declined: too many calls", section("Answers to pay: 40005"), [
    sent,
    [900, answers.pay(1, refusal("40005", "isv.call-limited", { sub_msg: "调用频次超限" })), declined("rateLimited", "40005", "isv.call-limited", "调用频次超限")],
  ]),
  ...[
    ["40001", "isv.missing-signature"],
    ["40002", "isv.invalid-app-id"],
    ["40003", "isv.invalid-app-status"],
    ["40006", "isv.insufficient-isv-permissions"],
    ["20001", "aop.invalid-auth-token"],
  ].map(([code, sub_code]) =>
    trace(`rejected: ${code}`, section("Answers to pay: 40001 40002 40003 40006 20001"), [
      sent,
      [900, answers.pay(1, refusal(code, sub_code, { sub_msg: "拒绝" })), rejected(code, sub_code, "拒绝")],
    ]),
  ),
  trace("rejected: a message that repeats our request is cut in front of its first parameter", "rule 9's other half: no auth_code reaches a screen; signed by node:crypto", [
    sent,
    [900, answers.pay(1, refusal("40002", "isv.invalid-signature", { sub_msg: `验签出错：biz_content={"auth_code":"${order.auth_code}"}` })), rejected("40002", "isv.invalid-signature", "验签出错：")],
  ]),
];

export const schedules = [
  trace("rule 4: official_demo: five queries, 5 s apart, then cancel in the same step", official, [
    ...asked,
    ...polled(6000, 5000, 5, cancel(7)),
    [26_400, answers.cancel(7, cancelled("N", "close")), closed(false)],
  ], { policy: { preset: "officialDemo" } }),
  trace("fast: every 3 s for 30 s, then cancel in the same step", "payment.md, Defaults; signed by node:crypto", [
    sent,
    ...saved(1000, answers.pay(1, waiting_node), timeout(4000, "query")),
    ...polled(4000, 3000, 10, cancel(12)),
    [31_400, answers.cancel(12, cancelled("N", "close")), closed(false)],
  ], { policy: { preset: "fast" } }),
  trace("default: every 5 s for 60 s, then cancel in the same step", "payment.md, Defaults; signed by node:crypto", [
    ...asked,
    ...polled(6000, 5000, 12, cancel(14)),
    [61_400, answers.cancel(14, cancelled("N", "refund")), closed(true)],
  ]),
  trace("the last query is asked at the deadline, also between two ticks", section("Polling: at the deadline"), [
    sent,
    ...saved(1000, answers.pay(1, waiting_node), timeout(6000, "query")),
    [6000, none, query(2)],
    [6200, answers.query(2, WAIT), timeout(11_000, "query")],
    [11_000, none, query(3)],
    [11_200, answers.query(3, WAIT), timeout(13_000, "query")],
    [13_000, none, query(4)],
    [13_200, answers.query(4, WAIT), cancel(5)],
    [13_400, answers.cancel(5, cancelled("N", "close")), closed(false)],
  ], { policy: { preset: "default", pollWindowMs: 12_000 } }),
  trace("a last query without a usable answer is followed by cancel at once", section("Polling: one last query, then cancel at once"), [
    ...asked,
    [3000, cashier_cancels, query(2)],
    [3200, html(2), cancel(3)],
    [3400, answers.cancel(3, cancelled("N", "close")), closed(false)],
  ]),
];

export const promptness = [
  trace("a slow answer does not move the next tick", section("Polling: every interval"), [
    ...asked,
    [6000, none, query(2)],
    [10_500, answers.query(2, WAIT), timeout(11_000, "query")],
  ]),
  trace("a query that times out does not move the next tick", section("Polling: errors: next tick"), [
    ...asked,
    [6000, none, query(2)],
    [11_000, none, query(3)],
  ]),
  trace("a hint right behind a query asks at once", section("Polling: others are hints: query now"), [
    ...asked,
    [6000, none, query(2)],
    [6100, answers.query(2, WAIT), timeout(11_000, "query")],
    ...saved(6200, notify(2000, { total_amount: "88.87" }), query(3)),
  ]),
  trace("a hint in the first second asks at once", section("Polling: others are hints: query now"), [
    sent,
    ...saved(100, answers.pay(1, waiting_node), timeout(5100, "query")),
    ...saved(300, notify(0, { total_amount: "88.87" }), query(2)),
  ]),
  trace("a notification without gmt_payment pays", section("Polling: success and ours: Paid"), [
    ...asked,
    [3000, notify(2000, { gmt_payment: "" }), paid(null, false)],
  ]),
];

export const cashier = [
  trace("the cashier cancels before pay: nothing leaves", section("Polling: the cashier's Cancel"), [
    [0, cashier_cancels, closed(false)],
    [100, none, closed(false)],
    [200, RESTORE, closed(false)],
  ]),
  trace("the cashier cancels during pay: its answer is awaited, then the last query", section("Polling: the cashier's Cancel"), [
    sent,
    [1000, cashier_cancels, timeout(20_000, "requestTimeout")],
    ...saved(2000, answers.pay(1, waiting_node), query(2)),
    [2200, answers.query(2, WAIT), cancel(3)],
    [2400, answers.cancel(3, cancelled("N", "close")), closed(false)],
  ]),
  trace("the cashier cancels during pay, too late", section("Outcomes: late"), [
    sent,
    [1000, cashier_cancels, timeout(20_000, "requestTimeout")],
    [2000, answers.pay(1, paid_node(1000)), paid(1000, true)],
  ]),
  trace("rule 4: the cashier cancels while polling: one last query, cancel in the same step", rule(4), [
    ...cancelling,
    [3400, answers.cancel(3, cancelled("N", "refund")), closed(true)],
  ]),
  trace("the cashier cancels while polling, too late", section("Outcomes: late"), [
    ...asked,
    [3000, cashier_cancels, query(2)],
    [3200, answers.query(2, success(2000)), paid(2000, true)],
  ]),
  trace("the cashier cancels while a query is under way: it is the last one", section("Polling: the cashier's Cancel"), [
    ...asked,
    [6000, none, query(2)],
    [6100, cashier_cancels, timeout(11_000, "requestTimeout")],
    [6200, cashier_cancels, timeout(11_000, "requestTimeout")],
    [6300, answers.query(2, WAIT), cancel(3)],
    [6400, answers.cancel(3, cancelled("N", "close")), closed(false)],
  ]),
];

export const not_sent = [
  trace("provably not sent: one query, then declined", section("Answers to pay: provably not sent"), [
    sent,
    ...saved(50, failure(1, "notSent"), query(2)),
    [150, answers.query(2, NOT_EXIST), declined("notSent")],
  ]),
  trace("provably not sent, and neither is the query: declined", section("Answers to pay: provably not sent"), [
    sent,
    ...saved(50, failure(1, "notSent"), query(2)),
    [150, failure(2, "notSent"), declined("notSent")],
  ]),
  trace("provably not sent, the query waived by the policy: declined", section("Answers to pay: provably not sent"), [
    sent,
    [50, failure(1, "notSent"), declined("notSent")],
  ], { policy: { confirmNotSent: false } }),
  trace("provably not sent, and yet there is a trade: somebody else's, not cancelled", rule(5), [
    sent,
    ...saved(50, failure(1, "notSent"), query(2)),
    [150, answers.query(2, WAIT), conflict("existsUnsent")],
  ]),
];

export const cancels = [
  trace("retry_flag=Y twice, then closed", section("Cancelling"), [
    ...cancelling,
    [3300, answers.cancel(3, cancelled("Y")), timeout(5300, "cancel")],
    [5300, none, cancel(4)],
    [5400, answers.cancel(4, cancelled("Y", "close")), timeout(7400, "cancel")],
    [7400, none, cancel(5)],
    [7500, answers.cancel(5, cancelled("N", "close")), closed(false)],
  ]),
  trace("20000, SYSTEM_ERROR and an unsigned answer to cancel: again after 2 s", section("Cancelling"), [
    ...cancelling,
    [3300, answers.cancel(3, refusal("20000", "isp.unknow-error")), timeout(5300, "cancel")],
    [5300, none, cancel(4)],
    [5400, answers.cancel(4, refusal("40004", "ACQ.SYSTEM_ERROR")), timeout(7400, "cancel")],
    [7400, none, cancel(5)],
    [7500, response(5, unsigned(body(CANCEL, cancelled("N", "close")))), timeout(9500, "cancel")],
    [9500, none, cancel(6)],
    [9600, answers.cancel(6, cancelled("N", "close")), closed(false)],
  ]),
  trace("cancels exhausted: again after 2, 2, 2, 5, 10, 30, 60 s, one query more, unresolved; reconciled later", `${section("Cancelling")}; the query at the end: core/tests/payment_table.rs`, [
    ...cancelling,
    [3201, none, timeout(18_200, "requestTimeout")],
    [18_200, none, timeout(20_200, "cancel")],
    [20_200, none, cancel(4)],
    [20_300, html(4), timeout(22_300, "cancel")],
    [22_300, none, cancel(5)],
    [22_400, failure(5, "maybeSent"), timeout(24_400, "cancel")],
    [24_400, none, cancel(6)],
    [24_500, failure(6, "notSent"), timeout(29_500, "query")],
    [29_500, none, query(7)],
    [29_600, answers.query(7, WAIT), cancel(8)],
    [29_700, answers.cancel(8, cancelled("Y")), timeout(39_700, "cancel")],
    [39_700, none, cancel(9)],
    [39_800, response(9, forged(body(CANCEL, cancelled("N", "close")))), timeout(69_800, "cancel")],
    [69_800, none, cancel(10)],
    [69_900, response(10, body(CANCEL, cancelled("N", "close")), { status: 500 }), timeout(129_900, "cancel")],
    [129_900, none, cancel(11)],
    [130_000, html(11), query(12)],
    [130_100, answers.query(12, WAIT), unresolved("cancelExhausted", 190_100)],
    [HOUR, RESTORE, query(13)],
    [HOUR + 100, answers.query(13, WAIT), timeout(HOUR + 30_100, "query")],
    [HOUR + 30_100, none, query(14)],
    [HOUR + 30_200, answers.query(14, WAIT), cancel(15)],
    [HOUR + 30_300, answers.cancel(15, cancelled("N", "close")), closed(false)],
  ]),
  trace("the seller's balance does not cover the refund: unresolved; restored, a person decides", section("Cancelling: ACQ.SELLER_BALANCE_NOT_ENOUGH"), [
    ...cancelling,
    [3300, answers.cancel(3, refusal("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH")), unresolved("sellerBalance", 63_300, "ACQ.SELLER_BALANCE_NOT_ENOUGH")],
    [4000, none, unresolved("sellerBalance", 63_300, "ACQ.SELLER_BALANCE_NOT_ENOUGH")],
    [HOUR, RESTORE, query(4)],
    [HOUR + 100, answers.query(4, success(3000)), unresolved("paidAfterCancel", HOUR + 60_100)],
  ]),
];

export const notifications = [
  trace("a notification pays", section("Polling: a verified notification"), [...asked, [3000, notify(2000), paid(2000, false)]]),
  trace("a notification of success while pay is in flight: asked about as soon as pay has ended", section("Polling: a verified notification"), [
    sent,
    ...saved(3000, notify(2000), timeout(20_000, "requestTimeout")),
    [15_000, failure(1, "aborted"), query(2)],
    [15_100, answers.query(2, success(2000)), paid(2000, true)],
  ]),
  trace("a notification of success while pay is in flight, and pay never left: another's sale", section("Polling: a verified notification"), [
    sent,
    ...saved(1000, notify(500), timeout(20_000, "requestTimeout")),
    ...saved(1100, failure(1, "notSent"), query(2)),
    [1200, answers.query(2, success(500)), conflict("existsUnsent")],
  ]),
  trace("a notification with another amount is only a hint, another's is nothing, a forged one is refused", section("Polling: a verified notification"), [
    ...asked,
    ...saved(3000, notify(2000, { total_amount: "88.87" }), query(2)),
    [3200, answers.query(2, WAIT), timeout(8000, "query")],
    [4000, notify(3000, { out_trade_no: "20150320010101002" }), timeout(8000, "query")],
    [4500, notify(3000, {}, (text) => text.replace("total_amount=88.88", "total_amount=88.87")), refused("signature_invalid")],
    [4500, none, timeout(8000, "query")],
    [5000, notify(4000, { trade_status: "TRADE_CLOSED" }), query(3)],
    [5100, answers.query(3, trade("TRADE_CLOSED")), closed(null)],
  ]),
];

export const clocks = [
  trace("a clock set back neither stretches the wait nor shortens it", "payment.md, Clocks jump; the rest of the wait is counted on: core/src/payment/clock.rs; signed by node:crypto", [
    ...asked,
    [-600_000, none, timeout(-595_000, "query")],
    [-595_000, none, query(2)],
    [-594_900, answers.query(2, WAIT), timeout(-590_000, "query")],
    [-590_000, none, query(3)],
    [-589_900, answers.query(3, success(10_000)), paid(10_000, false)],
  ]),
  trace("a clock that leaps past the deadline: the last query still precedes the cancel", "payment.md, Clocks jump; signed by node:crypto", [
    ...asked,
    [7 * HOUR, none, query(2)],
    [7 * HOUR + 100, answers.query(2, WAIT), cancel(3)],
    [7 * HOUR + 200, answers.cancel(3, cancelled("N", "close")), closed(false)],
  ]),
  trace("rule 8: a clock set ahead settles nothing", `${rule(8)}; core/tests/payment_rules.rs`, [
    ...aborted,
    [31_400, none, query(2)],
    [31_500, dated(1500, answers.query(2, NOT_EXIST)), timeout(36_400, "query")],
    [36_400, none, query(3)],
    [36_500, dated(6500, answers.query(3, success(1000))), paid(1000, true)],
  ], { policy: { settleMs: 30_000 } }),
];

const external = { external: true };
export const signers = [
  trace("external signer: every request takes two steps; a malformed signature is refused and awaited anew", "payment.md; the string by hand-made rules in the generator, signed by node:crypto", [
    [0, none, sign(1, "pay", 0)],
    [50, { type: "signature", id: 1, signature: "c2hvcnQ=" }, refused("signature_format")],
    [50, none, timeout(10_000, "signTimeout")],
    [200, signed(1, "pay", 0), pay(1)],
    ...saved(1000, answers.pay(1, waiting_node), timeout(6000, "query")),
    [6000, none, sign(2, "query", 6000)],
    [6000, signed(2, "query", 6000), query(2)],
    [6200, answers.query(2, success(5000)), paid(5000, false)],
  ], external),
  trace("external signer: the last query and cancel, no timer between them", `${rule(4)}; the string by hand-made rules in the generator`, [
    [0, none, sign(1, "pay", 0)],
    [200, signed(1, "pay", 0), pay(1)],
    ...saved(1000, answers.pay(1, waiting_node), timeout(6000, "query")),
    [3000, cashier_cancels, sign(2, "query", 3000)],
    [3100, signed(2, "query", 3000), query(2)],
    [3200, answers.query(2, WAIT), sign(3, "cancel", 3200)],
    [4300, signed(3, "cancel", 3200), cancel(3)],
    [4400, answers.cancel(3, cancelled("N", "close")), closed(false)],
  ], external),
  trace("external signer: no signature in time for pay: it was not sent, one query, declined", section("Answers to pay: provably not sent"), [
    [0, none, sign(1, "pay", 0)],
    [1, none, timeout(10_000, "signTimeout")],
    [10_000, none, sign(2, "query", 10_000)],
    [10_100, signed(1, "pay", 0), timeout(20_000, "signTimeout")],
    [10_200, signed(2, "query", 10_000), query(2)],
    [10_300, answers.query(2, NOT_EXIST), declined("notSent")],
  ], external),
  trace("external signer: it fails for pay and is silent for the query: declined", section("Answers to pay: provably not sent"), [
    [0, none, sign(1, "pay", 0)],
    [500, failure(1, "maybeSent"), sign(2, "query", 500)],
    [10_500, none, declined("notSent")],
  ], external),
  trace("rule 1: external signer: a crash while pay is being signed: it is signed anew, under another id", rule(1), [
    [0, none, sign(1, "pay", 0)],
    [1400, RESTORE, sign(2, "pay", 1400)],
    [1500, signed(1, "pay", 0), timeout(11_400, "signTimeout")],
    [1600, signed(2, "pay", 1400), pay(2)],
    [1700, RESTORE, sign(3, "query", 1700)],
    [1800, signed(3, "query", 1700), query(3)],
    [1900, answers.query(3, success(1000)), paid(1000, true, false)],
  ], external),
  trace("external signer: the cashier cancels while pay is being signed: nothing leaves", section("Polling: the cashier's Cancel"), [
    [0, none, sign(1, "pay", 0)],
    [100, cashier_cancels, closed(false)],
    [200, signed(1, "pay", 0), closed(false)],
  ], external),
];

const parts = { out_trade_no: NUMBER, scene: "wave_code", auth_code: "28763443825664394", subject: "x" };
const bad = (name, error, more) => fails(name, "seed document 002's limits, payment.md's Defaults; the codes' table in core/src/error.rs", error, more);
export const refusals = [
  bad("order: an out_trade_no with a space", "out_trade_no", { ordered: { ...order, out_trade_no: "a b" } }),
  bad("order: no auth_code", "field_missing", { ordered: { ...order, auth_code: undefined } }),
  bad("order: an auth_code that is too long", "auth_code", { ordered: { ...order, auth_code: "287634438256643942876344" + "0" } }),
  bad("order: nothing to pay", "amount_range", { ordered: { ...order, total_amount: "0.00" } }),
  bad("order: no amount", "field_missing", { ordered: { ...order, total_amount: undefined } }),
  bad("order: parts that do not make up the whole", "amount_sum", { ordered: { ...parts, total_amount: "88.88", discountable_amount: "8.88", undiscountable_amount: "80.01" } }),
  bad("order: a time to pay of 16 days", "timeout_express", { ordered: { ...order, timeout_express: "16d" } }),
  bad("policy: an interval of 1 ms", "policy_range", { policy: { pollIntervalMs: 1 } }),
  bad("policy: no time for pay", "policy_range", { policy: { payTimeoutMs: 0 } }),
  bad("policy: seventeen more cancels", "policy_range", { policy: { cancelRetryMs: Array.from({ length: 17 }, () => 10) } }),
  bad("policy: settled before twice pay's timeout", "policy_settle", { policy: { settleMs: 29_999 } }),
  bad("policy: a minute and more to send", "policy_range", { policy: { sendWithinMs: 60_001 } }),
  bad("policy: a fence of more than an hour", "policy_range", { policy: { fenceMs: 3_600_001 } }),
];
