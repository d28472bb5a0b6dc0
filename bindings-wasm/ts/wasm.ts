/** The WebAssembly module as an engine, and loading it once. */

import * as glue from "../pkg/alipay.js";
import type { Engine, EngineMerchant } from "./engine.js";
import { AlipayError } from "./errors.js";
import { gb18030 } from "./gb18030.js";
import type { MerchantOptions } from "./generated.js";

const { default: instantiate, initSync: instantiateNow, toPkcs8, useCharsetTables, ...exports } = glue;

/**
 * A merchant that also signs with the platform's WebCrypto: fifty times faster than WebAssembly, and beside the event loop. What
 * WebCrypto lacks or refuses is signed in WebAssembly; the signatures are the same.
 */
class Merchant extends glue.Merchant {
  readonly signAsync?: NonNullable<EngineMerchant["signAsync"]>;

  constructor(options: string) {
    super(options);
    const { privateKey, signType: usual = "RSA2" } = JSON.parse(options) as MerchantOptions;
    const { subtle } = (globalThis as { crypto?: Partial<Crypto> }).crypto ?? {};
    if (privateKey === undefined || subtle === undefined) return;
    const keys = new Map<string, Promise<CryptoKey | undefined>>();
    this.signAsync = async (message, signType = usual) => {
      const hash = HASHES.get(signType);
      if (hash === undefined) return this.sign(message, signType);
      if (!keys.has(hash)) keys.set(hash, importKey(subtle, privateKey, hash).catch(() => undefined));
      const key = await keys.get(hash);
      return key === undefined
        ? this.sign(message, signType)
        : new Uint8Array(await subtle.sign(ALGORITHM, key, message as Uint8Array<ArrayBuffer>));
    };
  }
}

const ALGORITHM = "RSASSA-PKCS1-v1_5";
const HASHES = new Map([["RSA2", "SHA-256"], ["RSA", "SHA-1"]]);

async function importKey(subtle: SubtleCrypto, privateKey: string, hash: string): Promise<CryptoKey> {
  const base64 = toPkcs8(privateKey).replace(/-----[^-]*-----|\s/g, "");
  const der = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  try {
    return await subtle.importKey("pkcs8", der, { name: ALGORITHM, hash }, false, ["sign"]);
  } finally {
    der.fill(0);
  }
}

/**
 * Type-checked against what wasm-bindgen says of the module; but that an engine is only ever given merchants of its own, types can't
 * say.
 */
export const wasmEngine: Engine = { ...exports, Merchant, Payment: exports.Payment as unknown as Engine["Payment"] };

/** A `WebAssembly.Module`; that name is not known to every program that uses this package. */
export type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } } ? M : object;

/** Where the module may come from: its URL, an answer that holds it, its bytes, or itself already compiled. */
export type InitSource = string | URL | Response | ArrayBuffer | ArrayBufferView | CompiledModule;

let loaded = false;
let loading: Promise<void> | undefined;

export function isLoaded(): boolean {
  return loaded;
}

function ready(): void {
  loaded = true;
  const tables = gb18030();
  if (tables !== undefined) useCharsetTables(tables);
}

/** Loads the module without waiting, from bytes or compiled. */
export function loadNow(module: Uint8Array | CompiledModule): void {
  if (loaded) return;
  instantiateNow({ module });
  ready();
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
    ready();
  } catch (cause) {
    throw cause instanceof AlipayError ? cause : new AlipayError("not_initialised", undefined, cause);
  }
}
