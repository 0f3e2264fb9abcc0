import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ServiceInstance } from '@grpc-discovery/registry';
import { status } from '@grpc/grpc-js';
import { ChannelMemory } from '../load/channel-memory.js';
import { roundRobin } from '../policies/round-robin.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { healthRequest, normalizeHealthWatch, isNotServing } from './health-watch.js';
import { CHANNEL_MEMORY_KEY, BALANCER_SETTINGS_KEY } from '../grpc/channel-args.js';
import { BalancerSettings } from '../balancer/balancer-settings.js';

const [a, b] = ['10.0.0.1:1', '10.0.0.2:1'] as const;
const SERVING = [0x08, 1];
const NOT_SERVING = [0x08, 2];

describe('the health protocol', () => {
  it('requests a service by name, and the server without a name', () => {
    expect([...healthRequest('')]).toEqual([]);
    expect([...healthRequest('ab')]).toEqual([0x0a, 2, 97, 98]);
  });

  it.each([
    ['UNKNOWN', [], false],
    ['a broken one', [0x08], false],
    ['SERVING', [0x08, 1], false],
    ['NOT_SERVING', [0x08, 2], true],
    ['SERVICE_UNKNOWN', [0x08, 3], false],
    ['another message', [0xff, 2], false],
  ])('reads from %s whether the server does not serve', (_, response, expected) => {
    expect(isNotServing(Uint8Array.from(response))).toBe(expected);
  });

  it('refuses an invalid name', () => {
    expect(() => normalizeHealthWatch({ service: 1 as never })).toThrow(/^health: service must be/);
  });
});

describe('the health watch of an endpoint', () => {
  let policy: ScriptedPolicy;
  let memory: ChannelMemory;

  beforeEach(async () => {
    jest.useFakeTimers();
    memory = new ChannelMemory();
    // A random number in the middle: no jitter.
    policy = new ScriptedPolicy(roundRobin(), {}, () => 0.5);
    list(a, b);
    for (const address of [a, b]) policy.channel.ready(address);
    await opened();
    policy.channel.takeStates();
  });
  afterEach(() => {
    policy.balancer.destroy();
    jest.useRealTimers();
  });

  const list = (...addresses: string[]) => listInstances(addresses.map((each) => instanceAt(each)));
  const listRestarted = (restarted: string) =>
    listInstances(
      [a, b].map((each) =>
        instanceAt(each, each === restarted ? { startedAt: new Date().toISOString() } : {}),
      ),
    );
  const listInstances = (instances: readonly ServiceInstance[]) => {
    const settings = new BalancerSettings({ health: normalizeHealthWatch({ service: 'x' }) });
    policy.list(instances, { [BALANCER_SETTINGS_KEY]: settings, [CHANNEL_MEMORY_KEY]: memory });
  };
  /** Credentials are asked for in a promise. */
  const opened = async () => {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const streams = (address: string) => policy.channel.at(address).streams;
  const stream = (address: string) => streams(address).at(-1)!;
  const picked = () => new Set(policy.channel.picks(4));

  it('is one stream for the configured service', () => {
    expect(streams(a).map(({ path }) => path)).toEqual(['greeter/grpc.health.v1.Health/Watch']);
    expect([...stream(a).request]).toEqual([0, 0, 0, 0, 3, 0x0a, 1, 120]);
  });

  it('considers an endpoint ready until it reports NOT_SERVING, and again once it serves', () => {
    expect(picked()).toEqual(new Set([a, b]));
    stream(a).answer(...NOT_SERVING);
    expect(picked()).toEqual(new Set([b]));
    stream(a).answer(...SERVING);
    expect(picked()).toEqual(new Set([a, b]));
    expect(policy.channel.at(a).connects).toBe(1);
  });

  it('fails calls with the health of the endpoints when none serves', () => {
    for (const address of [a, b]) stream(address).answer(...NOT_SERVING);
    expect(policy.channel.takeStates().at(-1)).toContain(`${b}: its health is NOT_SERVING`);
  });

  it('ignores the status of one of several instances at an address', () => {
    memory.shared.see([instanceAt(a), instanceAt(a, { id: 'another' })]);
    jest.advanceTimersByTime(60_000);
    for (const address of [a, b]) stream(address).answer(...NOT_SERVING);
    expect(picked()).toEqual(new Set([a]));
  });

  it('asks a server without a health service again only after a reconnect', async () => {
    stream(a).end(status.UNIMPLEMENTED);
    jest.advanceTimersByTime(600_000);
    expect(streams(a)).toHaveLength(1);
    expect(picked()).toEqual(new Set([a, b]));
    policy.channel.at(a).go('IDLE');
    policy.channel.at(a).go('READY');
    await opened();
    expect(streams(a)).toHaveLength(2);
  });

  const reconnect = async (address: string) => {
    policy.channel.at(address).go('IDLE');
    policy.channel.at(address).go('READY');
    await opened();
  };

  it('applies the status of the last connection to a silent new one for a second', async () => {
    stream(a).answer(...NOT_SERVING);
    await reconnect(a);
    jest.advanceTimersByTime(999);
    expect(picked()).toEqual(new Set([b]));
    jest.advanceTimersByTime(1);
    expect(picked()).toEqual(new Set([a, b]));
  });

  it('applies the status of a new connection that reports NOT_SERVING again', async () => {
    stream(a).answer(...NOT_SERVING);
    await reconnect(a);
    stream(a).answer(...NOT_SERVING);
    jest.advanceTimersByTime(600_000);
    expect(picked()).toEqual(new Set([b]));
  });

  it('does not apply the status of a process to its successor at the same address', () => {
    stream(a).answer(...NOT_SERVING);
    policy.channel.at(a).go('IDLE');
    list(a, b);
    expect(picked()).toEqual(new Set([b]));
    listRestarted(a);
    policy.channel.at(a).go('READY');
    expect(picked()).toEqual(new Set([a, b]));
  });

  it('reopens a broken stream with a growing backoff, and keeps the last status meanwhile', async () => {
    stream(a).answer(...NOT_SERVING);
    for (const [tries, delayMs] of [1_000, 1_600, 2_560].entries()) {
      stream(a).end(status.INTERNAL);
      expect(picked()).toEqual(new Set([b]));
      jest.advanceTimersByTime(delayMs - 1);
      await opened();
      expect(streams(a)).toHaveLength(tries + 1);
      jest.advanceTimersByTime(1);
      await opened();
      expect(streams(a)).toHaveLength(tries + 2);
    }
    stream(a).answer(...SERVING);
    expect(picked()).toEqual(new Set([a, b]));
    stream(a).end(status.INTERNAL);
    jest.advanceTimersByTime(1_000);
    await opened();
    expect(streams(a)).toHaveLength(5);
  });

  it('ends when the endpoint is no longer connected or listed, and with the channel', async () => {
    policy.channel.at(a).go('IDLE');
    expect(stream(a).isCancelled).toBe(true);
    list(a);
    expect(stream(b).isCancelled).toBe(true);
    policy.channel.at(a).go('READY');
    await opened();
    stream(a).end(status.INTERNAL);
    policy.balancer.destroy();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps the status NOT_SERVING across a reconnect', async () => {
    stream(a).answer(...NOT_SERVING);
    policy.channel.at(a).go('IDLE');
    policy.channel.at(a).go('READY');
    await opened();
    expect(picked()).toEqual(new Set([b]));
    stream(a).answer(...SERVING);
    expect(picked()).toEqual(new Set([a, b]));
  });
});
