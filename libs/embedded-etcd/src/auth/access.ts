import { EtcdRefusal } from '../api/etcd-error.js';
import {
  type DeleteRangeRequest,
  opsOf,
  type Permission,
  type PutRequest,
  type RangeRequest,
  type RequestOp,
  type TxnRequest,
} from '../api/messages.js';
import type { LeaseTable } from '../lease/lease-table.js';
import { bounds, type Key, keyOf, type KeyRange, keyRangeOf } from '../mvcc/key-range.js';
import { type AuthStore, root } from './auth-store.js';

/** Permissions of one caller. With auth off, everything is permitted; without a token and with auth on, nothing. */
export class Access {
  /** @param userName undefined for a call without a token. */
  constructor(
    private readonly auth: AuthStore,
    private readonly leases: LeaseTable,
    private readonly userName: string | undefined,
  ) {}

  requireRead(range: KeyRange): void {
    this.require('READ', range);
  }

  requireRange(request: RangeRequest): void {
    this.requireRead(keyRangeOf(request.key, request.range_end));
  }

  /** The previous value counts as a read; a lease that holds keys out of reach must not be used. */
  requirePut(request: PutRequest): void {
    this.requireLeaseKeys(request.lease);
    const range: KeyRange = { kind: 'single', key: keyOf(request.key) };
    this.require('WRITE', range);
    if (request.prev_kv) this.require('READ', range);
  }

  requireDeleteRange(request: DeleteRangeRequest): void {
    const range = keyRangeOf(request.key, request.range_end);
    this.require('WRITE', range);
    if (request.prev_kv) this.require('READ', range);
  }

  /** Both branches have to be permitted, whichever is taken. */
  requireTxn(request: TxnRequest): void {
    for (const { key, range_end } of request.compare) this.requireRead(keyRangeOf(key, range_end));
    for (const op of opsOf([...request.success, ...request.failure])) this.requireOp(op);
  }

  /** Who attaches to, or ends, a lease must be allowed to write all its keys. */
  requireLeaseKeys(id: string): void {
    for (const key of this.leases.get(id)?.keys ?? [])
      this.require('WRITE', { kind: 'single', key });
  }

  requireUser(): void {
    if (this.auth.isEnabled && this.userName === undefined) throw new EtcdRefusal('userEmpty');
  }

  requireAdmin(): void {
    if (!this.auth.isEnabled) return;
    if (this.userName === undefined) throw new EtcdRefusal('userEmpty');
    if (!this.isRoot()) throw new EtcdRefusal('permissionDenied');
  }

  /** Users may read their own entry. */
  requireSelfOrAdmin(userName: string): void {
    if (this.userName !== userName) this.requireAdmin();
  }

  /** Users may read their own roles. */
  requireRoleOrAdmin(role: string): void {
    if (!this.user()?.roles.includes(role)) this.requireAdmin();
  }

  private requireOp(op: RequestOp): void {
    switch (op.request) {
      case 'request_range':
        return this.requireRange(op.request_range);
      case 'request_put':
        return this.requirePut(op.request_put);
      case 'request_delete_range':
        return this.requireDeleteRange(op.request_delete_range);
      case 'request_txn':
        return this.requireTxn(op.request_txn);
    }
  }

  private require(access: 'READ' | 'WRITE', range: KeyRange): void {
    if (!this.auth.isEnabled) return;
    if (this.userName === undefined) throw new EtcdRefusal('userEmpty');
    const user = this.user();
    if (user === undefined) throw new EtcdRefusal('permissionDenied');
    if (this.isRoot()) return;
    if (!permissionsCover(this.auth.permissionsOf(user), access, range)) {
      throw new EtcdRefusal('permissionDenied');
    }
  }

  private user() {
    return this.userName === undefined ? undefined : this.auth.findUser(this.userName);
  }

  private isRoot(): boolean {
    return this.user()?.roles.includes(root) ?? false;
  }
}

/** Whether the permissions, taken together, allow the access on every key of the range. */
export function permissionsCover(
  permissions: readonly Permission[],
  access: 'READ' | 'WRITE',
  range: KeyRange,
): boolean {
  const [begin, end] = bounds(range);
  let covered: Key = begin;
  for (const [from, to] of allowed(permissions, access)) {
    if (from > covered) return false;
    if (to === undefined) return true;
    if (to > covered) covered = to;
    if (end !== undefined && covered >= end) return true;
  }
  return false;
}

function allowed(permissions: readonly Permission[], access: 'READ' | 'WRITE') {
  return permissions
    .filter(({ permType }) => permType === access || permType === 'READWRITE')
    .map(({ key, range_end }) => bounds(keyRangeOf(key, range_end)))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
