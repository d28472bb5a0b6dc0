// Payment traces: the rules of payment.md that never bend, by their numbers. (Rule 4 is among the schedules.)

import {
  APP_ID, HOUR, NOT_EXIST, PAY, QUERY, RESTORE, WAIT, answers, asked, body, cancel, cancelled, cancelling, cashier_cancels,
  closed, conflict, fails, failure, html, lost, none, notify, paid, paid_node, pay, query, refusal, refused, response,
  restore, rule, section, sent, signed, snapshot, success, timeout, trace, trade, unresolved, unsigned,
} from "./payment_words.mjs";

export const rule_1 = [
  trace("rule 1: a pay in flight at a crash is queried first and never sent again", rule(1), [
    sent,
    [2000, RESTORE, query(2)],
    [2100, answers.pay(1, paid_node(1000)), timeout(7000, "requestTimeout")],
    [2200, answers.query(2, success(1000)), paid(1000, true)],
  ]),
  trace("rule 1: restored before pay left, pay is sent once", rule(1), [
    [0, RESTORE, pay(1)],
    [100, RESTORE, query(2)],
    [200, RESTORE, query(3)],
    [300, answers.query(3, NOT_EXIST), timeout(5200, "query")],
    [5200, none, query(4)],
    [5300, answers.query(4, success(4000)), paid(4000, true)],
  ]),
  trace("rule 1: a pay without an answer is queried, and its late answer changes nothing", rule(1), [
    sent,
    [1, none, timeout(15_000, "requestTimeout")],
    [15_000, none, timeout(16_000, "query")],
    [15_500, answers.pay(1, paid_node(15_000)), timeout(16_000, "query")],
    [16_000, none, query(2)],
    [16_100, answers.query(2, success(15_000)), paid(15_000, true)],
  ]),
];

export const rule_2 = [
  trace("rule 2: pay answers paid with another amount: not believed; the query confirms it: conflict", rule(2), [
    sent,
    [1000, answers.pay(1, paid_node(1000, { total_amount: "88.87" })), timeout(2000, "query")],
    [2000, none, query(2)],
    [2100, answers.query(2, trade("TRADE_SUCCESS", 1000, { total_amount: "88.87" })), conflict("amountDiffers")],
    [2200, cashier_cancels, conflict("amountDiffers")],
  ]),
  trace("rule 2: pay answers paid with another's number: not believed", rule(2), [
    sent,
    [1000, answers.pay(1, paid_node(1000, { out_trade_no: "20150320010101002" })), timeout(2000, "query")],
    [2000, none, query(2)],
    [2100, answers.query(2, success(1000)), paid(1000, true)],
  ]),
  trace("rule 2: a query answered with another's trade is not believed", rule(2), [
    ...asked,
    [6000, none, query(2)],
    [6100, answers.query(2, trade("TRADE_SUCCESS", 5000, { out_trade_no: "20150320010101002" })), timeout(11_000, "query")],
    [11_000, none, query(3)],
    [11_100, answers.query(3, success(10_000)), paid(10_000, false)],
  ]),
  trace("rule 2: paid with another amount while polling: conflict, nothing is cancelled", section("Polling: with another amount"), [
    ...asked,
    [6000, none, query(2)],
    [6100, answers.query(2, trade("TRADE_SUCCESS", 5000, { total_amount: "888.80" })), conflict("amountDiffers")],
  ]),
];

export const rule_3 = [
  ...[
    ["an unknown sub_code", refusal("40004", "ACQ.SOMETHING_NEW")],
    ["an empty sub_code", refusal("40004", "")],
    ["ACQ.SYSTEM_ERROR", refusal("40004", "ACQ.SYSTEM_ERROR")],
    ["aop.ACQ.SYSTEM_ERROR", refusal("40004", "aop.ACQ.SYSTEM_ERROR")],
    ["the gateway's typo AQC.SYSTEM_ERROR", refusal("40004", "AQC.SYSTEM_ERROR")],
    ["20000", refusal("20000", "isp.unknow-error")],
    ["an unknown code", refusal("10001", "")],
  ].map(([what, node]) =>
    trace(`rule 3: ${what} is queried after 1 s`, rule(3), [
      sent,
      [700, answers.pay(1, node), timeout(1700, "query")],
      [1700, none, query(2)],
      [1900, answers.query(2, success(1000)), paid(1000, true)],
    ]),
  ),
];

export const rule_5 = [
  ...["ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_CLOSE", "ACQ.CONTEXT_INCONSISTENT", "ACQ.TRADE_BUYER_NOT_MATCH"].map((code) =>
    trace(`rule 5: ${code}: one query, a conflict, no cancel even for the cashier`, rule(5), [
      sent,
      [600, answers.pay(1, refusal("40004", code)), query(2)],
      [700, cashier_cancels, timeout(5600, "requestTimeout")],
      [800, answers.query(2, WAIT), conflict("orderNumberTaken", code)],
      [900, RESTORE, conflict("orderNumberTaken", code)],
    ]),
  ),
  trace("rule 5: ours by time, 2 s of tolerance included: paid late", section("Answers to pay: send_pay_date"), [
    sent,
    [600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)],
    [800, answers.query(2, success(-2000)), paid(-2000, true)],
  ]),
  trace("rule 5: not ours by time: conflict", section("Answers to pay: send_pay_date"), [
    sent,
    [600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)],
    [800, answers.query(2, success(-3000)), conflict("orderNumberTaken", "ACQ.TRADE_HAS_SUCCESS")],
  ]),
  trace("rule 5: a conflict whose query is not answered stays one, across a restore", rule(5), [
    sent,
    [600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)],
    [600, html(2), timeout(5600, "query")],
    [5600, none, query(3)],
    [5700, RESTORE, query(4)],
    [5800, answers.query(4, trade("TRADE_CLOSED")), conflict("orderNumberTaken", "ACQ.TRADE_HAS_SUCCESS")],
  ]),
  trace("rule 5: a conflict that no query settles is unresolved; restored, it is still never cancelled", `${rule(5)}; how often: core/tests/payment_rules.rs`, [
    sent,
    [600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)],
    ...[0, 1, 2, 3].flatMap((n) => [
      [600 + n * 5000, html(2 + n), timeout(5600 + n * 5000, "query")],
      [5600 + n * 5000, none, query(3 + n)],
    ]),
    [20_600, html(6), unresolved("conflictUnconfirmed", "ACQ.TRADE_HAS_SUCCESS")],
    [HOUR, RESTORE, query(7)],
    [HOUR + 100, answers.query(7, WAIT), conflict("orderNumberTaken", "ACQ.TRADE_HAS_SUCCESS")],
  ]),
];

export const rule_6 = [
  trace("rule 6: what can't be verified changes nothing but the retry schedule", rule(6), [
    sent,
    [500, response(1, "<html><body>登录</body></html>"), timeout(1500, "query")],
    [1500, none, query(2)],
    [1600, response(2, unsigned(body(QUERY, success(1000)))), timeout(6500, "query")],
    [6500, none, query(3)],
    [6600, response(3, body(QUERY, success(1000)).replace("TRADE_SUCCESS", "TRADE_CLOSED")), timeout(11_500, "query")],
    [11_500, none, query(4)],
    [11_600, response(4, body(QUERY, success(1000)), 503), timeout(16_500, "query")],
    [16_500, none, query(5)],
    [16_600, response(5, body(QUERY, success(1000)).slice(0, 100)), timeout(21_500, "query")],
    [21_500, none, query(6)],
    [21_600, response(6, body(PAY, paid_node(1000))), timeout(26_500, "query")],
    [26_500, none, query(7)],
    [26_600, answers.query(7, success(1000)), paid(1000, true)],
  ]),
  ...[
    ["an unsigned refusal", response(1, unsigned(body(PAY, refusal("40004", "ACQ.PAYMENT_FAIL"))))],
    ["an unsigned error_response", response(1, '{"error_response":{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-app-id","sub_msg":"无效的AppID参数"}}')],
    ["a changed amount", response(1, body(PAY, paid_node(1000, { total_amount: "0.01" })).replace('"0.01"', '"88.88"'))],
    ["5xx with a signed success", response(1, body(PAY, paid_node(1000)), 500)],
    ["nothing", response(1, "")],
  ].map(([what, input]) =>
    trace(`rule 6: pay answered by ${what}: queried after 1 s`, rule(6), [
      sent,
      [500, input, timeout(1500, "query")],
      [1500, none, query(2)],
      [1600, answers.query(2, WAIT), timeout(6500, "query")],
    ]),
  ),
];

export const rule_7 = [
  trace("rule 7: stale, duplicate and unknown ids change nothing", rule(7), [
    ...asked,
    [1500, answers.pay(1, refusal("40004", "ACQ.PAYMENT_FAIL")), timeout(6000, "query")],
    [1600, failure(1, "notSent"), timeout(6000, "query")],
    [1700, answers.pay(99, paid_node(1000)), timeout(6000, "query")],
    [1800, signed(1, "pay", 0), timeout(6000, "query")],
    [6000, none, query(2)],
    [6100, answers.pay(1, paid_node(1000)), timeout(11_000, "requestTimeout")],
    [6200, answers.query(2, WAIT), timeout(11_000, "query")],
    [6300, answers.query(2, success(5000)), timeout(11_000, "query")],
    [6400, failure(2, "maybeSent"), timeout(11_000, "query")],
    [11_000, none, query(3)],
    [11_100, answers.query(3, success(10_000)), paid(10_000, false)],
  ]),
];

const settled_queries = (first, count) =>
  Array.from({ length: count }, (_, n) => n).flatMap((n) => {
    const at = first + n * 5000;
    return [
      [at, none, query(2 + n)],
      [at + 100, answers.query(2 + n, NOT_EXIST), timeout(at + 5000, "query")],
    ];
  });
const refused_for_good = (code, name, node, outcome) =>
  trace(`rule 8: cancel refused for good (${code}): asked once it has settled: ${name}`, section("Cancelling: ACQ.TRADE_CANCEL_TIME_OUT and its like"), [
    ...cancelling,
    [3300, answers.cancel(3, refusal("40004", code)), timeout(33_200, "query")],
    [20_000, notify(2000), timeout(33_200, "query")],
    [33_200, none, query(4)],
    [33_300, answers.query(4, node), outcome],
  ]);
export const rule_8 = [
  trace("rule 8: \"does not exist\" says \"not yet\" until asked after settling, then cancel", rule(8), [
    ...lost,
    ...settled_queries(1400, 5),
    [26_400, none, query(7)],
    // Asked before, answered after.
    [30_200, answers.query(7, NOT_EXIST), timeout(31_400, "query")],
    [31_400, none, query(8)],
    [31_500, answers.query(8, NOT_EXIST), cancel(9)],
    [31_600, answers.cancel(9, cancelled("N")), query(10)],
    [31_700, answers.query(10, NOT_EXIST), closed(false)],
  ]),
  trace("rule 8: a late pay behind a cancel that found nothing is cancelled too", rule(8), [
    ...lost,
    [500, cashier_cancels, query(2)],
    [600, answers.query(2, NOT_EXIST), cancel(3)],
    [600, answers.cancel(3, cancelled("N")), timeout(5600, "query")],
    [5600, none, query(4)],
    [5600, answers.query(4, NOT_EXIST), timeout(10_600, "query")],
    [10_600, none, query(5)],
    [10_700, answers.query(5, success(10_000)), cancel(6)],
    [10_800, answers.cancel(6, cancelled("N", "refund")), closed(true)],
  ]),
  trace("rule 8: a late pay that still waits behind a cancel is cancelled too", rule(8), [
    ...lost,
    [500, cashier_cancels, query(2)],
    [600, answers.query(2, NOT_EXIST), cancel(3)],
    [600, answers.cancel(3, refusal("40004", "ACQ.TRADE_NOT_EXIST")), timeout(5600, "query")],
    [5600, none, query(4)],
    [5700, answers.query(4, WAIT), cancel(5)],
    [5800, answers.cancel(5, cancelled("N", "close")), closed(false)],
  ]),
  trace("rule 8: a success seen after a cancel left is cancelled again, never paid", rule(8), [
    ...cancelling,
    [5000, failure(3, "maybeSent"), timeout(7000, "cancel")],
    [5500, notify(3000), query(4)],
    [5600, answers.query(4, success(3000)), timeout(7000, "cancel")],
    [7000, none, cancel(5)],
    [7100, answers.cancel(5, cancelled("N", "refund")), closed(true)],
  ]),
  trace("rule 8: a success seen after a cancel and a crash is cancelled again, never paid", rule(8), [
    ...cancelling,
    [5000, RESTORE, query(4)],
    [5100, notify(3000), timeout(10_000, "requestTimeout")],
    [5200, answers.query(4, success(3000)), cancel(5)],
    [5300, answers.cancel(5, cancelled("N", "refund")), closed(true)],
  ]),
  trace("a trade found closed after a cancel whose answer was lost: whether money went back is not known", section("Outcomes: Closed"), [
    ...cancelling,
    [5000, RESTORE, query(4)],
    [5100, answers.query(4, trade("TRADE_CLOSED")), closed(null)],
  ]),
  refused_for_good("ACQ.TRADE_HAS_FINISHED", "paid late", success(3000), paid(3000, true)),
  refused_for_good("ACQ.TRADE_CANCEL_TIME_OUT", "paid late", success(3000), paid(3000, true)),
  refused_for_good("ACQ.REASON_TRADE_REFUND_FEE_ERR", "paid late", success(3000), paid(3000, true)),
  refused_for_good("ACQ.CANCEL_NOT_ALLOWED", "closed", trade("TRADE_CLOSED", 3000), closed(true)),
  refused_for_good("ACQ.REASON_TRADE_BEEN_FREEZEN", "neither: unresolved", WAIT, unresolved("cancelRefused", "ACQ.REASON_TRADE_BEEN_FREEZEN")),
];

export const rule_9 = [
  trace("rule 9: pay and cancel ask for a checkpoint, queries do not; crashes in between", rule(9), [
    sent,
    [100, RESTORE, query(2)],
    [200, answers.query(2, WAIT), timeout(5100, "query")],
    [300, cashier_cancels, query(3)],
    [400, answers.query(3, WAIT), cancel(4)],
    [500, RESTORE, query(5)],
    [600, answers.query(5, WAIT), cancel(6)],
    [700, answers.cancel(6, cancelled("N", "close")), closed(false)],
  ]),
  trace("a snapshot of version 1 can be restored for ever: it queries first", "snapshot of version 1, written by hand in the generator; payment.md, rule 1", [
    [10_000, restore(snapshot()), query(2)],
    [10_100, answers.query(2, success(9000)), paid(9000, true)],
  ]),
  trace("a snapshot of version 1 that says `trouble`, as the first ones did, is read like any other", "snapshot of version 1, written by hand in the generator; payment.md, rule 1", [
    [10_000, restore(snapshot({ trouble: false })), query(2)],
    [10_100, answers.query(2, success(9000)), paid(9000, true)],
  ]),
  ...[
    ["an empty snapshot", "snapshot_corrupt", ""],
    ["a snapshot cut short", "snapshot_corrupt", snapshot().slice(0, -1)],
    ["a snapshot cut behind its header", "snapshot_corrupt", snapshot().split("\n")[0]],
    ["a snapshot changed", "snapshot_corrupt", snapshot().replace('"total":8888', '"total":8889')],
    ["a snapshot with something behind", "snapshot_corrupt", `${snapshot()} `],
    ["a snapshot of another version", "snapshot_version", snapshot({}, 2)],
    ["another application's snapshot", "snapshot_merchant", snapshot({ app: "2014072300007149" })],
    ["a snapshot of an ISV's merchant", "snapshot_merchant", snapshot({ tenant: "0123456789abcdef" })],
  ].map(([name, error, text]) => fails(`restore: ${name}`, "written by hand in the generator; the codes' table in core/src/error.rs", error, { steps: [[1000, restore(text)]] })),
  fails("restore: a merchant's snapshot in the name of an ISV's merchant", "written by hand in the generator; the codes' table in core/src/error.rs", "snapshot_merchant", {
    steps: [[1000, restore(snapshot())]],
    merchant: { appId: APP_ID, appAuthToken: "201510BBaabdb44d8fd04607abf8d5931ec75D84" },
  }),
];
