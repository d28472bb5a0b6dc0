// The package: both module systems, and which engine it takes on what kind of machine.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import * as esm from '../index.mjs';

const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL('..', import.meta.url));
const { files, version } = require('../package.json');
const addon = readdirSync(here).find((name) => name.endsWith('.node'));

/** A program's one line of JSON. */
function run(folder, program, engine) {
  const env = { ...process.env, ALIPAY_CORE_ENGINE: engine };
  if (engine === undefined) delete env.ALIPAY_CORE_ENGINE;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=commonjs', '-e', program], { cwd: folder, env, encoding: 'utf8' }));
}

const TELL = `
  try {
    const alipay = require('./index.cjs');
    console.log(JSON.stringify({ ...alipay.engine(), amount: alipay.chargeAmount('88.88').fen }));
  } catch (error) {
    console.log(JSON.stringify({ type: error.name, code: error.code, subject: error.subject, cause: error.cause?.message }));
  }`;

/** The package's files but the add-on, as on a machine for which there is none. */
function packageWithout(t) {
  const folder = mkdtempSync(join(tmpdir(), 'alipay-node-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const file of ['package.json', ...files].filter((name) => !/[*]|README/.test(name))) {
    copyFileSync(join(here, file), join(folder, file));
  }
  mkdirSync(join(folder, 'node_modules/@alipay-core'), { recursive: true });
  symlinkSync(join(here, 'node_modules/@alipay-core/wasm'), join(folder, 'node_modules/@alipay-core/wasm'));
  return folder;
}

test('both module systems export what @alipay-core/wasm does, which engine it is, a store and a transport', async () => {
  const cjs = require('../index.cjs');
  const wasm = await import('@alipay-core/wasm');
  const expected = [...Object.keys(wasm), 'engine', 'fileStore', 'nodeTransport'].sort();
  assert.deepEqual(Object.keys(esm).sort(), expected);
  assert.deepEqual(Object.keys(cjs).filter((name) => name !== 'default').sort(), expected);
  assert.equal(esm.version(), version);
  assert.equal(cjs.version(), version);
  assert.deepEqual(esm.engine(), cjs.engine());
});

test('the package is found by its own name', () => {
  const program = `import('@alipay-core/node').then((it) =>
    console.log(JSON.stringify([it.version(), require('@alipay-core/node').version()])))`;
  assert.deepEqual(run(here, program), [version, version]);
});

test('without being told it is native here, and either engine can be forced', () => {
  assert.deepEqual(run(here, TELL), { name: 'native', reason: addon, amount: '8888' });
  assert.deepEqual(run(here, TELL, ''), { name: 'native', reason: addon, amount: '8888' });
  assert.deepEqual(run(here, TELL, 'native'), { name: 'native', reason: addon, amount: '8888' });
  assert.deepEqual(run(here, TELL, 'wasm'), { name: 'wasm', reason: 'ALIPAY_CORE_ENGINE=wasm', amount: '8888' });
});

test('an engine that nobody knows is refused', () => {
  const { type, code, subject } = run(here, TELL, 'jvm');
  assert.deepEqual({ type, code, subject }, { type: 'AlipayError', code: 'options', subject: 'ALIPAY_CORE_ENGINE' });
});

test('where there is no add-on, WebAssembly does the work, unless native was asked for', (t) => {
  const folder = packageWithout(t);
  const { name, reason, amount } = run(folder, TELL);
  assert.equal(name, 'wasm');
  assert.match(reason, /^no alipay\..*\.node; no @alipay-core\/node-/);
  assert.equal(amount, '8888');
  const refused = run(folder, TELL, 'native');
  assert.equal(refused.code, 'options');
  assert.equal(refused.cause, reason);
});

test('an add-on that does not load, or is of another version, is passed over', (t) => {
  const folder = packageWithout(t);
  writeFileSync(join(folder, addon), 'not an add-on');
  const broken = run(folder, TELL);
  assert.equal(broken.name, 'wasm');
  assert.match(broken.reason, /does not load/);

  copyFileSync(join(here, addon), join(folder, addon));
  assert.equal(run(folder, TELL).name, 'native');
  const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
  writeFileSync(join(folder, 'package.json'), manifest.replace(`"version": "${version}"`, '"version": "99.0.0"'));
  const other = run(folder, TELL);
  assert.equal(other.name, 'wasm');
  assert.match(other.reason, new RegExp(`is of version ${version}, not 99.0.0`));
});

test('an add-on in a package of its own for this platform is found', (t) => {
  const folder = packageWithout(t);
  const name = `node-${addon.replace(/^alipay\.(.*)\.node$/, '$1')}`;
  const platform = join(folder, 'node_modules/@alipay-core', name);
  mkdirSync(platform);
  copyFileSync(join(here, addon), join(platform, addon));
  writeFileSync(join(platform, 'package.json'), JSON.stringify({ name: `@alipay-core/${name}`, version, main: addon }));
  assert.deepEqual(run(folder, TELL), { name: 'native', reason: `@alipay-core/${name}`, amount: '8888' });
});
