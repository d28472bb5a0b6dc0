/** Alipay's time, as answers told it, from one payment to the next. */

/** If this process's clocks differ by more, one of them was set or stood still: how much time has passed, nobody knows. */
const AGREEMENT_MS = 1_000;
/** For longer, a clock that was never set is not exact enough. */
const USABLE_MS = 3_600_000;
/** An answer that took longer tells too little about what time it is. */
export const PROMPT_MS = 1_000;

interface Told {
  readonly time: number;
  readonly monotonic: number;
  readonly wall: number;
}

export class AlipayClock {
  #told: Told | undefined;

  /** An answer that has just come, and was on its way for no longer than {@link PROMPT_MS}, told this time. */
  learn(time: number): void {
    this.#told = { time, monotonic: performance.now(), wall: Date.now() };
  }

  /** What time it is at Alipay's, in Unix milliseconds, if that is known. */
  now(): number | undefined {
    if (this.#told === undefined) return undefined;
    const [monotonic, wall] = [performance.now() - this.#told.monotonic, Date.now() - this.#told.wall];
    // What was told is too early rather than too late: it was rounded down to a second, and some time on its way.
    const passed = Math.max(monotonic, wall);
    if (Math.abs(monotonic - wall) > AGREEMENT_MS || passed > USABLE_MS) {
      this.#told = undefined;
      return undefined;
    }
    return Math.floor(this.#told.time + passed);
  }
}
