// What is published, installed as a stranger installs it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('../dist/package', import.meta.url));
const wasmFolder = fileURLToPath(new URL('../../bindings-wasm', import.meta.url));

test('the published packages, installed into an empty project, work from both module systems', (t) => {
  const project = mkdtempSync(join(tmpdir(), 'alipay-packed-'));
  t.after(() => rmSync(project, { recursive: true }));
  const npm = (...given) => execFileSync('npm', given, { cwd: project, encoding: 'utf8', shell: process.platform === 'win32' });
  const node = (...given) => JSON.parse(execFileSync(process.execPath, given, { cwd: project, encoding: 'utf8' }));
  const pack = (folder) => join(project, JSON.parse(npm('pack', '--json', '--pack-destination', project, folder))[0].filename);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');

  npm('install', '--offline', '--no-audit', '--no-fund', pack(wasmFolder), pack(packageFolder));
  const installed = JSON.parse(readFileSync(join(project, 'node_modules/@alipay-core/node/package.json'), 'utf8'));
  assert.equal(installed.dependencies['@alipay-core/wasm'], installed.version);

  const tell = 'console.log(JSON.stringify([alipay.engine().name, alipay.version(), alipay.chargeAmount("88.88").fen]))';
  const expected = ['native', installed.version, '8888'];
  assert.deepEqual(node('--input-type=module', '-e', `import * as alipay from '@alipay-core/node'; ${tell}`), expected);
  assert.deepEqual(node('--input-type=commonjs', '-e', `const alipay = require('@alipay-core/node'); ${tell}`), expected);
});
