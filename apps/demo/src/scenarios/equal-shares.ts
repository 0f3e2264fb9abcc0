import { expectShares, show } from '../expectations.js';
import { GREETERS, type Scenario } from '../stage.js';

const CALLS = 3_000;

export const equalShares: Scenario = {
  number: '1',
  title: 'Three instances get their shares of the calls',
  seconds: 2,
  async play({ fleet, load, policy }) {
    await load.pause();
    const calls = await fleet.gateway.burst(CALLS, load.concurrency);
    load.resume();
    expectShares(calls, GREETERS, policy);
    return `${CALLS} calls: ${show(calls)}`;
  },
};
