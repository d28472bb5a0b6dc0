/** One merchant application, checked: signing, verifying, single calls. */

import { bytesOf, isFunction, isSignal, isText, jsonOf, nowOf, objectOf, optionsOf, rawBytesOf, readable, textOf, unsignedOf } from "./arguments.js";
import { fromBase64, requestOf, signatureFromBase64, toBase64 } from "./base64.js";
import type { Call } from "./calls.js";
import { AlipayClock } from "./clock.js";
import type { EngineMerchant } from "./engine.js";
import { AlipayError, guardedAsync, parsed, theEngine } from "./errors.js";
import type { Answer as WireAnswer, HttpRequest, MerchantOperations, MerchantOptions, Notify, Prepared as WirePrepared, SignType } from "./generated.js";
import { Handle } from "./handle.js";
import { askSigner, type Signer } from "./signer.js";
import { defaultTransport, MAX_BODY_BYTES, type HttpResponse, OVERTIME, Sending, type Transport, within } from "./transport.js";

interface Options extends MerchantOptions {
  /** Signs where the private key can't be read (KMS, HSM, WebCrypto), instead of `privateKey`. See `webCryptoSigner`. */
  signer?: Signer;
}
type Certificate = "appCertificate" | "alipayCertificate" | "rootCertificate";
type OfOneMode = "alipayPublicKey" | Certificate | "furtherAlipayCertificates";

/** What an {@link Alipay} is made of: either Alipay's public key, or the three certificates of certificate mode. */
export type AlipayOptions = Omit<Options, OfOneMode> &
  (Required<Pick<Options, "alipayPublicKey">> | (Required<Pick<Options, Certificate>> & Pick<Options, "furtherAlipayCertificates">));

/** The gateway's answer. Believe it only as far as `verified` goes. */
export interface Answer<Data = Record<string, unknown>> extends Readonly<WireAnswer> {
  /** `node`, parsed: Alipay's own field names, money as strings. */
  readonly data: Partial<Data>;
}

/** A request that lacks only its signature. */
export interface Prepared extends Readonly<WirePrepared> {
  /**
   * The request with the raw signature over `bytes`.
   * @throws {AlipayError} `signature_format`
   */
  finish(signature: Uint8Array): HttpRequest;
}

/** How a single call is sent. */
export interface ExecuteOptions {
  /** Default: `nodeTransport()` of `@alipay-core/node`, elsewhere `fetchTransport()`. */
  transport?: Transport;
  /** Gives up the call: the promise rejects with its reason. The request may have left. */
  signal?: AbortSignal;
  /** For the whole exchange, 1 to 120000. Default: 15000. */
  timeoutMs?: number;
}

const inside = new WeakMap<Alipay, Inside>();

/** What the rest of the layer sees of an {@link Alipay}. */
export interface Inside {
  readonly handle: Handle<EngineMerchant>;
  readonly signer: Signer | undefined;
  /** What its payments learnt of Alipay's time. */
  readonly clock: AlipayClock;
}

export function insideOf(alipay: unknown): Inside {
  const found = inside.get(alipay as Alipay);
  if (found === undefined) throw new AlipayError("argument_type", "alipay");
  return found;
}

/**
 * One merchant application: who we are, which keys, which gateway. Made once, used for everything; holds no connection.
 *
 * ```js
 * const alipay = new Alipay({ appId, privateKey, alipayPublicKey });
 * const answer = await alipay.execute(tradeQuery({ out_trade_no: "20150320010101001" }));
 * ```
 */
export class Alipay {
  readonly #inside: Inside;

  /** @throws {AlipayError} `options`, `sign_type`, `app_id`, `gateway_url`, `notify_url`, … and the `key_` codes */
  constructor(options: AlipayOptions) {
    const given = optionsOf<Options>(objectOf(options, "options") as Options, {
      appId: isText,
      alipayPublicKey: isText,
      privateKey: isText,
      gateway: isText,
      signType: isText,
      apiVersion: isText,
      charset: isText,
      notifyUrl: isText,
      appAuthToken: isText,
      allowHttp: (value) => typeof value === "boolean",
      appCertificate: isText,
      alipayCertificate: isText,
      rootCertificate: isText,
      encryptKey: isText,
      furtherAlipayCertificates: (value) => Array.isArray(value) && value.every(isText),
      signer: isFunction,
    });
    const { signer, ...merchant } = given;
    if (signer !== undefined && merchant.privateKey !== undefined) throw new AlipayError("options", "signer");
    const handle = new Handle(theEngine(), (engine) => new engine.Merchant(JSON.stringify(merchant)));
    this.#inside = { handle, signer, clock: new AlipayClock() };
    inside.set(this, this.#inside);
  }

  /** Whether requests are signed elsewhere: no `privateKey` was given. */
  get signsExternally(): boolean {
    return this.#inside.handle.use((merchant) => merchant.signsExternally());
  }

  /**
   * The signature of any message by the application's key, in this process.
   * @param message bytes, or a string that is signed as UTF-8
   * @param signType default: the merchant's
   * @returns base64
   * @throws {AlipayError} `signer_external` if the key lives elsewhere, `sign_type`
   */
  sign(message: Uint8Array | string, signType?: SignType): string {
    const [bytes, algorithm] = [bytesOf(message, "message"), signTypeOf(signType)];
    return toBase64(this.#inside.handle.use((merchant) => merchant.sign(bytes, algorithm)));
  }

  /**
   * Checks Alipay's signature (base64) of any message. Answers and notifications are better given to `open` and `verifyNotify`, which
   * know what is signed.
   * @throws {AlipayError} `signature_invalid`, `signature_format`, `sign_type`
   */
  verify(message: Uint8Array | string, signature: string, signType?: SignType): true {
    const [bytes, algorithm] = [bytesOf(message, "message"), signTypeOf(signType)];
    const raw = signatureFromBase64(textOf(signature, "signature"));
    this.#inside.handle.use((merchant) => merchant.verify(bytes, raw, algorithm));
    return true;
  }

  /**
   * Verifies an asynchronous notification (异步通知) from the POST body exactly as it came; what a framework has decoded is not enough.
   * Answer `success` once it was dealt with.
   * @throws {AlipayError} `form_malformed`, `signature_missing`, `signature_invalid`, `signature_weak`, `notify_charset`, `app_id`, …
   */
  verifyNotify(rawBody: Uint8Array | string): Notify {
    const body = bytesOf(rawBody, "rawBody");
    return parsed(this.#inside.handle.use((merchant) => merchant.verifyNotify(body)));
  }

  /**
   * The first of two steps, for a key that lives elsewhere.
   * @param now Unix milliseconds
   * @throws {AlipayError} `time_range` and those of the call
   */
  prepare(call: Call, now?: number): Prepared {
    const [text, at] = [jsonOf(call, "call"), nowOf(now)];
    const { handle } = this.#inside;
    const { bytes, ...prepared } = parsed<Omit<WirePrepared, "bytes"> & { bytes: string }>(handle.use((merchant) => merchant.prepare(text, at)));
    return {
      ...prepared,
      bytes: fromBase64(bytes),
      finish(signature) {
        const raw = rawBytesOf(signature, "signature");
        return requestOf(parsed(handle.use((merchant) => merchant.finish(text, at, raw))));
      },
    };
  }

  /**
   * A signed request, to be sent as it is.
   * @param now Unix milliseconds
   * @throws {AlipayError} `signer_external` if the key lives elsewhere, `time_range` and those of the call
   */
  request(call: Call, now?: number): HttpRequest {
    const [text, at] = [jsonOf(call, "call"), nowOf(now)];
    return requestOf(parsed(this.#inside.handle.use((merchant) => merchant.request(text, at))));
  }

  /**
   * The same without holding the event loop: on another thread, or through the `signer`.
   * @throws {AlipayError} those of `request`, and `signer_failed`
   */
  async requestAsync(call: Call, now?: number): Promise<HttpRequest> {
    const [text, at] = [jsonOf(call, "call"), nowOf(now)];
    const { handle, signer } = this.#inside;
    if (signer !== undefined) {
      const prepared = this.prepare(call, at);
      return prepared.finish(await askSigner(signer, prepared.bytes, prepared.signType));
    }
    return handle.use((merchant) => {
      const { engine } = handle;
      if (merchant.requestAsync !== undefined) {
        const made = merchant.requestAsync(text, at);
        return guardedAsync(engine, async () => requestOf(parsed(await made)));
      }
      if (merchant.signAsync === undefined || merchant.signsExternally()) return this.request(call, at);
      const prepared = this.prepare(call, at);
      const made = merchant.signAsync(prepared.bytes, prepared.signType);
      return guardedAsync(engine, async () => prepared.finish(await made));
    });
  }

  /**
   * Verifies an HTTP response before a word of it is believed, and reads it. A business failure is an answer, not an error.
   * @param method the call's, such as `alipay.trade.query`
   * @throws {AlipayError} `response_status`, `response_too_large`, `response_not_json`, `signature_missing`, `signature_invalid`, …
   */
  open<Data = Record<string, unknown>>(method: string, response: HttpResponse): Answer<Data> {
    const name = textOf(method, "method");
    const { status, body } = readable("response", () => ({ ...(objectOf(response, "response") as HttpResponse) }));
    const code = unsignedOf(status, 0xffff, "status");
    const bytes = rawBytesOf(body, "body").subarray(0, MAX_BODY_BYTES);
    const answer = parsed<WireAnswer>(this.#inside.handle.use((merchant) => merchant.open(name, code, bytes)));
    return { ...answer, data: parsed(answer.node) };
  }

  /**
   * One of the merchant's operations, such as `pageUrl`: what goes in and what comes out is listed in {@link MerchantOperations}.
   * Bytes are base64 there.
   * @throws {AlipayError} `argument_type` about `operation` or `input`, and those of the operation
   */
  invoke<Name extends keyof MerchantOperations>(operation: Name, input: MerchantOperations[Name]["input"]): MerchantOperations[Name]["output"] {
    const [name, given] = [textOf(operation, "operation"), jsonOf(input, "input")];
    return parsed(this.#inside.handle.use((merchant) => merchant.invoke(name, given)));
  }

  /**
   * Signs a call, sends it once, verifies and reads the answer. For a barcode payment use `pay`: no answer is not "unpaid".
   * @throws {AlipayError} `not_sent`, `aborted`, `maybe_sent` or `timed_out` if no answer came, those of `requestAsync` and `open`
   */
  async execute<Data>(call: Call<Data>, options?: ExecuteOptions): Promise<Answer<Data>> {
    const { transport = defaultTransport(), signal, timeoutMs = 15_000 } = optionsOf<ExecuteOptions>(options, {
      transport: isFunction,
      signal: isSignal,
      timeoutMs: (value) => typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 120_000,
    });
    const request = await this.requestAsync(call as Call);
    signal?.throwIfAborted();
    const sending = new Sending(transport, request, timeoutMs);
    try {
      const ended = await within(undefined, [signal], () => sending.ended);
      if (ended === OVERTIME) throw new AlipayError("internal");
      if ("problem" in ended) throw ended.problem;
      return this.open(call.method, ended);
    } finally {
      sending.giveUp();
    }
  }

  /** Gives the memory back at once instead of some day. Anything but `close` is then refused with `closed`. */
  close(): void {
    this.#inside.handle.close();
  }
}

function signTypeOf(value: SignType | undefined): string | undefined {
  return value === undefined ? undefined : textOf(value, "signType");
}
