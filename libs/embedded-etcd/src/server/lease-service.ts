import { EtcdRefusal } from '../api/etcd-error.js';
import { type LeaseDefinition } from '../gen/etcdserverpb/Lease.js';
import { bytesOf } from '../mvcc/key-range.js';
import { accessOf, stream, unary, type Rpcs } from './rpc.js';

export const leaseService: Rpcs<LeaseDefinition> = {
  LeaseGrant: unary((member, request, { metadata }) => {
    accessOf(member, metadata);
    if (member.isOutOfSpace) throw new EtcdRefusal('noSpace');
    const { id, ttl } = member.grant(Number(request.TTL), request.ID);
    return { ID: id, TTL: ttl };
  }),

  LeaseRevoke: unary((member, { ID }, { metadata }) => {
    const access = accessOf(member, metadata);
    if (member.rules.keepsRevocationToUsers) access.requireUser();
    access.requireLeaseKeys(ID);
    member.revoke(ID);
    return {};
  }),

  LeaseKeepAlive: stream({ endsWithCaller: true }, (member, send) => ({
    receive({ ID }) {
      send({ ID, TTL: member.leases.renew(ID)?.ttl ?? 0 });
    },
    close: () => undefined,
  })),

  LeaseTimeToLive: unary((member, request) => {
    const lease = member.leases.get(request.ID);
    if (lease === undefined) return { ID: request.ID, TTL: -1 };
    return {
      ID: lease.id,
      TTL: member.leases.remaining(lease.id),
      grantedTTL: lease.ttl,
      keys: request.keys ? [...lease.keys].map(bytesOf) : [],
    };
  }),

  LeaseLeases: unary((member) => {
    return { leases: member.leases.all().map(({ id }) => ({ ID: id })) };
  }),
};
