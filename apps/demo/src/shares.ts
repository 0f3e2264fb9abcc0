import { until } from '@grpc-discovery/test-support';
import { expectShares } from './expectations.js';
import type { Fleet } from './fleet.js';
import type { Stage } from './stage.js';

const PROBE_CALLS = 300;

/** The shares of a burst, which must be as the policy gives them. */
export async function sharesOf(
  { fleet, load, policy }: Stage,
  instances: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  await load.pause();
  try {
    const calls = await fleet.gateway.burst(PROBE_CALLS, load.concurrency);
    expectShares(calls, instances, policy);
    return calls;
  } finally {
    load.resume();
  }
}

/** Starts instances and resolves when the load reaches them all: listed they are a few milliseconds before. */
export async function bringBack(
  fleet: Fleet,
  ...instances: readonly string[]
): Promise<{ readonly listedToCalledMs: number }> {
  const { totals } = fleet.gateway;
  const before = new Map(totals);
  await fleet.greeters.start(...instances);
  const listed = performance.now();
  await until(`${instances.join(', ')} are called`, () =>
    instances.every((name) => (totals.get(name) ?? 0) > (before.get(name) ?? 0)),
  );
  return { listedToCalledMs: performance.now() - listed };
}
