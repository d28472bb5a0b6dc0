// The add-on itself, below the TypeScript layer: what only the native engine promises.

import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

const require = createRequire(import.meta.url);
const { choice } = require('../native.cjs');
const probe = require(process.env.PROBE_ADDON ?? '../dist/probe.node');
const native = choice.addon;

const app = generateKeyPairSync('rsa', { modulusLength: 2048 });
const alipay = generateKeyPairSync('rsa', { modulusLength: 2048 });
const NOW = 1_795_262_400_000;
const options = JSON.stringify({
  appId: '2014072300007148',
  alipayPublicKey: alipay.publicKey.export({ type: 'spki', format: 'pem' }),
  privateKey: app.privateKey.export({ type: 'pkcs8', format: 'pem' }),
});
const call = JSON.stringify({ method: 'alipay.trade.refund', bizContent: '{"out_trade_no":"1","refund_amount":"1.00"}' });
const order = JSON.stringify({
  out_trade_no: '20150320010101001',
  scene: 'bar_code',
  auth_code: '28763443825664394',
  subject: 'Iphone6 16G',
  total_amount: '88.88',
});

/** The code of what is thrown, which must be a whole report. */
function codeOf(thrown) {
  assert.ok(thrown instanceof Error);
  const report = JSON.parse(thrown.message);
  assert.deepEqual(Object.keys(report), ['code', 'fault', 'subject', 'message']);
  return report.code;
}
const throwsCode = (run, code) => assert.throws(run, (thrown) => codeOf(thrown) === code);
const rejectsCode = (promise, code) => assert.rejects(promise, (thrown) => codeOf(thrown) === code);
const verifies = (message, signature) => verify('RSA-SHA256', message, app.publicKey, signature);

test('what is shipped exports the engine and nothing else', () => {
  assert.deepEqual(Object.keys(native).sort(), [
    'FileLock', 'Merchant', 'Payment', 'businessCode', 'chargeAmount', 'checkCall', 'decodeForm', 'encodeForm', 'errorCodes',
    'fromBeijing', 'generateKeyPair', 'generateKeyPairAsync', 'inspectPrivateKey', 'inspectPublicKey', 'invoke', 'lockFile',
    ...(process.platform === 'win32' ? [] : ['openSocket']), 'readAmount', 'snapshotNumber',
    'stringToSign', 'toBeijing', 'tradeCall', 'version',
  ]);
  const methods = (type) => Object.getOwnPropertyNames(type.prototype).sort();
  assert.deepEqual(methods(native.Merchant), [
    'constructor', 'delegated', 'finish', 'invoke', 'open', 'prepare', 'request', 'requestAsync', 'sign', 'signAsync',
    'signsExternally', 'verify', 'verifyNotify',
  ]);
  assert.deepEqual(methods(native.Payment), [
    'alipayTime', 'cancel', 'constructor', 'failure', 'giveUp', 'isWanted', 'notify', 'poll', 'response', 'setMerchant',
    'setResetsOnDeath', 'signature', 'snapshot', 'state',
  ]);
  assert.deepEqual(methods(native.FileLock), ['constructor', 'leave', 'note', 'release']);
  assert.equal(typeof native.Payment.restore, 'function');
});

test('none of our sources is unsafe', () => {
  const folder = new URL('../src/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const code = readFileSync(new URL(file, folder), 'utf8').replace(/\/\/.*$/gm, '').replace(/unsafe_code/g, '');
    assert.doesNotMatch(code, /\bunsafe\b/, file);
  }
});

test('a panic in a call is the error internal, and the process goes on', () => {
  throwsCode(() => probe.panicNow(), 'internal');
  assert.equal(probe.version(), native.version());
});

test('a panic on the thread pool rejects with internal, and the pool goes on', async () => {
  await Promise.all(Array.from({ length: 16 }, () => rejectsCode(probe.panicLater(), 'internal')));
  assert.equal((await new probe.Merchant(options).signAsync(Buffer.from('x'))).length, 256);
});

test('a payment that panicked is gone, its last snapshot is not', () => {
  const merchant = new probe.Merchant(options);
  const payment = new probe.Payment(merchant, order, '{}', '{}', NOW);
  const snapshot = payment.snapshot();
  throwsCode(() => payment.panicMidway(), 'internal');
  throwsCode(() => payment.poll(NOW), 'internal');
  throwsCode(() => payment.snapshot(), 'internal');
  assert.equal(JSON.parse(probe.Payment.restore(merchant, snapshot, '{}', NOW).poll(NOW)).type, 'request');
});

test('both ways of signing give the signature that everyone gives', async () => {
  const merchant = new native.Merchant(options);
  const message = Buffer.from('大乐透');
  const signature = merchant.sign(message);
  assert.ok(signature instanceof Uint8Array);
  assert.ok(verifies(message, signature));
  assert.deepEqual(await merchant.signAsync(message), signature);
  assert.deepEqual(await merchant.signAsync(message, 'RSA2'), signature);
  assert.deepEqual(await merchant.signAsync(message, 'RSA'), merchant.sign(message, 'RSA'));
  await rejectsCode(merchant.signAsync(message, 'RSA3'), 'sign_type');
  throwsCode(() => merchant.sign(message, 'RSA3'), 'sign_type');
});

test('both ways of building a request give the same bytes', async () => {
  const merchant = new native.Merchant(options);
  assert.equal(await merchant.requestAsync(call, NOW), merchant.request(call, NOW));
  await rejectsCode(merchant.requestAsync(call, Number.NaN), 'time_range');
  await rejectsCode(merchant.delegated().requestAsync(call, NOW), 'signer_external');
});

test('a message may be changed once signAsync has returned', async () => {
  const merchant = new native.Merchant(options);
  const message = Buffer.from('what was meant');
  const signing = Array.from({ length: 64 }, () => merchant.signAsync(message));
  message.fill(0);
  for (const signature of await Promise.all(signing)) assert.ok(verifies(Buffer.from('what was meant'), signature));
});

test('a key pair from either form is one that others accept', async () => {
  for (const text of [native.generateKeyPair(2048), await native.generateKeyPairAsync(2048)]) {
    const { privateKey, publicKey } = JSON.parse(text);
    const merchant = new native.Merchant(JSON.stringify({ ...JSON.parse(options), privateKey }));
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
    assert.ok(verify('RSA-SHA256', Buffer.from('x'), key, merchant.sign(Buffer.from('x'))));
  }
  for (const bits of [0, 2047, 2048.5, Number.NaN, 2 ** 32 + 2048, -2048, Infinity]) {
    throwsCode(() => native.generateKeyPair(bits), 'keygen_bits');
    await rejectsCode(native.generateKeyPairAsync(bits), 'keygen_bits');
  }
});

test('an object of another class is refused, not misread', () => {
  const merchant = new native.Merchant(options);
  const payment = new native.Payment(merchant, order, '{}', '{}', NOW);
  for (const other of [payment, {}, new Date(), Object.create(native.Merchant.prototype)]) {
    assert.throws(() => new native.Payment(other, order, '{}', '{}', NOW), Error);
    assert.throws(() => native.Merchant.prototype.sign.call(other, Buffer.from('x')), Error);
  }
});

test('a view into a larger buffer is read at its place, an empty one is empty', () => {
  const merchant = new native.Merchant(options);
  const whole = Buffer.from('..message..');
  const view = new Uint8Array(whole.buffer, whole.byteOffset + 2, 7);
  assert.ok(verifies(Buffer.from('message'), merchant.sign(view)));
  assert.ok(verifies(Buffer.alloc(0), merchant.sign(new Uint8Array())));
  const detached = new Uint8Array(8);
  structuredClone(detached, { transfer: [detached.buffer] });
  assert.ok(verifies(Buffer.alloc(0), merchant.sign(detached)));
  const shared = new Uint8Array(new SharedArrayBuffer(7));
  shared.set(Buffer.from('message'));
  assert.ok(verifies(Buffer.from('message'), merchant.sign(shared)));
  const resizable = new Uint8Array(new ArrayBuffer(7, { maxByteLength: 1 << 20 }));
  resizable.buffer.resize(1 << 20);
  assert.ok(verifies(resizable, merchant.sign(resizable)));
});

test('a lock that was let go, or that can never be had, is an error of ours', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'alipay-lock-'));
  try {
    const path = join(folder, 'lock');
    const lock = await native.lockFile(path);
    await rejectsCode(native.lockFile(path), 'superseded');
    assert.equal(await lock.note(), '');
    await lock.leave('a note');
    await lock.leave('another');
    assert.equal(await lock.note(), 'another');
    await lock.release();
    await lock.release();
    await rejectsCode(lock.note(), 'superseded');
    await rejectsCode(lock.leave('x'), 'superseded');
    assert.equal(await (await native.lockFile(path)).note(), 'another');
    await rejectsCode(native.lockFile(join(folder, 'no', 'folder')), 'store_failed');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
