// What the layer must keep from the add-on: a value that only looks right would be an error of napi's, which the layer takes for a defect.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import test from 'node:test';
import vm from 'node:vm';
import { Alipay, AlipayError, decodeForm, generateKeyPair, inspectPublicKey, Payment, toBeijing as toBeijingOf, version } from '../index.mjs';

const require = createRequire(import.meta.url);

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
const alipay = new Alipay({ appId: '2014072300007148', privateKey: pair().privateKey, alipayPublicKey: pair().publicKey });
const order = { out_trade_no: '1', scene: 'bar_code', auth_code: '28763443825664394', subject: 'x', total_amount: '1.00' };

const impostors = {
  'a DataView that calls itself Uint8Array': Object.defineProperty(new DataView(new ArrayBuffer(8)), Symbol.toStringTag, { value: 'Uint8Array' }),
  'an object with its prototype': Object.create(Uint8Array.prototype),
  'a proxy of one': new Proxy(new Uint8Array(8), {}),
  'other elements': new Uint8ClampedArray(8),
  'its buffer': new ArrayBuffer(8),
  'numbers': [1, 2, 3],
};

for (const [what, impostor] of Object.entries(impostors)) {
  test(`not bytes: ${what}`, async () => {
    const refused = (run) =>
      assert.throws(run, (error) => error instanceof AlipayError && error.code === 'argument_type');
    refused(() => alipay.sign(impostor));
    refused(() => alipay.verifyNotify(impostor));
    refused(() => decodeForm(impostor));
    refused(() => inspectPublicKey(impostor));
    refused(() => alipay.open('alipay.trade.query', { status: 200, body: impostor }));
    refused(() => Payment.restore(alipay, impostor));
    refused(() => new Payment(alipay, order).handle({ type: 'response', id: 1, status: 200, body: impostor }));
    assert.equal(alipay.sign('still working').length, 344);
  });
}

test('bytes of any kind and from any realm give the same signature', () => {
  const expected = alipay.sign('abc');
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set([97, 98, 99]);
  const foreign = vm.runInNewContext('new Uint8Array([97, 98, 99])');
  for (const bytes of [Buffer.from('abc'), new Uint8Array([97, 98, 99]), shared, foreign]) {
    assert.equal(alipay.sign(bytes), expected);
  }
});

test('numbers that a conversion would bend are refused, not bent', async () => {
  const payment = new Payment(alipay, order);
  for (const id of [2 ** 32 + 1, -1, 1.5, Number.NaN, '1', 1n, null]) {
    assert.throws(() => payment.handle({ type: 'failure', id, failure: 'notSent' }), { code: 'argument_type' });
  }
  for (const status of [65_536 + 200, -200, 200.5, '200']) {
    assert.throws(() => alipay.open('alipay.trade.query', { status, body: Buffer.from('{}') }), { code: 'argument_type' });
  }
  for (const bits of [2 ** 32 + 2048, 2048.5, Number.NaN, 0]) {
    await assert.rejects(generateKeyPair(bits), { code: 'keygen_bits' });
  }
  assert.equal(payment.phase, 'ready');
});

test('an error that is no report is internal, and the native engine goes on', () => {
  const { addon } = require('../native.cjs').choice;
  const { provideEngine } = require('@alipay-core/wasm/engine');
  const toBeijing = () => {
    throw new Error('a string too long for V8, say');
  };
  const native = { ...addon, survives: true };
  try {
    provideEngine(() => ({ ...native, toBeijing }));
    assert.throws(() => toBeijingOf(0), { name: 'AlipayError', code: 'internal' });
    assert.equal(version(), addon.version());
    provideEngine(() => ({ ...addon, toBeijing }));
    assert.throws(() => toBeijingOf(0), { name: 'AlipayError', code: 'internal' });
    assert.throws(() => version(), { name: 'AlipayError', code: 'internal' });
  } finally {
    provideEngine(() => native);
  }
  assert.equal(version(), addon.version());
});
