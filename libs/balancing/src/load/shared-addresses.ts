import type { ServiceInstance } from '@grpc-discovery/registry';
import type { Clock } from '../policies/policy.js';

/** An address under which several instances are registered. */
export interface SharedAddress {
  readonly address: string;
  /** Ids of the instances, in the registry's order. */
  readonly ids: readonly string[];
}

/**
 * A process and its predecessor whose lease has not expired look like two processes for this long, in milliseconds. An
 * address also counts as shared for as long afterwards: the connection may still lead to the process that has gone.
 */
const CERTAIN_MS = 60_000;

interface Sharing {
  ids: readonly string[];
  readonly since: number;
  /** When only one instance was left; undefined while there are several. */
  endedAt: number | undefined;
  isReported: boolean;
}

/**
 * Addresses of several live instances: workers on one port, or instances behind a load balancer. A connection leads to any
 * of them, so what one reports of itself, such as NOT_SERVING, says nothing about the address.
 */
export class SharedAddresses {
  private readonly sharings = new Map<string, Sharing>();
  private timer: NodeJS.Timeout | undefined;

  /** @param onShared Called with addresses once they are certain, and again if they were not shared in between. */
  constructor(
    private readonly clock: Clock,
    private readonly onShared: (shared: readonly SharedAddress[]) => void,
  ) {}

  /** Records a list. */
  see(instances: readonly ServiceInstance[]): void {
    const now = this.clock.now();
    const shared = idsOfShared(instances);
    for (const [address, ids] of shared) {
      const known = this.sharings.get(address);
      if (known) Object.assign(known, { ids, endedAt: undefined });
      else this.sharings.set(address, { ids, since: now, endedAt: undefined, isReported: false });
    }
    for (const [address, sharing] of this.sharings) {
      if (!shared.has(address)) this.end(address, sharing, now);
    }
    this.schedule();
  }

  isShared(address: string): boolean {
    const sharing = this.sharings.get(address);
    if (!sharing) return false;
    const { since, endedAt } = sharing;
    const now = this.clock.now();
    return endedAt === undefined ? now - since >= CERTAIN_MS : now - endedAt < CERTAIN_MS;
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private end(address: string, sharing: Sharing, now: number): void {
    sharing.endedAt ??= now;
    const wasCertain = sharing.endedAt - sharing.since >= CERTAIN_MS;
    if (!wasCertain || now - sharing.endedAt >= CERTAIN_MS) this.sharings.delete(address);
  }

  private schedule(): void {
    if (this.timer) return;
    const unreported = this.unreported();
    if (unreported.length === 0) return;
    const first = Math.min(...unreported.map(([, { since }]) => since));
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.report();
        this.schedule();
      },
      Math.max(1, first + CERTAIN_MS - this.clock.now()),
    ).unref();
  }

  private report(): void {
    const now = this.clock.now();
    const certain = this.unreported().filter(([, { since }]) => now - since >= CERTAIN_MS);
    for (const [, sharing] of certain) sharing.isReported = true;
    if (certain.length === 0) return;
    this.onShared(certain.map(([address, { ids }]) => ({ address, ids })));
  }

  private unreported(): [string, Sharing][] {
    return [...this.sharings].filter(([, it]) => !it.isReported && it.endedAt === undefined);
  }
}

function idsOfShared(instances: readonly ServiceInstance[]): Map<string, string[]> {
  const first = new Map<string, string>();
  const shared = new Map<string, string[]>();
  for (const { address, id } of instances) {
    const other = first.get(address);
    if (other === undefined) first.set(address, id);
    else if (!shared.get(address)?.push(id)) shared.set(address, [other, id]);
  }
  return shared;
}
