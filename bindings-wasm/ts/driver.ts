/** The driver: the loop that does what a payment asks for. It decides nothing. */

import { isFunction, isSignal, optionsOf } from "./arguments.js";
import type { Alipay } from "./alipay.js";
import { AlipayError } from "./errors.js";
import type { Outcome, Phase, Policy, TradePayRequest } from "./generated.js";
import { Payment, type Running, runningOf } from "./payment.js";
import { askSigner } from "./signer.js";
import { exchange, fetchTransport, OVERTIME, type Transport, within } from "./transport.js";

/** Keeps the last snapshot where a crash can't reach it. */
export interface Store {
  /** Replaces the snapshot; it is durable once this is done. Throws if it may not be. */
  save(snapshot: Uint8Array): PromiseLike<void> | void;
}

/** How a payment is run. */
export interface DriveOptions {
  /** Default: `fetchTransport()`. */
  transport?: Transport;
  /** Without one, a crash forgets the payment: fine for a demonstration only. */
  store?: Store;
  /** Stops driving, never the trade: the promise rejects with its reason, and the snapshot stays good for `resume`. */
  signal?: AbortSignal;
  /** The cashier's cancel, as a signal; the same as `payment.cancel()`. */
  cancel?: AbortSignal;
  /** Is told of every new phase, for a cashier's screen. What it throws is ignored. */
  onPhase?: (phase: Phase, payment: Payment) => void;
  /** Is told what went wrong without stopping the payment, such as a store that failed at the end. What it throws is ignored. */
  onProblem?: (problem: AlipayError) => void;
}

/** How a new payment is run. */
export interface PayOptions extends DriveOptions {
  /** How patient it is. Default: Alipay's recommendation. */
  policy?: Policy;
  /** Is given the payment before anything is sent: to `cancel()` it, or to hand it notifications. */
  onPayment?: (payment: Payment) => void;
}

/** How a stored payment goes on. */
export type ResumeOptions = Omit<PayOptions, "policy">;

const DRIVE_CHECKS = {
  transport: isFunction,
  store: (value: unknown) => typeof value === "object" && value !== null && "save" in value && isFunction(value.save),
  signal: isSignal,
  cancel: isSignal,
  onPhase: isFunction,
  onProblem: isFunction,
};
const PAY_CHECKS = {
  ...DRIVE_CHECKS,
  policy: (value: unknown) => typeof value === "object" && value !== null,
  onPayment: isFunction,
};

/**
 * Charges a buyer's payment code (付款码), and does what may follow: asks, waits for the buyer, cancels. Resolves to how it ended, and
 * none of the ways it can end is an error.
 *
 * ```js
 * const outcome = await pay(alipay, { out_trade_no, auth_code, total_amount: "88.88", subject, scene: "bar_code" }, { store });
 * if (outcome.type === "paid") …
 * ```
 * @throws {AlipayError} bad input, before anything is sent; `store_failed`, and nothing was sent
 */
export async function pay(alipay: Alipay, order: TradePayRequest, options?: PayOptions): Promise<Outcome> {
  const { policy, onPayment, ...rest } = optionsOf<PayOptions>(options, PAY_CHECKS);
  return run(new Payment(alipay, order, policy), onPayment, rest);
}

/**
 * Goes on with a payment after a crash, or later with one that ended `unresolved`. It asks first; pay is never sent twice.
 * @throws {AlipayError} `snapshot_corrupt`, `snapshot_version`, `snapshot_merchant`
 */
export async function resume(alipay: Alipay, snapshot: Uint8Array, options?: ResumeOptions): Promise<Outcome> {
  const { policy: _, ...checks } = PAY_CHECKS;
  const { onPayment, ...rest } = optionsOf<ResumeOptions>(options, checks);
  return run(Payment.restore(alipay, snapshot), onPayment, rest);
}

async function run(payment: Payment, onPayment: PayOptions["onPayment"], options: DriveOptions): Promise<Outcome> {
  tell(onPayment, payment);
  return drive(payment, options);
}

/**
 * Runs a payment to its outcome. `payment.cancel()` and `payment.notify()` wake it.
 * @throws {AlipayError} `store_failed` if the snapshot can't be stored before pay: then nothing was sent
 */
export async function drive(payment: Payment, options?: DriveOptions): Promise<Outcome> {
  const given = optionsOf<DriveOptions>(options, DRIVE_CHECKS);
  const { transport = fetchTransport(), store, signal, onPhase, onProblem } = given;
  const { poll, signer, listen } = runningOf(payment);
  const news = new News(payment, listen, given.cancel);
  const save = () => within(undefined, [signal], async () => store?.save(payment.snapshot()));
  const goOnAfter = (problem: AlipayError) => {
    signal?.throwIfAborted();
    tell(onProblem, problem);
  };
  const notStored = (cause: unknown) => goOnAfter(new AlipayError("store_failed", undefined, cause));
  let shown: Phase | undefined;
  try {
    for (;;) {
      signal?.throwIfAborted();
      // So that a crash does not forget the cashier's wish. No money depends on it.
      if (news.takeCancel() && payment.outcome === null) await save().catch(notStored);
      const output = poll(Date.now());
      const { phase } = payment;
      if (phase !== shown) tell(onPhase, (shown = phase), payment);
      if (output.type === "done") {
        await save().catch(notStored);
        return output.outcome;
      }
      if (output.type === "timeout") {
        await news.wait(output.at - Date.now(), signal);
        continue;
      }
      const { id, timeoutMs } = output;
      try {
        if (output.type === "sign") {
          const ask = signer();
          if (ask === undefined) throw new AlipayError("signer_external");
          const signature = await within(timeoutMs, [signal], () => askSigner(ask, output.bytes, output.signType));
          if (signature === OVERTIME) throw new AlipayError("signer_failed");
          payment.handle({ type: "signature", id, signature });
          continue;
        }
        if (output.checkpoint) {
          await save().catch((cause: unknown) => {
            notStored(cause);
            throw new AlipayError("store_failed", undefined, cause);
          });
        }
        const answer = await news.unlessSettled(exchange(transport, output.http, timeoutMs, [signal, news.over]));
        if (answer instanceof AlipayError) throw answer;
        // Otherwise a notification was faster.
        if (answer !== undefined) payment.handle({ type: "response", id, ...answer });
      } catch (thrown) {
        signal?.throwIfAborted();
        const problem = thrown instanceof AlipayError ? thrown : new AlipayError("internal", undefined, thrown);
        // A cancel that can't be stored must not leave either: a crash would forget that it may land.
        if (problem.code === "signer_external" || (problem.code === "store_failed" && output.kind === "pay")) throw problem;
        if (problem.code !== "store_failed") goOnAfter(problem);
        const sent = output.type === "request" && (problem.code === "maybe_sent" || problem.code === "timed_out");
        payment.handle({ type: "failure", id, failure: sent ? "maybeSent" : "notSent" });
      }
    }
  } finally {
    news.stop();
  }
}

/** What comes to a running payment from outside. */
class News {
  readonly #over = new AbortController();
  readonly #settled: Promise<undefined>;
  readonly #unlisten: () => void;
  #fresh = false;
  #cancel = false;
  #wake = () => {};

  constructor(payment: Payment, listen: Running["listen"], cancel: AbortSignal | undefined) {
    let settle = () => {};
    this.#settled = new Promise((resolve) => (settle = () => resolve(undefined)));
    this.#unlisten = listen((happened) => {
      this.#fresh = true;
      if (happened === "cancel") this.#cancel = true;
      if (payment.outcome !== null) settle();
      this.#wake();
    });
    // A payment that was closed meanwhile: the loop finds out by itself.
    const wish = () => void tell(() => payment.cancel());
    cancel?.addEventListener("abort", wish, { once: true, signal: this.over });
    if (cancel?.aborted) wish();
  }

  /** Aborts when the driver stops. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether the cashier cancelled since this was last asked. What came so far is no longer news. */
  takeCancel(): boolean {
    const cancel = this.#cancel;
    this.#cancel = this.#fresh = false;
    return cancel;
  }

  /** Sleeps until then, or until something comes. */
  async wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#fresh) return;
    // A sleeping machine's timers sleep too, and its clock may leap: look again now and then.
    const pause = Math.min(Math.max(ms, 0), 30_000);
    await within(pause, [signal], () => new Promise<void>((resolve) => (this.#wake = resolve)));
  }

  /** What comes first: the answer, or news that made an end of the payment. */
  unlessSettled<T>(answer: Promise<T>): Promise<T | undefined> {
    return Promise.race([answer, this.#settled]);
  }

  stop(): void {
    this.#unlisten();
    this.#over.abort();
  }
}

/** Calls an observer, which must not disturb the payment. */
function tell<A extends unknown[]>(observer: ((...told: A) => unknown) | undefined, ...told: A): void {
  try {
    const answer = observer?.(...told);
    if (answer instanceof Promise) answer.catch(() => {});
  } catch {
    // Its own business.
  }
}
