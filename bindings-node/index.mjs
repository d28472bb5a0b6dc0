// The ES module: a wrapper around the CommonJS one, so that a class is the same class however it is reached.

import cjs from './index.cjs';

export * from '@alipay-core/wasm';
export const { engine, fileStore, init, nodeTransport } = cjs;
