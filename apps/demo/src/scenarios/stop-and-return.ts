import { ClaimFailedError, expectFailuresAtMost, expectNoFailure, show } from '../expectations.js';
import { bringBack, sharesOf } from '../shares.js';
import { GREETERS, type Scenario } from '../stage.js';

const [first, second, third] = GREETERS;
/** A connection that ends is noticed at once; the rest is for a busy machine. */
const NOTICE_BOUND_MS = 250;
const OBSERVED_MS = 1_500;
/** Time in which an instance that has returned must have its share again, in milliseconds. */
const RETURN_BOUND_MS = 1_000;

export const gracefulStop: Scenario = {
  number: '2a',
  title: 'An instance that is stopped by SIGTERM hands its share over without a failed call',
  seconds: 6,
  async play(stage) {
    const { fleet, load } = stage;
    load.restart();
    await fleet.greeters.end('SIGTERM', third);
    expectNoFailure(load.tally, 'while the instance stopped');
    const calls = await sharesOf(stage, [first, second]);
    await bringBack(fleet, third);
    return `0 failed; then ${show(calls)}`;
  },
};

export const crash: Scenario = {
  number: '2b',
  title: 'An instance that is killed loses only the calls in flight on it',
  seconds: 6,
  async play(stage) {
    const { fleet, load } = stage;
    load.restart();
    await fleet.greeters.end('SIGKILL', third);
    const killed = performance.now();
    const { failures } = await load.observe(OBSERVED_MS);
    expectFailuresAtMost(load.concurrency, failures, 'that were in flight on the killed instance');
    const late = failures.filter(({ at }) => at - killed > NOTICE_BOUND_MS);
    expectFailuresAtMost(0, late, `more than ${NOTICE_BOUND_MS} ms after the instance was gone`);
    const calls = await sharesOf(stage, [first, second]);
    await bringBack(fleet, third);
    return `${failures.length} in flight failed; then ${show(calls)}`;
  },
};

export const comeback: Scenario = {
  number: '3',
  title: 'An instance that returns has its equal share within a second',
  seconds: 6,
  async play(stage) {
    const { fleet, load } = stage;
    await fleet.greeters.end('SIGTERM', third);
    load.restart();
    const { listedToCalledMs: ms } = await bringBack(fleet, third);
    if (ms > RETURN_BOUND_MS) {
      throw new ClaimFailedError(`a first call within ${RETURN_BOUND_MS} ms`, `it took ${ms} ms`);
    }
    expectNoFailure(load.tally, 'while the instance returned');
    const calls = await sharesOf(stage, GREETERS);
    return `first call ${ms.toFixed(0)} ms after it was listed; then ${show(calls)}`;
  },
};
