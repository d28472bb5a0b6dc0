// The store in a file: one holder at a time, one save after the other, and who died holding it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { answer, asked, gateway, HASTY, NO_TRADE, options, ORDER, PAID } from '../../bindings-wasm/tests/support/gateway.mjs';
import { Alipay, fileStore, giveUp, pay, Payment, resume, snapshotNumber } from '../index.mjs';

const { choice } = createRequire(import.meta.url)('../native.cjs');
const alipay = new Alipay(options);

function place(t) {
  const folder = mkdtempSync(join(tmpdir(), 'alipay-store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'ORDER_1.state');
}

/** Snapshots of one payment, each newer than the one before. */
function snapshots(count) {
  const payment = new Payment(alipay, ORDER, HASTY);
  return Array.from({ length: count }, () => {
    payment.handle({ type: 'failure', id: 4_294_967_295, failure: 'maybeSent' });
    return payment.snapshot();
  });
}

/** As where there is no add-on. */
function withoutAddon(t) {
  const { addon } = choice;
  choice.addon = undefined;
  t.after(() => (choice.addon = addon));
}

/** A process that runs this with the package as `it` and the path as `path`, prints a line and stays; `next()` is its next line. */
function process_(t, path, program) {
  const child = spawn(process.execPath, ['--input-type=commonjs', '-e', `
    const it = require('./index.cjs');
    const { path, options, order, policy } = JSON.parse(process.env.JOB);
    (async () => { ${program} })().catch((error) => console.log(error.code ?? String(error)));
    setInterval(() => {}, 1000);`], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, JOB: JSON.stringify({ path, options: t.options ?? options, order: ORDER, policy: HASTY }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more) => (text += more));
  child.next = async () => {
    while (!text.includes('\n')) await once(child.stdout, 'data');
    const [line, ...rest] = text.split('\n');
    text = rest.join('\n');
    return line;
  };
  child.killed_ = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return child;
}

const superseded = { name: 'AlipayError', code: 'superseded' };

test('what is saved is loaded, and nothing else is left behind', async (t) => {
  const path = place(t);
  const [store, [first, second]] = [fileStore(path), snapshots(2)];
  assert.equal(await store.load(), undefined);
  await store.save(first);
  await store.save(second);
  assert.deepEqual(new Uint8Array(await store.load()), new Uint8Array(second));
  await store.release();
  assert.deepEqual(readdirSync(join(path, '..')).sort(), ['ORDER_1.state', 'ORDER_1.state.lock']);
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.throws(() => fileStore(5), { code: 'argument_type' });
});

test('an older snapshot never replaces a newer one, and what is no snapshot is not replaced', async (t) => {
  for (const addon of [true, false]) {
    if (!addon) withoutAddon(t);
    const path = place(t);
    const [store, [first, second, third]] = [fileStore(path), snapshots(3)];
    await store.save(second);
    await assert.rejects(store.save(first), superseded);
    await store.save(second);
    await store.save(third);
    assert.equal(snapshotNumber(readFileSync(path)), snapshotNumber(third));
    writeFileSync(path, 'somebody\'s notes');
    await assert.rejects(store.save(third), { code: 'snapshot_corrupt' });
    assert.equal(readFileSync(path, 'utf8'), 'somebody\'s notes');
  }
});

test('saves run one after the other, and each has a name of its own', async (t) => {
  const path = place(t);
  const [store, all] = [fileStore(path), snapshots(50)];
  await Promise.all(all.map((snapshot) => store.save(snapshot)));
  assert.equal(snapshotNumber(readFileSync(path)), snapshotNumber(all.at(-1)));
  await store.release();
  assert.equal(readdirSync(join(path, '..')).length, 2);
});

test('one holder in a process, and one among processes', async (t) => {
  const path = place(t);
  const [store, other, [snapshot]] = [fileStore(path), fileStore(path), snapshots(1)];
  await store.save(snapshot);
  await assert.rejects(other.load(), superseded);
  await assert.rejects(other.save(snapshot), superseded);
  await assert.rejects(other.acquire(), superseded);
  const stranger = process_(t, path, "await it.fileStore(path).load(); console.log('loaded')");
  assert.equal(await stranger.next(), 'superseded');
  await store.acquire();
  await assert.rejects(store.acquire(), superseded, 'two drivers with one store');
  await store.release();
  assert.ok(await other.load());
  await other.release();
});

test('who let go is not dead; who was killed holding it is', { skip: process.platform !== 'linux' }, async (t) => {
  const path = place(t);
  const [mine, [snapshot]] = [fileStore(path), snapshots(1)];
  const save = (bytes) => `
    const store = it.fileStore(path);
    await store.load();
    await store.save(Buffer.from('${Buffer.from(bytes).toString('base64')}', 'base64'));
    console.log('saved');`;
  const holder = process_(t, path, save(snapshot));
  assert.equal(await holder.next(), 'saved');
  await assert.rejects(mine.load(), superseded);
  assert.equal(mine.writerIsDead, false);
  await holder.killed_();
  await mine.load();
  assert.equal(mine.writerIsDead, true);
  // Still so for the next, who has saved nothing yet.
  await mine.release();
  await mine.load();
  assert.equal(mine.writerIsDead, false, 'let go by hand: its connections may live');
  await mine.release();

  const polite = process_(t, path, `${save(snapshot)} await store.release(); console.log('released');`);
  assert.deepEqual([await polite.next(), await polite.next()], ['saved', 'released']);
  await polite.killed_();
  await mine.load();
  assert.equal(mine.writerIsDead, false);
  await mine.release();

  // Killed before it saved anything: what is there is another's.
  const idle = process_(t, path, "await it.fileStore(path).load(); console.log('loaded')");
  assert.equal(await idle.next(), 'loaded');
  await idle.killed_();
  await mine.load();
  assert.equal(mine.writerIsDead, false);
  await mine.release();

  // Killed under another kernel, as on a folder that machines share.
  writeFileSync(`${path}.lock`, JSON.stringify({ kernel: 'another', since: 0 }));
  await mine.load();
  assert.equal(mine.writerIsDead, false);
  await mine.release();
});

test('a store that nobody knows any more is held all the same: its process lives', async (t) => {
  const path = place(t);
  const [snapshot] = snapshots(1);
  const careless = process_(t, path, `
    const save = async () => it.fileStore(path).save(Buffer.from('${Buffer.from(snapshot).toString('base64')}', 'base64'));
    await save();
    require('node:v8').setFlagsFromString('--expose-gc');
    const collect = require('node:vm').runInNewContext('gc');
    for (let round = 0; round < 5; round += 1) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    console.log('collected');`);
  assert.equal(await careless.next(), 'collected');
  await assert.rejects(fileStore(path).load(), superseded);
});

test('without the add-on there is no lock, and nobody is known to be dead', async (t) => {
  withoutAddon(t);
  const path = place(t);
  const [snapshot] = snapshots(1);
  await fileStore(path).save(snapshot);
  const other = fileStore(path);
  assert.ok(await other.load());
  assert.equal(other.writerIsDead, false);
  assert.ok(!existsSync(`${path}.lock`));
});

test('a payment holds its file as long as it runs, and lets it go', async (t) => {
  const path = place(t);
  const store = fileStore(path);
  const { transport } = gateway({
    pay: async () => {
      await assert.rejects(fileStore(path).load(), superseded);
      await assert.rejects(pay(alipay, ORDER, { transport, store }), superseded);
      return PAID;
    },
  });
  assert.equal(await store.load(), undefined);
  const outcome = await pay(alipay, ORDER, { policy: HASTY, transport, store });
  assert.deepEqual([outcome.type, outcome.stored], ['paid', true]);
  const later = fileStore(path);
  assert.equal((await resume(alipay, await later.load(), { transport, store: later })).type, 'paid');
  // The file of a sale is not another sale's.
  await assert.rejects(pay(alipay, { ...ORDER, out_trade_no: 'ORDER_2' }, { policy: HASTY, transport, store: later }), superseded);
});

test('given up in a file', async (t) => {
  const path = place(t);
  const store = fileStore(path);
  const { transport } = gateway({ pay: () => { throw new Error('closed'); }, query: NO_TRADE, cancel: { code: '10000', retry_flag: 'N' } });
  assert.equal((await pay(alipay, ORDER, { policy: HASTY, transport, store })).type, 'unresolved');
  const given = await giveUp(alipay, await store.load(), { store });
  assert.deepEqual(new Uint8Array(readFileSync(path)), new Uint8Array(given));
  await fileStore(path).load();
});

for (const [engine, type] of [['native', 'closed'], ['wasm', 'unresolved']]) {
  test(`killed while pay waits, ${engine}: the heir knows ${engine === 'native' ? 'that it was reset' : 'nothing'}`, { skip: process.platform !== 'linux' }, async (t) => {
    let paid = 0;
    const server = createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method, kind, content } = asked({ body: Buffer.concat(chunks) });
      if (kind === 'pay') return (paid += 1);
      const node = kind === 'query' ? NO_TRADE : { code: '10000', retry_flag: 'N' };
      response.end(Buffer.from(answer(method, { msg: '', out_trade_no: content.out_trade_no, ...node }).body));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const path = place(t);
    const mine = { ...options, gateway: `http://127.0.0.1:${server.address().port}/gateway.do` };
    if (engine === 'wasm') withoutAddon(t);
    process.env.ALIPAY_CORE_ENGINE = engine;
    t.after(() => delete process.env.ALIPAY_CORE_ENGINE);
    t.options = mine;
    const till = process_(t, path, `
      const patient = { ...policy, payTimeoutMs: 60000, settleMs: 120000, pollIntervalMs: 10000 };
      await it.pay(new it.Alipay(options), order, { policy: patient, store: it.fileStore(path), onPhase: (phase) => console.log(phase) });`);
    while ((await till.next()) !== 'paying' || paid === 0);
    const heir = fileStore(path);
    if (engine === 'native') await assert.rejects(heir.load(), superseded, 'it lives');
    await till.killed_();
    const snapshot = await heir.load();
    assert.equal(heir.writerIsDead, engine === 'native');
    // Minutes later, by a clock of the test's.
    const later = Payment.restore(new Alipay(mine), snapshot, undefined, { writerIsDead: heir.writerIsDead });
    assert.equal(later.phase, 'confirming');
    const { now } = Date;
    const transport = gateway({ query: NO_TRADE, cancel: { code: '10000', retry_flag: 'N' } }).transport;
    let at = now();
    let outcome;
    for (let step = 0; outcome === undefined && step < 200; step += 1) {
      const output = later.poll(at);
      if (output.type === 'done') ({ outcome } = output);
      else if (output.type === 'timeout') ({ at } = output);
      else if (output.type === 'sign') later.handle({ type: 'signature', id: output.id, signature: Buffer.from(new Alipay(mine).sign(output.bytes), 'base64') }, at);
      else if (output.type === 'request') later.handle({ type: 'response', id: output.id, ...(await transport(output.http, {})) }, (at += 50));
    }
    assert.equal(outcome?.type, type, JSON.stringify(outcome));
    assert.equal(paid, 1);
    await heir.release();
  });
}
