import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ChannelOptions } from '@grpc/grpc-js';
import { discoveryChannelOptions } from '../channel-options.js';
import type { ResolverListener } from '../grpc/experimental.js';
import { installBalancing } from '../install.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedWatcher } from '../spec/scripted-watcher.js';
import { isInstanceEndpoint } from './instance-endpoints.js';
import { InstanceResolver } from './instance-resolver.js';

const target = { scheme: 'etcd', authority: '', path: 'greeter' };
const one = instanceAt('10.0.0.1:1');
const two = instanceAt('10.0.0.2:1');

describe('the name resolver', () => {
  let watcher: ScriptedWatcher;
  let results: string[];

  const listener: ResolverListener = (endpoints, _, __, note) => {
    results.push(
      endpoints.ok
        ? endpoints.value
            .filter(isInstanceEndpoint)
            .map(({ instance }) => `${instance.address}*${instance.weight}`)
            .join(' ') + ` of ${note}`
        : `${endpoints.error.code}: ${endpoints.error.details}`,
    );
    return true;
  };

  function resolver(options: ChannelOptions = discoveryChannelOptions({ watcher })) {
    return new InstanceResolver(target, listener, options);
  }

  beforeAll(() => installBalancing());
  beforeEach(() => {
    jest.useFakeTimers();
    watcher = new ScriptedWatcher();
    results = [];
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('throws, with the remedy, without a watcher', () => {
    expect(() => resolver({})).toThrow(
      'The channel to service "greeter" has no watcher: create its options with discoveryChannelOptions({ watcher })',
    );
  });

  it.each(['etcd://host/greeter', 'etcd:///a/b', 'etcd:///'])('refuses the target %s', (text) => {
    const [, authority = '', path = ''] = /^etcd:\/\/([^/]*)\/(.*)$/.exec(text) ?? [];
    const wrong = { scheme: 'etcd', authority, path };
    expect(() => InstanceResolver.getDefaultAuthority(wrong)).toThrow(
      `The target of a discovery channel must be etcd:///<service>, but is ${text}`,
    );
  });

  it('uses the service as the authority of calls', () => {
    expect(InstanceResolver.getDefaultAuthority(target)).toBe('greeter');
  });

  it('watches once, however many hints it gets, and ignores the hints', async () => {
    watcher.live(one);
    const it = resolver();
    expect(watcher.watches).toBe(0);
    for (let i = 0; i < 100; i++) it.updateResolution();
    expect(results).toEqual([]);
    await Promise.resolve();
    for (let i = 0; i < 100; i++) it.updateResolution();
    jest.advanceTimersByTime(60_000);
    expect(watcher.watches).toBe(1);
    expect(results).toEqual([
      '10.0.0.1:1*100 of service "greeter" (/discovery/instances/greeter/)',
    ]);
  });

  it('reports nothing if a snapshot equals the one before', () => {
    resolver().updateResolution();
    for (const instance of [one, { ...one }, instanceAt('10.0.0.1:1')]) {
      watcher.live(instance);
      jest.advanceTimersByTime(1000);
    }
    expect(results).toHaveLength(1);
  });

  it('reports a new weight', () => {
    resolver().updateResolution();
    watcher.live(one);
    jest.advanceTimersByTime(1000);
    watcher.live(instanceAt('10.0.0.1:1', { weight: 7 }));
    expect(results.map((text) => text.split(' ')[0])).toEqual(['10.0.0.1:1*100', '10.0.0.1:1*7']);
  });

  it('reports the first and the last state of a burst', () => {
    resolver().updateResolution();
    watcher.live(one);
    for (let weight = 1; weight <= 20; weight++) watcher.live(instanceAt('10.0.0.1:1', { weight }));
    jest.advanceTimersByTime(50);
    watcher.live(one, two);
    jest.advanceTimersByTime(50);
    expect(results.map((text) => text.split(' of ')[0])).toEqual([
      '10.0.0.1:1*100',
      '10.0.0.1:1*20',
      '10.0.0.1:1*100 10.0.0.2:1*100',
    ]);
  });

  it('never reports an empty list', () => {
    resolver().updateResolution();
    watcher.live();
    jest.advanceTimersByTime(1000);
    watcher.stale();
    jest.advanceTimersByTime(1000);
    watcher.live(instanceAt('nonsense'));
    const where = 'of service "greeter" is registered under /discovery/instances/greeter/';
    expect(results).toEqual([
      `14: No instance ${where}. Is one running, and in the same namespace?`,
      `14: No instance ${where}; the registry has been unreachable since 2026-01-01T00:00:00.000Z. Is one running, and in the same namespace?`,
      '14: No instance of service "greeter" under /discovery/instances/greeter/ has an address of the form host:port; the first of 1 has "nonsense"',
    ]);
  });

  it('notes that the registry is unreachable, in addition to the instances it knows', () => {
    resolver().updateResolution();
    watcher.stale(one);
    expect(results).toEqual([
      '10.0.0.1:1*100 of service "greeter" (/discovery/instances/greeter/; the registry has been unreachable since 2026-01-01T00:00:00.000Z)',
    ]);
  });

  it('reports that the watcher refuses to watch, and tries again with the next hint', () => {
    const watch = watcher.watch.bind(watcher);
    watcher.watch = () => {
      throw new Error('the watcher is closed');
    };
    const it = resolver();
    it.updateResolution();
    expect(results).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(results).toEqual([
      '14: The instances of service "greeter" can\'t be read from the registry under (no watch): the watcher is closed',
    ]);
    watcher.watch = watch;
    it.updateResolution();
    expect(watcher.watches).toBe(1);
  });

  it('reports nothing after destroy, and everything again after a restart', async () => {
    const it = resolver();
    it.updateResolution();
    watcher.live(one);
    watcher.live(one, two);
    it.destroy();
    expect(watcher.watches).toBe(0);
    watcher.live(two);
    jest.advanceTimersByTime(1000);
    expect(results).toHaveLength(1);
    it.updateResolution();
    await Promise.resolve();
    expect(results).toHaveLength(2);
    expect(results[1]).toMatch(/^10\.0\.0\.2:1\*100 of/);
    it.destroy();
    expect(jest.getTimerCount()).toBe(0);
  });
});
