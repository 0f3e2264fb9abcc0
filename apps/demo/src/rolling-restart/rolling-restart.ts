import { until, type EtcdFixture } from '@grpc-discovery/test-support';
import { Greeters, NAMESPACE } from '../greeters.js';
import { GREETERS } from '../stage.js';
import { LoadProcess } from './load-process.js';
import type { Tally } from './tally.js';

export interface RollingRestartOptions {
  /** Client processes. */
  readonly clients: number;
  /** Unary calls of each client. */
  readonly ratePerSecond: number;
  /** Streams of each kind that each client holds. */
  readonly streamPairs: number;
  /** How often every instance is restarted. */
  readonly rounds: number;
  /** The load continues until so many unary calls were answered. */
  readonly calls: number;
  /** Called with each step. */
  readonly log?: (line: string) => void;
}

/** What holds on two cores: 18 streams and 2,400 calls a second. */
export const ROLLING_RESTART = {
  clients: 3,
  ratePerSecond: 800,
  streamPairs: 3,
  rounds: 2,
  calls: 100_000,
} as const satisfies RollingRestartOptions;

const STREAM_GRACE_MS = 500;

/** Restarts each of three instances, one after the other and again, while clients call them; returns what each saw. */
export async function rollingRestart(
  etcd: EtcdFixture,
  { clients, rounds, calls, log, ...load }: RollingRestartOptions,
): Promise<readonly Tally[]> {
  const greeters = new Greeters(etcd, { DRAIN_STREAM_GRACE_MS: String(STREAM_GRACE_MS) });
  const loads: LoadProcess[] = [];
  try {
    await greeters.start(...GREETERS);
    for (let client = 0; client < clients; client++) {
      loads.push(new LoadProcess({ hosts: etcd.url, namespace: NAMESPACE, ...load }));
    }
    const running = () => loads.every(({ tally }) => (tally?.answered ?? 0) > 0);
    await until('every client calls', running, { timeoutMs: 20_000 });
    for (let round = 1; round <= rounds; round++) {
      for (const name of GREETERS) {
        const start = performance.now();
        await greeters.end('SIGTERM', name);
        const endedMs = performance.now() - start;
        await greeters.start(name);
        log?.(`round ${round}: ${name} ended in ${endedMs.toFixed(0)} ms and is back`);
      }
    }
    const answered = () => loads.reduce((sum, { tally }) => sum + (tally?.answered ?? 0), 0);
    await until(`${calls} calls are answered`, () => answered() >= calls, {
      timeoutMs: 60_000,
      everyMs: 100,
    });
    return await Promise.all(loads.map((process) => process.stop()));
  } finally {
    await Promise.all(loads.map((process) => process.kill()));
    await greeters.stop();
  }
}
