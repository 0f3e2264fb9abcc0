import { randomBytes } from 'node:crypto';
import { EtcdRefusal } from '../api/etcd-error.js';
import { type Clock } from '../clock.js';
import { type Key } from '../mvcc/key-range.js';

/** etcd's shortest TTL in seconds, at its default election timeout. */
const minTtl = 2;
/** etcd's longest TTL in seconds. */
export const maxTtl = 9_000_000_000;

export interface Lease {
  readonly id: string;
  /** Seconds, as granted. */
  readonly ttl: number;
  readonly keys: ReadonlySet<Key>;
}

interface OwnLease extends Lease {
  readonly keys: Set<Key>;
  /** By the table's clock. */
  expiresAt: number;
}

/** The granted leases, the keys that hang on each, and the timer that ends the next one. */
export class LeaseTable {
  private readonly leases = new Map<string, OwnLease>();
  private timer: { readonly firesAt: number; cancel(): void } | undefined;

  /** @param expire Called for each expired lease; must revoke it. */
  constructor(
    private readonly clock: Clock,
    private readonly expire: (id: string) => void,
  ) {}

  /**
   * @param ttl in seconds; less than etcd's minimum becomes the minimum.
   * @param id `'0'`: a random one.
   * @throws EtcdRefusal when the id is taken or the TTL too large.
   */
  grant(ttl: number, id: string): Lease {
    if (ttl > maxTtl) throw new EtcdRefusal('leaseTtlTooLarge');
    if (this.leases.has(id)) throw new EtcdRefusal('leaseExists');
    const lease: OwnLease = {
      id: id === '0' ? randomLeaseId() : id,
      ttl: Math.max(ttl, minTtl),
      keys: new Set(),
      expiresAt: 0,
    };
    this.leases.set(lease.id, lease);
    this.renew(lease.id);
    return lease;
  }

  has(id: string): boolean {
    return this.leases.has(id);
  }

  get(id: string): Lease | undefined {
    return this.leases.get(id);
  }

  /** Gives a lease its full TTL again. @returns undefined when there is no such lease. */
  renew(id: string): Lease | undefined {
    const lease = this.leases.get(id);
    if (lease === undefined) return undefined;
    lease.expiresAt = this.clock.now() + lease.ttl * 1000;
    this.wakeBy(lease.expiresAt);
    return lease;
  }

  /** Seconds left, rounded down. */
  remaining(id: string): number {
    const lease = this.leases.get(id);
    return lease === undefined ? -1 : Math.floor((lease.expiresAt - this.clock.now()) / 1000);
  }

  /** Forgets a lease. Its keys are the caller's to delete. */
  remove(id: string): Lease | undefined {
    const lease = this.leases.get(id);
    this.leases.delete(id);
    return lease;
  }

  /** A key moved from one lease to another; `'0'` and leases that are gone are passed over. */
  move(key: Key, before: string, after: string): void {
    this.leases.get(before)?.keys.delete(key);
    this.leases.get(after)?.keys.add(key);
  }

  /** Those that expire first come first. */
  all(): Lease[] {
    return [...this.leases.values()].sort((a, b) => a.expiresAt - b.expiresAt);
  }

  /** Forgets all leases and lets go of the clock. */
  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.leases.clear();
  }

  /** Renewals keep the timer: it then fires too early once, instead of being reset each time. */
  private wakeBy(time: number): void {
    if (this.timer !== undefined && this.timer.firesAt <= time) return;
    this.timer?.cancel();
    const cancel = this.clock.after(Math.max(0, Math.ceil(time - this.clock.now())), () => {
      this.timer = undefined;
      this.expireDue();
    });
    this.timer = { firesAt: time, cancel };
  }

  private expireDue(): void {
    const now = this.clock.now();
    const due = this.all().filter((lease) => this.leases.get(lease.id)!.expiresAt <= now);
    for (const { id } of due) this.expire(id);
    let next = Infinity;
    for (const { expiresAt } of this.leases.values()) next = Math.min(next, expiresAt);
    if (next !== Infinity) this.wakeBy(next);
  }
}

/** A random positive id of 63 bits in decimal, as etcd chooses for leases. */
function randomLeaseId(): string {
  return (randomBytes(8).readBigUInt64BE() & 0x7fff_ffff_ffff_ffffn || 1n).toString();
}
