import { hasEtcdBinary, ownEtcd, type EtcdFixture } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Fleet } from '../apps/demo/src/fleet.js';
import { Load } from '../apps/demo/src/load.js';
import { scenarios } from '../apps/demo/src/scenarios/all-scenarios.js';
import { GREETERS } from '../apps/demo/src/stage.js';

/** The same scenarios as in the demo, against the same processes; they need an etcd that can be stopped. */
const describeWithEtcd = hasEtcdBinary() ? describe : describe.skip;
if (!hasEtcdBinary()) console.warn('No etcd on PATH: the six scenarios are skipped.');

describeWithEtcd('Three greeters, a gateway and an etcd, as processes', () => {
  let etcd: EtcdFixture;
  let fleet: Fleet;
  let load: Load;

  beforeAll(async () => {
    etcd = await ownEtcd();
    fleet = await Fleet.start(etcd, GREETERS);
    load = new Load(fleet.gateway);
  }, 60_000);

  afterAll(async () => {
    await load.stop();
    await fleet.stop();
    await etcd.destroy();
  });

  it.each(scenarios)(
    '$number $title',
    async (scenario) => {
      await expect(scenario.play({ etcd, fleet, load, outageMs: 10_000 })).resolves.toEqual(
        expect.any(String),
      );
    },
    90_000,
  );
});
