/** The WebAssembly module as an engine, and loading it once. */

import * as glue from "../pkg/alipay.js";
import type { Engine } from "./engine.js";
import { AlipayError } from "./errors.js";

const { default: instantiate, initSync: instantiateNow, ...exports } = glue;

/**
 * Type-checked against what wasm-bindgen says of the module; but that an engine is only ever given merchants of its own, types can't
 * say.
 */
export const wasmEngine: Engine = { ...exports, Payment: exports.Payment as unknown as Engine["Payment"] };

/** A `WebAssembly.Module`; that name is not known to every program that uses this package. */
export type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } } ? M : object;

/** Where the module may come from: its URL, an answer that holds it, its bytes, or itself already compiled. */
export type InitSource = string | URL | Response | ArrayBuffer | ArrayBufferView | CompiledModule;

let loaded = false;
let loading: Promise<void> | undefined;

export function isLoaded(): boolean {
  return loaded;
}

/** Loads the module without waiting, from bytes or compiled. */
export function loadNow(module: Uint8Array | CompiledModule): void {
  if (loaded) return;
  instantiateNow({ module });
  loaded = true;
}

/** Loads the module once: calls at the same time share it, after a failure it may be tried again. */
export function load(source: () => InitSource | PromiseLike<InitSource>): Promise<void> {
  if (loaded) return Promise.resolve();
  loading ??= loadOnce(source).finally(() => (loading = undefined));
  return loading;
}

async function loadOnce(source: () => InitSource | PromiseLike<InitSource>): Promise<void> {
  try {
    const from: unknown = await source();
    if (typeof from !== "string" && (typeof from !== "object" || from === null)) {
      throw new AlipayError("argument_type", "source");
    }
    await instantiate({ module_or_path: from as InitSource });
    loaded = true;
  } catch (cause) {
    throw cause instanceof AlipayError ? cause : new AlipayError("not_initialised", undefined, cause);
  }
}
