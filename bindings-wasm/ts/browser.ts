/** For browsers and bundlers: the module is fetched. */

import { provideEngine } from "./engine.js";
import { AlipayError } from "./errors.js";
import { type InitSource, isLoaded, load, wasmEngine } from "./wasm.js";

export type { CompiledModule, InitSource } from "./wasm.js";
export * from "./public.js";

provideEngine(
  () => {
    if (!isLoaded()) throw new AlipayError("not_initialised");
    return wasmEngine;
  },
  { onlyIfNone: true },
);

/**
 * Loads the WebAssembly module; needed once before anything else, and harmless again. In Node and on the edge nothing needs it.
 * @param source where the module is, unless it lies beside this file; or its bytes, or itself compiled
 * @throws {AlipayError} `not_initialised` if it can't be loaded; it may be tried again
 */
export function init(source?: InitSource | PromiseLike<InitSource>): Promise<void> {
  return load(() => source ?? new URL("./alipay.wasm", import.meta.url));
}
