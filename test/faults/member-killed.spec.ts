import { EtcdCluster, hasEtcdBinary } from '@grpc-discovery/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterClient } from './cluster-client.js';

// Needs real etcds: the embedded one has no members.
(hasEtcdBinary() ? describe : describe.skip)('client whose etcd member is killed', () => {
  let cluster: EtcdCluster;
  let client: ClusterClient;

  beforeAll(async () => {
    cluster = await EtcdCluster.start();
  });
  afterEach(async () => {
    await client.close();
    await cluster.heal();
  });
  afterAll(() => cluster.destroy());

  it('loses no key, hears within 1 s and puts within 0.5 s when it is a follower', async () => {
    const { followers } = await cluster.roles();
    const [follower] = followers;
    client = await ClusterClient.on(cluster, follower!);
    const outcome = await client.outlive(() => follower?.kill(), 7_000);
    expect(outcome.keyKept).toBe(true);
    expect(outcome.watchGapMs).toBeLessThan(1_000);
    expect(outcome.putMs).toBeLessThan(500);
  });

  it('loses no key, hears within 3 s and puts within 3 s when it is the leader', async () => {
    const { leader } = await cluster.roles();
    client = await ClusterClient.on(cluster, leader);
    const outcome = await client.outlive(() => leader.kill(), 9_000);
    expect(outcome.keyKept).toBe(true);
    expect(outcome.watchGapMs).toBeLessThan(3_000);
    expect(outcome.putMs).toBeLessThan(3_000);
  });
});
