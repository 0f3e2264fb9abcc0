import type { ServiceInstance } from '@grpc-discovery/registry';
import type { SharedAddress } from '../channel/shared-address.js';

/**
 * For so long two processes and a predecessor whose lease has not ended look the same, in milliseconds. What has been shared
 * counts as shared for as long afterwards: the connection may still lead to the process that has gone.
 */
const CERTAIN_MS = 60_000;

interface Sharing {
  ids: readonly string[];
  readonly since: number;
  /** When one instance alone was left; undefined while there are several. */
  endedAt: number | undefined;
  isTold: boolean;
}

/**
 * Addresses that several live instances have: workers of one port, or instances behind a balancer of their own. A connection
 * leads to any of them, so what one says of itself, such as NOT_SERVING, says nothing of the address.
 */
export class SharedAddresses {
  private readonly sharings = new Map<string, Sharing>();
  private timer: NodeJS.Timeout | undefined;

  /** @param onShared told of addresses once they are certain, and again when they had not been shared in between. */
  constructor(
    private readonly now: () => number,
    private readonly onShared: (shared: readonly SharedAddress[]) => void,
  ) {}

  /** Takes note of a list. */
  see(instances: readonly ServiceInstance[]): void {
    const now = this.now();
    const shared = idsOfShared(instances);
    for (const [address, ids] of shared) {
      const known = this.sharings.get(address);
      if (known) Object.assign(known, { ids, endedAt: undefined });
      else this.sharings.set(address, { ids, since: now, endedAt: undefined, isTold: false });
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
    const now = this.now();
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
    const untold = this.untold();
    if (untold.length === 0) return;
    const first = Math.min(...untold.map(([, { since }]) => since));
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.tell();
        this.schedule();
      },
      Math.max(1, first + CERTAIN_MS - this.now()),
    ).unref();
  }

  private tell(): void {
    const certain = this.untold().filter(([, { since }]) => this.now() - since >= CERTAIN_MS);
    for (const [, sharing] of certain) sharing.isTold = true;
    if (certain.length === 0) return;
    this.onShared(certain.map(([address, { ids }]) => ({ address, ids })));
  }

  private untold(): [string, Sharing][] {
    return [...this.sharings].filter(([, it]) => !it.isTold && it.endedAt === undefined);
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
