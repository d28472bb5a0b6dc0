/** For Node: the module is read from its file at the first use. */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { provideEngine } from "./engine.js";
import { type InitSource, isLoaded, load, loadNow, wasmEngine } from "./wasm.js";

export type { CompiledModule, InitSource } from "./wasm.js";
export * from "./public.js";

// This becomes a CommonJS file; the ES module beside it exports the same things.
const FILE = join(__dirname, "alipay.wasm");

provideEngine(
  () => {
    if (!isLoaded()) loadNow(readFileSync(FILE));
    return wasmEngine;
  },
  { onlyIfNone: true },
);

/** Not needed here: the module is there at the first use. With it, loading holds nobody up. */
export function init(source?: InitSource | PromiseLike<InitSource>): Promise<void> {
  return load(async () => {
    const from = (await source) ?? FILE;
    if (from === FILE) return readFile(FILE);
    const url = from instanceof URL ? from : undefined;
    return url?.protocol === "file:" ? readFile(fileURLToPath(url)) : from;
  });
}
