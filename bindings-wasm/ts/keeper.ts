/** Keeping snapshots: one save after the other, each with a time limit, and an outcome until it is kept. */

import { isFunction } from "./arguments.js";
import { AlipayError } from "./errors.js";
import { OVERTIME, within } from "./transport.js";

/** Keeps the last snapshot where a crash can't reach it. One payment has one store, and is run by one driver at a time. */
export interface Store {
  /**
   * Replaces the snapshot; it is durable once this is done. Throws if it may not be, and an `AlipayError` with the code `superseded` if
   * another driver has taken the payment over: a lock or lease was lost, or what is kept has a higher `snapshotNumber`. It is called again
   * only when it has settled; one that takes longer than the policy's `sendWithinMs` has failed for the driver, and its end is awaited.
   */
  save(snapshot: Uint8Array): PromiseLike<void> | void;
  /**
   * Makes the caller the payment's only driver, before anything is done with it. Throws an `AlipayError` with the code `superseded` if there
   * is one, in this process or elsewhere.
   */
  acquire?(): PromiseLike<void> | void;
  /** The driver has ended, and nothing remains to be saved. */
  release?(): PromiseLike<void> | void;
  /**
   * The process that saved the snapshot is provably dead: {@link Store.acquire} took anew, on the same machine, a lock of the kernel's that
   * it had held. A lease proves no death. Asked once it is acquired. Default: no.
   */
  readonly writerIsDead?: boolean;
}

export function isStore(value: unknown): value is Store {
  if (typeof value !== "object" || value === null) return false;
  const { save, acquire, release } = value as Partial<Record<keyof Store, unknown>>;
  return isFunction(save) && [acquire, release].every((method) => method === undefined || isFunction(method));
}

/** How long a store may take as long as no request has said the policy's `sendWithinMs`. */
const USUAL_MS = 5_000;
/** Between attempts to keep an outcome; the last one again and again. */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

const BRIEFLY_MS = 100;

export class Keeper {
  readonly #store: Store | undefined;
  /** What the store is doing, and what it shall do next: always the newest. */
  #running: Promise<void> | undefined;
  #next: { snapshot: Uint8Array; readonly kept: Promise<void> } | undefined;
  /** The newest that it was given. */
  #newest: Uint8Array | undefined;
  #limitMs = USUAL_MS;
  /** How many have not let it go. */
  #users = 1;
  #over = false;

  private constructor(store: Store | undefined) {
    this.#store = store;
  }

  /** @throws {AlipayError} `superseded`, `store_failed` */
  static async open(store: Store | undefined): Promise<Keeper> {
    const keeper = new Keeper(store);
    if (store?.acquire === undefined) return keeper;
    const acquiring = (async () => store.acquire?.())();
    try {
      await keeper.#limited(USUAL_MS, [], () => acquiring);
    } catch (thrown) {
      // What comes after all is let go.
      acquiring.then(() => keeper.end()).catch(() => {});
      throw thrown;
    }
    return keeper;
  }

  /** This one for one more user, unless it is another store's or has let it go. */
  shared(store: Store | undefined): Keeper | undefined {
    if (store === undefined || store !== this.#store || this.#over) return undefined;
    this.#users += 1;
    return this;
  }

  get writerIsDead(): boolean {
    return this.#store?.writerIsDead === true;
  }

  /** Whether there is a store. */
  get keeps(): boolean {
    return this.#store !== undefined;
  }

  /** How long the store may take for each save. */
  set limitMs(ms: number) {
    this.#limitMs = ms;
  }

  /**
   * Keeps it, or a newer one. Without a store there is nothing to do.
   * @throws {AlipayError} `superseded`, `store_failed`; the reason of what is aborted
   */
  async keep(snapshot: Uint8Array, signals: ReadonlyArray<AbortSignal | undefined> = [], limitMs = this.#limitMs): Promise<void> {
    if (this.#store === undefined) return;
    this.#newest = snapshot;
    await this.#limited(limitMs, signals, () => this.#queued(snapshot));
  }

  /** @throws {AlipayError} `store_failed` if there is no store */
  async isKept(): Promise<void> {
    if (this.#store === undefined) throw new AlipayError("store_failed", "store");
  }

  /**
   * Goes on until it is kept, or one that is newer, however long that takes.
   * @throws {AlipayError} `superseded`
   */
  async insist(snapshot: Uint8Array): Promise<void> {
    this.#newest = snapshot;
    for (let attempt = 0; ; attempt += 1) {
      const pause = PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)];
      await new Promise((resolve) => setTimeout(resolve, pause));
      try {
        return await this.#queued(this.#newest);
      } catch (thrown) {
        if (isSuperseded(thrown)) throw thrown;
      }
    }
  }

  /** Lets the store go once nobody else has it and it has done what it was asked. */
  async end(): Promise<void> {
    this.#users -= 1;
    while (this.#users === 0 && this.#running !== undefined) await this.#running.catch(() => {});
    if (this.#users > 0 || this.#over) return;
    this.#over = true;
    try {
      await this.#store?.release?.();
    } catch {
      // A lock that can't be let go ends with the process.
    }
  }

  /** Lets it go, and waits for that as long as a save may take; hardly for a store that is late already. */
  async endSoon(): Promise<void> {
    await within(this.#running === undefined ? this.#limitMs : BRIEFLY_MS, [], () => this.end());
  }

  async #limited(limitMs: number, signals: ReadonlyArray<AbortSignal | undefined>, work: () => Promise<void>): Promise<void> {
    let done: unknown;
    try {
      done = await within(Math.max(limitMs, 0), signals, work);
    } catch (thrown) {
      for (const signal of signals) signal?.throwIfAborted();
      throw isSuperseded(thrown) ? thrown : new AlipayError("store_failed", undefined, thrown);
    }
    if (done === OVERTIME) throw new AlipayError("store_failed", "timeout");
  }

  /** One save at a time: one that was given up must not come after a newer one. */
  #queued(snapshot: Uint8Array): Promise<void> {
    if (this.#next !== undefined) {
      this.#next.snapshot = snapshot;
      return this.#next.kept;
    }
    const running = this.#running;
    if (running === undefined) return this.#start(snapshot);
    const kept = running.catch(() => {}).then(() => {
      const { snapshot: newest } = this.#next ?? { snapshot };
      this.#next = undefined;
      return this.#start(newest);
    });
    this.#next = { snapshot, kept };
    return kept;
  }

  #start(snapshot: Uint8Array): Promise<void> {
    const saving = (async () => this.#store?.save(snapshot))();
    this.#running = saving;
    const over = (): void => {
      if (this.#running === saving) this.#running = undefined;
    };
    saving.then(over, over);
    return saving;
  }
}

export function isSuperseded(thrown: unknown): thrown is AlipayError {
  return thrown instanceof AlipayError && thrown.code === "superseded";
}
