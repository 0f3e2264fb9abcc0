import { EtcdRefusal } from '../api/etcd-error.js';
import type { ClusterDefinition } from '../gen/etcdserverpb/Cluster.js';
import type { MaintenanceDefinition } from '../gen/etcdserverpb/Maintenance.js';
import { accessOf, type Rpcs, unary } from './rpc.js';

export const maintenanceService: Rpcs<MaintenanceDefinition> = {
  /** There is one alarm to set: a full database, to see how clients bear it. */
  Alarm: unary((member, { action, alarm, memberID }, { metadata }) => {
    accessOf(member, metadata);
    const wasRaised = member.isOutOfSpace;
    if (alarm === 'NOSPACE' && action !== 'GET') member.raiseOutOfSpace(action === 'ACTIVATE');
    const isTold =
      action === 'GET' ? wasRaised : alarm === 'NOSPACE' && (wasRaised || member.isOutOfSpace);
    const header = member.rules.headsAlarms ? {} : null;
    // With the member id of the request.
    return { header, alarms: isTold ? [{ memberID, alarm: 'NOSPACE' }] : [] };
  }),

  /** There is no file that could be made smaller. */
  Defragment: unary((member, _, { metadata }) => {
    try {
      accessOf(member, metadata).requireAdmin();
    } catch (error) {
      if (!(error instanceof EtcdRefusal) || !member.rules.refusesDefragmentRaw) throw error;
      throw error.raw();
    }
    return { header: null };
  }),

  Status: unary((member) => {
    const { revision } = member.store;
    // There is no database file and no raft log: their figures only have to grow with the writes.
    return {
      version: member.rules.release,
      dbSize: 20_480,
      dbSizeInUse: 16_384,
      leader: member.id,
      raftIndex: revision + 3,
      raftAppliedIndex: revision + 3,
      raftTerm: member.raftTerm,
    };
  }),
};

/** @param clientUrls where this one member is reached. */
export function clusterService(clientUrls: () => readonly string[]): Rpcs<ClusterDefinition> {
  return {
    MemberList: unary((member) => ({
      // etcd answers this from its cluster table, which knows no revision.
      header: { revision: 0 },
      members: [
        {
          ID: member.id,
          name: 'embedded',
          peerURLs: clientUrls(),
          clientURLs: clientUrls(),
          isLearner: false,
        },
      ],
    })),
  };
}
