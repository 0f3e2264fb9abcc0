import { EtcdCluster, type EtcdMember } from '@grpc-discovery/test-support';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { ClusterClients } from './cluster-clients.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';

const FAULT_MS = 12_000;
/** Without pre-vote, a member that comes back makes the others elect anew. */
const ELECTION_MS = 5_000;

describeOnEtcd('clients whose etcd member has lost its peers', () => {
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

  it.each(['follower', 'leader'] as const)(
    'lose no key, hear and put within 6 s when it was a %s, and go on when it is back',
    async (role) => {
      const { leader, followers } = await cluster.roles();
      const member = role === 'leader' ? leader : followers[0]!;
      clients = await ClusterClients.on(cluster, member);
      const outcome = await clients.outlive(() => cluster.cutOffFromPeers(member), FAULT_MS);
      expect(outcome.keyKept).toBe(true);
      expect(outcome.watchGapMs).toBeLessThan(6_000);
      expect(outcome.putMs).toBeLessThan(6_000);
      expect(await cutOffMemberServesNobody(member)).toBe(true);
      await cluster.heal();
      await clients.watch.untilIds(['greeter-1', 'late-1', 'tick-1'], ELECTION_MS);
    },
  );

  /** That the cut works at all: a member alone knows no leader. */
  async function cutOffMemberServesNobody(member: EtcdMember): Promise<boolean> {
    return (await member.status()).leader === '0';
  }
});
