/** For runtimes that compile WebAssembly only ahead of time (workerd, Vercel's edge): the module is imported. */

import module from "alipay.wasm";
import { provideEngine } from "./engine.js";
import { type InitSource, load, loadNow, wasmEngine } from "./wasm.js";

export type { CompiledModule, InitSource } from "./wasm.js";
export * from "./public.js";

provideEngine(
  () => {
    loadNow(module);
    return wasmEngine;
  },
  { onlyIfNone: true },
);

/** Not needed here: the module is there at the first use. */
export function init(source?: InitSource | PromiseLike<InitSource>): Promise<void> {
  return load(() => source ?? module);
}
