import { createHook } from 'node:async_hooks';
import type { EtcdCluster } from '@grpc-discovery/test-support';
import { setTimeout as delay } from 'node:timers/promises';

/** What this process holds. */
export interface Resources {
  /** Without those of the proxies in front of etcd, which are in this process, too. */
  readonly sockets: number;
  readonly etcdConnections: number;
  readonly timers: number;
  readonly heapMiB: number;
}

/** Counts what this process holds, and what does not keep it alive, too. It must be made before all that it is to count. */
export class ResourceCount {
  private readonly timers = new Set<number>();
  private readonly sockets = new Set<number>();
  private readonly hook = createHook({
    init: (id, type) => {
      if (type === 'Timeout') this.timers.add(id);
      if (type === 'TCPWRAP') this.sockets.add(id);
    },
    destroy: (id) => {
      this.timers.delete(id);
      this.sockets.delete(id);
    },
  }).enable();

  /** @param proxied asks for the connections through proxies, which have a socket of this process on both sides of each. */
  constructor(private readonly proxied: () => EtcdCluster['connections']) {}

  /** The least of several looks: timers and connections come and go at work, too. */
  async least(): Promise<Resources> {
    let least = this.now();
    for (let look = 1; look < LOOKS; look++) {
      await delay(500);
      const now = this.now();
      least = {
        sockets: Math.min(least.sockets, now.sockets),
        etcdConnections: Math.min(least.etcdConnections, now.etcdConnections),
        timers: Math.min(least.timers, now.timers),
        heapMiB: Math.min(least.heapMiB, now.heapMiB),
      };
    }
    return least;
  }

  /** Looks until the count is back to the baseline, for a bounded time: sockets close gracefully, and backoffs end. */
  async settled(before: Resources): Promise<Resources> {
    const deadline = performance.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const after = await this.least();
      if (leaks(before, after).length === 0 || performance.now() > deadline) return after;
    }
  }

  stop(): void {
    this.hook.disable();
  }

  /** The heap is counted after a collection, for which the process needs `--expose-gc`. */
  private now(): Resources {
    globalThis.gc?.();
    const { ofClients, ofPeers } = this.proxied();
    return {
      sockets: this.sockets.size - 2 * (ofClients + ofPeers),
      etcdConnections: ofClients,
      timers: this.timers.size,
      heapMiB: process.memoryUsage().heapUsed / 2 ** 20,
    };
  }
}

const LOOKS = 6;
const SETTLED_WITHIN_MS = 60_000;
/**
 * More than before that is no leak: a registry may end with its watch on another member of etcd than its calls, which is
 * one connection more, with up to three timers, for each of three clients and four instances.
 */
const SLACK = { sockets: 3, etcdConnections: 7, timers: 9 };
/** Growth of the heap that is no leak: code that is compiled late, and what a soak itself writes down. */
const HEAP_SLACK_MIB = 12;

/** What is more than it was. */
export function leaks(before: Resources, after: Resources): readonly string[] {
  const leaked: string[] = [];
  if (after.sockets > before.sockets + SLACK.sockets)
    leaked.push('There are more sockets than before');
  if (after.etcdConnections > before.etcdConnections + SLACK.etcdConnections) {
    leaked.push('There are more connections to etcd than before');
  }
  if (after.timers > before.timers + SLACK.timers) leaked.push('There are more timers than before');
  if (after.heapMiB > before.heapMiB + HEAP_SLACK_MIB) leaked.push('The heap has grown');
  return leaked;
}
