import type { EtcdFixture } from '@grpc-discovery/test-support';
import { ROLLING_RESTART, rollingRestart } from './rolling-restart.js';
import { failed, type Tally } from './tally.js';

/** Plays a rolling restart and prints what each client saw; returns the exit code. */
export async function playRollingRestart(etcd: EtcdFixture): Promise<number> {
  const { clients, ratePerSecond, streamPairs } = ROLLING_RESTART;
  console.log(
    `${clients} clients, each with ${ratePerSecond} calls a second and ${2 * streamPairs} streams, no retry.`,
  );
  const start = performance.now();
  const tallies = await rollingRestart(etcd, {
    ...ROLLING_RESTART,
    log: (line) => console.log(line),
  });
  console.table(
    Object.fromEntries(tallies.map((tally, index) => [`client-${index + 1}`, row(tally)])),
  );
  const total = (of: (tally: Tally) => number) =>
    tallies.reduce((sum, tally) => sum + of(tally), 0);
  const failures = total(failed);
  for (const reason of new Set(tallies.flatMap((tally) => Object.keys(tally.failures)))) {
    console.log(`failed: ${reason}`);
  }
  console.log(
    `${total(({ answered }) => answered)} calls answered, ${failures} failed; ` +
      `${total(({ streamsEnded }) => streamsEnded)} streams ended by the drain, ` +
      `${total(({ streamsMoved }) => streamsMoved)} open again elsewhere; ` +
      `${((performance.now() - start) / 1_000).toFixed(0)} s`,
  );
  return failures === 0 ? 0 : 1;
}

function row(tally: Tally) {
  const { p50, p99, max } = tally.latencyMs;
  return {
    answered: tally.answered,
    failed: failed(tally),
    'streams ended': tally.streamsEnded,
    'open elsewhere': tally.streamsMoved,
    'p50 ms': Number(p50.toFixed(1)),
    'p99 ms': Number(p99.toFixed(1)),
    'max ms': Number(max.toFixed(0)),
  };
}
