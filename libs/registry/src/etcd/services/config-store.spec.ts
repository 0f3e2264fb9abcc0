import { beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../limits.js';
import { BrokenEntryError } from '../../errors/registry-errors.js';
import { ConfigStore } from './etcd-service-configs.js';
import type { KeyValue } from '../client/etcd-connection.js';

const KEY = '/discovery/config/greeter';
const kv = (value: string, modRevision: bigint): KeyValue => ({
  key: KEY,
  value: Buffer.from(value),
  modRevision,
});
const put = (value: string, revision: bigint) => ({ kind: 'put', ...kv(value, revision) }) as const;
const del = (revision: bigint) => ({ kind: 'delete', ...kv('', revision) }) as const;

describe('ConfigStore', () => {
  let broken: unknown[];
  let view: ConfigStore;

  beforeEach(() => {
    broken = [];
    view = new ConfigStore(DEFAULT_LIMITS.valueBytes, (_, error) => broken.push(error));
  });

  it('is published at the revision of the key, whatever the revision of the list', () => {
    expect(view.replace(20n, [kv('{"a":1}', 7n)])).toBe(true);
    expect(view.state).toEqual({ kind: 'published', config: { a: 1 }, revision: '7' });
    expect(view.revision).toBe(20n);
  });

  it('has nothing to tell when a list says what is known', () => {
    view.replace(20n, [kv('{"a":1}', 7n)]);
    expect(view.replace(30n, [kv('{"a":1}', 7n)])).toBe(false);
    expect(view.apply([put('{"a":0}', 29n)])).toBe(false);
  });

  it.each([
    ['no JSON', '{"a":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"text"'],
    ['too large', `{"pad":"${'x'.repeat(DEFAULT_LIMITS.valueBytes)}"}`],
  ])('keeps the last good config, and tells once, when it is replaced by %s', (_, value) => {
    view.replace(20n, [kv('{"a":1}', 7n)]);
    expect(view.apply([put(value, 21n)])).toBe(false);
    expect(view.replace(30n, [kv(value, 21n)])).toBe(false);
    expect(view.state).toMatchObject({ kind: 'published', config: { a: 1 } });
    expect(broken).toEqual([expect.any(BrokenEntryError)]);
    expect(String(broken)).toContain(KEY);
  });

  it('is none when the first value is broken, and published once it is mended', () => {
    view.replace(20n, [kv('secret', 7n)]);
    expect(view.state).toEqual({ kind: 'none' });
    expect(String(broken)).not.toContain('secret');
    expect(view.apply([put('{}', 21n)])).toBe(true);
    expect(view.state).toEqual({ kind: 'published', config: {}, revision: '21' });
  });

  it('is none after a delete, by event or by list', () => {
    view.replace(20n, [kv('{}', 7n)]);
    expect(view.apply([del(21n)])).toBe(true);
    expect(view.state).toEqual({ kind: 'none' });
    view.apply([put('{}', 22n)]);
    expect(view.replace(30n, [])).toBe(true);
    expect(view.state).toEqual({ kind: 'none' });
  });

  it('reads the same revision again in a replaced etcd store', () => {
    view.replace(20n, [kv('{"a":1}', 7n)]);
    view.clear();
    expect(view.replace(9n, [kv('{"a":2}', 7n)])).toBe(true);
    expect(view.state).toMatchObject({ config: { a: 2 } });
    view.clear();
    expect(view.replace(9n, [])).toBe(true);
    expect(view.state).toEqual({ kind: 'none' });
  });
});
