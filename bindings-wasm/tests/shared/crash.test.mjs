// A process that pays is killed in mid-payment; another one goes on from its file. The ledger must have seen one pay.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { checkBooks, orderOf, startSandbox } from "../support/sandbox.mjs";

const PAYER = fileURLToPath(new URL("../support/payer.mjs", import.meta.url));

let sandbox, folder;
before(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), "alipay-crash-"));
});
after(() => {
  sandbox?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(job) {
  const child = spawn(process.execPath, [PAYER, JSON.stringify(job)], { stdio: ["ignore", "pipe", "inherit"] });
  child.printed = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (child.printed += text));
  return child;
}

for (const [story, ends] of [
  ["1001", "paid"],
  ["1003", "closed"],
  ["5001", "paid"],
]) {
  test(`killed in mid-payment and resumed, story ${story}: ${ends}`, async () => {
    const order = orderOf(story);
    const job = { options: sandbox.options, policy: sandbox.policy, file: join(folder, story) };
    const first = start({ ...job, order });
    const closed = once(first, "close");
    while ((await sandbox.trade(order.out_trade_no)) === undefined) {
      assert.equal(first.exitCode, null, "it ended before it paid");
      await sleep(5);
    }
    first.kill("SIGKILL");
    await closed;
    assert.equal(first.signalCode, "SIGKILL");
    assert.equal(first.printed, "");
    assert.ok(!readFileSync(job.file).includes(order.auth_code));

    const second = start(job);
    await once(second, "close");
    const outcome = JSON.parse(second.printed);
    assert.equal(outcome.type, ends, second.printed);
    const trade = await sandbox.trade(order.out_trade_no);
    assert.equal(trade.pay_calls, 1);
    checkBooks(outcome, trade);
  });
}
