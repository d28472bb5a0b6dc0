// Our package over each of its engines, side by side in one process, and the add-on that also measures the core alone.

import { createRequire } from 'node:module';
import { sep } from 'node:path';
import { APP_ID, NOTIFY_URL } from './inputs.mjs';

const require = createRequire(import.meta.url);

/** A copy of the packages with a state of its own, as one has it in a process where only this engine is used. */
function load(engine) {
  for (const file of Object.keys(require.cache)) {
    if (/bindings-(node|wasm)/.test(file) && !file.endsWith('.node') && !file.includes(`${sep}bench${sep}`)) {
      delete require.cache[file];
    }
  }
  process.env.ALIPAY_CORE_ENGINE = engine;
  const core = require('../index.cjs');
  if (core.engine().name !== engine) throw new Error(`no ${engine} engine: ${core.engine().reason}`);
  return core;
}

export const native = load('native');
export const wasm = load('wasm');
export const probe = require('../dist/probe.node');

export const optionsOf = ({ appKey, alipayKey }) => ({
  appId: APP_ID,
  privateKey: appKey.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  alipayPublicKey: alipayKey.publicKey.export({ type: 'spki', format: 'pem' }),
  notifyUrl: NOTIFY_URL,
});
