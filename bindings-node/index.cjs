// Everything of @alipay-core/wasm, over the native add-on where there is one.
'use strict';

const wasm = require('@alipay-core/wasm');
const { provideEngine, provideTransport } = require('@alipay-core/wasm/engine');
const { fileStore } = require('./file_store.cjs');
const { VARIABLE, choice } = require('./native.cjs');
const { nodeTransport } = require('./transport.cjs');

const { name, reason, addon } = choice;
if (choice.wrong) throw new wasm.AlipayError('options', VARIABLE, new Error(reason));
if (addon !== undefined) provideEngine(() => ({ ...addon, survives: true }));
provideTransport(nodeTransport);

module.exports = {
  ...wasm,
  // The add-on is loaded already.
  init: addon === undefined ? wasm.init : () => Promise.resolve(),
  engine: () => ({ name, reason }),
  fileStore,
  nodeTransport,
};
