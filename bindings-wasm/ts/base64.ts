/** Bytes in JSON are base64. */

import { AlipayError } from "./errors.js";
import type { HttpRequest } from "./generated.js";

/** A request as an engine writes it. */
export type WireHttpRequest = Omit<HttpRequest, "body"> & { body: string };

/** The request to send. */
export function requestOf(wire: WireHttpRequest): HttpRequest {
  return { ...wire, body: fromBase64(wire.body) };
}

/** The bytes of base64 that an engine wrote. */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary);
}

/**
 * A signature as it travels: standard base64 with padding, no white space, no spare bits.
 * @throws {AlipayError} `signature_format`
 */
export function signatureFromBase64(text: string): Uint8Array {
  try {
    const bytes = fromBase64(text);
    // `atob` forgives; writing it again does not.
    if (bytes.length > 0 && toBase64(bytes) === text) return bytes;
  } catch {
    // Not base64 at all.
  }
  throw new AlipayError("signature_format", "signature");
}
