/** The loop that does what a payment asks for, one request after the other. It decides nothing. */

import { PROMPT_MS } from "./clock.js";
import type { DriveOptions } from "./driver.js";
import { AlipayError } from "./errors.js";
import type { Failure, Outcome, Output, Phase } from "./generated.js";
import { isSuperseded, type Keeper } from "./keeper.js";
import { type Payment, type Running, runningOf } from "./payment.js";
import { askSigner } from "./signer.js";
import { defaultTransport, type NoAnswer, OVERTIME, type Received, Sending, stopwatch, type Transport, within } from "./transport.js";

/** What a driver goes on with that was asked already. */
export interface Asked {
  readonly output: Output;
  readonly elapsed: () => number;
}

type RequestOutput = Extract<Output, { type: "request" }>;
type SignOutput = Extract<Output, { type: "sign" }>;

/** A transport may not tell when it sends. An observer that blocks would hold it up: so long after it was handed the request it has sent it. */
const SHOWN_AFTER_MS = 1_000;

/** One run of the loop. */
export class Driver {
  readonly #payment: Payment;
  readonly #keeper: Keeper;
  readonly #options: DriveOptions;
  readonly #transport: Transport;
  readonly #running: Running;
  readonly #news: News;
  readonly #goOn: () => void;
  #shown: Phase | undefined;
  /** Whether something happened that is not stored. */
  #unsaved = false;

  /** @param goOn is called when an overdue answer came after an outcome */
  constructor(payment: Payment, keeper: Keeper, options: DriveOptions, goOn: () => void) {
    this.#payment = payment;
    this.#goOn = goOn;
    this.#keeper = keeper;
    this.#options = options;
    this.#transport = options.transport ?? defaultTransport();
    this.#running = runningOf(payment);
    this.#news = new News(payment, this.#running, options.cancel);
  }

  /** The outcome, and its snapshot unless that is stored. */
  async run(asked?: Asked): Promise<[Outcome, Uint8Array | undefined]> {
    try {
      if (asked !== undefined) this.#shown = this.#payment.phase;
      this.#payment.setResetsOnDeath(this.#transport.resetsOnDeath === true);
      return await this.#loop(asked);
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

  async #loop(asked: Asked | undefined): Promise<[Outcome, Uint8Array | undefined]> {
    const { signal, onNews } = this.#options;
    let stored: boolean | undefined;
    for (;;) {
      signal?.throwIfAborted();
      if (this.#news.takeCancel() && this.#payment.outcome === null) {
        // So that a crash does not forget the cashier's wish. No money depends on it.
        this.#unsaved = true;
        await this.#saveOrTell([signal]);
        signal?.throwIfAborted();
      }
      const elapsed = asked?.elapsed ?? stopwatch();
      const output = asked?.output ?? this.#running.poll(Date.now());
      asked = undefined;
      if (output.type !== "timeout" && output.type !== "done") this.#unsaved = true;
      if (output.type === "request") {
        await this.#request(output, elapsed);
        continue;
      }
      this.#show();
      switch (output.type) {
        case "done": {
          // Nobody waits for this in vain, or twice: the outcome is told, stored or not.
          if (stored === undefined || (stored && this.#unsaved)) stored = await this.#saveOrTell([]);
          // Something came meanwhile: it may be a question, or news.
          if (this.#running.hasNews()) break;
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
    const took = stopwatch();
    // News may make an end of the payment before the answer does.
    const first = await this.#news.unlessSettled(sending.ended, signal);
    if (first === undefined) sending.giveUp();
    if (first === undefined && signal?.aborted !== true) {
      shown.now();
      void this.#inTheEnd(id, sending);
      return;
    }
    const ended = first ?? (await sending.ended);
    shown.now();
    const silent = "silent" in ended;
    // The machine gives a silent request up by itself, and hears of it when there is something to hear.
    if (silent) void this.#inTheEnd(id, sending);
    else this.#ended(id, ended, took());
    if (!("problem" in ended)) return;
    signal?.throwIfAborted();
    this.#tellProblem(ended.problem);
  }

  #ended(id: number, ended: Received | NoAnswer | { failure: Failure }, tookMs = Infinity): void {
    this.#unsaved = true;
    if ("failure" in ended) {
      this.#payment.handle({ type: "failure", id, failure: ended.failure });
      return;
    }
    const before = this.#payment.alipayTime;
    this.#payment.handle({ type: "response", id, ...ended });
    const told = this.#payment.alipayTime;
    // One of an earlier process is in the snapshot, too: how long ago that was, nobody knows.
    if (told !== null && told !== before && tookMs <= PROMPT_MS) this.#running.clock().learn(told);
  }

  /** A transport that took too long may say after all how it ended, maybe once the outcome was told. */
  async #inTheEnd(id: number, sending: Sending): Promise<void> {
    const ended = await sending.inTheEnd;
    try {
      this.#ended(id, ended);
      if (this.#payment.outcome !== null) this.#goOn();
    } catch {
      // The loop meets what is wrong by itself.
    }
  }

  #show(): void {
    if (this.#news.over.aborted) return;
    const { phase } = this.#payment;
    if (phase !== this.#shown) tell(this.#options.onPhase, (this.#shown = phase), this.#payment);
  }

  #tellProblem(thrown: unknown): void {
    tell(this.#options.onProblem, problemOf(thrown));
  }
}

export function problemOf(thrown: unknown): AlipayError {
  return thrown instanceof AlipayError ? thrown : new AlipayError("internal", undefined, thrown);
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
  readonly #running: Running;
  #cancel = false;
  #wake = () => {};

  constructor(payment: Payment, running: Running, cancel: AbortSignal | undefined) {
    this.#running = running;
    let settle = () => {};
    const open = payment.outcome === null;
    this.#settled = new Promise((resolve) => (settle = () => resolve(undefined)));
    this.#unlisten = running.listen((happened) => {
      if (happened === "cancel") this.#cancel = true;
      if (open && payment.outcome !== null) settle();
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

  /** Whether the cashier cancelled since this was last asked. */
  takeCancel(): boolean {
    const cancel = this.#cancel;
    this.#cancel = false;
    return cancel;
  }

  /** Sleeps until then, or until something comes. */
  async wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#running.hasNews()) return;
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
export function tell<A extends unknown[]>(observer: ((...told: A) => unknown) | undefined, ...told: A): void {
  try {
    const answer = observer?.(...told);
    if (answer instanceof Promise) answer.catch(() => {});
  } catch {
    // Its own business.
  }
}
