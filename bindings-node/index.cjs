// The CommonJS module: everything of @alipay-core/wasm, over the native add-on where there is one.
'use strict';

const wasm = require('@alipay-core/wasm');
const { provideEngine } = require('@alipay-core/wasm/layer');
const { VARIABLE, choice } = require('./native.cjs');

if (choice.wrong) throw new wasm.AlipayError('options', VARIABLE, new Error(choice.reason));
if (choice.addon !== undefined) provideEngine(() => choice.addon);

module.exports = {
  ...wasm,
  engine: () => ({ name: choice.name, reason: choice.reason }),
};
