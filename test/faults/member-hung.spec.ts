import { EtcdCluster, type EtcdMember } from '@grpc-discovery/test-support';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { ClusterClients, type Outcome } from './cluster-clients.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';

/** More than twice the TTL: a key that is not kept alive meanwhile is gone. */
const FAULT_MS = 12_000;

describeOnEtcd('clients whose etcd member says nothing', () => {
  let cluster: EtcdCluster;
  let clients: ClusterClients;

  beforeAll(async () => {
    cluster = await EtcdCluster.start();
  });
  afterEach(async () => {
    await cluster.heal();
    await clients.close();
  });
  afterAll(() => cluster.destroy());

  function expectBounds(outcome: Outcome): void {
    expect(outcome.keyKept).toBe(true);
    expect(outcome.watchGapMs).toBeLessThan(5_000);
    expect(outcome.putMs).toBeLessThan(3_000);
  }

  it('lose no key, hear within 5 s and put within 3 s when it is a hung follower', async () => {
    const [follower] = (await cluster.roles()).followers;
    clients = await ClusterClients.on(cluster, follower!);
    expectBounds(await clients.outlive(() => follower?.freeze(), FAULT_MS));
  });

  it('lose no key, hear within 5 s and put within 3 s when it is a hung leader', async () => {
    const { leader } = await cluster.roles();
    clients = await ClusterClients.on(cluster, leader);
    expectBounds(await clients.outlive(() => leader.freeze(), FAULT_MS));
  });

  it('lose no key, hear within 5 s and put within 3 s when it is blackholed', async () => {
    const [follower] = (await cluster.roles()).followers;
    clients = await ClusterClients.on(cluster, follower!);
    expectBounds(await clients.outlive(() => follower?.proxy.stall(), FAULT_MS));
  });

  it.each([
    ['requests never reach it', 'toTarget'],
    ['answers are lost', 'toClient'],
  ] as const)('lose no key, hear within 5 s and put within 3 s when %s', async (_, direction) => {
    const [follower] = (await cluster.roles()).followers;
    clients = await ClusterClients.on(cluster, follower!);
    expectBounds(await clients.outlive(() => follower?.proxy.stall(direction), FAULT_MS));
  });

  it('use a member again that was blackholed, once it is the only one that can be reached', async () => {
    const [follower] = (await cluster.roles()).followers;
    clients = await ClusterClients.on(cluster, follower!);
    await clients.outlive(() => follower?.proxy.stall());
    await cluster.heal();
    expectBounds(await clients.outlive(() => cutOthers(follower!)));
  });

  /** The members themselves go on, so that there is a majority. */
  function cutOthers(member: EtcdMember): void {
    for (const other of cluster.members) if (other !== member) other.proxy.cut();
  }
});
