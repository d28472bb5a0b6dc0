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
