// What it costs to cross the boundary: a call through the whole TypeScript layer, minus the same work in bare Rust in the same
// process. The machine's step is a cycle that needs no RSA: sign, signature, request, failure, timeout.

import { native, optionsOf, probe, wasm } from './engines.mjs';
import { median, processorTime } from './measure.mjs';

const NOW = 1_795_262_400_000;

export function boundary({ body, order, ...keys }, much) {
  // Short rounds and many: a difference of two large numbers must not be one of two moments.
  const [rounds, roundMs] = [much.rounds * 3, 1];
  const options = optionsOf(keys);
  const bare = new probe.Bare(JSON.stringify(options));
  const pay = { out_trade_no: order.out_trade_no, scene: 'bar_code', auth_code: '28763443825664394', subject: order.subject, total_amount: order.total_amount };
  // Calls in a round of this length, roughly.
  const calls = (ns) => Math.max(20, Math.round((roundMs * 1e6) / ns));
  const payments = calls(20_000);

  const cores = [['native', native], ['wasm', wasm]].map(([engine, core]) => ({
    engine,
    core,
    alipay: new core.Alipay(options),
    // Its key lives elsewhere, as far as the machine knows.
    elsewhere: new core.Alipay({ ...options, privateKey: undefined }),
  }));
  const kinds = [
    {
      name: 'a no-op: version()',
      run: ({ core }) => each(calls(300), () => core.version()),
    },
    {
      name: 'a notification of 1 KB',
      run: ({ alipay }) => each(calls(40_000), () => alipay.verifyNotify(body)),
      bare: () => once(calls(40_000), (count) => bare.verifyNotify(body, count)),
      // The pure-Rust backend verifies slower, and that is not the boundary's doing: only said for the native engine.
      only: 'native',
    },
    {
      name: 'the same, as an object instead of JSON',
      run: () => each(calls(40_000), () => bare.notifyAsObject(body)),
      bare: () => once(calls(40_000), (count) => bare.verifyNotify(body, count)),
      // What was not chosen: without the layer, and built through N-API property by property.
      only: 'native',
      alternative: true,
    },
    {
      name: 'a step of the machine',
      run: ({ core, elsewhere }) => steps(core, elsewhere, pay, payments),
      bare: () => {
        bare.makePayments(JSON.stringify(pay), payments);
        return once(payments * 5, () => bare.runPayments());
      },
    },
  ];
  const samples = kinds.map(() => ({ bare: [], runs: cores.map(() => []) }));
  for (let round = -1; round < rounds; round += 1) {
    for (const [at, kind] of kinds.entries()) {
      const alone = kind.bare?.() ?? 0;
      for (const [which, core] of cores.entries()) {
        if (kind.only !== undefined && kind.only !== core.engine) continue;
        const took = kind.run(core);
        if (round >= 0) samples[at].runs[which].push([took, alone]);
      }
    }
  }
  return kinds.flatMap((kind, at) =>
    cores.flatMap(({ engine }, which) => {
      const runs = samples[at].runs[which];
      if (runs.length === 0) return [];
      return {
        name: `${engine}, ${kind.name}`,
        engine,
        ...(kind.alternative && { alternative: true }),
        medianNs: median(runs.map(([took, alone]) => took - alone)),
        // The fastest rounds: those in which nobody else used the processor's other thread or its caches.
        freeNs: Math.min(...runs.map(([took]) => took)) - Math.min(...runs.map(([, alone]) => alone)),
        totalNs: median(runs.map(([took]) => took)),
        ...(kind.bare && { core: median(runs.map(([, alone]) => alone)) }),
      };
    }),
  );
}

function each(calls, run) {
  const start = processorTime();
  for (let call = 0; call < calls; call += 1) run();
  return (processorTime() - start) / calls;
}

/** One crossing of the boundary for all of the calls. */
function once(calls, run) {
  const start = processorTime();
  run(calls);
  return (processorTime() - start) / calls;
}

function steps(core, alipay, pay, payments) {
  const fresh = Array.from({ length: payments }, () => new core.Payment(alipay, pay, {}, NOW));
  const signature = new Uint8Array(256).fill(0x5a);
  const start = processorTime();
  for (const payment of fresh) {
    const { id } = payment.poll(NOW);
    payment.handle({ type: 'signature', id, signature }, NOW);
    payment.poll(NOW);
    payment.handle({ type: 'failure', id, failure: 'maybeSent' }, NOW);
    payment.poll(NOW);
  }
  const took = (processorTime() - start) / payments / 5;
  for (const payment of fresh) payment.close();
  return took;
}
