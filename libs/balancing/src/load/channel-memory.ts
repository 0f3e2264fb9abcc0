import type { ServiceInstance } from '@grpc-discovery/registry';
import { realClock, type Clock } from '../policies/policy.js';
import { CallCounts, MeasuredLoad } from './endpoint-load.js';
import { SharedAddresses } from './shared-addresses.js';

/** An instance that returns within this time is not new: it lost its lease for a moment. */
const RETENTION_MS = 60_000;

interface Memory {
  readonly load: MeasuredLoad;
  /** Distinguishes the process from one that was restarted with the same id. */
  readonly startedAt: string;
  /** Number of the last list that contained the instance. */
  round: number;
  /** When it left the list; undefined while it is listed. */
  goneAt: number | undefined;
}

/** What one channel has learned about its instances. It outlives policies, which a new service config may replace. */
export class ChannelMemory {
  /** Calls to all instances together. */
  readonly total = new CallCounts();
  private readonly memories = new Map<string, Memory>();
  private round = 0;
  private isFirstList = true;

  constructor(
    private readonly clock: Clock = realClock,
    readonly shared = new SharedAddresses(clock, () => undefined),
  ) {}

  load(instance: ServiceInstance): MeasuredLoad {
    return this.memory(instance).load;
  }

  /** Records a list. */
  see(listed: readonly ServiceInstance[]): void {
    this.round += 1;
    for (const instance of listed) {
      const memory = this.memory(instance);
      memory.round = this.round;
      memory.goneAt = undefined;
    }
    if (listed.length > 0) this.isFirstList = false;
    if (this.memories.size > listed.length) this.forget();
  }

  private memory({ address, id, startedAt }: ServiceInstance): Memory {
    const known = this.memories.get(address);
    if (known?.load.instanceId === id && known.startedAt === startedAt) return known;
    const load = new MeasuredLoad(id, this.isFirstList ? -Infinity : this.clock.now(), this.total);
    const memory: Memory = { load, startedAt, round: this.round, goneAt: undefined };
    this.memories.set(address, memory);
    return memory;
  }

  private forget(): void {
    const now = this.clock.now();
    for (const [address, memory] of this.memories) {
      if (memory.round === this.round) continue;
      memory.goneAt ??= now;
      if (now - memory.goneAt >= RETENTION_MS) this.memories.delete(address);
    }
  }
}
