import { policyConfig, type PolicyType } from './policy-config.js';
import {
  UnselectivePolicy,
  type BalancedEndpoint,
  type EndpointPicker,
  type PolicyConfig,
  type Random,
} from './policy.js';

/** Calls go to each ready instance in turn, whatever its weight; to an instance of weight 0 only if all have weight 0. */
export function roundRobin(): PolicyConfig {
  return policyConfig(roundRobinPolicy, {});
}

export const roundRobinPolicy: PolicyType = {
  name: 'round_robin',
  parse:
    () =>
    ({ random }) =>
      new RoundRobin(random),
};

class RoundRobin extends UnselectivePolicy {
  private readonly rotation: Rotation<BalancedEndpoint>;

  constructor(random: Random) {
    super();
    this.rotation = new Rotation(random);
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const { rotation } = this;
    rotation.update(ready);
    return { pick: (_, avoid) => rotation.next(avoid) };
  }
}

/**
 * Gives equal turns, one after the other. Items that stay keep their order and place when others come and go. New items enter
 * at random places: clients with the same list neither all begin with the same endpoint nor all call a new one at once.
 */
export class Rotation<T> {
  private items: readonly T[] = [];
  /** Index of the item whose turn is next. */
  private cursor = 0;

  constructor(private readonly random: Random) {}

  /** Replaces the items. @param items At least one. */
  update(items: readonly T[]): void {
    const known = new Set(this.items);
    const joined = this.shuffled(items.filter((item) => !known.delete(item)));
    // Items that are still in `known` have left.
    if (joined.length === 0 && known.size === 0) return;
    const { items: old, cursor } = this;
    const upcoming = [...old.slice(cursor), ...old.slice(0, cursor)];
    const stayed = known.size === 0 ? upcoming : upcoming.filter((item) => !known.has(item));
    this.items = this.mixed(stayed, joined);
    this.cursor = 0;
  }

  /** The item whose turn it is. @param avoid An item whose turn is skipped, once. */
  next(avoid?: T): T {
    const first = this.take();
    return first === avoid ? this.take() : first;
  }

  private take(): T {
    const item = this.items[this.cursor]!;
    this.cursor = this.cursor + 1 === this.items.length ? 0 : this.cursor + 1;
    return item;
  }

  private shuffled(items: T[]): T[] {
    for (let i = 0; i < items.length - 1; i++) {
      const j = i + Math.floor(this.random() * (items.length - i));
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }

  /** Merges both in their order, with equal probability for each possible result. */
  private mixed(stayed: readonly T[], joined: readonly T[]): readonly T[] {
    if (joined.length === 0) return stayed;
    if (stayed.length === 0) return joined;
    const total = stayed.length + joined.length;
    const mixed: T[] = [];
    for (let from = 0; mixed.length < total;) {
      const left = total - mixed.length;
      const isNew = this.random() * left < joined.length - from;
      mixed.push(isNew ? joined[from++]! : stayed[mixed.length - from]!);
    }
    return mixed;
  }
}
