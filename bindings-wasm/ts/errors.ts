/** The one error of this package, and turning whatever an engine or a caller throws into it. */

import { currentEngine, type Engine } from "./engine.js";
import { ERROR_CODES, type ErrorCode, type Fault } from "./generated.js";

/**
 * Misconfiguration, misuse, bad input or an untrustworthy message; never a business result such as a declined payment.
 * Branch on `code`: it is the same word in every language and is never renamed. No value that was given appears in it.
 */
export class AlipayError extends Error {
  /** The stable code, such as `key_too_short`. */
  readonly code: ErrorCode;
  /** Who can mend it. */
  readonly fault: Fault;
  /** The name of the field, option or argument it is about. */
  readonly subject?: string;

  constructor(code: ErrorCode, subject?: string, cause?: unknown) {
    const { fault, message } = ERROR_CODES[code];
    const about = subject === undefined ? "" : `${subject}: `;
    super(`${about}${message} (${code})`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.fault = fault;
    if (subject !== undefined) this.subject = subject;
  }

  static {
    // On the prototype, as that of every built-in error.
    Object.defineProperty(this.prototype, "name", { value: "AlipayError", configurable: true, writable: true });
  }
}

/** Engines in which something went wrong that must not: their memory can't be trusted any more. */
const broken = new WeakSet<Engine>();

/** Calls into an engine; whatever it throws is an {@link AlipayError}. */
export function guarded<T>(engine: Engine, call: (engine: Engine) => T): T {
  if (broken.has(engine)) throw new AlipayError("internal");
  try {
    return call(engine);
  } catch (thrown) {
    throw translated(engine, thrown);
  }
}

/** The same for what an engine does on another thread. */
export async function guardedAsync<T>(engine: Engine, call: (engine: Engine) => Promise<T>): Promise<T> {
  try {
    return await guarded(engine, call);
  } catch (thrown) {
    throw translated(engine, thrown);
  }
}

/** What an engine wrote, which is of the type it promises. */
export function parsed<T>(text: string): T {
  return JSON.parse(text) as T;
}

/** The engine in use. */
export function theEngine(): Engine {
  let engine: Engine | undefined;
  try {
    engine = currentEngine();
  } catch (cause) {
    throw cause instanceof AlipayError ? cause : new AlipayError("not_initialised", undefined, cause);
  }
  if (engine === undefined) throw new AlipayError("not_initialised");
  return engine;
}

function translated(engine: Engine, thrown: unknown): AlipayError {
  if (thrown instanceof AlipayError) return thrown;
  const report = readReport(thrown);
  if (report !== undefined) return new AlipayError(report.code, report.subject);
  // A trap (a panic, memory exhausted) leaves a WebAssembly instance half-way through something.
  if (engine.survives !== true) broken.add(engine);
  return new AlipayError("internal", undefined, thrown);
}

function readReport(thrown: unknown): { code: ErrorCode; subject: string | undefined } | undefined {
  if (!(thrown instanceof Error) || !thrown.message.startsWith("{")) return undefined;
  try {
    const { code, subject } = JSON.parse(thrown.message) as { code: string; subject?: string | null };
    return Object.hasOwn(ERROR_CODES, code) ? { code: code as ErrorCode, subject: subject ?? undefined } : undefined;
  } catch {
    return undefined;
  }
}
