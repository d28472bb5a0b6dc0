// Worker threads and the garbage collector: nothing crashes, whatever ends first.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const options = {
  appId: '2014072300007148',
  privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  alipayPublicKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }),
};

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { Alipay, call, engine } = require(workerData.index);
  const alipay = new Alipay(workerData.options);
  const refund = call('alipay.trade.refund', '{"out_trade_no":"1","refund_amount":"1.00"}');
  const many = () => Promise.all(Array.from({ length: 16 }, () => alipay.requestAsync(refund, 1795262400000)));
  if (workerData.forever) {
    parentPort.postMessage('signing');
    (async () => { for (;;) await many(); })();
  } else {
    many().then((requests) => parentPort.postMessage([engine().name, new Set(requests.map(({ body }) => body.join())).size]));
  }`;

const start = (forever) =>
  new Worker(WORKER, {
    eval: true,
    workerData: { index: fileURLToPath(new URL('../index.cjs', import.meta.url)), options, forever },
  });
const message = (worker) =>
  new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
const exit = (worker) => new Promise((resolve) => worker.once('exit', resolve));

test('several workers at once, each with the same engine', async () => {
  const workers = Array.from({ length: 4 }, () => start(false));
  const exits = workers.map(exit);
  const { engine } = await import('../index.mjs');
  for (const said of await Promise.all(workers.map(message))) assert.deepEqual(said, [engine().name, 1]);
  assert.deepEqual(await Promise.all(exits), [0, 0, 0, 0]);
});

test('workers may be terminated while they sign', async () => {
  for (let round = 0; round < 5; round += 1) {
    const workers = Array.from({ length: 3 }, () => start(true));
    await Promise.all(workers.map(message));
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  const worker = start(false);
  const [, different] = await message(worker);
  assert.equal(different, 1);
});

test('what is collected takes nothing with it that is still in use', () => {
  const program = `
    const { Alipay, Payment, call } = require('./index.cjs');
    const options = JSON.parse(process.env.OPTIONS);
    const order = { out_trade_no: '1', scene: 'bar_code', auth_code: '28763443825664394', subject: 'x', total_amount: '1.00' };
    const refund = call('alipay.trade.refund', '{"out_trade_no":"1","refund_amount":"1.00"}');
    const round = async () => {
      const signing = [], kept = [];
      for (let i = 0; i < 50; i += 1) {
        const alipay = new Alipay(options);
        const payment = new Payment(alipay, order);
        kept.push(payment);
        signing.push(alipay.requestAsync(refund, 1795262400000));
        if (i % 3 === 0) alipay.close();
        if (i % 5 === 0) payment.close();
      }
      // Nobody holds the merchants any more, but for the tasks and the payments.
      gc(); gc();
      const requests = await Promise.all(signing);
      gc();
      const phases = kept.filter((_, i) => i % 5 !== 0).map((payment) => payment.phase);
      return [new Set(requests.map(({ body }) => body.join())).size, new Set(phases).size];
    };
    (async () => {
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 20; i += 1) {
        const [bodies, phases] = await round();
        if (bodies !== 1 || phases !== 1) throw new Error('a collected object was used');
        gc();
      }
      console.log('fine', Math.round((process.memoryUsage.rss() - before) / 2 ** 20), 'MiB more');
    })();`;
  const said = execFileSync(process.execPath, ['--expose-gc', '--input-type=commonjs', '-e', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, OPTIONS: JSON.stringify(options) },
    encoding: 'utf8',
  });
  assert.match(said, /^fine/);
});

test('a process may end while an order is being signed', () => {
  const program = `
    const { Alipay, call } = require('./index.cjs');
    const alipay = new Alipay(JSON.parse(process.env.OPTIONS));
    const refund = call('alipay.trade.refund', '{"out_trade_no":"1","refund_amount":"1.00"}');
    for (let i = 0; i < 64; i += 1) alipay.requestAsync(refund);
    process.exit(7);`;
  const run = () =>
    execFileSync(process.execPath, ['--input-type=commonjs', '-e', program], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, OPTIONS: JSON.stringify(options) },
    });
  assert.throws(run, (error) => error.status === 7);
});
