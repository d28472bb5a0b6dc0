// What the driver does when the application's store, signer, transport, observers and cashier do as they like.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { asked, CLOSED, gateway, HASTY, NO_TRADE, options, ORDER, PAID, paidNotification, STILL_WAITING, WAITING } from "../support/gateway.mjs";
import { api } from "../support/package.mjs";
import { MemoryStore } from "../support/sandbox.mjs";

const { Alipay, AlipayError, drive, NotSentError, pay, Payment, resume, whenStored } = api;

const alipay = new Alipay(options);
const given = (more) => ({ policy: HASTY, ...more });
const code = (expected) => (error) => error instanceof AlipayError && error.code === expected;

test("a store that fails before pay: nothing is sent", async () => {
  const { transport, log } = gateway({ pay: PAID });
  for (const save of [() => Promise.reject(new Error("disk full")), () => { throw new Error("disk full"); }]) {
    await assert.rejects(pay(alipay, ORDER, given({ transport, store: { save } })), (error) => {
      assert.ok(code("store_failed")(error));
      assert.equal(error.fault, "host");
      assert.equal(error.cause.message, "disk full");
      return true;
    });
  }
  assert.deepEqual(log, []);
});

test("a store that fails before cancel: the cancel is not sent, and is tried again", async () => {
  const { transport, log } = gateway({ pay: WAITING, query: STILL_WAITING, cancel: CLOSED });
  const [problems, kept] = [[], new MemoryStore()];
  let calls = 0;
  const store = {
    save(snapshot) {
      calls += 1;
      // The second one is that of the first cancel.
      if (calls === 2) throw new Error("disk full");
      return kept.save(snapshot);
    },
  };
  const onProblem = (problem) => problems.push([problem.code, problem.cause?.message]);
  const outcome = await pay(alipay, ORDER, given({ transport, store, onProblem }));
  assert.equal(outcome.type, "closed");
  assert.deepEqual(problems, [["store_failed", "disk full"]]);
  assert.equal(log.filter((kind) => kind === "cancel").length, 1);
  assert.equal(log.at(0), "pay");
});

test("a store that fails at the end is told, and changes nothing", async () => {
  const { transport } = gateway({ pay: PAID });
  const problems = [];
  let calls = 0;
  const store = { save: async () => { if ((calls += 1) === 2) throw new Error("disk full"); } };
  const outcome = await pay(alipay, ORDER, given({ transport, store, onProblem: ({ code }) => problems.push(code) }));
  assert.deepEqual([outcome.type, outcome.stored], ["paid", false]);
  assert.deepEqual(problems, ["store_failed"]);
  // Saving goes on.
  await whenStored(outcome);
  assert.equal(calls, 3);
});

test("the store is awaited before pay leaves", async () => {
  const order = [];
  const { transport } = gateway({ pay: () => (order.push("sent"), PAID) });
  const store = { save: async () => { await sleep(30); order.push("stored"); } };
  await pay(alipay, ORDER, given({ transport, store }));
  assert.deepEqual(order, ["stored", "sent", "stored"]);
});

test("a transport that throws may have sent it: Alipay is asked", async () => {
  for (const thrown of [new Error("reset"), "a string", undefined, { notSent: "perhaps" }]) {
    const { transport, log } = gateway({
      pay: () => { throw thrown; },
      query: { ...PAID, trade_status: "TRADE_SUCCESS", send_pay_date: "2099-01-01 00:00:00" },
    });
    const outcome = await pay(alipay, ORDER, given({ transport }));
    assert.equal(outcome.type, "paid");
    assert.equal(outcome.late, true);
    assert.deepEqual(log, ["pay", "query"]);
  }
});

test("a transport that knows that nothing was sent ends the payment", async () => {
  for (const thrown of [new NotSentError("no route"), Object.assign(new Error("no route"), { notSent: true })]) {
    const { transport, log } = gateway({ pay: () => { throw thrown; }, query: NO_TRADE });
    const outcome = await pay(alipay, ORDER, given({ transport }));
    assert.deepEqual([outcome.type, outcome.reason], ["declined", "notSent"]);
    assert.deepEqual(log, ["pay", "query"]);
  }
});

test("a transport that gives something else than an answer may have sent it", async () => {
  const garbage = [undefined, null, 5, {}, { status: 200 }, { status: 200, body: "text" }, { status: NaN, body: new Uint8Array() }, { status: -1, body: new Uint8Array() }];
  for (const wrong of garbage) {
    const transport = (request) =>
      asked(request).kind === "pay" ? wrong : gateway({ query: STILL_WAITING, cancel: CLOSED }).transport(request);
    const problems = [];
    const outcome = await pay(alipay, ORDER, given({ transport, onProblem: ({ code }) => problems.push(code) }));
    assert.equal(outcome.type, "closed");
    assert.deepEqual(problems, ["maybe_sent"]);
  }
});

test("a transport that never answers is given up in time, and told so", async () => {
  let told;
  const { transport, log } = gateway({
    pay: (_, { signal, timeoutMs }) => {
      assert.equal(timeoutMs, HASTY.payTimeoutMs);
      signal.addEventListener("abort", () => (told = true));
      return new Promise(() => {});
    },
    query: { ...PAID, trade_status: "TRADE_SUCCESS", send_pay_date: "2099-01-01 00:00:00" },
  });
  const outcome = await pay(alipay, ORDER, given({ transport }));
  assert.equal(outcome.type, "paid");
  assert.equal(told, true);
  assert.equal(log.filter((kind) => kind === "pay").length, 1);
});

test("an AbortSignal stops driving and never the trade: the snapshot goes on", async () => {
  const reason = new Error("the shop closes");
  const { transport, log } = gateway({
    pay: WAITING,
    query: { ...PAID, trade_status: "TRADE_SUCCESS", send_pay_date: "2099-01-01 00:00:00" },
  });
  const store = new MemoryStore();
  const early = AbortSignal.abort(reason);
  await assert.rejects(pay(alipay, ORDER, given({ transport, store, signal: early })), reason);
  assert.deepEqual([log, store.snapshots], [[], []]);

  // While it waits for the buyer.
  const controller = new AbortController();
  const onPhase = (phase) => { if (phase === "awaitingBuyer") setTimeout(() => controller.abort(reason), 10); };
  await assert.rejects(pay(alipay, ORDER, given({ transport, store, signal: controller.signal, onPhase })), reason);
  assert.deepEqual(log, ["pay"]);
  const outcome = await resume(alipay, store.last, { transport, store });
  assert.equal(outcome.type, "paid");
  assert.deepEqual(log, ["pay", "query"]);

  // While a request is in flight.
  let inFlight;
  const hanging = gateway({ pay: (_, { signal }) => { inFlight = signal; queueMicrotask(() => again.abort(reason)); return new Promise(() => {}); } });
  const again = new AbortController();
  await assert.rejects(pay(alipay, ORDER, given({ transport: hanging.transport, store, signal: again.signal })), reason);
  assert.equal(inFlight.aborted, true);

  // While the store hangs: nothing was sent.
  const third = new AbortController();
  const stuck = { save: () => { setTimeout(() => third.abort(reason), 5); return new Promise(() => {}); } };
  const sent = gateway({ pay: PAID });
  await assert.rejects(pay(alipay, ORDER, given({ transport: sent.transport, store: stuck, signal: third.signal })), reason);
  assert.deepEqual(sent.log, []);
});

test("the cashier's cancel wakes a payment from its sleep, and is stored", async () => {
  const slow = { ...HASTY, pollIntervalMs: 60_000, pollWindowMs: 120_000 };
  const ways = [
    (payment) => payment.cancel(),
    (payment) => payment.handle({ type: "cancel" }),
    (_, controller) => controller.abort(),
  ];
  for (const cancel of ways) {
    const { transport, log } = gateway({ pay: WAITING, query: STILL_WAITING, cancel: CLOSED });
    const [store, controller] = [new MemoryStore(), new AbortController()];
    const onPhase = (phase, payment) => { if (phase === "awaitingBuyer") setTimeout(cancel, 20, payment, controller); };
    const start = performance.now();
    const outcome = await pay(alipay, ORDER, { policy: slow, transport, store, onPhase, cancel: controller.signal });
    assert.equal(outcome.type, "closed");
    assert.deepEqual(log, ["pay", "query", "cancel"]);
    assert.ok(performance.now() - start < 5_000);
    // Before pay, the cashier's wish, that the trade exists (pay's answer), before cancel, at the end.
    assert.equal(store.snapshots.length, 5);
  }
});

test("a cashier's cancel from within an observer is not lost", async () => {
  const slow = { ...HASTY, pollIntervalMs: 60_000, pollWindowMs: 120_000 };
  const { transport } = gateway({ pay: WAITING, query: STILL_WAITING, cancel: CLOSED });
  const onPhase = (phase, payment) => { if (phase === "awaitingBuyer") payment.cancel(); };
  assert.equal((await pay(alipay, ORDER, { policy: slow, transport, onPhase })).type, "closed");
});

test("a cancel that was there from the beginning ends it before or after pay, never open", async () => {
  const { transport } = gateway({ pay: WAITING, query: STILL_WAITING, cancel: CLOSED });
  const outcome = await pay(alipay, ORDER, given({ transport, cancel: AbortSignal.abort() }));
  assert.ok(["closed", "declined"].includes(outcome.type), outcome.type);
});

test("a verified notification wakes it and ends it; a forged one is refused and changes nothing", async () => {
  const slow = { ...HASTY, pollIntervalMs: 60_000, pollWindowMs: 120_000 };
  const { transport, log } = gateway({ pay: WAITING });
  const onPhase = (phase, payment) => {
    if (phase !== "awaitingBuyer") return;
    assert.throws(() => payment.notify(paidNotification().replace("88.88", "88.89")), code("signature_invalid"));
    setTimeout(() => payment.notify(paidNotification()), 20);
  };
  const outcome = await pay(alipay, ORDER, { policy: slow, transport, onPhase });
  assert.equal(outcome.type, "paid");
  assert.ok(Math.abs(outcome.trade.paidAt - Date.now()) < 60_000);
  assert.deepEqual(log, ["pay"]);
});

test("a notification that is faster than the answer to a query ends it at once", async () => {
  let aborted = false;
  const { transport } = gateway({
    pay: WAITING,
    query: (_, { signal }) => {
      setTimeout(() => running.notify(paidNotification()), 10);
      signal.addEventListener("abort", () => (aborted = true));
      return new Promise(() => {});
    },
  });
  const policy = { ...HASTY, queryTimeoutMs: 20_000, settleMs: 40_000 };
  let running;
  const start = performance.now();
  const outcome = await pay(alipay, ORDER, { policy, transport, onPayment: (payment) => (running = payment) });
  assert.equal(outcome.type, "paid");
  assert.ok(performance.now() - start < 5_000);
  assert.equal(aborted, true, "the request is not left behind");
});

test("observers that throw or reject disturb nothing", async () => {
  const { transport } = gateway({ pay: () => { throw new Error("reset"); }, query: STILL_WAITING, cancel: CLOSED });
  const bad = () => { throw new Error("observer"); };
  const worse = async () => { throw new Error("observer"); };
  for (const observer of [bad, worse]) {
    const watching = { onPhase: observer, onProblem: observer, onPayment: observer };
    assert.equal((await pay(alipay, ORDER, given({ transport, ...watching }))).type, "closed");
  }
});

test("a signer signs; one that throws, hangs or gives nonsense is a signature that did not come", async () => {
  const { privateKey, ...elsewhere } = options;
  const signers = {
    good: (message, signType) => Uint8Array.from(atob(alipay.sign(message, signType)), (c) => c.charCodeAt(0)),
    throws: () => { throw new Error("no key"); },
    rejects: async () => { throw undefined; },
    hangs: () => new Promise(() => {}),
    short: async () => new Uint8Array(5),
    text: async () => "c2lnbmF0dXJl",
  };
  for (const [name, signer] of Object.entries(signers)) {
    const { transport, log } = gateway({ pay: PAID });
    const problems = [];
    const policy = { ...HASTY, signTimeoutMs: 300 };
    const outcome = await pay(new Alipay({ ...elsewhere, signer }), ORDER, { policy, transport, onProblem: ({ code }) => problems.push(code) });
    if (name === "good") {
      assert.deepEqual([outcome.type, log, problems], ["paid", ["pay"], []]);
    } else {
      assert.deepEqual([name, outcome.type, log], [name, "declined", []]);
      assert.equal(outcome.reason, "notSent");
      assert.ok(problems.every((problem) => problem === (name === "short" ? "signature_format" : "signer_failed")), problems.join());
    }
  }
});

test("a key that lives elsewhere needs a signer: nothing is sent without", async () => {
  const { privateKey, ...elsewhere } = options;
  const { transport, log } = gateway({ pay: PAID });
  await assert.rejects(pay(new Alipay(elsewhere), ORDER, given({ transport })), code("signer_external"));
  assert.deepEqual(log, []);
});

test("a payment that is closed while it runs ends the driver with an error of ours", async () => {
  const { transport } = gateway({ pay: WAITING });
  const onPhase = (phase, payment) => { if (phase === "awaitingBuyer") { payment.close(); payment.close(); } };
  await assert.rejects(pay(alipay, ORDER, given({ transport, onPhase })), code("closed"));
});

test("by hand: poll, do, tell, until it is done", async () => {
  const payment = new Payment(alipay, ORDER, HASTY);
  assert.deepEqual([payment.phase, payment.outTradeNo, payment.heard, payment.outcome], ["ready", "ORDER_1", null, null]);
  const { transport } = gateway({ pay: PAID });
  const output = payment.poll();
  assert.deepEqual([output.type, output.kind, output.checkpoint], ["request", "pay", true]);
  assert.equal(payment.poll().type, "timeout");
  const { status, body } = await transport(output.http, {});
  payment.handle({ type: "response", id: output.id, status, body });
  assert.equal(payment.heard.verified, true);
  assert.equal(payment.poll().outcome.type, "paid");
  // Such a payment can also be driven: it is done.
  assert.deepEqual((await drive(payment)).type, "paid");
});
