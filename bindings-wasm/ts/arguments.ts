/**
 * Checking arguments, so that an engine only ever sees what it expects. A value of the wrong type is `argument_type` with the
 * argument's name; in an options object it is `options` with the option's name.
 */

import { AlipayError } from "./errors.js";
import type { NamedValues } from "./values.js";

const encoder = new TextEncoder();
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** A string that has a UTF-8 form: a lone surrogate has none, and replacing it would sign something else. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && !LONE_SURROGATE.test(value);
}

/** What a typed array really is; `Symbol.toStringTag` of its own can't fool it. */
const kindOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get;

/** Also a `Buffer`, and also from another realm, where `instanceof` says no. */
export function isBytes(value: unknown): value is Uint8Array {
  return kindOf?.call(value) === "Uint8Array";
}

export function isFunction(value: unknown): value is (...given: never[]) => unknown {
  return typeof value === "function";
}

export function isSignal(value: unknown): value is AbortSignal {
  return (
    typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value && "reason" in value
  );
}

export function textOf(value: unknown, name: string): string {
  if (isText(value)) return value;
  throw new AlipayError("argument_type", name);
}

/** Bytes as they are, or the UTF-8 bytes of a string. */
export function bytesOf(value: unknown, name: string): Uint8Array {
  if (isBytes(value)) return value;
  return encoder.encode(textOf(value, name));
}

/** Bytes only: for what may not be UTF-8. */
export function rawBytesOf(value: unknown, name: string): Uint8Array {
  if (isBytes(value)) return value;
  throw new AlipayError("argument_type", name);
}

/** A number; whether it is a good one is the core's to say. */
export function wholeOf(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  throw new AlipayError("argument_type", name);
}

/** The host's clock unless a time is given. */
export function nowOf(value: unknown): number {
  return value === undefined ? Date.now() : wholeOf(value, "now");
}

/** An unsigned number of at most `most`, such as a request's id or an HTTP status. */
export function unsignedOf(value: unknown, most: number, name: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new AlipayError("argument_type", name);
}

export function pairsOf(value: NamedValues, name: string): Array<readonly [string, string]> {
  return readable(name, () => {
    const pairs: ReadonlyArray<unknown> = Array.isArray(value) ? value : Object.entries(objectOf(value, name));
    return pairs.map((pair) => {
      const [first, second, ...more]: unknown[] = Array.isArray(pair) ? pair : [];
      if (isText(first) && isText(second) && more.length === 0) return [first, second];
      throw new AlipayError("argument_type", name);
    });
  });
}

export function objectOf(value: unknown, name: string): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new AlipayError("argument_type", name);
}

/** An object as JSON text. */
export function jsonOf(value: unknown, name: string): string {
  return readable(name, () => {
    const text = JSON.stringify(objectOf(value, name));
    if (text === undefined) throw new AlipayError("argument_type", name);
    return text;
  });
}

/** A copy of an options object: each option is read once, checked, and known; those that are undefined are absent. */
export function optionsOf<T extends object>(value: T | undefined, checks: { [K in keyof T]-?: (value: unknown) => boolean }): T {
  if (value === undefined) return {} as T;
  const entries = readable("options", () => Object.entries(objectOf(value, "options")));
  const options: Partial<Record<string, unknown>> = {};
  for (const [name, option] of entries) {
    if (option === undefined) continue;
    const check = Object.hasOwn(checks, name) ? checks[name as keyof T] : undefined;
    if (!check?.(option)) throw new AlipayError("options", name);
    options[name] = option;
  }
  return options as T;
}

/** Reads what a caller made: a getter or a `toJSON` may throw anything. */
export function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw thrown instanceof AlipayError ? thrown : new AlipayError("argument_type", name, thrown);
  }
}
