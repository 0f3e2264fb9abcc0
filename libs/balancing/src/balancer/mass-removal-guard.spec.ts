import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { roundRobin } from '../policies/round-robin.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import {
  isMassRemoval,
  normalizeMassRemoval,
  type MassRemoval,
  type MassRemovalOptions,
} from './mass-removal-guard.js';
import { describeChannel, ChannelViewRef } from '../explain/channel-view.js';
import { BALANCER_SETTINGS_KEY, CHANNEL_VIEW_KEY } from '../grpc/channel-args.js';
import { BalancerSettings } from './balancer-settings.js';

const HOLD_MS = 1_000;
const WINDOW_MS = 5_000;
const addresses = Array.from({ length: 10 }, (_, i) => `10.0.0.${i}:1`);
const instances = addresses.map((address) => instanceAt(address));
const [first] = instances;

describe('a removal', () => {
  it.each([
    [10, 4, true],
    [10, 5, false],
    [3, 1, true],
    [3, 2, false],
    [2, 1, false],
    [2, 0, true],
    [1, 0, true],
    [0, 0, false],
    [1, 5, false],
  ])('from %i instances to %i is a mass removal: %s', (before, after, expected) => {
    expect(isMassRemoval(before, after, 0.5)).toBe(expected);
  });

  it.each([
    { share: 2 },
    { share: '1' },
    { windowMs: -1 },
    { windowMs: '5s' },
    { holdMs: -1 },
    { hold: 1 },
  ])('is refused for the options %j', (options) => {
    expect(() => normalizeMassRemoval(options as object)).toThrow(/^massRemoval: /);
  });

  it('uses these values by default', () => {
    expect(normalizeMassRemoval()).toEqual({ share: 0.5, windowMs: 5_000, holdMs: 30_000 });
  });
});

describe('a channel whose list collapses', () => {
  let policy: ScriptedPolicy;
  let removals: MassRemoval[];
  let args: ReturnType<typeof argsOf>;

  beforeEach(() => {
    jest.useFakeTimers();
    create();
  });
  afterEach(() => {
    policy.balancer.destroy();
    jest.useRealTimers();
  });

  function argsOf(massRemoval: MassRemovalOptions) {
    const settings = new BalancerSettings({
      massRemoval: normalizeMassRemoval(massRemoval),
      onMassRemoval: (removal: MassRemoval) => void removals.push(removal),
    });
    return { [BALANCER_SETTINGS_KEY]: settings, [CHANNEL_VIEW_KEY]: new ChannelViewRef() };
  }
  /** A channel that is connected to all. */
  function create(options: MassRemovalOptions = {}): void {
    args = argsOf({ holdMs: HOLD_MS, windowMs: WINDOW_MS, ...options });
    removals = [];
    policy = new ScriptedPolicy(roundRobin());
    list(instances);
    for (const address of addresses) policy.channel.ready(address);
  }
  function pass(ms: number): void {
    policy.now += ms;
    jest.advanceTimersByTime(ms);
  }
  /** One goes after the other, the last of the list first, with a pause before each. */
  function shrink(from: number, to: number, pauseMs: number): void {
    for (let left = from - 1; left >= to; left--) {
      pass(pauseMs);
      list(instances.slice(0, left));
    }
  }
  const list = (listed: typeof instances) => policy.list(listed, args);
  const picked = () => new Set(policy.channel.picks(20));
  const connected = () =>
    policy.channel.subchannels.filter(({ refs }) => refs > 0).map(({ address }) => address);

  it('keeps all that are connected, reports it, and drops them in the end', () => {
    list([first!]);
    expect(picked()).toEqual(new Set(addresses));
    expect(removals).toEqual([{ held: 9, before: 10, after: 1, holdMs: HOLD_MS }]);
    pass(HOLD_MS - 1);
    expect(picked()).toEqual(new Set(addresses));
    pass(1);
    expect(picked()).toEqual(new Set([addresses[0]]));
    expect(connected()).toEqual([addresses[0]]);
  });

  it('drops those that are not connected at once, then and later', () => {
    policy.channel.at(addresses[9]!).go('IDLE');
    list([first!]);
    expect(connected()).toEqual(addresses.slice(0, 9));
    policy.channel.at(addresses[8]!).go('IDLE');
    expect(connected()).toEqual(addresses.slice(0, 8));
    policy.channel.at(addresses[0]!).go('IDLE');
    // It is listed: it stays and reconnects.
    expect(connected()).toEqual(addresses.slice(0, 8));
  });

  it('calls only listed ones for a moment after a held one has closed: others may be closing', () => {
    list([first!]);
    policy.channel.at(addresses[9]!).go('IDLE');
    expect(picked()).toEqual(new Set([addresses[0]]));
    expect(connected()).toHaveLength(9);
    pass(250);
    expect(picked()).toEqual(new Set(addresses.slice(0, 9)));
    policy.channel.at(addresses[8]!).go('IDLE');
    policy.channel.at(addresses[0]!).go('IDLE');
    // Only held ones can serve.
    expect(picked()).toEqual(new Set(addresses.slice(1, 8)));
  });

  it('is not disturbed when they come back', () => {
    list([]);
    list(instances);
    expect(policy.channel.subchannels).toHaveLength(10);
    expect(jest.getTimerCount()).toBe(0);
    pass(HOLD_MS);
    expect(picked()).toEqual(new Set(addresses));
  });

  it('keeps holding while the list shrinks further, bounded from the first removal on', () => {
    list(instances.slice(0, 4));
    pass(HOLD_MS / 2);
    list(instances.slice(0, 3));
    expect(picked()).toEqual(new Set(addresses));
    pass(HOLD_MS / 2);
    expect(picked()).toEqual(new Set(addresses.slice(0, 3)));
    expect(removals).toHaveLength(1);
  });

  it('has no endpoint, and reports it, when the last held one has closed', () => {
    list([]);
    for (const address of addresses) policy.channel.at(address).go('IDLE');
    expect(connected()).toEqual([]);
    expect(policy.channel.takeStates().at(-1)).toBe('TRANSIENT_FAILURE: No endpoint of it');
  });

  it('holds if the registry answers that there is none', () => {
    policy.noInstance('none');
    expect(picked()).toEqual(new Set(addresses));
    pass(HOLD_MS);
    expect(policy.channel.takeStates().at(-1)).toBe('TRANSIENT_FAILURE: none');
  });

  it('leaves no timer when it is destroyed', () => {
    list([first!]);
    policy.balancer.destroy();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('trusts the list if others replace those that leave', () => {
    const others = Array.from({ length: 10 }, (_, i) => instanceAt(`10.0.1.${i}:1`));
    list(others);
    expect(connected()).toEqual(others.map(({ address }) => address));
  });

  it('trusts the list if instances leave one by one and a window apart', () => {
    shrink(10, 1, WINDOW_MS);
    expect(connected()).toEqual([addresses[0]]);
    expect(removals).toEqual([]);
  });

  it('trusts the list if more than half leaves within more than a window', () => {
    // 10 to 4, but no window contains more than 8 to 4.
    shrink(10, 4, WINDOW_MS / 4);
    expect(connected()).toEqual(addresses.slice(0, 4));
    expect(removals).toEqual([]);
  });

  it.each([
    ['after the other has gone', 0],
    ['before the other goes', 1],
  ])('trusts the list if instances are replaced one for one, each %s', (_, ahead) => {
    const others = addresses.map((_, i) => instanceAt(`10.0.1.${i}:1`));
    const mixed = (came: number, gone: number) =>
      list([...others.slice(0, came), ...instances.slice(gone)]);
    for (let i = 0; i < 10; i++) {
      mixed(i + ahead, i + 1 - ahead);
      mixed(i + 1, i + 1);
    }
    expect(connected()).toEqual(others.map(({ address }) => address));
    expect(removals).toEqual([]);
  });

  it('compares only consecutive updates with a window of 0 ms', () => {
    create({ windowMs: 0 });
    shrink(10, 1, 0);
    expect(connected()).toEqual([addresses[0]]);
    expect(removals).toEqual([]);
  });

  it('trusts the list if holdMs is 0', () => {
    create({ holdMs: 0 });
    list([first!]);
    expect(connected()).toEqual([addresses[0]]);
  });

  describe('as leases expire one by one', () => {
    const PAUSE_MS = 250;

    beforeEach(() => create({ holdMs: 30_000 }));

    it('trusts the list until more than half has left, holds what leaves from then on, and reports it once', () => {
      shrink(10, 5, PAUSE_MS);
      expect(connected()).toEqual(addresses.slice(0, 5));
      expect(removals).toEqual([]);
      shrink(5, 0, PAUSE_MS);
      expect(picked()).toEqual(new Set(addresses.slice(0, 5)));
      expect(removals).toEqual([{ held: 1, before: 10, after: 4, holdMs: 30_000 }]);
      expect(describeChannel(args)!.massRemovals).toBe(1);
    });

    it('holds for holdMs from the first held one', () => {
      shrink(10, 4, PAUSE_MS);
      shrink(4, 1, PAUSE_MS);
      pass(30_000 - 3 * PAUSE_MS - 1);
      expect(connected()).toEqual(addresses.slice(0, 5));
      pass(1);
      expect(connected()).toEqual([addresses[0]]);
    });

    it('continues as before when they return', () => {
      shrink(10, 0, PAUSE_MS);
      for (let back = 1; back <= 10; back++) list(instances.slice(0, back));
      for (const address of addresses) policy.channel.ready(address);
      expect(jest.getTimerCount()).toBe(0);
      shrink(10, 9, PAUSE_MS);
      expect(connected()).toHaveLength(9);
      expect(removals).toHaveLength(1);
    });

    it('drops each that closes, keeps holding others, and does not report it again', () => {
      shrink(10, 4, PAUSE_MS);
      policy.channel.at(addresses[4]!).go('IDLE');
      expect(connected()).toEqual(addresses.slice(0, 4));
      expect(jest.getTimerCount()).toBe(0);
      shrink(4, 2, PAUSE_MS);
      expect(connected()).toEqual(addresses.slice(0, 4));
      expect(removals).toHaveLength(1);
    });

    it('counts those that are not connected, and holds the first connected one', () => {
      for (const address of addresses.slice(4)) policy.channel.at(address).go('IDLE');
      shrink(10, 4, PAUSE_MS);
      expect(connected()).toEqual(addresses.slice(0, 4));
      expect(removals).toEqual([]);
      shrink(4, 3, PAUSE_MS);
      expect(connected()).toEqual(addresses.slice(0, 4));
      expect(removals).toEqual([{ held: 1, before: 10, after: 3, holdMs: 30_000 }]);
    });

    it('reports the next mass removal after the list was complete again', () => {
      shrink(10, 4, PAUSE_MS);
      list(instances);
      for (const address of addresses) policy.channel.ready(address);
      shrink(10, 4, PAUSE_MS);
      expect(removals).toHaveLength(2);
    });
  });

  it('trusts the list after the hold has ended, even while the window still contains the old size', () => {
    list(instances.slice(0, 4));
    list(instances.slice(0, 3));
    pass(HOLD_MS);
    list(instances.slice(0, 2));
    expect(connected()).toEqual(addresses.slice(0, 2));
    expect(removals).toHaveLength(1);
  });
});
