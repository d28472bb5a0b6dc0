/** The driver: the loop that does what a payment asks for. It decides nothing. */

import { isFunction, isSignal, optionsOf } from "./arguments.js";
import type { Alipay } from "./alipay.js";
import { AlipayError } from "./errors.js";
import type { Failure, News as PaymentNews, Outcome, Output, Phase, Policy, Restored, Start, TradePayRequest } from "./generated.js";
import { isStore, isSuperseded, Keeper, type Store } from "./keeper.js";
import { Payment, type Running, runningOf } from "./payment.js";
import { askSigner } from "./signer.js";
import { defaultTransport, OVERTIME, type NoAnswer, type Received, Sending, stopwatch, type Transport, within } from "./transport.js";

/** How a payment is run. */
export interface DriveOptions {
  /** Default: `nodeTransport()` of `@alipay-core/node`, elsewhere `fetchTransport()`. */
  transport?: Transport;
  /** Without one, a crash forgets the payment: fine for a demonstration only. */
  store?: Store;
  /** Stops driving, never the trade: the promise rejects with its reason, and the last snapshot stays good for `resume`. */
  signal?: AbortSignal;
  /** The cashier's cancel, as a signal; the same as `payment.cancel()`. */
  cancel?: AbortSignal;
  /**
   * Is told of every new phase, for a cashier's screen; of pay, once it was handed to the network. It should not block all the same. What
   * it throws is ignored.
   */
  onPhase?: (phase: Phase, payment: Payment) => void;
  /** Is told what contradicts an outcome that was told before: show it to a person. What it throws is ignored. */
  onNews?: (news: PaymentNews, payment: Payment) => void;
  /** Is told what went wrong without stopping the payment, such as a store that failed at the end. What it throws is ignored. */
  onProblem?: (problem: AlipayError) => void;
}

/** How a new payment is run. */
export interface PayOptions extends DriveOptions {
  /** How patient it is. Default: Alipay's recommendation. */
  policy?: Policy;
  /** What Alipay's clock says, if an earlier answer told it. */
  start?: Start;
  /** Is given the payment before anything is sent: to `cancel()` it, or to hand it notifications. */
  onPayment?: (payment: Payment) => void;
}

/** How a stored payment goes on. */
export interface ResumeOptions extends DriveOptions {
  /** What is known of the process that wrote the snapshot. Whether it is dead, the store says unless this does. */
  restored?: Restored;
  /** Is given the payment before anything is sent: to `cancel()` it, or to hand it notifications. */
  onPayment?: (payment: Payment) => void;
}

/** How a payment is given up. */
export interface GiveUpOptions {
  /** Where the payment's snapshots are. */
  store: Store;
  /** What is known of the process that wrote the snapshot. */
  restored?: Restored;
}

/** How a payment ended, and whether that is stored. If not, saving goes on in the background, and {@link whenStored} tells when it is. */
export type Told = Outcome & { readonly stored: boolean };

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;
const DRIVE_CHECKS = {
  transport: isFunction,
  store: isStore,
  signal: isSignal,
  cancel: isSignal,
  onPhase: isFunction,
  onNews: isFunction,
  onProblem: isFunction,
};
const RESUME_CHECKS = { ...DRIVE_CHECKS, restored: isObject, onPayment: isFunction };
const PAY_CHECKS = { ...DRIVE_CHECKS, policy: isObject, start: isObject, onPayment: isFunction };

/**
 * Charges a buyer's payment code (付款码), and does what may follow: asks, waits for the buyer, cancels. Resolves to how it ended, and
 * none of the ways it can end is an error.
 *
 * ```js
 * const outcome = await pay(alipay, { out_trade_no, auth_code, total_amount: "88.88", subject, scene: "bar_code" }, { store });
 * if (outcome.type === "paid") …
 * ```
 * @throws {AlipayError} bad input, before anything is sent; `store_failed`, and nothing was sent; `superseded`, and the outcome is
 * another driver's to tell
 */
export async function pay(alipay: Alipay, order: TradePayRequest, options?: PayOptions): Promise<Told> {
  const { policy, start, onPayment, ...rest } = optionsOf<PayOptions>(options, PAY_CHECKS);
  const payment = new Payment(alipay, order, policy, undefined, start);
  return run(() => payment, onPayment, rest);
}

/**
 * Goes on with a payment after a crash, or later with one that ended `unresolved`. It asks first; pay is never sent twice. The snapshot is
 * read when nobody else can write it any more: `fileStore` locks when it loads.
 * @throws {AlipayError} `snapshot_corrupt`, `snapshot_version`, `snapshot_merchant`, `snapshot_gateway`; `superseded` if another driver has it
 */
export async function resume(alipay: Alipay, snapshot: Uint8Array, options?: ResumeOptions): Promise<Told> {
  const { restored, onPayment, ...rest } = optionsOf<ResumeOptions>(options, RESUME_CHECKS);
  const again = (writerIsDead: boolean) => Payment.restore(alipay, snapshot, undefined, { writerIsDead, ...restored });
  return run(again, onPayment, rest);
}

/**
 * Runs a payment to its outcome. `payment.cancel()` and `payment.notify()` wake it. One that has an outcome is run again after a
 * notification: `onNews` is told what contradicts the outcome.
 * @throws {AlipayError} `store_failed` if the snapshot can't be stored before pay: then nothing was sent; `superseded`
 */
export async function drive(payment: Payment, options?: DriveOptions): Promise<Told> {
  runningOf(payment);
  return run(() => payment, undefined, optionsOf<DriveOptions>(options, DRIVE_CHECKS));
}

/**
 * The cashier gives an unresolved payment up, and will take another one under a new order number with a newly scanned code: not before this
 * has resolved. It is stored; what is found of the old payment when it is resumed later is undone, and never `paid`.
 * @returns the snapshot that was stored
 * @throws {AlipayError} `not_unresolved`; `superseded` if a driver still has it; `store_failed`, and it is not given up; those of `resume`
 */
export async function giveUp(alipay: Alipay, snapshot: Uint8Array, options: GiveUpOptions): Promise<Uint8Array> {
  const { store, restored } = optionsOf<GiveUpOptions>(options, { store: isStore, restored: isObject });
  if (store === undefined) throw new AlipayError("options", "store");
  const keeper = await Keeper.open(store);
  try {
    const payment = Payment.restore(alipay, snapshot, undefined, restored);
    payment.giveUp();
    const given = payment.snapshot();
    payment.close();
    await keeper.keep(given);
    return given;
  } finally {
    await keeper.endSoon();
  }
}

const storing = new WeakMap<Told, Promise<void>>();

/**
 * Resolves once the outcome is stored, which may be long after it was told.
 * @throws {AlipayError} `superseded` if another driver has taken the payment over; `store_failed` if it was run without a store;
 * `argument_type` if `pay`, `resume` or `drive` did not tell this outcome
 */
export async function whenStored(outcome: Told): Promise<void> {
  const stored = storing.get(outcome);
  if (stored === undefined) throw new AlipayError("argument_type", "outcome");
  return stored;
}

async function run(begin: (writerIsDead: boolean) => Payment, onPayment: PayOptions["onPayment"], options: DriveOptions): Promise<Told> {
  options.signal?.throwIfAborted();
  const keeper = await Keeper.open(options.store);
  let saving: Promise<void> | undefined;
  try {
    const payment = begin(keeper.writerIsDead);
    const release = runningOf(payment).begin();
    try {
      const driver = new Driver(payment, keeper, options);
      tell(onPayment, payment);
      const [outcome, unstored] = await driver.run();
      const told: Told = { ...outcome, stored: keeper.keeps && unstored === undefined };
      if (unstored !== undefined) saving = keeper.insist(unstored);
      const stored = saving ?? keeper.isKept();
      stored.catch(() => {});
      storing.set(told, stored);
      return told;
    } finally {
      release();
    }
  } finally {
    const end = (): Promise<void> => keeper.end();
    if (saving === undefined) await keeper.endSoon();
    else saving.then(end, end);
  }
}

type RequestOutput = Extract<Output, { type: "request" }>;
type SignOutput = Extract<Output, { type: "sign" }>;

/** A transport may not tell when it sends. An observer that blocks would hold it up: so long after it was handed the request it has sent it. */
const SHOWN_AFTER_MS = 1_000;

class Driver {
  readonly #payment: Payment;
  readonly #keeper: Keeper;
  readonly #options: DriveOptions;
  readonly #transport: Transport;
  readonly #running: Running;
  readonly #news: News;
  #shown: Phase | undefined;
  /** Whether something happened that is not stored. */
  #unsaved = false;

  constructor(payment: Payment, keeper: Keeper, options: DriveOptions) {
    this.#payment = payment;
    this.#keeper = keeper;
    this.#options = options;
    this.#transport = options.transport ?? defaultTransport();
    this.#running = runningOf(payment);
    this.#news = new News(payment, this.#running.listen, options.cancel);
  }

  /** The outcome, and its snapshot unless that is stored. */
  async run(): Promise<[Outcome, Uint8Array | undefined]> {
    try {
      this.#payment.setResetsOnDeath(this.#transport.resetsOnDeath === true);
      return await this.#loop();
    } catch (thrown) {
      // What is known is stored once more, unless it is another driver's, or the store has just failed.
      const failed = thrown instanceof AlipayError && thrown.code === "store_failed";
      if (this.#unsaved && !isSuperseded(thrown)) {
        const saving = this.#save([]).catch(() => {});
        if (!failed) await saving;
      }
      throw thrown;
    } finally {
      this.#news.stop();
    }
  }

  async #loop(): Promise<[Outcome, Uint8Array | undefined]> {
    const { signal, onNews } = this.#options;
    for (;;) {
      signal?.throwIfAborted();
      if (this.#news.takeCancel() && this.#payment.outcome === null) {
        // So that a crash does not forget the cashier's wish. No money depends on it.
        this.#unsaved = true;
        await this.#saveOrTell([signal]);
        signal?.throwIfAborted();
      }
      const elapsed = stopwatch();
      const output = this.#running.poll(Date.now());
      if (output.type !== "timeout") this.#unsaved = true;
      if (output.type === "request") {
        await this.#request(output, elapsed);
        continue;
      }
      this.#show();
      switch (output.type) {
        case "done": {
          // Nobody waits for this in vain: the outcome is told, stored or not.
          const stored = await this.#saveOrTell([]);
          return [output.outcome, stored ? undefined : this.#payment.snapshot()];
        }
        case "timeout":
          await this.#news.wait(output.at - Date.now(), signal);
          break;
        case "save":
          await this.#saveOrTell([signal]);
          break;
        case "news":
          tell(onNews, output.news, this.#payment);
          break;
        case "sign":
          await this.#sign(output);
          break;
      }
    }
  }

  async #save(signals: ReadonlyArray<AbortSignal | undefined>, limitMs?: number): Promise<void> {
    const snapshot = this.#payment.snapshot();
    this.#unsaved = false;
    try {
      await this.#keeper.keep(snapshot, signals, limitMs);
    } catch (thrown) {
      this.#unsaved = true;
      throw thrown;
    }
  }

  /** False, and it was told, if the store failed. */
  async #saveOrTell(signals: ReadonlyArray<AbortSignal | undefined>): Promise<boolean> {
    try {
      await this.#save(signals);
      return true;
    } catch (thrown) {
      if (isSuperseded(thrown)) throw thrown;
      for (const signal of signals) signal?.throwIfAborted();
      this.#tellProblem(thrown);
      return false;
    }
  }

  async #sign({ id, bytes, signType, timeoutMs }: SignOutput): Promise<void> {
    const { signal } = this.#options;
    const ask = this.#running.signer();
    if (ask === undefined) throw new AlipayError("signer_external");
    let problem: unknown;
    try {
      const signature = await within(timeoutMs, [signal], () => askSigner(ask, bytes, signType));
      if (signature !== OVERTIME) {
        this.#payment.handle({ type: "signature", id, signature });
        return;
      }
      problem = new AlipayError("signer_failed");
    } catch (thrown) {
      signal?.throwIfAborted();
      problem = thrown;
    }
    // Anything else went wrong inside the machine, and is no signature that did not come.
    const { code } = problem as Partial<AlipayError>;
    if (code !== "signer_failed" && code !== "signature_format" && code !== "sign_type") throw problem;
    this.#payment.handle({ type: "failure", id, failure: "notSent" });
    this.#tellProblem(problem);
  }

  /** Stores, asks once more, sends, and tells the machine how it ended. Nobody else is called before it is sent. */
  async #request({ id, kind, http, timeoutMs, checkpoint, sendWithinMs }: RequestOutput, elapsed: () => number): Promise<void> {
    const { signal } = this.#options;
    const left = (): number => sendWithinMs - elapsed();
    if (checkpoint) {
      this.#keeper.limitMs = sendWithinMs;
      try {
        await this.#save([signal], left());
      } catch (thrown) {
        if (isSuperseded(thrown)) throw thrown;
        // Pay's code is gone: it ends here. A cancel that can't be stored must not leave either, a crash would forget that it may land.
        const ends = kind === "pay" || signal?.aborted === true;
        this.#ended(id, { failure: ends ? "notSent" : "notStored" });
        signal?.throwIfAborted();
        this.#tellProblem(thrown);
        if (ends) throw thrown;
        return;
      }
    }
    const mayLeave = (): boolean => left() >= 0 && signal?.aborted !== true && this.#payment.isWanted(id);
    if (!mayLeave()) {
      this.#ended(id, { failure: "notSent" });
      this.#tellProblem(new AlipayError("not_sent"));
      return;
    }
    const shown = new Later(() => this.#show());
    const sending = new Sending(this.#transport, http, timeoutMs, () => {
      const leaves = mayLeave();
      if (leaves) shown.after(0);
      return leaves;
    });
    shown.after(SHOWN_AFTER_MS);
    // News may make an end of the payment before the answer does.
    const first = await this.#news.unlessSettled(sending.ended, signal);
    if (first === undefined) sending.giveUp();
    if (first === undefined && signal?.aborted !== true) {
      shown.now();
      return;
    }
    const ended = first ?? (await sending.ended);
    shown.now();
    const silent = "silent" in ended;
    // The machine gives a silent request up by itself, and hears of it when there is something to hear.
    if (silent) void this.#inTheEnd(id, sending);
    else this.#ended(id, ended);
    if (!("problem" in ended)) return;
    signal?.throwIfAborted();
    this.#tellProblem(ended.problem);
  }

  #ended(id: number, ended: Received | NoAnswer | { failure: Failure }): void {
    this.#unsaved = true;
    if ("failure" in ended) this.#payment.handle({ type: "failure", id, failure: ended.failure });
    else this.#payment.handle({ type: "response", id, ...ended });
  }

  /** A transport that took too long may say after all how it ended. */
  async #inTheEnd(id: number, sending: Sending): Promise<void> {
    const ended = await sending.inTheEnd;
    if (this.#news.over.aborted) return;
    try {
      this.#ended(id, ended);
    } catch {
      // The loop meets what is wrong by itself.
    }
    this.#news.wake();
  }

  #show(): void {
    if (this.#news.over.aborted) return;
    const { phase } = this.#payment;
    if (phase !== this.#shown) tell(this.#options.onPhase, (this.#shown = phase), this.#payment);
  }

  #tellProblem(thrown: unknown): void {
    tell(this.#options.onProblem, thrown instanceof AlipayError ? thrown : new AlipayError("internal", undefined, thrown));
  }
}

/** Does something once: soon, or now. */
class Later {
  readonly #work: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #done = false;

  constructor(work: () => void) {
    this.#work = work;
  }

  after(ms: number): void {
    if (this.#done) return;
    clearTimeout(this.#timer);
    // What goes wrong here goes wrong again where somebody waits for it.
    this.#timer = setTimeout(() => tell(() => this.now()), ms);
  }

  now(): void {
    clearTimeout(this.#timer);
    if (this.#done) return;
    this.#done = true;
    this.#work();
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
    const open = payment.outcome === null;
    this.#settled = new Promise((resolve) => (settle = () => resolve(undefined)));
    this.#unlisten = listen((happened) => {
      if (happened === "cancel") this.#cancel = true;
      if (open && payment.outcome !== null) settle();
      this.wake();
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

  wake(): void {
    this.#fresh = true;
    this.#wake();
  }

  /** Sleeps until then, or until something comes. */
  async wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#fresh) return;
    // A sleeping machine's timers sleep too, and its clock may leap: look again now and then.
    const pause = Math.min(Math.max(ms, 0), 1_000);
    await within(pause, [signal], () => new Promise<void>((resolve) => (this.#wake = resolve)));
  }

  /** What comes first: the answer, or nothing because news made an end of the payment, or because of the signal. */
  async unlessSettled<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
    try {
      const first = await within(undefined, [signal], () => Promise.race([answer, this.#settled]));
      return first === OVERTIME ? undefined : first;
    } catch {
      return undefined;
    }
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
