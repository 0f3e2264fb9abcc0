import { etcdKinds, type EtcdFixture } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Fleet, POLICIES } from '../apps/demo/src/fleet.js';
import { NAMESPACE } from '../apps/demo/src/greeters.js';
import { Load } from '../apps/demo/src/load.js';
import { scenarios } from '../apps/demo/src/scenarios/all-scenarios.js';
import { GREETERS } from '../apps/demo/src/stage.js';

/** The same scenarios as in the demo, against the same processes. */
describe.each(etcdKinds(`/${NAMESPACE}/`))('Three greeters and a gateway on $name', (kind) => {
  const [policy] = POLICIES;
  let etcd: EtcdFixture;
  let fleet: Fleet;
  let load: Load;

  beforeAll(async () => {
    etcd = await kind.start();
    fleet = await Fleet.start(etcd, GREETERS, policy);
    load = new Load(fleet.gateway);
  });

  afterAll(async () => {
    await load.stop();
    await fleet.stop();
    await etcd.destroy();
  });

  it.each(scenarios)('$number $title', async (scenario) => {
    await expect(scenario.play({ etcd, fleet, load, policy, outageMs: 10_000 })).resolves.toEqual(
      expect.any(String),
    );
  });
});
