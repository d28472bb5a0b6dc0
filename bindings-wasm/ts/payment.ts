/** The barcode payment's machine: it decides what to do next, and does nothing itself. */

import { bytesOf, jsonOf, nowOf, objectOf, pairsOf, rawBytesOf, readable, unsignedOf } from "./arguments.js";
import { type Alipay, insideOf } from "./alipay.js";
import { fromBase64, requestOf, type WireHttpRequest } from "./base64.js";
import type { AlipayClock } from "./clock.js";
import type { EngineMerchant, EnginePayment } from "./engine.js";
import { AlipayError, parsed } from "./errors.js";
import type { Failure, Heard, Input, Outcome, Output, PaymentState, Phase, Policy, Restored, SignType, Start, TradePayRequest } from "./generated.js";
import { Handle } from "./handle.js";
import type { Signer } from "./signer.js";

/** What the driver sees of a payment. */
export interface Running {
  /** What to do next; where a signature can be made without holding the event loop, that is asked for too. */
  poll(now: number): Output;
  /** Where signatures come from, unless the engine makes them itself. */
  signer(): Signer | undefined;
  /** Is called when something happened that may change what to do next. */
  listen(listener: (happened: Input["type"]) => void): () => void;
  /** Whether something happened since it was asked last what to do next. */
  hasNews(): boolean;
  /**
   * Makes the caller its one driver, until the function returned is called.
   * @throws {AlipayError} `superseded` if it has one
   */
  begin(): () => void;
  /** Whether it has a driver. */
  isDriven(): boolean;
  /** What Alipay's time is told to. */
  clock(): AlipayClock;
}

const FAILURES: ReadonlySet<unknown> = new Set<Failure>(["notSent", "notStored", "aborted", "maybeSent"]);

const running = new WeakMap<Payment, Running>();

export function runningOf(payment: unknown): Running {
  const found = running.get(payment as Payment);
  if (found === undefined) throw new AlipayError("argument_type", "payment");
  return found;
}

/**
 * One barcode payment (付款码支付). `pay` runs it; by hand: `poll()`, do what it says, tell it with `handle()` what
 * happened, and again, until it says `done`.
 */
export class Payment {
  readonly #handle: Handle<EnginePayment>;
  readonly #listeners = new Set<(happened: Input["type"]) => void>();
  #signing: Signing;
  #clock: AlipayClock;
  #driven = false;
  #news = false;

  /**
   * A new payment. Nothing is sent yet.
   * @param order every limit of `alipay.trade.pay` is checked; amounts are strings
   * @param policy how patient it is; unless given, Alipay's recommendation
   * @param now Unix milliseconds
   * @param start what Alipay's clock says, if that is known
   * @throws {AlipayError} those of the order's fields, `options`, `policy_range`, `policy_settle`, `time_range`
   */
  constructor(alipay: Alipay, order: TradePayRequest, policy?: Policy, now?: number, start?: Start);
  /** @internal */
  constructor(alipay: Alipay, snapshot: Restore, policy?: undefined, now?: number);
  constructor(alipay: Alipay, from: TradePayRequest | Restore, policy: Policy = {}, now?: number, start: Start = {}) {
    const { merchant, given, ...signing } = signingOf(alipay);
    const at = nowOf(now);
    const [order, patience, begin] =
      from instanceof Restore ? ["", "", ""] : [jsonOf(from, "order"), jsonOf(policy, "policy"), jsonOf(start, "start")];
    this.#handle = new Handle(merchant.engine, (engine) =>
      merchant.use((it) =>
        from instanceof Restore
          ? engine.Payment.restore(given(it), from.snapshot, from.restored, at)
          : new engine.Payment(given(it), order, patience, begin, at),
      ),
    );
    this.#signing = signing;
    this.#clock = insideOf(alipay).clock;
    running.set(this, {
      poll: (at) => this.#poll(at),
      signer: () => this.#signing.driver,
      listen: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      hasNews: () => this.#news,
      begin: () => {
        if (this.#driven) throw new AlipayError("superseded", "payment");
        this.#driven = true;
        return () => void (this.#driven = false);
      },
      isDriven: () => this.#driven,
      clock: () => this.#clock,
    });
  }

  /**
   * The payment of a snapshot, to go on with after a crash. It asks Alipay first; pay is never sent twice.
   * @param restored what is known of the process that wrote it; what is not said is not known
   * @throws {AlipayError} `snapshot_corrupt`, `snapshot_version`, `snapshot_merchant`, `snapshot_gateway`, `options`, `time_range`
   */
  static restore(alipay: Alipay, snapshot: Uint8Array, now?: number, restored?: Restored): Payment {
    return restore(alipay, snapshot, now, restored);
  }

  /**
   * What to do next. Asking more often changes nothing. A request's `http` and a message to sign hold the payment code: don't log them.
   * @param now Unix milliseconds
   * @throws {AlipayError} `time_range`
   */
  poll(now?: number): Output {
    const at = nowOf(now);
    const output = this.#poll(at);
    const { atOnce } = this.#signing;
    if (output.type !== "sign" || atOnce === undefined) return output;
    const signature = atOnce(output.bytes, output.signType);
    this.#handle.use((payment) => payment.signature(output.id, signature, at));
    return this.#poll(at);
  }

  #poll(now: number): Output {
    this.#news = false;
    const output = parsed<WireOutput>(this.#handle.use((payment) => payment.poll(now)));
    switch (output.type) {
      case "request":
        return { ...output, http: requestOf(output.http) };
      case "sign":
        return { ...output, bytes: fromBase64(output.bytes) };
      default:
        return output;
    }
  }

  /**
   * Tells what happened. Answers to a request that is no longer awaited change nothing, but for how it ended.
   * @throws {AlipayError} `signature_format`; those of `verifyNotify`; `not_unresolved`; `time_range`
   */
  handle(input: Input, now?: number): void {
    const given = readable("input", () => ({ ...(objectOf(input, "input") as Input) }));
    const at = nowOf(now);
    const tell = (how: (payment: EnginePayment) => void): void => {
      this.#handle.use(how);
      this.#news = true;
      for (const listener of [...this.#listeners]) listener(given.type);
    };
    switch (given.type) {
      case "response": {
        const [id, status] = [idOf(given.id), unsignedOf(given.status, 0xffff, "status")];
        const body = rawBytesOf(given.body, "body");
        const headers = given.headers === undefined ? "" : JSON.stringify(pairsOf(given.headers, "headers"));
        const reset = given.reset ?? false;
        if (typeof reset !== "boolean") throw new AlipayError("argument_type", "reset");
        return tell((payment) => payment.response(id, status, headers, body, reset, at));
      }
      case "failure": {
        const { failure } = given;
        if (!FAILURES.has(failure)) throw new AlipayError("argument_type", "failure");
        const id = idOf(given.id);
        return tell((payment) => payment.failure(id, failure, at));
      }
      case "signature": {
        const [id, signature] = [idOf(given.id), rawBytesOf(given.signature, "signature")];
        return tell((payment) => payment.signature(id, signature, at));
      }
      case "notify": {
        const body = rawBytesOf(given.body, "body");
        return tell((payment) => payment.notify(body, at));
      }
      case "cancel":
        return tell((payment) => payment.cancel(at));
      case "giveUp":
        return tell((payment) => payment.giveUp(at));
      default:
        throw new AlipayError("argument_type", "type");
    }
  }

  /** The cashier cancels: one last query, then the trade is cancelled. A running driver wakes up. */
  cancel(now?: number): void {
    this.handle({ type: "cancel" }, now);
  }

  /**
   * The cashier gives this unresolved payment up, and will take another one under a new order number: not before the snapshot was
   * stored, which is the next output. What is found of this one later is undone and never `paid`. `giveUp` of this package stores it.
   * @throws {AlipayError} `not_unresolved`
   */
  giveUp(now?: number): void {
    this.handle({ type: "giveUp" }, now);
  }

  /**
   * Whether the request with this id should still be sent: ask after storing, and right before its first byte. If not, tell
   * `handle()` the failure `notSent`.
   */
  isWanted(id: number): boolean {
    const given = idOf(id);
    return this.#handle.use((payment) => payment.isWanted(given));
  }

  /**
   * Says whether the transport resets its connections when this process dies (`SO_LINGER` of zero from the start, on a direct
   * path). The default is no. `drive` says what its transport declares.
   */
  setResetsOnDeath(resets: boolean): void {
    if (typeof resets !== "boolean") throw new AlipayError("argument_type", "resets");
    this.#handle.use((payment) => payment.setResetsOnDeath(resets));
  }

  /**
   * A notification's raw body came for this merchant; it is verified first. A running driver wakes up.
   * @throws {AlipayError} those of `verifyNotify`
   */
  notify(rawBody: Uint8Array | string, now?: number): void {
    this.handle({ type: "notify", body: bytesOf(rawBody, "rawBody") }, now);
  }

  /**
   * Goes on with another `Alipay` for the same merchant: in certificate mode, with one that knows the certificate that
   * `heard.alipayCertSn` names (`invoke("certificateDownload")`, `invoke("openAlipayCertificate")`). Pay is not sent again.
   * @throws {AlipayError} `snapshot_merchant` if it is another's; `snapshot_gateway`; `request_in_flight`; `charset_unmappable`;
   * `argument_type` if it is of another engine
   */
  setMerchant(alipay: Alipay): void {
    const { merchant, given, ...signing } = signingOf(alipay);
    if (merchant.engine !== this.#handle.engine) throw new AlipayError("argument_type", "alipay");
    this.#handle.use((payment) => merchant.use((it) => payment.setMerchant(given(it))));
    this.#signing = signing;
    this.#clock = insideOf(alipay).clock;
  }

  /** What to store before pay and cancel leave. Holds no key, and no payment code once pay was sent. */
  snapshot(): Uint8Array {
    return this.#handle.use((payment) => payment.snapshot());
  }

  /** Where it stands, for the cashier's screen. */
  get phase(): Phase {
    return this.#state().phase;
  }

  /** The merchant's order number. */
  get outTradeNo(): string {
    return this.#state().outTradeNo;
  }

  /** What the last answer said. */
  get heard(): Heard | null {
    return this.#state().heard;
  }

  /**
   * The latest of Alipay's times that a verified answer told, in Unix milliseconds. With the time that has passed since, it is what the next
   * payment's `start.alipayTime` says; `pay` sees to that.
   */
  get alipayTime(): number | null {
    return this.#handle.use((payment) => payment.alipayTime()) ?? null;
  }

  /** How it ended, once it has. */
  get outcome(): Outcome | null {
    return this.#state().outcome;
  }

  /** Gives the memory back at once instead of some day. Anything but `close` is then refused with `closed`. */
  close(): void {
    this.#handle.close();
  }

  #state(): PaymentState {
    return parsed(this.#handle.use((payment) => payment.state()));
  }
}

/** Where a payment's signatures come from, unless the machine makes them itself. */
interface Signing {
  /** Signs at once what the engine could have signed itself. */
  readonly atOnce: ((message: Uint8Array, signType: SignType) => Uint8Array) | undefined;
  /** Signs for the driver. */
  readonly driver: Signer | undefined;
}

/** The same, the merchant, and what of it the machine is given. */
function signingOf(alipay: Alipay) {
  const { handle: merchant, signer } = insideOf(alipay);
  // An engine that signs on another thread is given the chance to: the machine then asks for each signature.
  const apart = merchant.use((it) => it.signAsync !== undefined && !it.signsExternally());
  const given = (it: EngineMerchant): EngineMerchant => (apart ? it.delegated() : it);
  if (!apart) return { merchant, given, atOnce: undefined, driver: signer };
  const atOnce = (message: Uint8Array, signType: SignType): Uint8Array => merchant.use((it) => it.sign(message, signType));
  const driver: Signer = (message, signType) =>
    merchant.use((it) => it.signAsync?.(message, signType) ?? it.sign(message, signType));
  return { merchant, given, atOnce, driver };
}

/** Outside of the class, which would lose its name in the bundle if it named itself. */
function restore(alipay: Alipay, snapshot: Uint8Array, now: number | undefined, restored: Restored = {}): Payment {
  return new Payment(alipay, new Restore(rawBytesOf(snapshot, "snapshot"), jsonOf(restored, "restored")), undefined, now);
}

/** Tells the constructor to start from a snapshot. */
class Restore {
  constructor(
    readonly snapshot: Uint8Array,
    readonly restored: string,
  ) {}
}

/** An output as an engine writes it. */
type WireOutput =
  | Exclude<Output, { type: "request" | "sign" }>
  | (Omit<Extract<Output, { type: "request" }>, "http"> & { http: WireHttpRequest })
  | (Omit<Extract<Output, { type: "sign" }>, "bytes"> & { bytes: string });

function idOf(value: unknown): number {
  return unsignedOf(value, 0xffff_ffff, "id");
}
