// Finds the native add-on: beside this file, else in a package of its own for this platform. Shared by both module systems,
// so that a process loads it once.
'use strict';

const { join } = require('node:path');
const { version } = require('./package.json');

const VARIABLE = 'ALIPAY_CORE_ENGINE';

/** What the operating system may need; on Linux the add-on for the other C library does not load, and is passed over. */
function targets() {
  const target = `${process.platform}-${process.arch}`;
  if (process.platform === 'linux') return [`${target}-gnu`, `${target}-musl`];
  if (process.platform === 'win32') return [`${target}-msvc`];
  return [target];
}

/** @returns {{ addon?: object, reason: string }} the add-on, and why it is this one or none */
function find() {
  const failures = [];
  for (const target of targets()) {
    const places = [
      [`alipay.${target}.node`, join(__dirname, `alipay.${target}.node`)],
      [`@alipay-core/node-${target}`, `@alipay-core/node-${target}`],
    ];
    for (const [name, place] of places) {
      try {
        const addon = require(place);
        const found = addon.version();
        if (found === version) return { addon, reason: name };
        failures.push(`${name} is of version ${found}, not ${version}`);
      } catch (error) {
        const missing = error?.code === 'MODULE_NOT_FOUND';
        failures.push(missing ? `no ${name}` : `${name} does not load: ${firstLine(error)}`);
      }
    }
  }
  return { reason: failures.join('; ') };
}

const firstLine = (error) => String(error?.message ?? error).split('\n', 1)[0];

/**
 * Which engine to use, as `ALIPAY_CORE_ENGINE` says: `native`, `wasm`, or without it native where there is one.
 * @returns {{ name: 'native' | 'wasm', reason: string, addon?: object, wrong?: true }} `wrong`: what was asked for can't be had
 */
function choose() {
  const asked = process.env[VARIABLE];
  if (asked === 'wasm') return { name: 'wasm', reason: `${VARIABLE}=wasm` };
  if (asked !== undefined && asked !== '' && asked !== 'native') {
    return { name: 'wasm', reason: `${VARIABLE} is neither native nor wasm`, wrong: true };
  }
  const { addon, reason } = find();
  if (addon !== undefined) return { name: 'native', reason, addon };
  return { name: 'wasm', reason, ...(asked === 'native' && { wrong: true }) };
}

module.exports = { VARIABLE, choice: choose() };
