import { EtcdRefusal } from '../api/etcd-error.js';
import { type Headed } from '../api/header.js';
import {
  type LeaseGrantRequest,
  type LeaseGrantResponse,
  type LeaseIdRequest,
  type LeaseKeepAliveResponse,
  type LeaseLeasesResponse,
  type LeaseTimeToLiveRequest,
  type LeaseTimeToLiveResponse,
} from '../api/lease-messages.js';
import { bytesOf } from '../mvcc/key.js';
import { accessOf, stream, unary, type Rpcs } from './rpc.js';

export const leaseService: Rpcs = {
  LeaseGrant: unary((member, request: LeaseGrantRequest, { metadata }): LeaseGrantResponse => {
    accessOf(member, metadata);
    if (member.isOutOfSpace) throw new EtcdRefusal('noSpace');
    const { id, ttl } = member.grant(Number(request.TTL), request.ID);
    return { ID: id, TTL: ttl };
  }),

  LeaseRevoke: unary((member, { ID }: LeaseIdRequest, { metadata }): Headed => {
    const access = accessOf(member, metadata);
    if (member.rules.keepsRevocationToUsers) access.requireUser();
    access.requireLeaseKeys(ID);
    member.revoke(ID);
    return {};
  }),

  LeaseKeepAlive: stream<LeaseIdRequest>({ endsWithCaller: true }, (member, send) => ({
    receive({ ID }) {
      const response: LeaseKeepAliveResponse = { ID, TTL: member.leases.renew(ID)?.ttl ?? 0 };
      send(response);
    },
    close: () => undefined,
  })),

  LeaseTimeToLive: unary((member, request: LeaseTimeToLiveRequest): LeaseTimeToLiveResponse => {
    const lease = member.leases.get(request.ID);
    if (lease === undefined) return { ID: request.ID, TTL: -1 };
    return {
      ID: lease.id,
      TTL: member.leases.remaining(lease.id),
      grantedTTL: lease.ttl,
      keys: request.keys ? [...lease.keys].map(bytesOf) : [],
    };
  }),

  LeaseLeases: unary((member): LeaseLeasesResponse => {
    return { leases: member.leases.all().map(({ id }) => ({ ID: id })) };
  }),
};
