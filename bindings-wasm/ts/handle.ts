/** What an object keeps inside the engine, until it is closed. */

import type { Engine } from "./engine.js";
import { AlipayError, guarded } from "./errors.js";

/** A thing inside an engine. */
export class Handle<T extends { free?(): void }> {
  readonly engine: Engine;
  #thing: T | undefined;

  constructor(engine: Engine, make: (engine: Engine) => T) {
    this.engine = engine;
    this.#thing = guarded(engine, make);
  }

  /**
   * Calls into it.
   * @throws {AlipayError} `closed`
   */
  use<R>(call: (thing: T) => R): R {
    const thing = this.#thing;
    if (thing === undefined) throw new AlipayError("closed");
    return guarded(this.engine, () => call(thing));
  }

  close(): void {
    const thing = this.#thing;
    this.#thing = undefined;
    if (thing?.free !== undefined) guarded(this.engine, () => thing.free?.());
  }
}
