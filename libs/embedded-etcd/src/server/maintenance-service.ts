import { EtcdRefusal } from '../api/etcd-error.js';
import { type Headed } from '../api/header.js';
import { accessOf, unary, type Rpcs } from './rpc.js';

interface AlarmRequest {
  readonly action: 'GET' | 'ACTIVATE' | 'DEACTIVATE';
  readonly alarm: 'NONE' | 'NOSPACE' | 'CORRUPT';
  readonly memberID: string;
}

interface AlarmResponse extends Headed {
  readonly alarms: readonly { readonly memberID: string; readonly alarm: 'NOSPACE' }[];
}

interface StatusResponse extends Headed {
  readonly version: string;
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  readonly leader: string;
  readonly raftIndex: number;
  readonly raftAppliedIndex: number;
  readonly raftTerm: number;
}

export const maintenanceService: Rpcs = {
  /** There is one alarm to set: a full database, to see how clients bear it. */
  Alarm: unary((member, { action, alarm, memberID }: AlarmRequest, { metadata }): AlarmResponse => {
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
  Defragment: unary((member, _: object, { metadata }) => {
    try {
      accessOf(member, metadata).requireAdmin();
    } catch (error) {
      if (!(error instanceof EtcdRefusal) || !member.rules.refusesDefragmentRaw) throw error;
      throw error.raw();
    }
    return { header: null };
  }),

  Status: unary((member): StatusResponse => {
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
