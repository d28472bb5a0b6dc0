// A sandbox process for the tests, and what must hold between its ledger and an outcome.
//
// SANDBOX_BIN: the built example `serve` of alipay-sandbox.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How much faster than real time sandbox and policy run. */
export const FASTER = 10;
export const TOTAL = "88.88";

let serial = 0;

/** Starts a sandbox; `stop()` ends it, and so does the end of this process, however it comes. */
export async function startSandbox(faster = FASTER) {
  const binary = process.env.SANDBOX_BIN;
  assert.ok(binary, "SANDBOX_BIN must name the built example `serve`");
  const child = spawn(binary, ["--faster", String(faster)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const { value } = await lines[Symbol.asyncIterator]().next();
  const told = JSON.parse(value);
  return {
    ...told,
    options: {
      appId: told.appId,
      privateKey: told.appPrivateKey,
      alipayPublicKey: told.alipayPublicKey,
      gateway: told.gatewayUrl,
    },
    /** The trade of this order number in the ledger. */
    async trade(outTradeNo) {
      const trades = await (await fetch(new URL("api/trades", told.pageUrl))).json();
      return trades.find((trade) => trade.out_trade_no === outTradeNo);
    },
    stop: () => child.stdin.end(),
  };
}

/** An order whose payment code chooses the story. */
export function orderOf(story, outTradeNo = `ORDER_${process.pid}_${(serial += 1)}`) {
  serial += 1;
  const unique = String((process.pid % 10_000) * 10_000 + (serial % 10_000)).padStart(8, "0");
  return {
    out_trade_no: outTradeNo,
    scene: "bar_code",
    auth_code: `280001${unique}${String(story).padStart(4, "0")}`,
    subject: "辣条",
    total_amount: TOTAL,
  };
}

/** What must hold between an outcome and the ledger, whatever happened on the way. */
export function checkBooks(outcome, trade) {
  const word = outcome.type;
  if (trade === undefined) {
    assert.ok(["closed", "declined", "rejected", "unresolved"].includes(word), `${word}, and no trade in the ledger`);
    return;
  }
  const told = `${word}; ${JSON.stringify(trade)}`;
  assert.ok(trade.pay_calls <= 1, `pay was sent twice: ${told}`);
  const [charged, refunded] = [Number(trade.charged), Number(trade.refunded)];
  const taken = charged > refunded;
  if (trade.older_sale) assert.equal(refunded, 0, `somebody else's sale was refunded: ${told}`);
  const fine = {
    // The one outcome that says that *our* buyer paid.
    paid: trade.charged === TOTAL && !trade.older_sale && taken,
    // Somebody else's sale stays untouched.
    conflict: refunded === 0 && !trade.cancelled,
    unresolved: true,
    closed: !taken || trade.older_sale,
    declined: !taken || trade.older_sale,
    rejected: !taken || trade.older_sale,
  };
  assert.ok(fine[word], told);
}

/** Keeps every snapshot. */
export class MemoryStore {
  snapshots = [];

  async save(snapshot) {
    this.snapshots.push(snapshot);
  }

  get last() {
    return this.snapshots.at(-1);
  }
}
