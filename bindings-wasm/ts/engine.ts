/**
 * The engine: what the WebAssembly module and the native add-on both export. Not API; only this layer sees it.
 *
 * Arguments were checked for their types before they come here. Records cross as JSON text, bytes as `Uint8Array`,
 * times as numbers. What fails throws an `Error` whose message is the JSON of an error report.
 */

import type { Transport } from "./transport.js";

/** A merchant's checked configuration, inside the engine. */
export interface EngineMerchant {
  delegated(): EngineMerchant;
  signsExternally(): boolean;
  sign(message: Uint8Array, signType?: string): Uint8Array;
  verify(message: Uint8Array, signature: Uint8Array, signType?: string): void;
  verifyNotify(body: Uint8Array): string;
  prepare(call: string, now: number): string;
  finish(call: string, now: number, signature: Uint8Array): string;
  request(call: string, now: number): string;
  open(method: string, status: number, body: Uint8Array): string;
  invoke(operation: string, input: string): string;
  /** Gives the memory back at once; WebAssembly only. */
  free?(): void;
  /** Beside the event loop: on another thread, or by WebCrypto. Not there where that can't be. */
  signAsync?(message: Uint8Array, signType?: string): Promise<Uint8Array>;
  requestAsync?(call: string, now: number): Promise<string>;
}

/** A payment, inside the engine. */
export interface EnginePayment {
  poll(now: number): string;
  /** `headers` are pairs as JSON, or nothing. */
  response(id: number, status: number, headers: string, body: Uint8Array, reset: boolean, now: number): void;
  failure(id: number, failure: string, now: number): void;
  signature(id: number, signature: Uint8Array, now: number): void;
  notify(body: Uint8Array, now: number): void;
  cancel(now: number): void;
  giveUp(now: number): void;
  isWanted(id: number): boolean;
  setResetsOnDeath(resets: boolean): void;
  setMerchant(merchant: EngineMerchant): void;
  alipayTime(): number | null | undefined;
  snapshot(): Uint8Array;
  state(): string;
  free?(): void;
}

/** The module or add-on itself. */
export interface Engine {
  /** Whether it is as good as before after an error that is no report: its panics are caught; native only. */
  readonly survives?: boolean;
  version(): string;
  errorCodes(): string;
  chargeAmount(text: string): string;
  readAmount(text: string): string;
  toBeijing(unixMs: number): string;
  fromBeijing(text: string): number;
  stringToSign(pairs: string): string;
  encodeForm(pairs: string): string;
  decodeForm(body: Uint8Array): string;
  inspectPrivateKey(key: Uint8Array): string;
  inspectPublicKey(key: Uint8Array): string;
  generateKeyPair(bits: number): string;
  generateKeyPairAsync?(bits: number): Promise<string>;
  tradeCall(method: string, request: string): string;
  checkCall(call: string): void;
  invoke(operation: string, input: string): string;
  businessCode(subCode: string): string;
  snapshotNumber(snapshot: Uint8Array): number;
  readonly Merchant: new (options: string) => EngineMerchant;
  readonly Payment: {
    new (merchant: EngineMerchant, order: string, policy: string, start: string, now: number): EnginePayment;
    restore(merchant: EngineMerchant, snapshot: Uint8Array, restored: string, now: number): EnginePayment;
  };
}

let provider: (() => Engine) | undefined;
let current: Engine | undefined;

/**
 * Says where the engine comes from. It is asked once, at the first use; a later provider replaces an earlier one for what is
 * made from then on. With `onlyIfNone`, an earlier one stays.
 */
export function provideEngine(provide: () => Engine, { onlyIfNone = false } = {}): void {
  if (onlyIfNone && provider !== undefined) return;
  provider = provide;
  current = undefined;
}

/** The engine, if anybody provided one. What the provider throws is the caller's to translate. */
export function currentEngine(): Engine | undefined {
  current ??= provider?.();
  return current;
}

let transport: (() => Transport) | undefined;

/** Says what sends requests unless the application does: better than `fetch`, where a platform has it. */
export function provideTransport(provide: () => Transport): void {
  transport = provide;
}

export function providedTransport(): Transport | undefined {
  return transport?.();
}
