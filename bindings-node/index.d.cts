import type { Store } from '@alipay-core/wasm';

/** Everything of `@alipay-core/wasm`, over a native add-on where there is one. */
export * from '@alipay-core/wasm';

/** What does the work in this process. */
export interface EngineChoice {
  /** `native`: the add-on, with AWS-LC. `wasm`: the WebAssembly module of `@alipay-core/wasm`. */
  readonly name: 'native' | 'wasm';
  /** Which add-on it is, or why there is none. */
  readonly reason: string;
}

/**
 * Which engine is in use, and why. The environment variable `ALIPAY_CORE_ENGINE` forces one (`native` or `wasm`); if that one
 * can't be had, importing this package throws an `AlipayError` with the code `options`.
 */
export function engine(): EngineChoice;

/** Keeps one payment's snapshot in a file. */
export interface FileStore extends Store {
  /** Replaces the file in one piece; it is on the disk once this is done. */
  save(snapshot: Uint8Array): Promise<void>;
  /** The last snapshot, for `resume`; `undefined` if there is no payment to resume. */
  load(): Promise<Uint8Array | undefined>;
}

/** A store in a file of its own for each payment. The folder must be there; `PATH.next` is written beside the file. */
export function fileStore(path: string): FileStore;
