import { type Headed } from '../api/header.js';
import { accessOf, unary, type Rpcs } from './rpc.js';

/** The release whose behaviour this package follows; clients read it from `Status`. */
export const etcdVersion = '3.4.23';

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
    // etcd answers without a header, and with the member id of the request.
    return { header: null, alarms: isTold ? [{ memberID, alarm: 'NOSPACE' }] : [] };
  }),

  Status: unary((member): StatusResponse => {
    const { revision } = member.store;
    // There is no database file and no raft log: their figures only have to grow with the writes.
    return {
      version: etcdVersion,
      dbSize: 20_480,
      dbSizeInUse: 16_384,
      leader: member.id,
      raftIndex: revision + 3,
      raftAppliedIndex: revision + 3,
      raftTerm: member.raftTerm,
    };
  }),
};
