// The event loop is never held by RSA. Without a clock: the thread pool is blocked, so that whatever settles or goes on meanwhile was
// not computed there.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Alipay, call, engine, generateKeyPair, NotSentError, pay } from '../index.mjs';

const pem = (key) => generateKeyPairSync('rsa', { modulusLength: 2048 })[key].export({ type: key === 'privateKey' ? 'pkcs8' : 'spki', format: 'pem' });
const alipay = new Alipay({ appId: '2014072300007148', privateKey: pem('privateKey'), alipayPublicKey: pem('publicKey') });
const refund = call('alipay.trade.refund', '{"out_trade_no":"1","refund_amount":"1.00"}');
const order = { out_trade_no: '1', scene: 'bar_code', auth_code: '28763443825664394', subject: 'x', total_amount: '1.00' };
const NOW = 1_795_262_400_000;

/** Every thread of the pool waits for somebody to write to a pipe, until the function returned is called. */
function blockThreadPool(t) {
  const folder = mkdtempSync(join(tmpdir(), 'alipay-pool-'));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  const readers = Array.from({ length: threads }, () => open(pipe, 'r'));
  let writer;
  const release = () => (writer ??= openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
  t.after(async () => {
    release();
    for (const reader of await Promise.all(readers)) await reader.close();
    closeSync(writer);
    rmSync(folder, { recursive: true });
  });
  return release;
}

async function turnAHundredTimes() {
  for (let turns = 0; turns < 100; turns += 1) await turn();
}

// Windows has no pipes with names in the file system.
test('the pool', { skip: process.platform === 'win32' }, async (t) => {
  assert.equal(engine().name, 'native');

  await t.test('64 orders are signed there, and the event loop turns meanwhile', async (t) => {
    const release = blockThreadPool(t);
    let settled = 0;
    const signing = Array.from({ length: 64 }, () => alipay.requestAsync(refund, NOW).finally(() => (settled += 1)));
    await turnAHundredTimes();
    assert.equal(settled, 0);
    release();
    const expected = alipay.request(refund, NOW);
    for (const request of await Promise.all(signing)) assert.deepEqual(request, expected);
  });

  await t.test('the driver signs there', async (t) => {
    const release = blockThreadPool(t);
    let sent = 0;
    const paying = pay(alipay, order, {
      transport: () => {
        sent += 1;
        throw new NotSentError();
      },
    });
    await turnAHundredTimes();
    assert.equal(sent, 0);
    release();
    const { type } = await paying;
    assert.equal(type, 'declined');
    assert.ok(sent > 0);
  });

  await t.test('execute signs there', async (t) => {
    const release = blockThreadPool(t);
    let sent = 0;
    const executing = alipay.execute(refund, {
      transport: () => {
        sent += 1;
        throw new NotSentError();
      },
    });
    executing.catch(() => {});
    await turnAHundredTimes();
    assert.equal(sent, 0);
    release();
    await assert.rejects(executing, { name: 'AlipayError', code: 'not_sent' });
    assert.equal(sent, 1);
  });

  await t.test('keys are found there', async (t) => {
    const release = blockThreadPool(t);
    let found = false;
    const finding = generateKeyPair().finally(() => (found = true));
    await turnAHundredTimes();
    assert.equal(found, false);
    release();
    assert.match((await finding).privateKey, /BEGIN PRIVATE KEY/);
  });
});
