import type { ServiceInstance } from '@grpc-discovery/registry';
import { SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX } from '../grpc/experimental.js';
import { EndpointLoad } from './endpoint-load.js';
import { SharedAddresses } from './shared-addresses.js';

/** Resolver attribute that holds the channel's {@link ChannelMemory}. */
export const CHANNEL_MEMORY_KEY = `${SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX}.discovery_memory`;

/** An instance that is back within this time is not new: its lease was lost for a moment. */
const RETENTION_MS = 60_000;

interface Memory {
  readonly load: EndpointLoad;
  /** Tells the process from one that was restarted with the same id. */
  readonly startedAt: string;
  /** The last list that the instance was in. */
  round: number;
  /** When it left the list; undefined while it is in it. */
  goneAt: number | undefined;
}

/** What one channel has learned of instances. It outlives the policies, which a new service config may replace. */
export class ChannelMemory {
  /** Calls to all instances together. */
  readonly total = new EndpointLoad('', -Infinity);
  private readonly memories = new Map<string, Memory>();
  private round = 0;
  private isFirstList = true;

  constructor(
    private readonly now: () => number = () => performance.now(),
    readonly shared = new SharedAddresses(now, () => undefined),
  ) {}

  load(instance: ServiceInstance): EndpointLoad {
    return this.memory(instance).load;
  }

  /** Takes note of a list. */
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
    const load = new EndpointLoad(id, this.isFirstList ? -Infinity : this.now());
    const memory: Memory = { load, startedAt, round: this.round, goneAt: undefined };
    this.memories.set(address, memory);
    return memory;
  }

  private forget(): void {
    const now = this.now();
    for (const [address, memory] of this.memories) {
      if (memory.round === this.round) continue;
      memory.goneAt ??= now;
      if (now - memory.goneAt >= RETENTION_MS) this.memories.delete(address);
    }
  }
}

/** The memory among a policy's arguments; a new one when another resolver feeds the policy. */
export function channelMemoryOf(
  args: Readonly<Record<string, unknown>>,
  now: () => number,
): ChannelMemory {
  const memory = args[CHANNEL_MEMORY_KEY];
  return memory instanceof ChannelMemory ? memory : new ChannelMemory(now);
}
