import { until } from '@grpc-discovery/test-support';
import {
  ClaimFailedError,
  expectEqualShares,
  expectFailuresAtMost,
  expectNoFailure,
  show,
} from '../expectations.js';
import { GREETERS, type Scenario, type Stage } from '../stage.js';

const [first, second, third] = GREETERS;
const PROBE_CALLS = 300;
/** A connection that ends is noticed at once; the rest is for a busy machine. */
const NOTICE_BOUND_MS = 250;
const OBSERVED_MS = 1_500;
/** Time in which an instance that has returned must have its share again, in milliseconds. */
const RETURN_BOUND_MS = 1_000;

export const gracefulStop: Scenario = {
  title: 'An instance that is stopped by SIGTERM hands its share over without a failed call',
  async play({ fleet, load }) {
    load.restart();
    await fleet.endGreeters('SIGTERM', third);
    expectNoFailure(load.tally, 'while the instance stopped');
    const calls = await sharesOf({ fleet, load }, [first, second]);
    await fleet.startGreeters(third);
    return `0 failed; then ${show(calls)}`;
  },
};

export const crash: Scenario = {
  title: 'An instance that is killed loses only the calls in flight on it',
  async play({ fleet, load }) {
    load.restart();
    await fleet.endGreeters('SIGKILL', third);
    const killed = performance.now();
    const { failures } = await load.observe(OBSERVED_MS);
    expectFailuresAtMost(load.concurrency, failures, 'that were in flight on the killed instance');
    const late = failures.filter(({ at }) => at - killed > NOTICE_BOUND_MS);
    expectFailuresAtMost(0, late, `more than ${NOTICE_BOUND_MS} ms after the instance was gone`);
    const calls = await sharesOf({ fleet, load }, [first, second]);
    await fleet.startGreeters(third);
    return `${failures.length} in flight failed; then ${show(calls)}`;
  },
};

export const comeback: Scenario = {
  title: 'An instance that returns has its equal share within a second',
  async play({ fleet, load }) {
    await fleet.endGreeters('SIGTERM', third);
    load.restart();
    await fleet.startGreeters(third);
    const listed = performance.now();
    await until(`${third} is called`, () => load.tally.calls.has(third));
    const ms = performance.now() - listed;
    if (ms > RETURN_BOUND_MS) {
      throw new ClaimFailedError(`a first call within ${RETURN_BOUND_MS} ms`, `it took ${ms} ms`);
    }
    expectNoFailure(load.tally, 'while the instance returned');
    const calls = await sharesOf({ fleet, load }, GREETERS);
    return `first call ${ms.toFixed(0)} ms after it was listed; then ${show(calls)}`;
  },
};

/** The shares of a burst, which must be equal. */
export async function sharesOf(
  { fleet, load }: Pick<Stage, 'fleet' | 'load'>,
  instances: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  await load.pause();
  try {
    const calls = await fleet.gateway.burst(PROBE_CALLS, load.concurrency);
    expectEqualShares(calls, instances);
    return calls;
  } finally {
    load.resume();
  }
}
