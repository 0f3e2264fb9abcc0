import { status, type Server } from '@grpc/grpc-js';

/** The rest of etcd's API, by service. */
const unsupportedMethods: Readonly<Record<string, readonly string[]>> = {
  'etcdserverpb.Cluster': ['MemberAdd', 'MemberRemove', 'MemberUpdate', 'MemberPromote'],
  'etcdserverpb.Maintenance': ['Hash', 'HashKV', 'Snapshot', 'MoveLeader', 'Downgrade'],
  'v3lockpb.Lock': ['Lock', 'Unlock'],
  'v3electionpb.Election': ['Campaign', 'Proclaim', 'Leader', 'Observe', 'Resign'],
};

const served =
  'it serves KV, Watch, Lease and Auth whole, Cluster.MemberList, and Alarm, Status and Defragment of Maintenance';

/** Answers etcd's other methods with UNIMPLEMENTED and a text that says what there is instead. */
export function refuseUnsupported(server: Server): void {
  const bytes = (value: Buffer) => value;
  for (const [service, methods] of Object.entries(unsupportedMethods)) {
    for (const method of methods) {
      const path = `/${service}/${method}`;
      const details = `embedded-etcd does not serve ${path}; ${served}`;
      // A stream handler answers calls of all four shapes.
      server.register(
        path,
        (call: { emit(event: 'error', failure: object): void }) =>
          call.emit('error', { code: status.UNIMPLEMENTED, details }),
        bytes,
        bytes,
        'bidi',
      );
    }
  }
}
