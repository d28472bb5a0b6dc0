// Payment traces: the sequences of issue 15 in which money was lost or nobody was told, as the machine sees them. Those that lie
// in a driver, a store or a transport begin with what such a host reports.

import {
  HOUR, NOT_EXIST, RESTORE, WAIT, aborted, answers, asked, cancel, cancelled, cancelling, cashier_cancels, closed, conflict,
  declined, fails, failure, html, none, notify, order, paid, pay, query, refusal, restored, save, saved, sent, snapshot_2,
  restore, still_paid, success, timeout, trace, trade, unresolved,
} from "./payment_words.mjs";

const finding = (number, name, steps, more) =>
  trace(`finding ${number}: ${name}`, `issue 15, finding ${number}; payment.md, rules 8 to 14; signed by node:crypto`, steps, more);

/** Queries from `first` on, every 5 s, with ids from 2 on, that find nothing before `end`. */
const nothing_found = (first, end) => {
  const steps = [];
  for (let at = first, id = 2; at < end; at += 5000, id += 1) {
    steps.push([at, none, query(id)], [at + 100, answers.query(id, NOT_EXIST), timeout(Math.min(at + 5000, end), "query")]);
  }
  return steps;
};

export const findings = [
  finding(1, "the network goes away as pay is written: given up after 15 s, and never closed while a kernel may carry it", [
    sent,
    [15_100, failure(1, "maybeSent"), timeout(16_100, "query")],
    ...nothing_found(16_100, 75_100),
    [75_100, none, query(14)],
    // It is asked once more and cancelled once.
    [75_200, answers.query(14, NOT_EXIST), cancel(15)],
    [75_300, answers.cancel(15, cancelled("N")), query(16)],
    [75_400, answers.query(16, NOT_EXIST), unresolved("mayLand", 1_821_400)],
    // Then it lands, and the snapshot is taken up again.
    [90_000, RESTORE, query(17)],
    [90_100, answers.query(17, success(80_000)), unresolved("paidAfterCancel", 150_100)],
  ]),
  finding(2, "a slow store and slow DNS: it settles from the news of how pay ended", [
    sent,
    [19_000, failure(1, "aborted"), timeout(20_000, "query")],
    ...nothing_found(20_000, 79_000),
    [79_000, none, query(14)],
    [79_100, answers.query(14, NOT_EXIST), cancel(15)],
    [79_200, answers.cancel(15, cancelled("N")), query(16)],
    [79_300, answers.query(16, NOT_EXIST), closed(false)],
  ]),
  finding(3, "a process is frozen between store and send, another resumes: pay may land when the first thaws", [
    sent,
    [1000, cashier_cancels, timeout(20_000, "requestTimeout")],
    [60_000, restored({ neverSuspended: true }), query(2)],
    [60_100, answers.query(2, NOT_EXIST), unresolved("mayLand", 1_865_100)],
  ], { resetsOnDeath: true }),
  finding(4, "a terminal that blocks between store and send: too late, so it is not sent and not taken", [
    sent,
    [20_000, none, timeout(21_000, "query")],
    [21_000, none, query(2)],
    [21_100, answers.query(2, NOT_EXIST), timeout(26_000, "query")],
    ...saved(22_000, failure(1, "notSent"), query(3)),
    [22_100, cashier_cancels, timeout(27_000, "requestTimeout")],
    [22_200, answers.query(3, NOT_EXIST), declined("notSent")],
  ]),
  finding(5, "the buyer is being asked, and a replica that lags finds nothing: the buyer has the whole window", [
    ...asked,
    ...nothing_found(6000, 61_000),
    [61_000, none, query(13)],
    [61_100, answers.query(13, success(40_000)), paid(40_000, false)],
  ]),
  finding(5, "the buyer is being asked, and no replica ever finds the trade again: not closed", [
    ...asked,
    [3000, cashier_cancels, query(2)],
    [3100, answers.query(2, NOT_EXIST), cancel(3)],
    [3200, answers.cancel(3, cancelled("N")), timeout(8200, "query")],
    // As long as the cancel may take, a replica may catch up.
    ...Array.from({ length: 11 }, (_, n) => 8200 + n * 5000).flatMap((at, n) => [
      [at, none, query(4 + n)],
      [at, answers.query(4 + n, NOT_EXIST), timeout(at + 5000, "query")],
    ]),
    [63_200, none, query(15)],
    [63_200, answers.query(15, NOT_EXIST), unresolved("mayLand", 1_983_200)],
  ]),
  finding(6, "the number is taken, and the process ends before that is confirmed: the other sale is never cancelled", [
    sent,
    [600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), save],
    [HOUR, RESTORE, query(2)],
    [HOUR + 100, html(2), timeout(HOUR + 5100, "query")],
    [HOUR + 5100, none, query(3)],
    [HOUR + 5200, answers.query(3, success(-HOUR)), conflict("orderNumberTaken", "ACQ.TRADE_HAS_SUCCESS")],
  ]),
  finding(7, "a store that hangs has failed: the cancel does not leave, and somebody is told", [
    ...cancelling,
    [8200, failure(3, "notStored"), timeout(10_200, "query")],
    [10_200, none, query(4)],
    [10_300, answers.query(4, WAIT), cancel(5)],
    [15_300, failure(5, "notStored"), query(6)],
    [15_400, answers.query(6, WAIT), unresolved("notStored", 75_400)],
  ], { policy: { cancelRetryMs: [2_000] } }),
  finding(8, "an old \"no such trade\" from a queue is no answer to the new query", [
    ...aborted,
    [1400, none, query(2)],
    [120_000, RESTORE, query(3)],
    [120_100, answers.query(2, NOT_EXIST), timeout(125_000, "requestTimeout")],
    [120_200, answers.query(3, success(1000)), paid(1000, true, false)],
  ]),
  finding(9, "two processes resume one snapshot: the one whose queries are lost refunds nothing", [
    ...asked,
    [HOUR, RESTORE, query(2)],
    ...[0, 1, 2, 3].flatMap((n) => [
      [HOUR + 100 + n * 5100, html(2 + n), timeout(HOUR + 5100 + n * 5100, "query")],
      [HOUR + 5100 + n * 5100, none, query(3 + n)],
    ]),
    [HOUR + 20_500, html(6), unresolved("noAnswer", HOUR + 80_500)],
  ]),
  finding(10, "the last save failed and paid was told: after the restart a lost query cancels nothing", [
    sent,
    [1000, RESTORE, query(2)],
    [1100, failure(2, "maybeSent"), timeout(6000, "query")],
    [2000, cashier_cancels, query(3)],
    ...[0, 1, 2, 3].flatMap((n) => [
      [2100 + n * 5100, html(3 + n), timeout(7100 + n * 5100, "query")],
      [7100 + n * 5100, none, query(4 + n)],
    ]),
    [22_500, html(7), unresolved("noAnswer", 82_500)],
  ]),
  finding(11, "a till an hour slow: an older sale of 30 minutes ago is not provably ours", [
    sent,
    ...saved(600, answers.pay(1, refusal("40004", "ACQ.TRADE_HAS_SUCCESS")), query(2)),
    [800, answers.query(2, success(HOUR / 2)), conflict("orderNumberTaken", "ACQ.TRADE_HAS_SUCCESS")],
  ], { ahead: HOUR }),
  finding(12, "a success notified after closed is told", [
    ...cancelling,
    [3300, answers.cancel(3, cancelled("N", "close")), closed(false)],
    ...saved(60_000, notify(56_000), query(4)),
    ...saved(60_100, answers.query(4, success(56_000)), still_paid(56_000)),
  ]),
  finding(13, "a snapshot from a backup, and an old success notification of a trade refunded meanwhile: not paid", [
    ...asked,
    [6000, none, query(2)],
    [6100, answers.query(2, WAIT), timeout(11_000, "query")],
    [HOUR, RESTORE, query(3)],
    [HOUR + 50, notify(2000), timeout(HOUR + 5000, "requestTimeout")],
    [HOUR + 100, answers.query(3, trade("TRADE_CLOSED", 2000)), closed(true)],
  ]),
  finding(14, "the cashier cancels while the store before pay runs: pay does not leave", [
    sent,
    [3000, cashier_cancels, timeout(20_000, "requestTimeout")],
    ...saved(3100, failure(1, "notSent"), query(2)),
    [3200, answers.query(2, NOT_EXIST), declined("notSent")],
  ]),
  ...[
    ["display_message", { display_message: `请重试 ${order.auth_code}` }, "请重试 ***"],
    ["a sub_msg without a parameter", { sub_msg: `支付码${order.auth_code}无效` }, "支付码***无效"],
  ].map(([where, changes, shown]) =>
    finding(15, `an auth_code in ${where} is struck out`, [
      sent,
      [900, answers.pay(1, refusal("40004", "ACQ.PAYMENT_FAIL", changes)), declined("refused", "40004", "ACQ.PAYMENT_FAIL", shown)],
      [1000, RESTORE, declined("refused", "40004", "ACQ.PAYMENT_FAIL", shown)],
    ]),
  ),
  finding(15, "an auth_code in code and sub_code is struck out", [
    sent,
    [900, answers.pay(1, refusal("40002", `isv.invalid-${order.auth_code}`)), { type: "done", outcome: { type: "rejected", code: "40002", subCode: "isv.invalid-***", display: "失败" } }],
  ]),
  fails("finding 16: a snapshot is refused at another gateway", "issue 15, finding 16; payment.md, rule 11", "snapshot_gateway", {
    steps: [[1000, restore(snapshot_2({ gateway: "https://alipay.example.com/gateway.do" }))]],
  }),
];
