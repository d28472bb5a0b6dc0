// Payment traces: the rules of payment.md that never bend, by their numbers. (Rule 4 is among the schedules.)

import {
  APP_ID, HOUR, NOT_EXIST, PAY, QUERY, RESTORE, WAIT, aborted, answers, asked, body, cancel, cancelled, cancelling,
  cashier_cancels, closed, closed_since, conflict, declined, fails, failure, gives_up, html, lost, none, not_known,
  notify, order, other_sale, paid, paid_node, pay, query, refusal, refused, response, restore, restored, rule, save, saved,
  section, sent, signed, snapshot, snapshot_2, still_paid, success, timeout, trace, trade, unresolved, unsigned,
} from "./payment_words.mjs";

export const rule_1 = [
  trace("rule 1: a pay in flight at a crash is queried first and never sent again", rule(1), [
    sent,
    [2000, RESTORE, query(2)],
    [2100, answers.pay(1, paid_node(1000)), timeout(7000, "requestTimeout")],
    [2200, answers.query(2, success(1000)), paid(1000, true, false)],
  ]),
  trace("rule 1: restored before pay left, pay is sent once", rule(1), [
    [0, RESTORE, pay(1)],
    [100, RESTORE, query(2)],
    [200, RESTORE, query(3)],
    [300, answers.query(3, NOT_EXIST), timeout(5200, "query")],
    [5200, none, query(4)],
    [5300, answers.query(4, success(4000)), paid(4000, true, false)],
  ]),
  trace("rule 1: a pay without an answer is queried, and its late answer changes nothing", rule(1), [
    sent,
    [1, none, timeout(20_000, "requestTimeout")],
    [20_000, none, timeout(21_000, "query")],
    ...saved(20_500, answers.pay(1, paid_node(15_000)), timeout(21_000, "query")),
    [21_000, none, query(2)],
    [21_100, answers.query(2, success(15_000)), paid(15_000, true)],
  ]),
];

export const rule_2 = [
  trace("rule 2: pay answers paid with another amount: not believed; the query confirms it: conflict", rule(2), [
    sent,
    ...saved(1000, answers.pay(1, paid_node(1000, { total_amount: "88.87" })), timeout(2000, "query")),
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
      ...saved(600, answers.pay(1, refusal("40004", code)), query(2)),
      [700, cashier_cancels, timeout(5600, "requestTimeout")],
      [800, answers.query(2, WAIT), conflict("orderNumberTaken", code)],
      [900, RESTORE, conflict("orderNumberTaken", code)],
    ]),
  ),
  trace("rule 5: ours by time, as near as whole seconds tell: paid late", `${section("Answers to pay: send_pay_date")}; Alipay's clock says when pay left: rule 13`, [
    sent,
    ...saved(600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)),
    [800, answers.query(2, success(-1000)), paid(-1000, true)],
  ]),
  trace("rule 5: nobody can tell whose: conflict", rule(13), [
    sent,
    ...saved(600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)),
    [800, answers.query(2, success(-2000)), conflict("orderNumberTaken", "ACQ.TRADE_HAS_SUCCESS")],
  ]),
  trace("rule 5: not ours by time: conflict", section("Answers to pay: send_pay_date"), [
    sent,
    ...saved(600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)),
    [800, answers.query(2, success(-3000)), conflict("orderNumberTaken", "ACQ.TRADE_HAS_SUCCESS")],
  ]),
  trace("rule 5: a conflict whose query is not answered stays one, across a restore", rule(5), [
    sent,
    ...saved(600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)),
    [600, html(2), timeout(5600, "query")],
    [5600, none, query(3)],
    [5700, RESTORE, query(4)],
    [5800, answers.query(4, trade("TRADE_CLOSED")), conflict("orderNumberTaken", "ACQ.TRADE_HAS_SUCCESS")],
  ]),
  trace("rule 5: a conflict that no query settles is unresolved; restored, it is still never cancelled", `${rule(5)}; how often: core/tests/payment_rules.rs`, [
    sent,
    ...saved(600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)),
    ...[0, 1, 2, 3].flatMap((n) => [
      [600 + n * 5000, html(2 + n), timeout(5600 + n * 5000, "query")],
      [5600 + n * 5000, none, query(3 + n)],
    ]),
    [20_600, html(6), unresolved("conflictUnconfirmed", 80_600, "ACQ.TRADE_HAS_SUCCESS")],
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
    [11_600, response(4, body(QUERY, success(1000)), { status: 503 }), timeout(16_500, "query")],
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
    ["5xx with a signed success", response(1, body(PAY, paid_node(1000)), { status: 500 })],
    ["nothing", response(1, "")],
  ].map(([what, input]) =>
    trace(`rule 6: pay answered by ${what}: queried after 1 s`, rule(6), [
      sent,
      [500, input, timeout(1500, "query")],
      [1500, none, query(2)],
      ...saved(1600, answers.query(2, WAIT), timeout(6500, "query")),
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
    [3300, answers.cancel(3, refusal("40004", code)), timeout(63_300, "query")],
    [20_000, notify(2000), timeout(63_300, "query")],
    [63_300, none, query(4)],
    [63_400, answers.query(4, node), outcome],
  ]);
export const rule_8 = [
  trace("rule 8: \"does not exist\" says \"not yet\" until asked after settling, then cancel", rule(8), [
    ...aborted,
    ...settled_queries(1400, 11),
    [56_400, none, query(13)],
    // Asked before, answered after.
    [61_000, answers.query(13, NOT_EXIST), query(14)],
    [61_100, answers.query(14, NOT_EXIST), cancel(15)],
    [61_200, answers.cancel(15, cancelled("N")), query(16)],
    [61_300, answers.query(16, NOT_EXIST), closed(false)],
  ]),
  trace("rule 8: a late pay behind a cancel that found nothing is cancelled too", rule(8), [
    ...aborted,
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
    ...aborted,
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
  trace("rule 9: a success seen after a cancel and a crash: what was told since is not known, a person decides", rule(9), [
    ...cancelling,
    [5000, RESTORE, query(4)],
    [5100, notify(3000), timeout(10_000, "requestTimeout")],
    [5200, answers.query(4, success(3000)), unresolved("paidAfterCancel", 65_200)],
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
  refused_for_good("ACQ.REASON_TRADE_BEEN_FREEZEN", "neither: unresolved", WAIT, unresolved("cancelRefused", 123_400, "ACQ.REASON_TRADE_BEEN_FREEZEN")),
];

/** Where a cancel found nothing: queries every 5 s from `first` on, with ids from `id` on, that find nothing before `end`. */
const not_found_while = (first, end, id) =>
  Array.from({ length: Math.ceil((end - first) / 5000) }, (_, n) => first + n * 5000).flatMap((at, n) => [
    [at, none, query(id + n)],
    [at, answers.query(id + n, NOT_EXIST), timeout(Math.min(at + 5000, end), "query")],
  ]);
rule_8.push(
  trace("rule 8: it settles from the news that it was aborted, not from when it was asked for", rule(8), [
    sent,
    [18_000, failure(1, "aborted"), timeout(19_000, "query")],
    [18_500, cashier_cancels, query(2)],
    [18_600, answers.query(2, NOT_EXIST), cancel(3)],
    [18_700, answers.cancel(3, cancelled("N")), timeout(23_700, "query")],
    ...not_found_while(23_700, 78_000, 4),
    [78_000, none, query(15)],
    [78_100, answers.query(15, NOT_EXIST), closed(false)],
  ]),
  ...[
    ["and the connection was reset", true, [[700, answers.cancel(3, cancelled("N")), timeout(5700, "query")]]],
    ["and nobody knows of the connection", false, [
      [700, answers.cancel(3, cancelled("N")), query(4)],
      [800, answers.query(4, NOT_EXIST), unresolved("mayLand", 1_805_800)],
    ]],
  ].map(([what, reset, rest]) =>
    trace(`rule 8: pay is answered by a proxy's page, ${what}`, rule(8), [
      sent,
      [400, html(1, reset), timeout(1400, "query")],
      [500, cashier_cancels, query(2)],
      [600, answers.query(2, NOT_EXIST), cancel(3)],
      ...rest,
    ]),
  ),
  trace("rule 8: a cancel may still land, and cancelling is refused: a success is nobody's to tell", rule(8), [
    ...cancelling,
    [5000, failure(3, "maybeSent"), timeout(7000, "cancel")],
    [7000, none, cancel(4)],
    [7100, answers.cancel(4, refusal("40004", "ACQ.CANCEL_NOT_ALLOWED")), query(5)],
    [7200, answers.query(5, success(3000)), unresolved("mayLand", 1_983_000, "ACQ.CANCEL_NOT_ALLOWED")],
  ]),
  trace("rule 8: no query was ever answered: nothing is cancelled", rule(8), [
    ...aborted,
    [1400, cashier_cancels, query(2)],
    ...[0, 1, 2, 3].flatMap((n) => [
      [1500 + n * 5100, html(2 + n), timeout(6500 + n * 5100, "query")],
      [6500 + n * 5100, none, query(3 + n)],
    ]),
    [22_000, html(6), unresolved("noAnswer", 82_000)],
  ]),
  trace("rule 8: half an hour later between two of Alipay's times, the machine never suspended: not found counts", rule(8), [
    ...lost,
    [1400, cashier_cancels, query(2)],
    [1500, answers.query(2, NOT_EXIST), cancel(3)],
    [1600, answers.cancel(3, cancelled("N")), query(4)],
    [1700, answers.query(4, NOT_EXIST), unresolved("mayLand", 1_806_700)],
    [1_900_000, restored({ neverSuspended: true }), query(5)],
    [1_900_100, answers.query(5, NOT_EXIST), cancel(6)],
    [1_900_200, answers.cancel(6, cancelled("N")), query(7)],
    [1_900_300, answers.query(7, NOT_EXIST), closed(false)],
  ]),
  trace("rule 8: half an hour later, but the machine may have been suspended: a person decides", rule(8), [
    ...lost,
    [1400, cashier_cancels, query(2)],
    [1500, answers.query(2, NOT_EXIST), cancel(3)],
    [1600, answers.cancel(3, cancelled("N")), query(4)],
    [1700, answers.query(4, NOT_EXIST), unresolved("mayLand", 1_806_700)],
    [1_900_000, RESTORE, query(5)],
    [1_900_100, answers.query(5, NOT_EXIST), unresolved("mayLand", 1_960_100)],
  ]),
  ...[
    ["its transport resets and its process is dead: aborted", true, { writerIsDead: true }, timeout(7100, "query")],
    ["its process may be frozen", true, {}, unresolved("mayLand", 1_807_100)],
    ["its transport does not reset", false, { writerIsDead: true }, unresolved("mayLand", 1_807_100)],
  ].map(([what, resetsOnDeath, known, output]) =>
    trace(`rule 8: a pay about to leave when the process stopped: ${what}`, rule(8), [
      sent,
      [1000, cashier_cancels, timeout(20_000, "requestTimeout")],
      [2000, restored(known), query(2)],
      [2100, answers.query(2, NOT_EXIST), output],
    ], { resetsOnDeath }),
  ),
  trace("rule 8: an order's own limit is kept", rule(8), [
    [0, none, { ...pay(1), bizContent: { ...order, timeout_express: "90m" } }],
  ], { ordered: { ...order, timeout_express: "90m" } }),
  trace("rule 8: a longer window, a longer limit", rule(8), [
    [0, none, { ...pay(1), bizContent: { ...order, timeout_express: "3m" } }],
  ], { policy: { pollWindowMs: 61_000 } }),
  trace("rule 8: a fence on top: pay's timeout, the window, a minute and the clock's error ahead, to the next second", "payment.md, A fence on top; signed by node:crypto", [
    [0, none, { ...pay(1), bizContent: { ...order, time_expire: "2026-11-21 20:02:46" } }],
  ], { policy: { fenceMs: 30_000 } }),
  trace("rule 8: a cancel's success that names no number is not believed", rule(8), [
    ...cancelling,
    [3300, answers.cancel(3, { ...cancelled("N", "close"), out_trade_no: undefined }), timeout(5300, "cancel")],
  ]),
);

export const rule_9 = [
  trace("rule 9: pay and cancel ask for a checkpoint, queries do not; crashes in between", rule(9), [
    sent,
    [100, RESTORE, query(2)],
    ...saved(200, answers.query(2, WAIT), timeout(5100, "query")),
    [300, cashier_cancels, query(3)],
    // Nothing is cancelled after a restart before it was seen open twice, 30 s apart.
    [400, answers.query(3, WAIT), timeout(30_200, "query")],
    [30_200, none, query(4)],
    [30_300, answers.query(4, WAIT), cancel(5)],
    [30_400, RESTORE, query(6)],
    [30_500, answers.query(6, WAIT), timeout(60_500, "query")],
    [60_500, none, query(7)],
    [60_600, answers.query(7, WAIT), cancel(8)],
    [60_700, answers.cancel(8, cancelled("N", "close")), closed(false)],
  ]),
  trace("a snapshot of version 1 can be restored for ever: it queries first", "snapshot of version 1, written by hand in the generator; payment.md, rule 1", [
    [10_000, restore(snapshot()), query(1)],
    [10_100, answers.query(1, success(9000)), paid(9000, true, false)],
  ]),
  trace("a snapshot of version 1 that says `trouble`, as the first ones did, is read like any other", "snapshot of version 1, written by hand in the generator; payment.md, rule 1", [
    [10_000, restore(snapshot({ trouble: false })), query(1)],
    [10_100, answers.query(1, success(9000)), paid(9000, true, false)],
  ]),
  ...[
    ["an empty snapshot", "snapshot_corrupt", ""],
    ["a snapshot cut short", "snapshot_corrupt", snapshot().slice(0, -1)],
    ["a snapshot cut behind its header", "snapshot_corrupt", snapshot().split("\n")[0]],
    ["a snapshot changed", "snapshot_corrupt", snapshot().replace('"total":8888', '"total":8889')],
    ["a snapshot with something behind", "snapshot_corrupt", `${snapshot()} `],
    ["a snapshot of another version", "snapshot_version", snapshot({}, 3)],
    ["a snapshot of version 2 without a number", "snapshot_corrupt", snapshot({}, 2)],
    ["a snapshot whose number was changed", "snapshot_corrupt", snapshot_2({}, 4, 5)],
    ["a snapshot whose number is none", "snapshot_corrupt", snapshot_2({}, "four")],
    ["a snapshot of another gateway", "snapshot_gateway", snapshot_2({ gateway: "https://alipay.example.com/gateway.do" })],
    ["another application's snapshot", "snapshot_merchant", snapshot({ app: "2014072300007149" })],
    ["a snapshot of an ISV's merchant", "snapshot_merchant", snapshot({ tenant: "0123456789abcdef" })],
  ].map(([name, error, text]) => fails(`restore: ${name}`, "written by hand in the generator; the codes' table in core/src/error.rs", error, { steps: [[1000, restore(text)]] })),
  fails("restore: a merchant's snapshot in the name of an ISV's merchant", "written by hand in the generator; the codes' table in core/src/error.rs", "snapshot_merchant", {
    steps: [[1000, restore(snapshot())]],
    merchant: { appId: APP_ID, appAuthToken: "201510BBaabdb44d8fd04607abf8d5931ec75D84" },
  }),
  fails("restore: a snapshot of the sandbox, the move named", "payment.md, rule 11; written by hand in the generator", "snapshot_gateway", {
    steps: [[1000, restore(snapshot_2({ gateway: "https://openapi-sandbox.dl.alipaydev.com/gateway.do" }), { gatewayMoved: true })]],
  }),
  trace("a snapshot of version 2 is read: it queries first", "snapshot of version 2, written by hand in the generator; payment.md, rule 1", [
    [10_000, restore(snapshot_2()), query(1)],
    [10_100, answers.query(1, success(9000)), paid(9000, true, false)],
  ]),
  trace("a payment that could not be told whose it is: conflict, nothing cancelled, across a restore", rule(9), [
    sent,
    [600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), save],
    [700, RESTORE, query(2)],
    [800, answers.query(2, WAIT), conflict("orderNumberTaken", "ACQ.TRADE_HAS_SUCCESS")],
  ]),
  trace("rule 9: restored, an open trade is cancelled when it was seen twice, 30 s apart", rule(9), [
    ...asked,
    [HOUR, RESTORE, query(2)],
    [HOUR + 100, answers.query(2, WAIT), timeout(HOUR + 30_100, "query")],
    [HOUR + 30_100, none, query(3)],
    [HOUR + 30_200, answers.query(3, WAIT), cancel(4)],
    [HOUR + 30_300, answers.cancel(4, cancelled("N", "close")), closed(false)],
  ]),
  trace("rule 9: restored and never answered: five queries, unresolved, never a blind cancel", rule(9), [
    ...asked,
    [HOUR, RESTORE, query(2)],
    ...[0, 1, 2, 3].flatMap((n) => [
      [HOUR + n * 5100 + 100, failure(2 + n, "maybeSent"), timeout(HOUR + n * 5100 + 5100, "query")],
      [HOUR + n * 5100 + 5100, none, query(3 + n)],
    ]),
    [HOUR + 20_500, failure(6, "maybeSent"), unresolved("noAnswer", HOUR + 80_500)],
  ]),
  trace("rule 9: cancels that can't be stored don't leave; in the end it is unresolved", rule(9), [
    ...cancelling,
    [3300, failure(3, "notStored"), timeout(5300, "query")],
    [5300, none, query(4)],
    [5400, answers.query(4, WAIT), cancel(5)],
    [5500, failure(5, "notStored"), query(6)],
    [5600, answers.query(6, WAIT), unresolved("notStored", 65_600)],
  ], { policy: { cancelRetryMs: [2_000] } }),
];

export const rule_10 = [
  trace("rule 10: the cashier cancels while the store before pay runs: not sent, one query, declined", rule(10), [
    sent,
    [1000, cashier_cancels, timeout(20_000, "requestTimeout")],
    ...saved(1100, failure(1, "notSent"), query(2)),
    [1200, answers.query(2, NOT_EXIST), declined("notSent")],
  ]),
  trace("rule 10: a cancel that came too late is made anew: query, then cancel", rule(10), [
    ...cancelling,
    [9000, failure(3, "notSent"), timeout(11_000, "query")],
    [11_000, none, query(4)],
    [11_100, answers.query(4, WAIT), cancel(5)],
    [11_200, answers.cancel(5, cancelled("N", "close")), closed(false)],
  ]),
  trace("rule 10: a cancel that came too late, and the buyer paid meanwhile: paid late", rule(10), [
    ...cancelling,
    [9000, failure(3, "notSent"), timeout(11_000, "query")],
    [11_000, none, query(4)],
    [11_100, answers.query(4, success(10_000)), paid(10_000, true)],
  ]),
  trace("rule 10: a host that takes 3 s at most says so", rule(10), [
    [0, none, { ...pay(1), sendWithinMs: 3_000 }],
    [1, none, timeout(18_000, "requestTimeout")],
  ], { policy: { sendWithinMs: 3_000 } }),
];

export const rule_11 = [
  trace("rule 11: an old answer to another process is not taken for the new query's", rule(11), [
    ...asked,
    [6000, none, query(2)],
    [7000, RESTORE, query(3)],
    [7100, answers.query(2, trade("TRADE_CLOSED")), timeout(12_000, "requestTimeout")],
    [7200, answers.query(3, success(5000)), paid(5000, true)],
  ]),
  trace("rule 11: a move to another gateway of the same kind, named", rule(11), [
    [10_000, restore(snapshot_2({ gateway: "https://alipay.example.com/gateway.do" }), { gatewayMoved: true }), query(1)],
    [10_100, answers.query(1, success(9000)), paid(9000, true, false)],
  ]),
  trace("rule 11: after a restore a notification is a hint, not proof", rule(11), [
    ...asked,
    [6000, none, query(2)],
    [6100, answers.query(2, WAIT), timeout(11_000, "query")],
    [7000, RESTORE, query(3)],
    [7100, answers.query(3, WAIT), timeout(12_000, "query")],
    [8000, notify(2000), query(4)],
    [8100, answers.query(4, trade("TRADE_CLOSED", 2000)), closed(true)],
  ]),
];

const closed_by_cancel = [...cancelling, [3300, answers.cancel(3, cancelled("N", "close")), closed(false)]];
export const rule_12 = [
  trace("rule 12: a success after closed is told after one query, and cancelled again if the host wants it", rule(12), [
    ...closed_by_cancel,
    ...saved(60_000, notify(50_000), query(4)),
    [60_050, none, timeout(65_000, "requestTimeout")],
    ...saved(60_100, answers.query(4, success(50_000)), still_paid(50_000)),
    [60_100, none, closed(false)],
    [61_000, cashier_cancels, cancel(5)],
    [61_100, answers.cancel(5, cancelled("N", "refund")), closed(true)],
    [61_200, cashier_cancels, closed(true)],
  ]),
  trace("rule 12: a success after closed that went back meanwhile: nothing to do", rule(12), [
    ...closed_by_cancel,
    ...saved(60_000, notify(50_000), query(4)),
    [60_100, answers.query(4, trade("TRADE_CLOSED", 50_000)), closed_since(true)],
    [60_100, none, closed(false)],
    // The same notification again is no reason.
    [61_000, notify(50_000), closed(false)],
  ]),
  trace("rule 12: a success after closed, and nobody answers: not known", rule(12), [
    ...closed_by_cancel,
    ...saved(60_000, notify(50_000), query(4)),
    [65_000, none, not_known],
    [65_000, none, closed(false)],
    [66_000, cashier_cancels, closed(false)],
  ]),
  trace("rule 12: a success after declined that is older than our pay: another sale's", rule(12), [
    sent,
    [900, answers.pay(1, refusal("40004", "ACQ.PAYMENT_FAIL")), declined("refused", "40004", "ACQ.PAYMENT_FAIL", "失败")],
    ...saved(5000, notify(-24 * HOUR), query(2)),
    [5100, answers.query(2, success(-24 * HOUR)), other_sale],
    [5100, none, declined("refused", "40004", "ACQ.PAYMENT_FAIL", "失败")],
  ]),
  trace("rule 12: a crash before the contradiction was asked about: it is asked about after the restart", rule(12), [
    ...closed_by_cancel,
    [60_000, notify(50_000), save],
    [61_000, RESTORE, query(4)],
    ...saved(61_100, answers.query(4, success(50_000)), still_paid(50_000)),
    [61_100, none, closed(false)],
  ]),
  trace("rule 12: a success after declined is told", rule(12), [
    sent,
    [900, answers.pay(1, refusal("40004", "ACQ.PAYMENT_FAIL")), declined("refused", "40004", "ACQ.PAYMENT_FAIL", "失败")],
    ...saved(5000, notify(2000), query(2)),
    ...saved(5100, answers.query(2, success(2000)), still_paid(2000)),
    [5100, none, declined("refused", "40004", "ACQ.PAYMENT_FAIL", "失败")],
  ]),
  trace("rule 12: a refund after paid is news, a part of it is none", rule(12), [
    sent,
    [900, answers.pay(1, paid_node(0)), paid(0, false)],
    ...saved(HOUR, notify(0, { refund_fee: "1.00", notify_id: "part" }), query(2)),
    [HOUR + 100, answers.query(2, success(0)), paid(0, false)],
    ...saved(2 * HOUR, notify(0, { trade_status: "TRADE_CLOSED", refund_fee: "88.88", notify_id: "whole" }), query(3)),
    [2 * HOUR + 100, answers.query(3, trade("TRADE_CLOSED", 0)), closed_since(true)],
    [2 * HOUR + 100, none, paid(0, false)],
  ]),
];

export const rule_13 = [
  trace("rule 13: no answer tells Alipay's clock: paid, not proven", rule(13), [
    ...lost,
    [1400, none, query(2)],
    [1500, answers.query(2, success(1000)), paid(1000, true, false)],
  ], { ahead: null }),
  trace("rule 13: over plain http a Date proves nothing", rule(13), [
    ...lost,
    [1400, none, query(2)],
    [1500, answers.query(2, success(1000)), paid(1000, true, false)],
  ], { merchant: { appId: APP_ID, gateway: "http://127.0.0.1:8080/gateway.do" } }),
  trace("rule 13: a till an hour slow, and an older sale of half an hour ago: another's", rule(13), [
    ...lost,
    [1400, none, query(2)],
    [1500, answers.query(2, success(HOUR / 2)), conflict("paidEarlier")],
  ], { ahead: HOUR }),
  trace("rule 13: a till an hour slow, and our own sale", rule(13), [
    ...lost,
    [1400, none, query(2)],
    [1500, answers.query(2, success(HOUR + 1000)), paid(HOUR + 1000, true)],
  ], { ahead: HOUR }),
  trace("rule 13: no clock of Alipay's, and the till's puts it more than ten minutes before: another's", rule(13), [
    ...lost,
    [1400, none, query(2)],
    [1500, answers.query(2, success(-601_000)), conflict("paidEarlier")],
  ], { ahead: null }),
  trace("rule 13: no clock of Alipay's, and the number is taken: nothing is paid", rule(13), [
    sent,
    ...saved(600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)),
    [800, answers.query(2, success(0)), conflict("orderNumberTaken", "ACQ.TRADE_HAS_SUCCESS")],
  ], { ahead: null }),
  ...[
    ["ours", 1000, paid(HOUR + 1000, true)],
    ["another's", -HOUR / 2, conflict("paidEarlier")],
  ].map(([whose, at, outcome]) =>
    trace(`rule 13: Alipay's time of an earlier answer holds across a restart: ${whose}`, rule(13), [
      sent,
      [2000, RESTORE, query(2)],
      [2100, answers.query(2, success(HOUR + at)), outcome],
    ], { ahead: null, alipayTime: HOUR }),
  ),
];

/** The cashier cancels and no query is answered: unresolved at 22000. */
const never_answered = [
  ...aborted,
  [1400, cashier_cancels, query(2)],
  ...[0, 1, 2, 3].flatMap((n) => [
    [1500 + n * 5100, html(2 + n), timeout(6500 + n * 5100, "query")],
    [6500 + n * 5100, none, query(3 + n)],
  ]),
  [22_000, html(6), unresolved("noAnswer", 82_000)],
];
export const rule_14 = [
  trace("rule 14: only what is unresolved can be given up", rule(14), [...asked, [2000, gives_up, refused("not_unresolved")]]),
  trace("rule 14: given up: stored first; found paid and ours, it is cancelled", rule(14), [
    ...never_answered,
    [23_000, gives_up, save],
    [23_000, none, unresolved("noAnswer", 82_000)],
    [24_000, gives_up, unresolved("noAnswer", 82_000)],
    [82_000, RESTORE, query(7)],
    [82_100, answers.query(7, success(1000)), cancel(8)],
    [82_200, answers.cancel(8, cancelled("N", "refund")), closed(true)],
  ], { alipayTime: 0 }),
  trace("rule 14: given up, paid and ours, and cancelling is refused: money to refund", rule(14), [
    ...never_answered,
    [23_000, gives_up, save],
    [82_000, RESTORE, query(7)],
    [82_100, answers.query(7, success(1000)), cancel(8)],
    [82_200, answers.cancel(8, refusal("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH")), unresolved("refundDue", 142_200, "ACQ.SELLER_BALANCE_NOT_ENOUGH")],
  ], { alipayTime: 0 }),
  trace("rule 14: given up, paid and nobody can tell whose: money to check, nothing cancelled", rule(14), [
    ...never_answered,
    [23_000, gives_up, save],
    [82_000, RESTORE, query(7)],
    [82_100, answers.query(7, success(1000)), conflict("paidAfterGivingUp")],
  ]),
];
