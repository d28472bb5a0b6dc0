/** HTTP: what a transport is, the one over `fetch`, and one exchange bounded in time and size whatever the transport does. */

import { isBytes, isText } from "./arguments.js";
import { AlipayError } from "./errors.js";
import type { HttpRequest } from "./generated.js";
import type { NamedValues } from "./values.js";

/** An HTTP answer, whatever it says. */
export interface HttpResponse {
  /** 0 to 65535; that of a redirect is an answer too. */
  readonly status: number;
  /** The bytes as they came. */
  readonly body: Uint8Array;
  /** All of them, names in any case. OpenAPI v3 has its signature there; v2 needs none. */
  readonly headers?: NamedValues | Iterable<readonly [name: string, value: string]>;
}

/** What a transport may want to know. */
export interface TransportContext {
  /** For the whole exchange, body included. */
  readonly timeoutMs: number;
  /** Aborts when that time is over, or when nobody waits any more. */
  readonly signal: AbortSignal;
}

/**
 * Sends one request **once** (no retry, no redirect) and reads the answer: at most {@link MAX_BODY_BYTES} of it are of use. Throw
 * a {@link NotSentError}, or any error with `notSent: true`, only if not a byte of the request can have left; anything else that is thrown
 * means that it may have been sent.
 */
export type Transport = (request: HttpRequest, context: TransportContext) => PromiseLike<HttpResponse> | HttpResponse;

/** A response above one mebibyte is refused; one byte more shows that there was more. */
export const MAX_BODY_BYTES = (1 << 20) + 1;

/** Thrown by a transport that knows that nothing was sent. */
export class NotSentError extends Error {
  readonly notSent = true;

  static {
    Object.defineProperty(this.prototype, "name", { value: "NotSentError", configurable: true, writable: true });
  }
}

/**
 * The transport over the platform's `fetch`.
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
}

/** Those that are text: what a transport adds beside them, such as Node's list of cookies, nobody signed. */
function textual(headers: NonNullable<HttpResponse["headers"]>): Array<[string, string]> {
  const pairs: unknown[] = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return pairs.filter((pair): pair is [string, string] => Array.isArray(pair) && pair.length === 2 && pair.every(isText));
}

/** One exchange: an answer, or the error that says why there is none. Rejects only with the reason of what was aborted. */
export async function exchange(
  transport: Transport,
  request: HttpRequest,
  timeoutMs: number,
  aborted: ReadonlyArray<AbortSignal | undefined>,
): Promise<Received | AlipayError> {
  const controller = new AbortController();
  const context = { timeoutMs, signal: controller.signal };
  try {
    const answer = await within(timeoutMs, aborted, async () => transport(request, context));
    if (answer === OVERTIME) return new AlipayError("timed_out");
    const { status, headers = [], body } = answer;
    if (!Number.isInteger(status) || status < 0 || status > 0xffff || !isBytes(body)) {
      return new AlipayError("maybe_sent", "transport");
    }
    return { status, headers: textual(headers), body: body.subarray(0, MAX_BODY_BYTES) };
  } catch (thrown) {
    for (const signal of aborted) signal?.throwIfAborted();
    const notSent = typeof thrown === "object" && thrown !== null && "notSent" in thrown && thrown.notSent === true;
    return new AlipayError(notSent ? "not_sent" : "maybe_sent", undefined, thrown);
  } finally {
    controller.abort();
  }
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
