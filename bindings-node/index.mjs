// The ES module: everything of @alipay-core/wasm, over the native add-on where there is one.

import { createRequire } from 'node:module';
import { AlipayError } from '@alipay-core/wasm';
import { provideEngine } from '@alipay-core/wasm/layer';

const { VARIABLE, choice } = createRequire(import.meta.url)('./native.cjs');

if (choice.wrong) throw new AlipayError('options', VARIABLE, new Error(choice.reason));
if (choice.addon !== undefined) provideEngine(() => choice.addon);

export * from '@alipay-core/wasm';

export function engine() {
  return { name: choice.name, reason: choice.reason };
}
