/** HTTP: what a transport is, the one over `fetch`, and one exchange bounded in time and size whatever the transport does. */

import { isBytes, isText } from "./arguments.js";
import { providedTransport } from "./engine.js";
import { AlipayError } from "./errors.js";
import type { ErrorCode, Failure, HttpRequest } from "./generated.js";
import type { NamedValues } from "./values.js";

/** An HTTP answer, whatever it says. */
export interface HttpResponse {
  /** 0 to 65535; that of a redirect is an answer too. */
  readonly status: number;
  /** The bytes as they came. */
  readonly body: Uint8Array;
  /** All of them, names in any case: OpenAPI v3 has its signature there, v2 Alipay's clock. */
  readonly headers?: NamedValues | Iterable<readonly [name: string, value: string]>;
  /**
   * The connection was reset after this answer, and it led directly to the gateway, with no proxy and no TLS terminator between: nothing can
   * still carry the request. Default: no.
   */
  readonly reset?: boolean;
}

/** What a transport may want to know. */
export interface TransportContext {
  /** For the whole exchange, body included. */
  readonly timeoutMs: number;
  /** Aborts when that time is over, or when nobody waits any more. */
  readonly signal: AbortSignal;
  /**
   * To be called once there is a connection, TLS included, right before the request's first byte is written to it. A process may have been
   * suspended meanwhile, or the cashier may have cancelled.
   * @throws {NotSentError} the request must not leave any more
   */
  beforeSending(): void;
}

/**
 * Sends one request **once** (no retry, no redirect) and reads the answer: at most {@link MAX_BODY_BYTES} of it are of use. What it
 * throws says how the request ended:
 *
 * - a {@link NotSentError}, or any error with `notSent: true`: not a byte of the request can have left;
 * - an {@link AbortedError}, or any error with `aborted: true`: the connection was reset, by this side or the other, and it led directly to the
 *   gateway, with no proxy and no TLS terminator between. A connection that was merely closed goes on carrying what the kernel still holds;
 * - anything else: it may have been sent, and may still arrive.
 */
export interface Transport {
  (request: HttpRequest, context: TransportContext): PromiseLike<HttpResponse> | HttpResponse;
  /**
   * Its connections are reset by the kernel when this process dies, however it dies: `SO_LINGER` of zero since they were made, on
   * a direct path. Default: no.
   */
  readonly resetsOnDeath?: boolean;
}

/** A response above one mebibyte is refused; one byte more shows that there was more. */
export const MAX_BODY_BYTES = (1 << 20) + 1;

/** Thrown by a transport that knows that nothing was sent. */
export class NotSentError extends Error {
  readonly notSent = true;

  static {
    Object.defineProperty(this.prototype, "name", { value: "NotSentError", configurable: true, writable: true });
  }
}

/** Thrown by a transport that has reset the connection or seen it reset, on a direct path to the gateway. */
export class AbortedError extends Error {
  readonly aborted = true;

  static {
    Object.defineProperty(this.prototype, "name", { value: "AbortedError", configurable: true, writable: true });
  }
}

/** What sends requests unless the application does. */
export function defaultTransport(): Transport {
  return providedTransport() ?? fetchTransport();
}

/**
 * The transport over the platform's `fetch`.
 *
 * `fetch` closes a connection that it gives up, and a kernel goes on sending what such a connection still holds: whatever is not provably
 * unsent may still arrive. It can't ask anything between connecting and writing either. Where there are sockets, a transport over them knows
 * more: `nodeTransport()` of `@alipay-core/node`.
 *
 * In a browser two things are beyond it. `fetch` tells nothing of why it failed, so nothing is ever provably not sent. And over HTTP/1.1 a
 * browser repeats a POST by itself if the kept-alive connection it chose turns out to be dead: whatever a page's requests go through (no page
 * reaches Alipay's gateway itself) should speak HTTP/2, or close its HTTP/1.1 connections after each answer.
 */
export function fetchTransport(): Transport {
  return async ({ method, url, headers, body }, { signal }) => {
    let response: Response;
    try {
      response = await fetch(url, { method, signal, redirect: "manual", ...content(headers, body) });
    } catch (cause) {
      if (provesNotSent(cause)) throw new NotSentError("not sent", { cause });
      throw cause;
    }
    return { status: response.status, headers: [...response.headers], body: await readBody(response) };
  };
}

/** An answer that was looked over. */
export interface Received extends HttpResponse {
  readonly headers: Array<[string, string]>;
  readonly reset: boolean;
}

/** Why there is none, and what became of the request. */
export interface NoAnswer {
  readonly problem: AlipayError;
  readonly failure: Extract<Failure, "notSent" | "aborted" | "maybeSent">;
  /** The transport has not said how it ended, though its time was over. */
  readonly silent?: true;
}

/** Those that are text: what a transport adds beside them, such as Node's list of cookies, nobody signed. */
function textual(headers: NonNullable<HttpResponse["headers"]>): Array<[string, string]> {
  const pairs: unknown[] = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return pairs.filter((pair): pair is [string, string] => Array.isArray(pair) && pair.length === 2 && pair.every(isText));
}

/** How long a transport may take to say how a request ended that it was told to give up. */
const GRACE_MS = 1_000;

/** One exchange, bounded in time whatever the transport does. */
export class Sending {
  /** How it ended; never rejects. */
  readonly ended: Promise<Received | NoAnswer>;
  /** The same from a transport that takes longer than it may. */
  readonly inTheEnd: Promise<Received | NoAnswer>;
  readonly #controller = new AbortController();
  #over = () => {};

  /** @param mayLeave asked right before the first byte */
  constructor(transport: Transport, request: HttpRequest, timeoutMs: number, mayLeave: () => boolean = () => true) {
    const { signal } = this.#controller;
    const beforeSending = (): void => {
      if (signal.aborted || !mayLeave()) throw new NotSentError("too late, or not wanted any more");
    };
    const over = new Promise<typeof OVERTIME>((resolve) => {
      const elapsed = stopwatch();
      let timer: ReturnType<typeof setTimeout>;
      // A sleeping machine's timers sleep too.
      const look = (): void => {
        const left = timeoutMs - elapsed();
        if (left <= 0) this.#over();
        else timer = setTimeout(look, Math.min(left, 1_000));
      };
      this.#over = () => {
        clearTimeout(timer);
        resolve(OVERTIME);
      };
      look();
    });
    this.inTheEnd = attempted(async () => transport(request, { timeoutMs, signal, beforeSending }));
    this.ended = this.#end(over);
  }

  async #end(over: Promise<typeof OVERTIME>): Promise<Received | NoAnswer> {
    const first = await Promise.race([this.inTheEnd, over]);
    this.#over();
    this.#controller.abort();
    if (first !== OVERTIME) return first;
    const last = await within(GRACE_MS, [], () => this.inTheEnd);
    const problem = new AlipayError("timed_out");
    if (last === OVERTIME) return { problem, failure: "maybeSent", silent: true };
    return "problem" in last && last.failure !== "notSent" ? { ...last, problem } : last;
  }

  /** Nobody waits for an answer any more: the transport is told, and `ended` says how it ended. */
  giveUp(): void {
    this.#over();
  }
}

async function attempted(attempt: () => Promise<HttpResponse>): Promise<Received | NoAnswer> {
  try {
    const { status, headers = [], body, reset } = await attempt();
    if (!Number.isInteger(status) || status < 0 || status > 0xffff || !isBytes(body)) {
      return { problem: new AlipayError("maybe_sent", "transport"), failure: "maybeSent" };
    }
    return { status, headers: textual(headers), body: body.subarray(0, MAX_BODY_BYTES), reset: reset === true };
  } catch (thrown) {
    const { notSent, aborted } = Object(thrown) as { notSent?: unknown; aborted?: unknown };
    const failed = (code: ErrorCode, failure: NoAnswer["failure"]) => ({ problem: new AlipayError(code, undefined, thrown), failure });
    if (notSent === true) return failed("not_sent", "notSent");
    return aborted === true ? failed("aborted", "aborted") : failed("maybe_sent", "maybeSent");
  }
}

/**
 * Counts milliseconds from now on, by whichever clock counts more: a monotonic one may stand still while the machine is suspended, a
 * wall clock may be set back.
 */
export function stopwatch(): () => number {
  const [monotonic, wall] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - monotonic, Date.now() - wall);
}

/** Came instead of a result whose time was over. */
export const OVERTIME = Symbol("overtime");

/** Does something of the application's within a time; rejects with the reason of what is aborted as soon as it is. */
export async function within<T>(
  timeoutMs: number | undefined,
  aborted: ReadonlyArray<AbortSignal | undefined>,
  work: () => Promise<T>,
): Promise<T | typeof OVERTIME> {
  const over = new AbortController();
  try {
    return await new Promise<T | typeof OVERTIME>((resolve, reject) => {
      for (const signal of aborted) {
        signal?.throwIfAborted();
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true, signal: over.signal });
      }
      if (timeoutMs !== undefined) {
        const timer = setTimeout(() => resolve(OVERTIME), timeoutMs);
        over.signal.addEventListener("abort", () => clearTimeout(timer));
      }
      work().then(resolve, reject);
    });
  } finally {
    // Takes the timer and the listeners away.
    over.abort();
  }
}

/**
 * Node takes a stream for a body over any HTTP, and a stream can't be sent twice: otherwise `fetch` repeats, as its standard says, what is
 * answered with 421.
 */
function content(headers: Record<string, string>, body: Uint8Array): RequestInit {
  const { versions } = (globalThis as { process?: { versions?: Record<string, string> } }).process ?? {};
  if (versions?.["node"] === undefined || "Bun" in globalThis || "Deno" in globalThis) {
    return { headers, body: body as Uint8Array<ArrayBuffer> };
  }
  const once = new ReadableStream({
    start(controller) {
      controller.enqueue(body);
      controller.close();
    },
  });
  return { headers: { ...headers, "content-length": String(body.length) }, body: once, duplex: "half" } as RequestInit;
}

async function readBody(response: Response): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    if (length >= MAX_BODY_BYTES) {
      // Nobody waits for the rest.
      reader.cancel().catch(() => {});
      break;
    }
  }
  const body = new Uint8Array(Math.min(length, MAX_BODY_BYTES));
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk.subarray(0, body.length - at), at);
    at += chunk.length;
  }
  return body;
}

/** What Node says while there is no connection yet, or has refused the server's certificate before anything was written to it. */
const BEFORE_THE_REQUEST = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_REJECTED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Only what is provable: browsers tell nothing, so there it is never true. */
function provesNotSent(thrown: unknown): boolean {
  const { cause } = Object(thrown) as { cause?: unknown };
  const { errors } = Object(cause) as { errors?: unknown };
  // One error for each address that was tried.
  const causes: unknown[] = Array.isArray(errors) && errors.length > 0 ? errors : [cause];
  return causes.every((one) => {
    const { code, syscall } = Object(one) as { code?: unknown; syscall?: unknown };
    return syscall === "connect" || syscall === "getaddrinfo" || BEFORE_THE_REQUEST.has(String(code));
  });
}
