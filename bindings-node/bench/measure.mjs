// Measuring by turns: on a shared machine, two benchmarks one after the other differ by more than what they compare.
// Every round runs every subject once for a few milliseconds, in a rotating order; what is reported are medians over the
// rounds, and a ratio is the median of the rounds' ratios.

const now = process.hrtime.bigint;

/** How much to measure. */
export const effort = (quick) =>
  quick ? { rounds: 9, roundMs: 4, holds: 15 } : { rounds: 41, roundMs: 20, holds: 100 };

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
  const start = now();
  for (let call = 0; call < calls; call += 1) run();
  return Number(now() - start);
}

/**
 * How long the event loop is held while `work` runs: the longest gap between two turns of a loop of immediates.
 * @param {{name: string, work: () => unknown, note?: string}[]} subjects `work` may return a promise
 * @returns nanoseconds: the median and the 99th percentile over the repetitions, and how long all of `work` took
 */
export async function holds(subjects, { holds: repetitions }) {
  const samples = subjects.map(() => []);
  for (let repetition = -2; repetition < repetitions; repetition += 1) {
    for (const [at, { work }] of subjects.entries()) {
      const held = await longestGap(work);
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

function longestGap(work) {
  return new Promise((resolve, reject) => {
    let running = true;
    let longest = 0;
    let last = now();
    let turns = 0;
    let began = last;
    const turn = () => {
      const at = now();
      longest = Math.max(longest, Number(at - last));
      last = at;
      turns += 1;
      if (turns === 3) {
        longest = 0;
        began = at;
        Promise.resolve(work()).then(() => (running = false), reject);
      }
      if (running) setImmediate(turn);
      else resolve({ longest, took: Number(at - began) });
    };
    setImmediate(turn);
  });
}

function summary(samples) {
  return { medianNs: median(samples), lowNs: quantile(samples, 0.25), highNs: quantile(samples, 0.75) };
}

export const median = (samples) => quantile(samples, 0.5);

function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
