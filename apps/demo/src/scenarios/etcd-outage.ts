import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@grpc-discovery/test-support';
import { expectNoFailure, show } from '../expectations.js';
import { LEASE_TTL_SECONDS } from '../greeters.js';
import { bringBack, sharesOf } from '../shares.js';
import { GREETERS, type Scenario, type Stage } from '../stage.js';

const [first, second, third] = GREETERS;
const TTL_MS = LEASE_TTL_SECONDS * 1_000;
/** An etcd that starts gives each lease its TTL and an election timeout (1 s), and looks for expired ones twice a second. */
const ETCD_EXTENSION_MS = 2_000;

export const outage: Scenario = {
  number: '4',
  title: 'While etcd is down, calls work as before',
  seconds: 18,
  async play(stage) {
    const { etcd, fleet, load, outageMs } = stage;
    await etcd.stop();
    load.restart();
    const tally = await load.observe(outageMs);
    const calls = await sharesOf(stage, GREETERS);
    expectNoFailure(tally, 'while etcd was down');
    await etcd.restart();
    await settled(fleet);
    const total = [...tally.calls.values()].reduce((sum, count) => sum + count, 0);
    return `${outageMs / 1_000} s, ${total} calls, 0 failed; ${show(calls)}`;
  },
};

export const shortOutage: Scenario = {
  number: '5a',
  title: 'etcd comes back within the TTL: joins and leaves work again',
  seconds: 10,
  play: (stage) => outageOf(TTL_MS / 2, false, stage),
};

export const longOutage: Scenario = {
  number: '5b',
  title: 'etcd comes back after the TTL: joins and leaves work again',
  seconds: 15,
  play: (stage) => outageOf(TTL_MS * 1.5, false, stage),
};

export const wipedOutage: Scenario = {
  number: '5c',
  title: 'etcd comes back empty: all register again by themselves',
  seconds: 10,
  play: (stage) => outageOf(TTL_MS / 2, true, stage),
};

export const ghost: Scenario = {
  number: '5d',
  title: 'An instance that dies while etcd is down is removed one TTL after etcd is back',
  seconds: 15,
  async play(stage) {
    const { etcd, fleet } = stage;
    await etcd.stop();
    await fleet.greeters.end('SIGKILL', third);
    await etcd.restart();
    const back = performance.now();
    await until(
      'the ghost is gone',
      () => fleet.greeters.registryIsLive && !fleet.greeters.registered.includes(third),
      {
        timeoutMs: TTL_MS + ETCD_EXTENSION_MS,
      },
    );
    const ms = performance.now() - back;
    const calls = await sharesOf(stage, [first, second]);
    await bringBack(fleet, third);
    return `gone ${(ms / 1_000).toFixed(1)} s after etcd was back; ${show(calls)}`;
  },
};

async function outageOf(ms: number, wipe: boolean, stage: Stage): Promise<string> {
  const { etcd, fleet, load } = stage;
  load.restart();
  await etcd.stop();
  await delay(ms);
  await etcd.restart({ wipe });
  const back = performance.now();
  await settled(fleet);
  const healedMs = performance.now() - back;
  await fleet.greeters.end('SIGTERM', third);
  await sharesOf(stage, [first, second]);
  await bringBack(fleet, third);
  const calls = await sharesOf(stage, GREETERS);
  expectNoFailure(load.tally, 'during the outage and the stop and start after it');
  return `registered again ${healedMs.toFixed(0)} ms after etcd served; then ${show(calls)}`;
}

/** All greeters are in the current snapshot. */
async function settled(fleet: Stage['fleet']): Promise<void> {
  await until(
    'all greeters are registered',
    () =>
      fleet.greeters.registryIsLive &&
      GREETERS.every((name) => fleet.greeters.registered.includes(name)),
    { timeoutMs: 3 * TTL_MS },
  );
}
