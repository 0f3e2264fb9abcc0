import { etcdKinds, type EtcdFixture } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE } from '../apps/demo/src/greeters.js';
import {
  ROLLING_RESTART,
  rollingRestart,
} from '../apps/demo/src/rolling-restart/rolling-restart.js';
import { GREETERS } from '../apps/demo/src/stage.js';

const [kind] = etcdKinds(`/${NAMESPACE}/`);

describe(`Three greeters on ${kind.name}, restarted one after the other, twice`, () => {
  let etcd: EtcdFixture;

  beforeAll(async () => {
    etcd = await kind.start();
  }, 30_000);

  afterAll(async () => {
    await etcd.destroy();
  });

  it('fail not one of 100,000 calls, and send every stream elsewhere', async () => {
    const tallies = await rollingRestart(etcd, ROLLING_RESTART);
    const total = (of: 'answered' | 'streamsEnded' | 'streamsMoved') =>
      tallies.reduce((sum, tally) => sum + tally[of], 0);

    expect(tallies.map(({ failures }) => failures)).toEqual(tallies.map(() => ({})));
    expect(total('answered')).toBeGreaterThanOrEqual(100_000);
    // Every instance had streams whenever it was drained: else this would have shown nothing of streams.
    expect(total('streamsEnded')).toBeGreaterThanOrEqual(GREETERS.length * ROLLING_RESTART.rounds);
    expect(total('streamsMoved')).toBe(total('streamsEnded'));
  }, 150_000);
});
