import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DISCOVERY_ARGS_KEY, DiscoveryArgs } from '../channel/channel-args.js';
import { isMassRemoval, normalMassRemoval, type MassRemoval } from '../channel/mass-removal.js';
import { roundRobin } from '../policies/round-robin.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { ScriptedWatcher } from '../spec/scripted-watcher.js';

const HOLD_MS = 1_000;
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

  it.each([{ share: 2 }, { share: '1' }, { holdMs: -1 }, { hold: 1 }])(
    'is not judged by %j',
    (options) => {
      expect(() => normalMassRemoval(options as object)).toThrow(/^massRemoval: /);
    },
  );
});

describe('a channel whose list collapses', () => {
  let policy: ScriptedPolicy;
  let removals: MassRemoval[];

  beforeEach(() => {
    jest.useFakeTimers();
    removals = [];
    policy = new ScriptedPolicy(roundRobin());
    list(instances);
    for (const address of addresses) policy.channel.ready(address);
  });
  afterEach(() => {
    policy.balancer.destroy();
    jest.useRealTimers();
  });

  function args(holdMs = HOLD_MS) {
    const fields = {
      watcher: new ScriptedWatcher(),
      connectTimeoutMs: 20_000,
      massRemoval: normalMassRemoval({ holdMs }),
      onMassRemoval: (removal: MassRemoval) => void removals.push(removal),
    };
    return { [DISCOVERY_ARGS_KEY]: new DiscoveryArgs(fields) };
  }
  const list = (listed: typeof instances) => policy.list(listed, args());
  const picked = () => new Set(policy.channel.picks(20));
  const connected = () =>
    policy.channel.subchannels.filter(({ refs }) => refs > 0).map(({ address }) => address);

  it('goes on with all that are connected, tells of it, and lets them go in the end', () => {
    list([first!]);
    expect(picked()).toEqual(new Set(addresses));
    expect(removals).toEqual([{ held: 9, before: 10, after: 1, holdMs: HOLD_MS }]);
    jest.advanceTimersByTime(HOLD_MS - 1);
    expect(picked()).toEqual(new Set(addresses));
    jest.advanceTimersByTime(1);
    expect(picked()).toEqual(new Set([addresses[0]]));
    expect(connected()).toEqual([addresses[0]]);
  });

  it('lets those go at once that are not connected, then and later', () => {
    policy.channel.at(addresses[9]!).go('IDLE');
    list([first!]);
    expect(connected()).toEqual(addresses.slice(0, 9));
    policy.channel.at(addresses[8]!).go('IDLE');
    expect(connected()).toEqual(addresses.slice(0, 8));
    policy.channel.at(addresses[0]!).go('IDLE');
    // It is listed: it stays and connects again.
    expect(connected()).toEqual(addresses.slice(0, 8));
  });

  it('calls only what is listed for a moment after one of those held has closed: others may be closing', () => {
    list([first!]);
    policy.channel.at(addresses[9]!).go('IDLE');
    expect(picked()).toEqual(new Set([addresses[0]]));
    expect(connected()).toHaveLength(9);
    jest.advanceTimersByTime(250);
    expect(picked()).toEqual(new Set(addresses.slice(0, 9)));
    policy.channel.at(addresses[8]!).go('IDLE');
    policy.channel.at(addresses[0]!).go('IDLE');
    // Nobody but those that are held can serve.
    expect(picked()).toEqual(new Set(addresses.slice(1, 8)));
  });

  it('is not disturbed when they come back', () => {
    list([]);
    list(instances);
    expect(policy.channel.subchannels).toHaveLength(10);
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(HOLD_MS);
    expect(picked()).toEqual(new Set(addresses));
  });

  it('holds on while the list shrinks further, and no longer than from the first removal on', () => {
    list(instances.slice(0, 4));
    jest.advanceTimersByTime(HOLD_MS / 2);
    list(instances.slice(0, 3));
    expect(picked()).toEqual(new Set(addresses));
    jest.advanceTimersByTime(HOLD_MS / 2);
    expect(picked()).toEqual(new Set(addresses.slice(0, 3)));
    expect(removals).toHaveLength(1);
  });

  it('has no endpoint, and says so, when the last of them that was held has closed', () => {
    policy.list([], args());
    for (const address of addresses) policy.channel.at(address).go('IDLE');
    expect(connected()).toEqual([]);
    expect(policy.channel.takeStates().at(-1)).toBe('TRANSIENT_FAILURE: No endpoint of it');
  });

  it('holds when the registry answers that there is none', () => {
    policy.noInstance('none');
    expect(picked()).toEqual(new Set(addresses));
    jest.advanceTimersByTime(HOLD_MS);
    expect(policy.channel.takeStates().at(-1)).toBe('TRANSIENT_FAILURE: none');
  });

  it('leaves no timer when it is destroyed', () => {
    list([first!]);
    policy.balancer.destroy();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('believes when others take the place of those that go', () => {
    const others = Array.from({ length: 10 }, (_, i) => instanceAt(`10.0.1.${i}:1`));
    list(others);
    expect(connected()).toEqual(others.map(({ address }) => address));
  });

  it('believes when one of several goes, one after the other', () => {
    for (let left = 9; left > 0; left--) {
      list(instances.slice(0, left));
      expect(connected()).toHaveLength(left);
    }
    expect(removals).toEqual([]);
  });

  it('believes at once when it is told to hold for no time', () => {
    policy.balancer.destroy();
    policy = new ScriptedPolicy(roundRobin());
    policy.list(instances, args(0));
    for (const address of addresses) policy.channel.ready(address);
    policy.list([first!], args(0));
    expect(connected()).toEqual([addresses[0]]);
  });
});
