import { describe, expect, it, jest } from '@jest/globals';
import { Metadata } from '@grpc/grpc-js';
import { withHashKey } from '../grpc/call-values.js';
import { ChannelMemory } from '../load/channel-memory.js';
import { CallCounts } from '../load/endpoint-load.js';
import { seeded, tally } from '../spec/random.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { consistentHash } from './consistent-hash.js';
import { CHANNEL_MEMORY_KEY } from '../grpc/channel-args.js';

const fleet = (count: number) =>
  Array.from({ length: count }, (_, i) => instanceAt(`10.0.${i >> 8}.${i & 255}:1`));
const keys = Array.from({ length: 10_000 }, (_, i) => `user-${i}`);
const metadataOf = keys.map((key) => withHashKey(new Metadata(), key));

function connected(count: number, options = {}, args = {}): ScriptedPolicy {
  const policy = new ScriptedPolicy(consistentHash(options), {}, seeded());
  policy.list(fleet(count), args);
  for (const { address } of fleet(count)) policy.channel.ready(address);
  policy.channel.takeStates();
  return policy;
}

const owners = ({ channel }: ScriptedPolicy) =>
  metadataOf.map((metadata) => channel.pick(metadata).subchannel!.getAddress());

describe('consistent_hash', () => {
  it('sends calls of one key to one instance, in every client', () => {
    const first = owners(connected(10));
    expect(owners(connected(10))).toEqual(first);
    const reversed = new ScriptedPolicy(consistentHash(), {}, seeded(9));
    reversed.connect(...fleet(10).reverse());
    expect(owners(reversed)).toEqual(first);
  });

  it('uses the key of the caller, otherwise that of the metadata, otherwise a random number', () => {
    const { channel } = connected(10, { metadata: 'X-User' });
    const header = new Metadata();
    header.set('x-user', 'user-1');
    const to = (metadata: Metadata) => channel.pick(metadata).subchannel!.getAddress();
    expect(to(header)).toBe(to(withHashKey(new Metadata(), 'user-1')));
    expect(to(withHashKey(header, 'user-2'))).toBe(to(withHashKey(new Metadata(), 'user-2')));
    const byChance = Array.from({ length: 200 }, () => to(new Metadata()));
    expect(Object.keys(tally(byChance))).toHaveLength(10);
  });

  it('moves only the keys of an instance that leaves, and gives them back when it returns', () => {
    const policy = connected(20);
    const before = owners(policy);
    const [leaving] = fleet(20);
    policy.list(fleet(20).slice(1));
    const after = owners(policy);
    expect(after).not.toContain(leaving!.address);
    const moved = before.filter((owner, i) => owner !== after[i]);
    expect(new Set(moved)).toEqual(new Set([leaving!.address]));
    policy.list(fleet(20));
    policy.channel.ready(leaving!.address);
    expect(owners(policy)).toEqual(before);
  });

  it('moves keys only to an instance that joins', () => {
    const policy = connected(20);
    const before = owners(policy);
    policy.list(fleet(21));
    const joining = fleet(21)[20]!.address;
    policy.channel.ready(joining);
    const moved = owners(policy).filter((owner, i) => owner !== before[i]);
    expect(new Set(moved)).toEqual(new Set([joining]));
    expect(Math.abs(moved.length - 10_000 / 21)).toBeLessThan(120);
  });

  it('distributes keys by weight, and moves few when a weight changes', () => {
    const policy = connected(4);
    const before = owners(policy);
    const [first, ...others] = fleet(4);
    policy.list([{ ...first!, weight: 300 }, ...others]);
    const after = owners(policy);
    expect(Math.abs(tally(after)[first!.address]! - 5_000)).toBeLessThan(250);
    const moved = after.filter((owner, i) => owner !== before[i]);
    expect(new Set(moved)).toEqual(new Set([first!.address]));
    policy.list(fleet(4));
    expect(owners(policy)).toEqual(before);
  });

  it('keeps calls in flight within the bound, and spreads a hot key over more instances', () => {
    const policy = connected(10, { boundedLoad: 1.1, boundedLoadFloor: 0 });
    const calls = metadataOf.map((metadata) => policy.channel.call(metadata));
    const counts = Object.values(tally(calls.map(({ address }) => address)));
    expect(Math.max(...counts) / 1_000).toBeLessThanOrEqual(1.101);
    for (const call of calls) call.end();
    const hot = Array.from({ length: 100 }, () => policy.channel.call(metadataOf[0]));
    expect(Math.max(...Object.values(tally(hot.map(({ address }) => address))))).toBe(11);
  });

  it('keeps a key with its instance up to the floor', () => {
    const policy = connected(10, { boundedLoad: 1.1 });
    const calls = Array.from({ length: 8 }, () => policy.channel.call(metadataOf[0]).address);
    expect(new Set(calls).size).toBe(1);
    expect(policy.channel.call(metadataOf[0]).address).not.toBe(calls[0]);
  });

  it('examines few instances per pick while calls of a replaced policy are in flight', () => {
    const memory = { [CHANNEL_MEMORY_KEY]: new ChannelMemory() };
    const options = { boundedLoad: 1.25, boundedLoadFloor: 0 };
    const before = connected(10, options, memory);
    for (const metadata of metadataOf.slice(0, 1_000)) before.channel.call(metadata);
    before.balancer.destroy();
    const after = connected(10, options, memory);
    const looks = jest.spyOn(CallCounts.prototype, 'active');
    for (const metadata of metadataOf.slice(0, 20)) after.channel.pick(metadata);
    // One for the total, and one for each instance that is examined.
    expect(looks.mock.calls.length / 20).toBeLessThan(4);
    looks.mockRestore();
  });

  it('sends keys of an instance that is not ready elsewhere, and back', () => {
    const policy = connected(10);
    const before = owners(policy);
    const dead = before[0]!;
    policy.channel.at(dead).go('IDLE');
    expect(owners(policy)[0]).not.toBe(dead);
    policy.channel.at(dead).go('READY');
    expect(owners(policy)).toEqual(before);
  });
});
