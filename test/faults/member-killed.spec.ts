import { EtcdCluster } from '@grpc-discovery/test-support';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { ClusterClients } from './cluster-clients.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';

describeOnEtcd('clients whose etcd member is killed', () => {
  let cluster: EtcdCluster;
  let clients: ClusterClients;

  beforeAll(async () => {
    cluster = await EtcdCluster.start();
  });
  afterEach(async () => {
    await clients.close();
    await cluster.heal();
  });
  afterAll(() => cluster.destroy());

  it('lose no key, hear within 1 s and put within 0.5 s when it is a follower', async () => {
    const { followers } = await cluster.roles();
    const [follower] = followers;
    clients = await ClusterClients.on(cluster, follower!);
    const outcome = await clients.outlive(() => follower?.kill(), 7_000);
    expect(outcome.keyKept).toBe(true);
    expect(outcome.watchGapMs).toBeLessThan(1_000);
    expect(outcome.putMs).toBeLessThan(500);
  });

  it('lose no key, hear within 3 s and put within 3 s when it is the leader', async () => {
    const { leader } = await cluster.roles();
    clients = await ClusterClients.on(cluster, leader);
    const outcome = await clients.outlive(() => leader.kill(), 9_000);
    expect(outcome.keyKept).toBe(true);
    expect(outcome.watchGapMs).toBeLessThan(3_000);
    expect(outcome.putMs).toBeLessThan(3_000);
  });
});
