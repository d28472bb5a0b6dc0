// Every story of the sandbox, over real HTTP: the outcome and the ledger must agree. In every other story the key lives elsewhere.

import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { after, before, test } from "node:test";
import { api } from "../support/package.mjs";
import { checkBooks, MemoryStore, orderOf, startSandbox, TOTAL } from "../support/sandbox.mjs";

const { Alipay, drive, pay, Payment, tradeQuery, webCryptoSigner } = api;

let sandbox, own, elsewhere;
before(async () => {
  sandbox = await startSandbox();
  const der = createPrivateKey(sandbox.appPrivateKey).export({ type: "pkcs8", format: "der" });
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const signer = webCryptoSigner(await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]));
  const { privateKey, ...options } = sandbox.options;
  // One of each for all payments, as in a shop.
  own = new Alipay(sandbox.options);
  elsewhere = new Alipay({ ...options, signer });
});
after(() => sandbox?.stop());

/** A `fetch` can't say that a pay whose answer was lost does not land any more: not found, it stays unresolved. */
const endOf = (story) => (api.nodeTransport === undefined ? story.outcomeWithoutResets : story.outcome);

async function run(story, alipay = story.code % 2 === 0 ? elsewhere : own, name = "STORY") {
  const [order, store, phases] = [orderOf(story.code, `${name}_${story.code}`), new MemoryStore(), []];
  const outcome = await pay(alipay, order, { policy: sandbox.policy, store, onPhase: (phase) => phases.push(phase) });
  const trade = await sandbox.trade(order.out_trade_no);
  checkBooks(outcome, trade);
  if (trade !== undefined) assert.equal(trade.pay_calls, 1, "pay was not sent once");
  assert.equal(outcome.type, endOf(story), JSON.stringify(outcome));
  if (outcome.type === "paid") assert.equal(outcome.trade.totalAmount, TOTAL);
  assert.equal(phases.at(-1), "done");
  assert.ok(phases.includes("paying"), phases.join());
  // Write-ahead before pay and each cancel, and the outcome at the end; never the payment code.
  assert.ok(store.snapshots.length >= 2);
  for (const snapshot of store.snapshots) {
    assert.ok(!Buffer.from(snapshot).includes(order.auth_code));
  }
}

/**
 * How many payments run at the same time. All at once, and what is measured is whether this machine serves a hundred connections
 * within the hasty policy's time; the less so where each signature holds the event loop.
 */
async function lanes() {
  const query = tradeQuery({ out_trade_no: "A1" });
  await own.requestAsync(query);
  const start = performance.now();
  for (let at = 0; at < 5; at += 1) await own.requestAsync(query);
  return performance.now() - start < 25 ? 32 : 16;
}

test("in every story the outcome and the ledger agree", async () => {
  assert.ok(sandbox.stories.length >= 90);
  const waiting = [...sandbox.stories];
  const failed = [];
  const lane = async () => {
    for (let story = waiting.shift(); story !== undefined; story = waiting.shift()) {
      await run(story).catch(({ message }) => failed.push(`${story.code}: ${message}`));
    }
  };
  await Promise.all(Array.from({ length: await lanes() }, lane));
  assert.equal(failed.length, 0, `${failed.length} stories:\n${failed.join("\n")}`);
  console.log(`stories: ${sandbox.stories.length}`);
});

test("over OpenAPI v3 they end alike: its signatures are in the headers", async () => {
  const over = new Alipay({ ...sandbox.options, apiVersion: "v3" });
  const stories = sandbox.stories.filter(({ code }) => [1, 1001, 2001, 3001, 5001, 5006, 5007, 6001, 6002, 7002].includes(code));
  assert.ok(stories.length >= 8);
  await Promise.all(stories.map((story) => run(story, over, "V3")));
});

test("a payment goes on with another object for the same merchant, and with nobody else's", async () => {
  const order = orderOf(1, "ANOTHER_MERCHANT");
  let signed = 0;
  const { privateKey, ...options } = sandbox.options;
  const signer = (message, signType) => {
    signed += 1;
    return Buffer.from(own.sign(message, signType), "base64");
  };
  const payment = new Payment(own, order, sandbox.policy);
  const stranger = new Alipay({ ...sandbox.options, appId: "2014072300007149" });
  assert.throws(() => payment.setMerchant(stranger), { code: "snapshot_merchant" });
  assert.throws(() => payment.setMerchant({}), { code: "argument_type" });
  payment.setMerchant(new Alipay({ ...options, signer }));
  const outcome = await drive(payment);
  assert.equal(outcome.type, "paid");
  assert.ok(signed >= 1, "the new merchant's signer signs");
});
