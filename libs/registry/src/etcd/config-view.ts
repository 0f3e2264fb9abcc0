import { decodeServiceConfig } from '../config/service-config-codec.js';
import type { ConfigState } from '../service-configs.js';
import type { KeyValue, WatchEvent } from './etcd-connection.js';
import type { RangeView } from './range-view.js';

const NONE: ConfigState = { kind: 'none' };

/** What is published under one key, as lists and events tell of it. A broken value is told once and changes nothing. */
export class ConfigView implements RangeView {
  private reflected = 0n;
  /** Revision of the value that was read last, good or broken. */
  private readAt: bigint | undefined;
  private current: ConfigState = NONE;
  private isBroken = false;

  /** @param onBroken Called once per broken value. */
  constructor(
    private readonly valueBytes: number,
    private readonly onBroken: (key: string, error: unknown) => void,
  ) {}

  get revision(): bigint {
    return this.reflected;
  }

  get brokenEntries(): number {
    return this.isBroken ? 1 : 0;
  }

  get state(): ConfigState {
    return this.current;
  }

  replace(revision: bigint, [kv]: readonly KeyValue[]): boolean {
    const before = this.current;
    if (kv === undefined) this.remove();
    else if (kv.modRevision !== this.readAt) this.put(kv);
    this.reflected = revision;
    return this.current !== before;
  }

  apply(events: readonly WatchEvent[]): boolean {
    const before = this.current;
    for (const event of events) {
      if (event.modRevision <= this.reflected) continue;
      if (event.kind === 'put') this.put(event);
      else this.remove();
      this.reflected = event.modRevision;
    }
    return this.current !== before;
  }

  /** The config itself stays: if the new store holds a broken one, it is still the last good one. */
  clear(): void {
    this.reflected = 0n;
    this.readAt = undefined;
  }

  private put({ key, value, modRevision }: KeyValue): void {
    this.readAt = modRevision;
    try {
      const config = decodeServiceConfig(key, value, this.valueBytes);
      this.current = { kind: 'published', config, revision: String(modRevision) };
      this.isBroken = false;
    } catch (error) {
      this.isBroken = true;
      this.onBroken(key, error);
    }
  }

  private remove(): void {
    this.readAt = undefined;
    this.isBroken = false;
    this.current = NONE;
  }
}
