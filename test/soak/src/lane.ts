import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from './chance.js';
import type { Fault } from './etcd-faults.js';
import type { World } from './world.js';

export type LaneState =
  | { readonly kind: 'calm'; readonly since: number }
  | { readonly kind: 'fault'; readonly name: string };

export interface LaneOptions {
  readonly faults: readonly Fault[];
  /** Whether a fault may begin now. */
  readonly mayBegin: (world: World) => boolean;
  readonly heal: (world: World) => Promise<void> | void;
  /** Seconds between two faults, least and most. */
  readonly calm: readonly [number, number];
  readonly onFault: (name: string) => void;
}

/** One sort of faults, one after the other, in an order that the seed decides. */
export class Lane {
  state: LaneState = { kind: 'calm', since: performance.now() };

  constructor(
    private readonly world: World,
    private readonly chance: Chance,
    private readonly options: LaneOptions,
  ) {}

  /** Until the time is over; then all is healed. */
  async run(signal: AbortSignal): Promise<void> {
    const { faults, mayBegin, heal, onFault } = this.options;
    while (!signal.aborted) {
      await this.pause(this.options.calm, signal);
      while (!signal.aborted && !mayBegin(this.world)) await this.pause([0.1, 0.1], signal);
      if (signal.aborted) return;
      const fault = this.chance.oneOf(faults);
      onFault(fault.name);
      this.state = { kind: 'fault', name: fault.name };
      await fault.begin(this.world, this.chance);
      if (fault.lasts) await this.pause(fault.lasts, signal);
      await heal(this.world);
      this.state = { kind: 'calm', since: performance.now() };
    }
  }

  private async pause([least, most]: readonly [number, number], signal: AbortSignal) {
    const ms = this.chance.between(least, most) * 1_000;
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }
}
