/** Values without a merchant: money, times, forms, keys, codes. */

import { bytesOf, pairsOf, rawBytesOf, textOf, wholeOf } from "./arguments.js";
import { fromBase64 } from "./base64.js";
import { guarded, guardedAsync, parsed, theEngine } from "./errors.js";
import type { AmountValue, BusinessCode, ErrorCode, Fault, KeyInfo, KeyPair } from "./generated.js";

/** Names and values in their order, or an object of them. */
export type NamedValues = ReadonlyArray<readonly [name: string, value: string]> | Readonly<Record<string, string>>;

/** A row of the table of error codes. */
export interface ErrorCodeRow {
  readonly code: ErrorCode;
  readonly fault: Fault;
  readonly message: string;
}

/** The version of the engine, which is that of the package. */
export function version(): string {
  return guarded(theEngine(), (engine) => engine.version());
}

/** Every error code with its fault and its meaning, as the engine knows them. */
export function errorCodes(): ErrorCodeRow[] {
  return parsed(guarded(theEngine(), (engine) => engine.errorCodes()));
}

/**
 * An amount to charge: a decimal string in yuan, 0.01 to 100000000, at most two decimals. Numbers are refused.
 * @throws {AlipayError} `amount_format`, `amount_range`
 */
export function chargeAmount(text: string): AmountValue {
  const given = textOf(text, "text");
  return parsed(guarded(theEngine(), (engine) => engine.chargeAmount(given)));
}

/**
 * An amount as Alipay writes it in an answer, where zero and negative amounts occur.
 * @throws {AlipayError} `amount_format`, `amount_range`
 */
export function readAmount(text: string): AmountValue {
  const given = textOf(text, "text");
  return parsed(guarded(theEngine(), (engine) => engine.readAmount(given)));
}

/**
 * Unix milliseconds as Alipay writes them: `yyyy-MM-dd HH:mm:ss` in GMT+8.
 * @throws {AlipayError} `time_range`
 */
export function toBeijing(unixMs: number): string {
  const given = wholeOf(unixMs, "unixMs");
  return guarded(theEngine(), (engine) => engine.toBeijing(given));
}

/**
 * The Unix milliseconds of a time as Alipay writes it.
 * @throws {AlipayError} `time_format`, `time_range`
 */
export function fromBeijing(text: string): number {
  const given = textOf(text, "text");
  return guarded(theEngine(), (engine) => engine.fromBeijing(given));
}

/** The string that is signed for these parameters: sorted by name, blank ones left out, joined by `&`. */
export function stringToSign(parameters: NamedValues): string {
  const given = pairsOf(parameters, "parameters");
  return guarded(theEngine(), (engine) => engine.stringToSign(JSON.stringify(given)));
}

/** An urlencoded form in UTF-8, in the order given. */
export function encodeForm(fields: NamedValues): string {
  const given = pairsOf(fields, "fields");
  return guarded(theEngine(), (engine) => engine.encodeForm(JSON.stringify(given)));
}

/**
 * The fields of an urlencoded form, in their order, as bytes: a form may be in any charset.
 * @throws {AlipayError} `form_malformed`
 */
export function decodeForm(body: Uint8Array | string): Array<[name: Uint8Array, value: Uint8Array]> {
  const given = bytesOf(body, "body");
  const fields: Array<[string, string]> = parsed(guarded(theEngine(), (engine) => engine.decodeForm(given)));
  return fields.map(([name, value]) => [fromBase64(name), fromBase64(value)]);
}

/**
 * What a private key is, in any accepted format (PEM, base64 or DER of PKCS#1 or PKCS#8): its length and its public half.
 * @throws {AlipayError} the `key_` codes
 */
export function inspectPrivateKey(key: Uint8Array | string): KeyInfo {
  const given = bytesOf(key, "key");
  return parsed(guarded(theEngine(), (engine) => engine.inspectPrivateKey(given)));
}

/**
 * What a public key or certificate is, in any accepted format.
 * @throws {AlipayError} the `key_` codes
 */
export function inspectPublicKey(key: Uint8Array | string): KeyInfo {
  const given = bytesOf(key, "key");
  return parsed(guarded(theEngine(), (engine) => engine.inspectPublicKey(given)));
}

/**
 * A new RSA key pair of 2048 (default), 3072 or 4096 bits, from the platform's random source. Takes from a fraction of a second
 * to several seconds; where the engine can, on another thread.
 * @throws {AlipayError} `keygen_bits`
 */
export async function generateKeyPair(bits: number = 2048): Promise<KeyPair> {
  const given = wholeOf(bits, "bits");
  const engine = theEngine();
  const pair = await guardedAsync(engine, async () =>
    engine.generateKeyPairAsync ? engine.generateKeyPairAsync(given) : engine.generateKeyPair(given),
  );
  return parsed(pair);
}

/** What a business code (业务错误码) means, who must act, and what to do. An unknown code has an empty `code`. */
export function businessCode(subCode: string): BusinessCode {
  const given = textOf(subCode, "subCode");
  return parsed(guarded(theEngine(), (engine) => engine.businessCode(given)));
}

/**
 * The number of a snapshot. Of two of one payment the higher is the newer: a store refuses to replace a snapshot by one with a lower number.
 * @throws {AlipayError} `snapshot_corrupt`
 */
export function snapshotNumber(snapshot: Uint8Array): number {
  const given = rawBytesOf(snapshot, "snapshot");
  return guarded(theEngine(), (engine) => engine.snapshotNumber(given));
}
