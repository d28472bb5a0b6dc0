// Measuring by turns: on a shared machine, two benchmarks one after the other differ by more than what they compare.
// Every round runs every subject once for a few milliseconds, in a rotating order; what is reported are medians over the
// rounds, and a ratio is the median of the rounds' ratios. What a call costs is the processor's time, not the clock's: the same
// on an idle machine, and on a busy one not the time that others had it.

const now = process.hrtime.bigint;

/** What this process has used of the processor, in nanoseconds, to a microsecond. */
export function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}

/** How much to measure. */
export const effort = (quick) =>
  quick ? { rounds: 15, roundMs: 3, holds: 15 } : { rounds: 101, roundMs: 8, holds: 100 };

/**
 * @param {{name: string, run: () => unknown, note?: string}[]} subjects synchronous, and each does the same work
 * @returns medians in nanoseconds per call, quartiles, and how many times the first subject is faster
 */
export function measure(subjects, { rounds, roundMs }) {
  const calls = subjects.map(({ run }) => calibrate(run, roundMs));
  const samples = subjects.map(() => []);
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < subjects.length; turn += 1) {
      const at = (turn + round + subjects.length) % subjects.length;
      const took = time(subjects[at].run, calls[at]);
      // The first round warms up.
      if (round >= 0) samples[at].push(took / calls[at]);
    }
  }
  return subjects.map(({ name, note }, at) => ({
    name,
    ...(note && { note }),
    ...summary(samples[at]),
    timesFirst: median(samples[at].map((took, round) => took / samples[0][round])),
  }));
}

function calibrate(run, roundMs) {
  let calls = 1;
  for (;;) {
    const took = time(run, calls);
    if (took > (roundMs * 1e6) / 4) return Math.max(1, Math.round((calls * roundMs * 1e6) / took));
    calls *= 2;
  }
}

function time(run, calls) {
  const start = processorTime();
  for (let call = 0; call < calls; call += 1) run();
  return processorTime() - start;
}

/**
 * How long the event loop is held while `work` runs: by how much a timer of one millisecond is late at most.
 * @param {{name: string, work: () => unknown, note?: string}[]} subjects `work` may return a promise
 * @returns nanoseconds: the median and the 99th percentile over the repetitions, and how long all of `work` took
 */
export async function holds(subjects, { holds: repetitions }) {
  const samples = subjects.map(() => []);
  for (let repetition = -2; repetition < repetitions; repetition += 1) {
    for (const [at, { work }] of subjects.entries()) {
      const held = await hold(work);
      if (repetition >= 0) samples[at].push(held);
    }
  }
  return subjects.map(({ name, note }, at) => ({
    name,
    ...(note && { note }),
    medianNs: median(samples[at].map(({ longest }) => longest)),
    p99Ns: quantile(samples[at].map(({ longest }) => longest), 0.99),
    tookNs: median(samples[at].map(({ took }) => took)),
  }));
}

const TICK_MS = 1;

async function hold(work) {
  let longest = 0;
  let due = now() + BigInt(TICK_MS * 1e6);
  const tick = () => {
    const at = now();
    longest = Math.max(longest, Number(at - due));
    due = at + BigInt(TICK_MS * 1e6);
    timer = setTimeout(tick, TICK_MS);
  };
  let timer = setTimeout(tick, TICK_MS);
  await new Promise((resolve) => setTimeout(resolve, 5));
  longest = 0;
  const began = now();
  await work();
  const took = Number(now() - began);
  // What is late is seen once it comes.
  await new Promise((resolve) => setTimeout(resolve, 2 * TICK_MS));
  clearTimeout(timer);
  return { longest, took };
}

function summary(samples) {
  return { medianNs: median(samples), lowNs: quantile(samples, 0.25), highNs: quantile(samples, 0.75) };
}

export const median = (samples) => quantile(samples, 0.5);

function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
