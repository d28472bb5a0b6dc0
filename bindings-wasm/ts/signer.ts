/** A key that lives elsewhere signs through a function of the application's. */

import { isBytes } from "./arguments.js";
import { AlipayError } from "./errors.js";
import type { SignType } from "./generated.js";

/**
 * Signs `message` with RSASSA-PKCS1-v1_5 and SHA-256 (`RSA2`) or SHA-1 (`RSA`), and gives the raw signature, not base64.
 * The message holds the whole request: don't log it.
 */
export type Signer = (message: Uint8Array, signType: SignType) => Uint8Array | PromiseLike<Uint8Array>;

/** What a signer makes of a message. @throws {AlipayError} `signer_failed` */
export async function askSigner(signer: Signer, message: Uint8Array, signType: SignType): Promise<Uint8Array> {
  let signature: unknown;
  try {
    signature = await signer(message, signType);
  } catch (cause) {
    throw new AlipayError("signer_failed", undefined, cause);
  }
  if (!isBytes(signature)) throw new AlipayError("signer_failed", "signature");
  return signature;
}

/** What counts of a `CryptoKey`; that name is not known to every program that uses this package. */
export interface WebCryptoKey {
  readonly type: string;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

/**
 * A signer over a WebCrypto key: RSASSA-PKCS1-v1_5 with SHA-256, usable for `sign`; it may be non-extractable. `RSA2` only.
 *
 * ```js
 * const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
 * const key = await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
 * const alipay = new Alipay({ appId, alipayPublicKey, signer: webCryptoSigner(key) });
 * ```
 * @throws {AlipayError} `argument_type`; the signer itself `sign_type` for `RSA`
 */
export function webCryptoSigner(key: WebCryptoKey): Signer {
  const { name, hash } = (key?.algorithm ?? {}) as { name?: string; hash?: { name?: string } };
  if (name !== "RSASSA-PKCS1-v1_5" || hash?.name !== "SHA-256" || !key.usages.includes("sign")) {
    throw new AlipayError("argument_type", "key");
  }
  return async (message, signType) => {
    if (signType !== "RSA2") throw new AlipayError("sign_type");
    return new Uint8Array(await crypto.subtle.sign(name, key as CryptoKey, message as Uint8Array<ArrayBuffer>));
  };
}
