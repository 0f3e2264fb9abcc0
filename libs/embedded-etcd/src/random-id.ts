import { randomBytes } from 'node:crypto';

/** A random positive id of 63 bits in decimal, as etcd chooses for leases. */
export function randomLeaseId(): string {
  return (randomBytes(8).readBigUInt64BE() & 0x7fff_ffff_ffff_ffffn || 1n).toString();
}

/** A random id of 64 bits in decimal, as clusters and members have. */
export function randomMemberId(): string {
  return (randomBytes(8).readBigUInt64BE() || 1n).toString();
}
