// What the world does to a driver: it freezes it, hangs its store, runs a second one beside it, and lets its requests linger.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CLOSED, gateway, HASTY, NO_TRADE, options, ORDER, PAID, paidNotification, STILL_WAITING, WAITING } from "../support/gateway.mjs";
import { api } from "../support/package.mjs";
import { MemoryStore } from "../support/sandbox.mjs";

const { AbortedError, Alipay, AlipayError, drive, giveUp, NotSentError, pay, Payment, resume, snapshotNumber, whenStored } = api;

const alipay = new Alipay(options);
const given = (more) => ({ policy: HASTY, ...more });
const code = (expected) => (error) => error instanceof AlipayError && error.code === expected;
const never = () => new Promise(() => {});
/** Within the time that a busy machine may take, and far from any other limit. */
const quickly = async (work, ms = 5_000) => {
  const start = process.hrtime.bigint();
  const result = await work;
  const took = Number(process.hrtime.bigint() - start) / 1e6;
  assert.ok(took < ms, `${took} ms`);
  return result;
};

/** One clock leaps ahead while the other stands still, as when a machine was suspended. */
function leaping(t) {
  const [now, monotonic] = [Date.now, performance.now];
  t.after(() => {
    Date.now = now;
    performance.now = monotonic;
  });
  return {
    wall: (ms) => (Date.now = () => now() + ms),
    monotonic: (ms) => (performance.now = () => monotonic.call(performance) + ms),
  };
}

for (const clock of ["wall", "monotonic"]) {
  for (const where of ["in the store", "while it connects"]) {
    test(`frozen ${where}, by the ${clock} clock: pay does not leave any more`, async (t) => {
      const clocks = leaping(t);
      const freeze = () => clocks[clock](600_000);
      const { transport, log } = gateway({ pay: PAID, query: NO_TRADE });
      let connected = 0;
      const connecting = async (request, context) => {
        if (where === "while it connects" && (connected += 1) === 1) freeze();
        context.beforeSending();
        return transport(request, context);
      };
      const store = new MemoryStore();
      const save = async (snapshot) => {
        await store.save(snapshot);
        if (where === "in the store" && store.snapshots.length === 1) freeze();
      };
      const problems = [];
      const outcome = await quickly(
        pay(alipay, ORDER, given({ transport: connecting, store: { save }, onProblem: ({ code }) => problems.push(code) })),
      );
      assert.deepEqual([outcome.type, outcome.reason], ["declined", "notSent"]);
      assert.ok(!log.includes("pay"), log.join());
      assert.deepEqual(problems, ["not_sent"]);
    });
  }
}

test("a store that takes longer than the policy gives it: pay does not leave, not even when it is done", async () => {
  const { transport, log } = gateway({ pay: PAID });
  const kept = new MemoryStore();
  const slow = { save: async (snapshot) => { await sleep(150); await kept.save(snapshot); } };
  const policy = { ...HASTY, sendWithinMs: 50 };
  await assert.rejects(pay(alipay, ORDER, { policy, transport, store: slow }), code("store_failed"));
  await sleep(500);
  assert.deepEqual(log, []);
  // The last that was stored knows that it was not sent.
  const outcome = await resume(alipay, kept.last, { transport: gateway({ query: NO_TRADE }).transport });
  assert.deepEqual([outcome.type, outcome.reason], ["declined", "notSent"]);
});

test("the cashier cancels while the store works: pay does not leave", async () => {
  const { transport, log } = gateway({ pay: PAID, query: NO_TRADE });
  let running;
  const store = { save: async () => { await sleep(10); running.cancel(); await sleep(10); } };
  const outcome = await pay(alipay, ORDER, given({ transport, store, onPayment: (payment) => (running = payment) }));
  assert.deepEqual([outcome.type, outcome.reason], ["declined", "notSent"]);
  assert.ok(!log.includes("pay"), log.join());
});

test("the cashier cancels while the transport connects: pay does not leave", async () => {
  const { transport, log } = gateway({ query: NO_TRADE });
  let running;
  const connecting = (request, context) => {
    if (log.length === 0 && running.phase === "paying") {
      running.cancel();
      assert.throws(() => context.beforeSending(), (error) => error instanceof NotSentError && error.notSent);
      throw new NotSentError();
    }
    return transport(request, context);
  };
  const outcome = await pay(alipay, ORDER, given({ transport: connecting, onPayment: (payment) => (running = payment) }));
  assert.deepEqual([outcome.type, outcome.reason], ["declined", "notSent"]);
});

test("nobody is told anything between the store and the wire", async () => {
  const order = [];
  const { transport } = gateway({ pay: async () => { await sleep(30); return WAITING; }, query: STILL_WAITING, cancel: CLOSED });
  const store = { save: async () => { order.push("stored"); } };
  const sending = async (request, context) => {
    order.push("handed");
    await sleep(30);
    context.beforeSending();
    order.push("sent");
    return transport(request, context);
  };
  const onPhase = (phase) => {
    order.push(phase);
    // A terminal that blocks.
    const until = performance.now() + 20;
    while (performance.now() < until);
  };
  await pay(alipay, ORDER, given({ transport: sending, store, onPhase }));
  // Where the signature takes its time, it is shown before: nothing is made yet.
  if (order[0] === "ready") order.shift();
  assert.deepEqual(order.slice(0, 4), ["stored", "handed", "sent", "paying"]);
  for (const [at, what] of order.entries()) {
    if (what === "handed") assert.equal(order[at + 1], "sent", order.join());
    if (what === "sent") assert.ok(order[at - 1] === "handed", order.join());
  }
});

test("a transport that does not tell when it sends: the phase is shown all the same, and before the next", async () => {
  const phases = [];
  const { transport } = gateway({ pay: async () => { await sleep(200); return WAITING; }, query: { ...PAID, trade_status: "TRADE_SUCCESS" } });
  const outcome = await pay(alipay, ORDER, given({ transport, onPhase: (phase) => phases.push(phase) }));
  assert.equal(outcome.type, "paid");
  assert.deepEqual(phases.filter((phase) => phase !== "ready"), ["paying", "awaitingBuyer", "done"]);
});

test("a store that hangs before pay: nothing is sent, and it is told in time", async () => {
  const { transport, log } = gateway({ pay: PAID });
  const policy = { ...HASTY, sendWithinMs: 100 };
  await quickly(assert.rejects(pay(alipay, ORDER, { policy, transport, store: { save: never } }), code("store_failed")));
  assert.deepEqual(log, []);
});

test("a store that hangs at the cashier's cancel and ever after: the outcome is told all the same", async () => {
  const { transport, log } = gateway({ pay: WAITING, query: STILL_WAITING, cancel: CLOSED });
  const policy = { ...HASTY, pollIntervalMs: 60_000, pollWindowMs: 120_000, sendWithinMs: 100 };
  const kept = new MemoryStore();
  const store = { save: (snapshot) => (kept.snapshots.length < 2 ? kept.save(snapshot) : never()) };
  const onPhase = (phase, payment) => { if (phase === "awaitingBuyer") setTimeout(() => payment.cancel(), 20); };
  const outcome = await quickly(pay(alipay, ORDER, { policy, transport, store, onPhase }), 20_000);
  assert.deepEqual([outcome.type, outcome.reason, outcome.stored], ["unresolved", "notStored", false]);
  assert.ok(!log.includes("cancel"), "a cancel that is not stored does not leave");
});

test("a store that hangs at the end: the outcome is told as not stored", async () => {
  const { transport } = gateway({ pay: PAID });
  const [policy, kept, problems] = [{ ...HASTY, sendWithinMs: 100 }, new MemoryStore(), []];
  let finish;
  const store = {
    save(snapshot) {
      if (kept.snapshots.length !== 1 || finish) return kept.save(snapshot);
      return new Promise((resolve) => (finish = resolve));
    },
  };
  const outcome = await quickly(pay(alipay, ORDER, { policy, transport, store, onProblem: ({ code }) => problems.push(code) }));
  assert.deepEqual([outcome.type, outcome.stored, problems], ["paid", false, ["store_failed"]]);
  assert.equal(kept.snapshots.length, 1);
  finish();
  await whenStored(outcome);
  assert.equal((await resume(alipay, kept.last, { transport })).type, "paid");
});

test("an outcome that can't be stored is saved until it is, and what is not stored is never said to be", async () => {
  const { transport } = gateway({ pay: PAID });
  let calls = 0;
  const store = { save: async () => { if ((calls += 1) > 1 && calls < 4) throw new Error("disk full"); } };
  const outcome = await pay(alipay, ORDER, given({ transport, store }));
  assert.deepEqual([outcome.type, outcome.stored, calls], ["paid", false, 2]);
  await whenStored(outcome);
  assert.equal(calls, 4);
  const without = await pay(alipay, ORDER, given({ transport }));
  assert.equal(without.stored, false);
  await assert.rejects(whenStored(without), code("store_failed"));
  await assert.rejects(whenStored({ ...without }), code("argument_type"));
  const stored = await pay(alipay, ORDER, given({ transport, store: new MemoryStore() }));
  assert.equal(stored.stored, true);
  await whenStored(stored);
});

test("saves run one after the other: one that was given up never comes after a newer one", async () => {
  const { transport } = gateway({ pay: WAITING, query: { ...PAID, trade_status: "TRADE_SUCCESS" } });
  const controller = new AbortController();
  const [kept, numbers] = [[], []];
  let [running, atOnce] = [0, 0];
  const store = {
    async save(snapshot) {
      atOnce = Math.max(atOnce, (running += 1));
      const number = snapshotNumber(snapshot);
      numbers.push(number);
      // The second one is slow, and the driver is stopped meanwhile.
      if (numbers.length === 2) {
        controller.abort(new Error("the shop closes"));
        await sleep(150);
      }
      kept.push(number);
      running -= 1;
    },
  };
  await assert.rejects(pay(alipay, ORDER, given({ transport, store, signal: controller.signal })), /the shop closes/);
  await sleep(300);
  assert.equal(atOnce, 1);
  assert.equal(kept.length, 3, "before pay, the slow one, and what was known at the end");
  assert.deepEqual(kept, [...kept].sort((a, b) => a - b));
  assert.deepEqual(kept, numbers);
});

test("when it is stopped, what is known is stored once more, and no longer than that may take", async () => {
  const reason = new Error("the shop closes");
  for (const how of ["aborted", "maybeSent"]) {
    const controller = new AbortController();
    const kept = new MemoryStore();
    const hanging = async (_, { signal, beforeSending }) => {
      beforeSending();
      setTimeout(() => controller.abort(reason), 20);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw how === "aborted" ? new AbortedError("reset") : new Error("closed");
    };
    await quickly(assert.rejects(pay(alipay, ORDER, given({ transport: hanging, store: kept, signal: controller.signal })), reason));
    assert.equal(kept.snapshots.length, 2, "before pay, and how it ended");
    const { transport } = gateway({ query: NO_TRADE, cancel: { code: "10000", retry_flag: "N" } });
    const outcome = await resume(alipay, kept.last, { transport });
    assert.deepEqual([how, outcome.type], [how, how === "aborted" ? "closed" : "unresolved"]);
  }
  const controller = new AbortController();
  let calls = 0;
  const stuck = { save: () => ((calls += 1) === 1 ? undefined : never()) };
  const { transport } = gateway({ pay: () => { queueMicrotask(() => controller.abort(reason)); return never(); } });
  const policy = { ...HASTY, sendWithinMs: 100 };
  await quickly(assert.rejects(pay(alipay, ORDER, { policy, transport, store: stuck, signal: controller.signal }), reason));
});

test("how a request ended decides: reset and not found is closed, anything else may still land", async () => {
  const ends = {
    closed: [() => { throw new AbortedError("reset"); }, () => { throw Object.assign(new Error("reset"), { aborted: true }); }],
    unresolved: [() => { throw new Error("closed"); }, () => { throw { aborted: "perhaps" }; }, () => ({ status: 502, body: new Uint8Array() })],
  };
  ends.closed.push(() => ({ status: 502, body: new Uint8Array(), reset: true }));
  await Promise.all(Object.entries(ends).flatMap(([type, ways]) => ways.map(async (way) => {
    const { transport } = gateway({ pay: way, query: NO_TRADE, cancel: { code: "10000", retry_flag: "N" } });
    const outcome = await pay(alipay, ORDER, given({ transport }));
    assert.equal(outcome.type, type, String(way));
    if (type === "unresolved") assert.equal(outcome.reason, "mayLand");
  })));
});

test("a transport that ignores its time limit is not believed when it is silent, and may not write any more", async () => {
  let refused;
  const { transport } = gateway({ query: NO_TRADE, cancel: { code: "10000", retry_flag: "N" } });
  let first = true;
  const deaf = async (request, context) => {
    if (!first) return transport(request, context);
    first = false;
    await sleep(3_000);
    try {
      context.beforeSending();
    } catch (error) {
      refused = error;
      throw error;
    }
    return never();
  };
  // Long enough for it to say how it ended after all.
  const policy = { ...HASTY, pollWindowMs: 4_000 };
  const outcome = await pay(alipay, ORDER, { policy, transport: deaf });
  assert.ok(refused instanceof NotSentError);
  assert.ok(["closed", "declined"].includes(outcome.type), JSON.stringify(outcome));
});

test("what the machine throws is thrown, and is no request that was not sent", async () => {
  const { transport, log } = gateway({ pay: PAID, query: NO_TRADE });
  const closing = (request, context) => {
    running.close();
    return transport(request, context);
  };
  let running;
  await assert.rejects(pay(alipay, ORDER, given({ transport: closing, onPayment: (payment) => (running = payment) })), code("closed"));
  assert.deepEqual(log, ["pay"]);
});

test("one driver per payment", async () => {
  const { transport } = gateway({ pay: async () => { await sleep(50); return PAID; } });
  const payment = new Payment(alipay, ORDER, HASTY);
  const running = drive(payment, { transport });
  await assert.rejects(drive(payment, { transport }), code("superseded"));
  assert.equal((await running).type, "paid");
  assert.equal((await drive(payment, { transport })).type, "paid");
});

test("a store that says it was superseded: no outcome is told, and nothing is saved in its place", async () => {
  for (const when of [1, 2]) {
    const { transport, log } = gateway({ pay: PAID });
    let calls = 0;
    const store = { save: async () => { if ((calls += 1) === when) throw new AlipayError("superseded"); } };
    await assert.rejects(pay(alipay, ORDER, given({ transport, store })), code("superseded"));
    await sleep(50);
    assert.deepEqual([calls, log], [when, when === 1 ? [] : ["pay"]]);
  }
  const refusing = { save: async () => {}, acquire: async () => { throw new AlipayError("superseded"); } };
  const { transport, log } = gateway({ pay: PAID });
  await assert.rejects(pay(alipay, ORDER, given({ transport, store: refusing })), code("superseded"));
  assert.deepEqual(log, []);
});

test("a store is acquired before anything, and released when nothing remains to be saved", async () => {
  const order = [];
  const store = { acquire: async () => { order.push("acquire"); }, save: async () => { order.push("save"); }, release: async () => { order.push("release"); } };
  const { transport } = gateway({ pay: () => (order.push("pay"), PAID) });
  await pay(alipay, ORDER, given({ transport, store, onPayment: () => order.push("payment") }));
  assert.deepEqual(order, ["acquire", "payment", "save", "pay", "save", "release"]);
});

test("that the writer is dead, the store says: what it had sent was reset with it", async () => {
  const hanging = (_, context) => {
    context.beforeSending();
    setTimeout(() => controller.abort(), 20);
    return never();
  };
  const controller = new AbortController();
  const kept = new MemoryStore();
  const declared = Object.assign(hanging, { resetsOnDeath: true });
  await assert.rejects(pay(alipay, ORDER, given({ transport: declared, store: kept, signal: controller.signal })));
  // As it was stored before pay left: how it ended, nobody could store.
  const [left] = kept.snapshots;
  const { transport } = gateway({ query: NO_TRADE, cancel: { code: "10000", retry_flag: "N" } });
  for (const [writerIsDead, type] of [[true, "closed"], [false, "unresolved"]]) {
    const store = Object.assign(new MemoryStore(), { writerIsDead });
    assert.equal((await resume(alipay, left, { transport, store })).type, type);
  }
  assert.equal((await resume(alipay, left, { transport, restored: { writerIsDead: true } })).type, "closed");
});

test("news after the outcome are told once, after one query", async () => {
  const queries = { query: { ...PAID, trade_status: "TRADE_SUCCESS" } };
  const { transport, log } = gateway({ pay: WAITING, ...queries, cancel: CLOSED });
  const closing = gateway({ pay: WAITING, query: STILL_WAITING, cancel: CLOSED });
  const payment = new Payment(alipay, ORDER, HASTY);
  assert.equal((await drive(payment, { transport: closing.transport })).type, "closed");
  payment.notify(paidNotification());
  const news = [];
  const outcome = await drive(payment, { transport, onNews: (told, of) => news.push([told.type, told.trade?.totalAmount, of === payment]) });
  assert.deepEqual([outcome.type, news, log], ["closed", [["stillPaid", "88.88", true]], ["query"]]);
  // The cashier has it cancelled again.
  payment.cancel();
  assert.equal((await drive(payment, { transport, onNews: (told) => news.push(told.type) })).type, "closed");
  assert.ok(log.includes("cancel"), log.join());
});

const SUCCESS = { ...PAID, trade_status: "TRADE_SUCCESS" };

/** Closed by a cancel; whoever asks afterwards finds it paid all the same. */
function closedAndPaid() {
  let closed = false;
  const cancel = () => ((closed = true), CLOSED);
  return gateway({ pay: WAITING, query: () => (closed ? SUCCESS : STILL_WAITING), cancel });
}

test("news that come while the outcome is being stored are told before it is", async () => {
  for (const hangs of [false, true]) {
    const { transport, log } = closedAndPaid();
    const [news, kept] = [[], new MemoryStore()];
    let running;
    let notified = 0;
    const store = {
      async save(snapshot) {
        if (running.outcome !== null && (notified += 1) === 1) running.notify(paidNotification());
        if (running.outcome !== null && hangs) return never();
        await kept.save(snapshot);
      },
    };
    const policy = { ...HASTY, sendWithinMs: hangs ? 300 : 2_000 };
    const onNews = (told) => news.push(told.type);
    const outcome = await quickly(pay(alipay, ORDER, { policy, transport, store, onNews, onPayment: (payment) => (running = payment) }));
    assert.deepEqual([outcome.type, outcome.stored, news], ["closed", !hangs, ["stillPaid"]]);
    assert.equal(log.at(-1), "query");
    if (!hangs) assert.equal(snapshotNumber(kept.last), snapshotNumber(running.snapshot()), "what was learnt last is stored");
  }
});

test("a notification that comes while the store lets go is asked about, and another driver waits for that", async () => {
  const { transport } = closedAndPaid();
  const [news, kept] = [[], new MemoryStore()];
  const calls = { acquire: 0, release: 0 };
  let running;
  const store = {
    save: (snapshot) => kept.save(snapshot),
    acquire: () => { if ((calls.acquire += 1) - calls.release !== 1) throw new AlipayError("superseded"); },
    async release() {
      if (calls.release === 0) running.notify(paidNotification());
      await sleep(20);
      calls.release += 1;
    },
  };
  const onNews = (told) => news.push(told.type);
  const outcome = await pay(alipay, ORDER, given({ transport, store, onNews, onPayment: (payment) => (running = payment) }));
  assert.equal(outcome.type, "closed");
  assert.equal((await drive(running, { transport, store })).type, "closed");
  assert.deepEqual([news, calls], [["stillPaid"], { acquire: 3, release: 3 }]);
});

test("pay is answered after the outcome was told: that is asked about, told and stored", async () => {
  let answered;
  const late = new Promise((resolve) => (answered = resolve));
  let landed = false;
  const { transport, log } = gateway({ pay: () => late, query: () => (landed ? SUCCESS : NO_TRADE), cancel: { code: "10000", retry_flag: "N" } });
  const [kept, calls] = [new MemoryStore(), []];
  const store = { save: (snapshot) => kept.save(snapshot), acquire: () => void calls.push("acquire"), release: () => void calls.push("release") };
  let running;
  let heard;
  const told = new Promise((resolve) => (heard = resolve));
  const onNews = (news, payment) => heard([news.type, payment === running]);
  const { type, reason } = await pay(alipay, ORDER, given({ transport, store, onNews, onPayment: (payment) => (running = payment) }));
  assert.deepEqual([type, reason, calls], ["unresolved", "mayLand", ["acquire", "release"]]);
  const before = kept.snapshots.length;
  landed = true;
  answered(PAID);
  assert.deepEqual(await quickly(told), ["stillPaid", true]);
  assert.equal(log.at(-1), "query");
  while (calls.length < 4) await quickly(sleep(10));
  assert.deepEqual(calls, ["acquire", "release", "acquire", "release"]);
  assert.ok(kept.snapshots.length > before);
  assert.equal(snapshotNumber(kept.last), snapshotNumber(running.snapshot()));
});

test("pay turns out not to have been sent after the outcome was told: that is stored", async () => {
  let refuse;
  const late = new Promise((_, reject) => (refuse = reject));
  const nothing = { query: NO_TRADE, cancel: { code: "10000", retry_flag: "N" } };
  const { transport } = gateway({ pay: () => late, ...nothing });
  const [store, news] = [new MemoryStore(), []];
  const outcome = await pay(alipay, ORDER, given({ transport, store, onNews: ({ type }) => news.push(type) }));
  assert.deepEqual([outcome.type, outcome.reason], ["unresolved", "mayLand"]);
  const before = store.snapshots.length;
  refuse(new NotSentError());
  while (store.snapshots.length === before) await quickly(sleep(10));
  await sleep(50);
  assert.deepEqual(news, []);
  const again = gateway(nothing);
  assert.equal((await resume(alipay, store.snapshots[before - 1], { transport: again.transport })).type, "unresolved");
  assert.equal((await resume(alipay, store.last, { transport: again.transport })).type, "declined");
});

test("a notification makes an end while a request is under way: how that ended, the payment is told all the same", async () => {
  const [ends, answers] = [[], gateway({ pay: WAITING })];
  const transport = async (request, context) => {
    if (answers.log.length === 0) return answers.transport(request, context);
    setTimeout(() => running.notify(paidNotification()), 20);
    await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
    throw new AbortedError("reset");
  };
  let running;
  const onPayment = (payment) => {
    running = payment;
    const handle = payment.handle.bind(payment);
    payment.handle = (input, now) => {
      if (input.type !== "signature") ends.push(input.failure ?? input.type);
      handle(input, now);
    };
  };
  const outcome = await quickly(pay(alipay, ORDER, given({ transport, onPayment })));
  await sleep(20);
  assert.deepEqual([outcome.type, ends], ["paid", ["response", "notify", "aborted"]]);
});

test("an outcome that can't be stored yet does not keep the payment from being driven again, and the newest is stored last", async () => {
  const { transport } = closedAndPaid();
  const kept = new MemoryStore();
  let [free, held] = [false, 0];
  const store = {
    save: async (snapshot) => {
      if (payment.outcome !== null && !free) throw new Error("disk full");
      await kept.save(snapshot);
    },
    acquire: () => { if ((held += 1) > 1) throw new AlipayError("superseded"); },
    release: () => void (held -= 1),
  };
  const payment = new Payment(alipay, ORDER, HASTY);
  const outcome = await drive(payment, { transport, store });
  assert.deepEqual([outcome.type, outcome.stored], ["closed", false]);
  payment.notify(paidNotification());
  const news = [];
  const again = await drive(payment, { transport, store, onNews: (told) => news.push(told.type) });
  assert.deepEqual([again.type, again.stored, news], ["closed", false, ["stillPaid"]]);
  free = true;
  await Promise.all([whenStored(outcome), whenStored(again)]);
  assert.equal(snapshotNumber(kept.last), snapshotNumber(payment.snapshot()));
  await sleep(20);
  assert.equal(held, 0);
});

/** The snapshot of a payment that may still land. */
async function unresolved(store = new MemoryStore()) {
  const { transport } = gateway({ pay: () => { throw new Error("closed"); }, query: NO_TRADE, cancel: { code: "10000", retry_flag: "N" } });
  const outcome = await pay(alipay, ORDER, given({ transport, store }));
  assert.deepEqual([outcome.type, outcome.reason], ["unresolved", "mayLand"]);
  assert.ok(outcome.askAgainAt > Date.now());
  return store;
}

test("given up: stored first, and never paid afterwards", async () => {
  const store = await unresolved();
  const stored = await giveUp(alipay, store.last, { store });
  assert.deepEqual(store.last, stored);
  // Who is not sure that it was stored gives it up again.
  await giveUp(alipay, stored, { store });
  const { transport, log } = gateway({ query: { ...PAID, trade_status: "TRADE_SUCCESS", send_pay_date: "2099-01-01 00:00:00" }, cancel: { ...CLOSED, action: "refund" } });
  const outcome = await resume(alipay, stored, { transport, store });
  assert.notEqual(outcome.type, "paid", log.join());
  // Also by hand, in the process that asked.
  const payment = new Payment(alipay, ORDER, HASTY);
  assert.throws(() => payment.giveUp(), code("not_unresolved"));
});

test("that the writer is dead, the store says also of a payment that is given up", async () => {
  // Pay is still with a transport that resets its connections on death when the process dies.
  const left = new MemoryStore();
  const silent = Object.assign(
    (request, context) => (JSON.parse(new URLSearchParams(new TextDecoder().decode(request.body)).get("biz_content")).auth_code ? never() : asking(request, context)),
    { resetsOnDeath: true },
  );
  const { transport: asking } = gateway({ query: NO_TRADE, cancel: { code: "10000", retry_flag: "N" } });
  const lost = await pay(alipay, ORDER, given({ transport: silent, store: left }));
  assert.deepEqual([lost.type, lost.reason], ["unresolved", "mayLand"]);
  for (const [writerIsDead, type] of [[true, "closed"], [false, "unresolved"]]) {
    const store = Object.assign(new MemoryStore(), { writerIsDead });
    const given = await giveUp(alipay, left.last, { store });
    assert.equal((await resume(alipay, given, { transport: asking })).type, type);
  }
});

test("what can't be stored is not given up", async () => {
  const { last } = await unresolved();
  await assert.rejects(giveUp(alipay, last, { store: { save: async () => { throw new Error("disk full"); } } }), code("store_failed"));
  const held = { save: async () => {}, acquire: () => { throw new AlipayError("superseded"); } };
  await assert.rejects(giveUp(alipay, last, { store: held }), code("superseded"));
  await assert.rejects(giveUp(alipay, last, {}), code("options"));
  const paid = new MemoryStore();
  await pay(alipay, ORDER, given({ transport: gateway({ pay: PAID }).transport, store: paid }));
  await assert.rejects(giveUp(alipay, paid.last, { store: paid }), code("not_unresolved"));
});

test("request ids begin at random, also after a restore, unless a test says where", () => {
  const first = () => new Payment(alipay, ORDER).poll().id;
  assert.notEqual(first(), first());
  const payment = new Payment(alipay, ORDER, {}, undefined, { firstId: 7 });
  const { id } = payment.poll();
  assert.equal(id, 7);
  assert.deepEqual([payment.isWanted(7), payment.isWanted(8)], [true, false]);
  const snapshot = payment.snapshot();
  assert.notEqual(Payment.restore(alipay, snapshot).poll().id, Payment.restore(alipay, snapshot).poll().id);
  assert.equal(Payment.restore(alipay, snapshot, undefined, { firstId: 9 }).poll().id, 9);
  assert.ok(snapshotNumber(Payment.restore(alipay, snapshot).snapshot()) >= snapshotNumber(snapshot));
});

/** What time it is at Alipay's: the till's clock is an hour slow. */
const alipayNow = () => Date.now() + 3_600_000;

/** Over a transport that tells Alipay's time, unless it takes too long. */
async function paysAt(merchant, ms = 0) {
  const { transport } = gateway({ pay: PAID });
  const dated = async (request, context) => {
    const at = new Date(alipayNow()).toUTCString();
    const answer = await transport(request, context);
    await sleep(ms);
    return { ...answer, headers: { Date: at } };
  };
  const policy = { ...HASTY, payTimeoutMs: 4_000, settleMs: 8_000 };
  assert.equal((await pay(merchant, ORDER, { policy, transport: dated })).type, "paid");
}

/** The next payment's pay is not answered, and a sale that was paid so much after it began is found under its number. */
async function finds(merchant, paidAfterMs, more) {
  const send_pay_date = new Date(alipayNow() + paidAfterMs + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
  const { transport } = gateway({ pay: () => { throw new Error("lost"); }, query: { ...SUCCESS, send_pay_date } });
  const { type, proven } = await pay(merchant, ORDER, given({ transport, ...more }));
  return type === "paid" ? proven : type;
}

test("Alipay's time, which one payment learnt, tells the next one's sale from an older one", async (t) => {
  const merchant = new Alipay(options);
  assert.equal(await finds(merchant, -60_000), false, "not known yet");
  await paysAt(merchant);
  assert.equal(await finds(merchant, -60_000), "conflict");
  assert.equal(await finds(merchant, 0), true);
  assert.equal(await finds(merchant, -60_000, { start: { alipayTime: alipayNow() - 120_000 } }), true, "the application knows better");
  const clocks = leaping(t);
  clocks.wall(500);
  clocks.monotonic(400);
  assert.equal(await finds(merchant, -60_000), "conflict", "clocks never agree to the millisecond");
  assert.equal(await finds(new Alipay(options), -60_000), false, "it is nobody else's");
});

for (const [name, leap] of [
  ["the wall clock is set ahead", ({ wall }) => wall(5_000)],
  ["the wall clock is set back", ({ wall }) => wall(-5_000)],
  ["the monotonic clock leaps", ({ monotonic }) => monotonic(5_000)],
  ["it is an hour ago", ({ wall, monotonic }) => (wall(3_700_000), monotonic(3_700_000))],
]) {
  test(`Alipay's time is forgotten: ${name}`, async (t) => {
    const merchant = new Alipay(options);
    await paysAt(merchant);
    leap(leaping(t));
    assert.equal(await finds(merchant, -60_000), false);
  });
}

test("Alipay's time is not learnt from an answer that took its time, nor from a snapshot", async () => {
  const merchant = new Alipay(options);
  await paysAt(merchant, 1_100);
  assert.equal(await finds(merchant, -60_000), false);
  const payment = new Payment(merchant, ORDER, HASTY, undefined, { alipayTime: alipayNow() });
  assert.ok(payment.alipayTime > Date.now() + 3_000_000);
  const { transport } = gateway({ pay: PAID });
  const kept = new MemoryStore();
  await pay(merchant, ORDER, given({ transport, store: kept, start: { alipayTime: alipayNow() } }));
  await resume(merchant, kept.snapshots[0], { transport: gateway({ query: SUCCESS }).transport });
  assert.equal(await finds(merchant, -60_000), false);
});
