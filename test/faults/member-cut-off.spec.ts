import { EtcdCluster, hasEtcdBinary, type EtcdMember } from '@grpc-discovery/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterClient } from './cluster-client.js';

const FAULT_MS = 12_000;
/** Without pre-vote, a member that comes back makes the others elect anew. */
const ELECTION_MS = 5_000;

// Needs real etcds: the embedded one has no members.
(hasEtcdBinary() ? describe : describe.skip)('client whose etcd member has lost its peers', () => {
  let cluster: EtcdCluster;
  let client: ClusterClient;

  beforeAll(async () => {
    cluster = await EtcdCluster.start();
  });
  afterEach(async () => {
    await cluster.heal();
    await client.close();
  });
  afterAll(() => cluster.destroy());

  it.each(['follower', 'leader'] as const)(
    'loses no key, hears and puts within 6 s when it was a %s, and goes on when it is back',
    async (role) => {
      const { leader, followers } = await cluster.roles();
      const member = role === 'leader' ? leader : followers[0]!;
      client = await ClusterClient.on(cluster, member);
      const outcome = await client.outlive(() => cluster.cutOffFromPeers(member), FAULT_MS);
      expect(outcome.keyKept).toBe(true);
      expect(outcome.watchGapMs).toBeLessThan(6_000);
      expect(outcome.putMs).toBeLessThan(6_000);
      expect(await cutOffMemberServesNobody(member)).toBe(true);
      await cluster.heal();
      await client.watch.untilIds(['greeter-1', 'late-1', 'tick-1'], ELECTION_MS);
    },
  );

  /** That the cut works at all: a member alone knows no leader. */
  async function cutOffMemberServesNobody(member: EtcdMember): Promise<boolean> {
    return (await member.status()).leader === '0';
  }
});
