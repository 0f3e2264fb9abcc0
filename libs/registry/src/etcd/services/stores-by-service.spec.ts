import { beforeEach, describe, expect, it } from '@jest/globals';
import type { WatchEvent } from '../client/etcd-connection.js';
import { OverrideStore } from './etcd-overrides.js';
import { StoresByService } from './stores-by-service.js';

const PREFIX = '/discovery/overrides/';

describe('StoresByService', () => {
  let views: StoresByService<OverrideStore>;
  let made: string[];

  beforeEach(() => {
    made = [];
    views = new StoresByService(PREFIX, {
      create: (service) => {
        made.push(service);
        return new OverrideStore(`${PREFIX}${service}/`, 10, () => undefined);
      },
      kind: 'instance',
      onStray: () => undefined,
    });
  });

  const names = () => [...views.inOrder()].map(([service]) => service);
  const event = (key: string, text: string, modRevision: bigint): WatchEvent => {
    const value = Buffer.from(text);
    return { kind: text === '' ? 'delete' : 'put', key: PREFIX + key, value, modRevision };
  };
  const kv = (key: string, modRevision: bigint) => event(key, '{"weight":1}', modRevision);

  it('holds a view of each service that something is stored of, in order of name', () => {
    views.replace(10n, [kv('b/x', 1n), kv('a/x', 2n)]);
    views.apply([kv('ab/x', 11n)]);
    expect(names()).toEqual(['a', 'ab', 'b']);
    expect(made).toHaveLength(3);
  });

  it.each(['{"weight":1}', 'broken'])(
    'forgets a service once nothing is stored of it: %s',
    (text) => {
      views.apply([event('a/x', text, 1n), kv('b/x', 2n)]);
      expect(names()).toEqual(['a', 'b']);
      views.apply([event('a/x', '', 3n)]);
      expect(names()).toEqual(['b']);
      views.replace(9n, []);
      expect(names()).toEqual([]);
    },
  );

  it('counts what can not be read, of a service or of none, while it is there', () => {
    views.replace(10n, [event('a/x', 'broken', 1n), kv('stray', 2n), kv('b/x', 3n)]);
    expect(views.brokenEntries).toBe(2);
    views.apply([event('stray', '', 11n)]);
    expect(views.brokenEntries).toBe(1);
    expect(views.revision).toBe(11n);
  });

  it('has something to tell only of what it shows, and grows its version with that', () => {
    expect(views.replace(10n, [kv('a/x', 1n)])).toBe(true);
    const { version } = views;
    expect(views.replace(11n, [kv('a/x', 1n)])).toBe(false);
    expect(views.apply([kv('stray', 12n)])).toBe(false);
    expect(views.apply([kv('a/x', 12n)])).toBe(false);
    expect(views.version).toBe(version);
    expect(views.apply([kv('a/x', 13n)])).toBe(true);
    expect(views.version).toBeGreaterThan(version);
  });
});
