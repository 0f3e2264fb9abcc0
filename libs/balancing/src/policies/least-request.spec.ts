import { describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { seeded, tally } from '../spec/random.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { leastRequest } from './least-request.js';

const [a, b, c] = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'] as const;
const list = [instanceAt(a), instanceAt(b), instanceAt(c)];
const nextTurn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

function connected(options = {}, instances = list): ScriptedPolicy {
  const policy = new ScriptedPolicy(leastRequest(options), {}, seeded());
  policy.connect(...instances);
  return policy;
}

/** A call that takes this long. */
function serve(policy: ScriptedPolicy, ms: (address: string) => number, code = status.OK): string {
  const call = policy.channel.call();
  policy.now += ms(call.address);
  call.end(code);
  return call.address;
}

describe('least_request', () => {
  it('sends calls that stay open to the instance with the fewest', () => {
    const { channel } = connected();
    const calls = Array.from({ length: 300 }, () => channel.call());
    expect(tally(calls.map(({ address }) => address))).toEqual({ [a]: 100, [b]: 100, [c]: 100 });
    for (const call of calls) if (call.address === b) call.end();
    expect(tally(Array.from({ length: 100 }, () => channel.call().address))).toEqual({ [b]: 100 });
  });

  it('spreads a burst of picks in one tick before any of them has started', () => {
    const { channel } = connected();
    expect(tally(channel.picks(300))).toEqual({ [a]: 100, [b]: 100, [c]: 100 });
  });

  it('forgets discarded picks when the tick is over', async () => {
    const { channel } = connected();
    const first = channel.pick().subchannel!.getAddress();
    const second = channel.pick().subchannel!.getAddress();
    expect(second).not.toBe(first);
    await nextTurn();
    const counts = tally(Array.from({ length: 300 }, () => channel.call().address));
    expect(counts).toEqual({ [a]: 100, [b]: 100, [c]: 100 });
  });

  it('counts a call that starts after the tick of its pick, and ends it once', async () => {
    const { channel } = connected();
    const pick = channel.pick();
    await nextTurn();
    pick.onCallStarted?.();
    const others = [channel.call().address, channel.call().address];
    expect(others).not.toContain(pick.subchannel!.getAddress());
    pick.onCallEnded?.(status.OK, '', undefined as never);
    expect(channel.call().address).toBe(pick.subchannel!.getAddress());
  });

  it('shares by weight', () => {
    const { channel } = connected({}, [instanceAt(a), instanceAt(b, { weight: 300 })]);
    const counts = tally(Array.from({ length: 400 }, () => channel.call().address));
    expect(counts).toEqual({ [a]: 100, [b]: 300 });
  });

  it('avoids a slow instance, one call after the other', () => {
    const policy = connected();
    const slow = (address: string) => (address === c ? 100 : 10);
    for (let i = 0; i < 50; i++) serve(policy, slow);
    expect(tally(Array.from({ length: 100 }, () => serve(policy, slow)))[c] ?? 0).toBeLessThan(5);
  });

  it('tries it again after some half-lives, and uses it again when it is fast', () => {
    const policy = connected({ halfLifeMs: 1_000 });
    for (let i = 0; i < 50; i++) serve(policy, (address) => (address === c ? 100 : 10));
    policy.now += 10_000;
    for (let i = 0; i < 400; i++) serve(policy, () => 10);
    const counts = tally(Array.from({ length: 300 }, () => serve(policy, () => 10)));
    expect(counts[c]).toBeGreaterThan(50);
  });

  it('does not penalise a new process for its slow first calls', () => {
    const policy = connected({}, [instanceAt(a), instanceAt(b)]);
    for (let i = 0; i < 100; i++) serve(policy, () => 1);
    policy.connect(instanceAt(a), instanceAt(b), instanceAt(c));
    let isFirst = true;
    const coldFirst = (address: string) => {
      if (address !== c || !isFirst) return 1;
      isFirst = false;
      return 50;
    };
    for (let i = 0; i < 60; i++) serve(policy, coldFirst);
    const counts = tally(Array.from({ length: 300 }, () => serve(policy, coldFirst)));
    expect(isFirst).toBe(false);
    expect(counts[c]).toBeGreaterThan(25);
  });

  it('is not attracted by an instance that fails fast', () => {
    const policy = connected();
    for (let i = 0; i < 60; i++) serve(policy, () => 10);
    const failing = (address: string) => (address === c ? 0.1 : 10);
    const picked = Array.from({ length: 90 }, () => {
      const call = policy.channel.call();
      policy.now += failing(call.address);
      call.end(call.address === c ? status.UNAVAILABLE : status.OK);
      return call.address;
    });
    expect(tally(picked)[c] ?? 0).toBeLessThan(10);
  });

  it('keeps counts and latencies across reconnects, new weights and other policies', () => {
    const policy = connected();
    const slow = (address: string) => (address === c ? 100 : 10);
    for (let i = 0; i < 60; i++) serve(policy, slow);
    const open = Array.from({ length: 10 }, () => policy.channel.call());
    policy.channel.at(a).go('IDLE');
    policy.channel.at(a).go('READY');
    policy.list([instanceAt(a), instanceAt(b, { metadata: { color: 'blue' } }), instanceAt(c)]);
    policy.configure(leastRequest({ choiceCount: 3 }));
    policy.list([instanceAt(a), instanceAt(b), instanceAt(c)]);
    expect(policy.channel.subchannels).toHaveLength(3);
    const held = tally(open.map(({ address }) => address));
    expect(held[c] ?? 0).toBeLessThan(3);
    const next = tally(Array.from({ length: 10 }, () => policy.channel.call().address));
    const [ofA, ofB] = [a, b].map((it) => (held[it] ?? 0) + (next[it] ?? 0));
    expect(Math.abs(ofA! - ofB!)).toBeLessThanOrEqual(2);
  });

  it('forgets a process when another takes its address', () => {
    const policy = connected();
    for (let i = 0; i < 60; i++) serve(policy, (address) => (address === c ? 100 : 10));
    policy.list([instanceAt(a), instanceAt(b), instanceAt(c, { id: 'another' })]);
    expect(tally(policy.channel.picks(300))).toEqual({ [a]: 100, [b]: 100, [c]: 100 });
  });

  it('draws two of many, and never the worse of the two', () => {
    const many = Array.from({ length: 20 }, (_, i) => instanceAt(`10.0.1.${i}:1`));
    const { channel } = connected({}, many);
    const counts = tally(Array.from({ length: 2_000 }, () => channel.call().address));
    expect(Object.keys(counts)).toHaveLength(20);
    expect(Math.max(...Object.values(counts)) - Math.min(...Object.values(counts))).toBeLessThan(8);
  });
});
