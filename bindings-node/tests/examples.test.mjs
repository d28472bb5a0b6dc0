// The programs of examples/node, which the READMEs show, as a user runs them.
//
// SANDBOX_BIN: the built example `serve` of alipay-sandbox.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { options, paidNotification } from '../../bindings-wasm/tests/support/gateway.mjs';
import { orderOf, startSandbox } from '../../bindings-wasm/tests/support/sandbox.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A user's project: both packages installed, one of the programs copied into it. */
function project(t, program) {
  const folder = mkdtempSync(join(tmpdir(), 'alipay-example-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'node_modules/@alipay-core'), { recursive: true });
  symlinkSync(path('..'), join(folder, 'node_modules/@alipay-core/node'), 'junction');
  symlinkSync(path('../../bindings-wasm'), join(folder, 'node_modules/@alipay-core/wasm'), 'junction');
  copyFileSync(path(`../../examples/node/${program}`), join(folder, program));
  return folder;
}

test('the till charges once, and knows it when it is started again', async (t) => {
  const sandbox = await startSandbox();
  t.after(() => sandbox.stop());
  const folder = project(t, 'till.mjs');
  writeFileSync(join(folder, 'app.pem'), sandbox.appPrivateKey);
  writeFileSync(join(folder, 'alipay.pem'), sandbox.alipayPublicKey);
  const charge = ({ out_trade_no, auth_code, total_amount }) => {
    const given = [sandbox.gatewayUrl, sandbox.appId, 'app.pem', 'alipay.pem', out_trade_no, auth_code, total_amount];
    const ran = spawnSync(process.execPath, ['till.mjs', ...given], { cwd: folder, encoding: 'utf8' });
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout;
  };

  const order = orderOf(1);
  assert.match(charge(order), /^paid 88\.88 yuan/);
  assert.match(charge(order), /^paid 88\.88 yuan/);
  assert.equal((await sandbox.trade(order.out_trade_no)).pay_calls, 1);
  assert.match(charge(orderOf(3107)), /^not paid: declined ACQ\./);
});

test('the receiver acknowledges a genuine notification and refuses a forged one', async (t) => {
  const folder = project(t, 'verify_notify.mjs');
  writeFileSync(join(folder, 'alipay.pem'), options.alipayPublicKey);
  const office = spawn(process.execPath, ['verify_notify.mjs', '0', options.appId, 'alipay.pem'], { cwd: folder });
  t.after(() => office.kill());
  const lines = createInterface({ input: office.stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value;
  const port = /\d+$/.exec(await line())[0];
  const post = async (body) => (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })).text();

  const body = paidNotification();
  assert.equal(await post(body), 'success');
  assert.equal(await line(), 'ORDER_1 is paid');
  assert.equal(await post(body.replace('88.88', '88.89')), 'failure');
  assert.equal(await line(), 'signature_invalid');
  office.kill();
  await once(office, 'exit');
});
