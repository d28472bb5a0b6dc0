// The README's program, as a stranger runs it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startSandbox } from "../support/sandbox.mjs";

const here = fileURLToPath(new URL("../../", import.meta.url));

test("the README's program pays", async (t) => {
  const sandbox = await startSandbox();
  const folder = mkdtempSync(join(tmpdir(), "alipay-readme-"));
  t.after(() => {
    sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const name of ["sandbox-keys", "node_modules/@alipay-core"]) mkdirSync(join(folder, name), { recursive: true });
  symlinkSync(here, join(folder, "node_modules/@alipay-core/wasm"));
  writeFileSync(join(folder, "sandbox-keys/app_private_key.pem"), sandbox.appPrivateKey);
  writeFileSync(join(folder, "sandbox-keys/alipay_public_key.pem"), sandbox.alipayPublicKey);
  const [, program] = readFileSync(join(here, "README.md"), "utf8").match(/```js\n(.*?)```/s);
  const [gateway, appId] = ["http://127.0.0.1:8080/gateway.do", "2021000000000001"];
  assert.ok(program.includes(gateway) && program.includes(appId));
  writeFileSync(join(folder, "pay.mjs"), program.replace(gateway, sandbox.gatewayUrl).replace(appId, sandbox.appId));
  const { stdout } = await promisify(execFile)(process.execPath, ["pay.mjs"], { cwd: folder });
  assert.deepEqual(stdout.trim().split("\n"), ["ready", "paying", "done", "paid"]);
  const [state] = readdirSync(folder).filter((name) => /^order_\d+\.state$/.test(name));
  assert.ok(readFileSync(join(folder, state)).length > 0);
});
