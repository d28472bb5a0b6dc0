// Every story of the sandbox, over real HTTP: the outcome and the ledger must agree. In every other story the key lives elsewhere.

import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { after, before, test } from "node:test";
import { api } from "../support/package.mjs";
import { checkBooks, MemoryStore, orderOf, startSandbox, TOTAL } from "../support/sandbox.mjs";

const { Alipay, pay, tradeQuery, webCryptoSigner } = api;

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

async function run(story) {
  const alipay = story.code % 2 === 0 ? elsewhere : own;
  const [order, store, phases] = [orderOf(story.code, `STORY_${story.code}`), new MemoryStore(), []];
  const outcome = await pay(alipay, order, { policy: sandbox.policy, store, onPhase: (phase) => phases.push(phase) });
  const trade = await sandbox.trade(order.out_trade_no);
  checkBooks(outcome, trade);
  if (trade !== undefined) assert.equal(trade.pay_calls, 1, "pay was not sent once");
  assert.equal(outcome.type, story.outcome, JSON.stringify(outcome));
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
