/** The driver: takes a payment to its outcome. `loop.ts` is the loop that does what the payment asks for. */

import { isFunction, isSignal, optionsOf } from "./arguments.js";
import { type Alipay, insideOf } from "./alipay.js";
import { AlipayError } from "./errors.js";
import type { News, Outcome, Phase, Policy, Restored, Start, TradePayRequest } from "./generated.js";
import { isStore, Keeper, type Store } from "./keeper.js";
import { type Asked, Driver, problemOf, tell } from "./loop.js";
import { Payment, runningOf } from "./payment.js";
import { stopwatch, type Transport, within } from "./transport.js";

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
  /**
   * Is told what contradicts an outcome that was told before: show it to a person. That may be after the promise has resolved, if pay is
   * answered so late. What it throws is ignored.
   */
  onNews?: (news: News, payment: Payment) => void;
  /** Is told what went wrong without stopping the payment, such as a store that failed at the end. What it throws is ignored. */
  onProblem?: (problem: AlipayError) => void;
}

/** How a new payment is run. */
export interface PayOptions extends DriveOptions {
  /** How patient it is. Default: Alipay's recommendation. */
  policy?: Policy;
  /** What Alipay's clock says. Default: what an answer to an earlier payment of this `alipay` said, and the time since. */
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
  const alipayTime = insideOf(alipay).clock.now();
  const known = alipayTime === undefined ? start : { alipayTime, ...start };
  return run(new Payment(alipay, order, policy, undefined, known), rest, onPayment);
}

/**
 * Goes on with a payment after a crash, or later with one that ended `unresolved`. It asks first; pay is never sent twice. The snapshot is
 * read when nobody else can write it any more: `fileStore` locks when it loads.
 * @throws {AlipayError} `snapshot_corrupt`, `snapshot_version`, `snapshot_merchant`, `snapshot_gateway`; `superseded` if another driver has it
 */
export async function resume(alipay: Alipay, snapshot: Uint8Array, options?: ResumeOptions): Promise<Told> {
  const { restored, onPayment, ...rest } = optionsOf<ResumeOptions>(options, RESUME_CHECKS);
  return run((keeper) => restore(alipay, snapshot, keeper, restored), rest, onPayment);
}

/**
 * Runs a payment to its outcome. `payment.cancel()` and `payment.notify()` wake it. One that has an outcome is run again after a
 * notification: `onNews` is told what contradicts the outcome.
 * @throws {AlipayError} `store_failed` if the snapshot can't be stored before pay: then nothing was sent; `superseded`
 */
export async function drive(payment: Payment, options?: DriveOptions): Promise<Told> {
  runningOf(payment);
  const given = optionsOf<DriveOptions>(options, DRIVE_CHECKS);
  for (let going = goingOn.get(payment); going !== undefined; going = goingOn.get(payment)) {
    const ended = going;
    await within(undefined, [given.signal], () => ended);
  }
  return run(payment, given);
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
    const payment = restore(alipay, snapshot, keeper, restored);
    payment.giveUp();
    const given = payment.snapshot();
    payment.close();
    await keeper.keep(given);
    return given;
  } finally {
    await keeper.endSoon();
  }
}

/** What is known of the snapshot's writer: what the store says, unless the application does. */
function restore(alipay: Alipay, snapshot: Uint8Array, { writerIsDead }: Keeper, restored: Restored | undefined): Payment {
  return Payment.restore(alipay, snapshot, undefined, { writerIsDead, ...restored });
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

/** Who has a payment's store, maybe still for an outcome that is not stored. */
const keepers = new WeakMap<Payment, Keeper>();

async function run(
  from: Payment | ((keeper: Keeper) => Payment),
  options: DriveOptions,
  onPayment?: PayOptions["onPayment"],
  asked?: Asked,
): Promise<Told> {
  options.signal?.throwIfAborted();
  const shared = from instanceof Payment ? keepers.get(from)?.shared(options.store) : undefined;
  const keeper = shared ?? (await Keeper.open(options.store));
  let saving: Promise<void> | undefined;
  let ended: Payment | undefined;
  try {
    const payment = from instanceof Payment ? from : from(keeper);
    const release = runningOf(payment).begin();
    try {
      keepers.set(payment, keeper);
      const driver = new Driver(payment, keeper, options, () => goOn(payment, options));
      tell(onPayment, payment);
      const [outcome, unstored] = await driver.run(asked);
      ended = payment;
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
    if (ended !== undefined) tell(goOn, ended, options);
  }
}

/** Those that go on although their outcome was told, each until it has ended again. */
const goingOn = new WeakMap<Payment, Promise<void>>();

/**
 * Something happened that no driver has asked the payment about: while the store let go, or an overdue answer after the outcome. Whatever
 * there is to do about it is done as before, under the store's lock, and nobody waits for it.
 */
function goOn(payment: Payment, options: DriveOptions): void {
  const running = runningOf(payment);
  if (goingOn.has(payment) || running.isDriven() || !running.hasNews() || options.signal?.aborted === true) return;
  const elapsed = stopwatch();
  const output = running.poll(Date.now());
  if (output.type === "done" || output.type === "timeout") return;
  goingOn.set(payment, afterwards(payment, options, { output, elapsed }));
}

async function afterwards(payment: Payment, options: DriveOptions, asked: Asked): Promise<void> {
  const { output } = asked;
  // The cashier's wish was about what is over.
  const { cancel, ...rest } = options;
  let begun = false;
  try {
    await run(payment, cancel === undefined || cancel.aborted ? rest : options, () => (begun = true), asked);
  } catch (thrown) {
    // Without the store nothing is sent. News are news all the same.
    if (!begun && output.type === "news") tell(options.onNews, output.news, payment);
    if (!begun && output.type === "request") tell(() => payment.handle({ type: "failure", id: output.id, failure: "notSent" }));
    if (options.signal?.aborted !== true) tell(options.onProblem, problemOf(thrown));
  } finally {
    goingOn.delete(payment);
  }
  tell(() => goOn(payment, options));
}
