import { beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../limits.js';
import { anInstance } from '../../spec/instances.js';
import type { KeyValue, WatchEvent } from '../client/etcd-connection.js';
import { InstanceStore } from './instance-store.js';

const PREFIX = '/discovery/instances/greeter/';

function entry(id: string, modRevision: bigint, metadata = {}): KeyValue {
  const value = Buffer.from(JSON.stringify(anInstance({ id, metadata })));
  return { key: PREFIX + id, value, modRevision };
}
const put = (id: string, modRevision: bigint): WatchEvent => ({
  kind: 'put',
  ...entry(id, modRevision),
});
const del = (id: string, modRevision: bigint): WatchEvent => ({
  kind: 'delete',
  key: PREFIX + id,
  value: Buffer.alloc(0),
  modRevision,
});

describe('InstanceStore with limits', () => {
  let told: string[];
  let view: InstanceStore;
  const ids = () => view.snapshot.instances.map(({ id }) => id);

  beforeEach(() => {
    told = [];
    const limits = { ...DEFAULT_LIMITS, instancesPerService: 2, metadataEntries: 1 };
    view = new InstanceStore('greeter', PREFIX, limits, {
      broken: (_, error) => told.push(String(error)),
      crowded: () => told.push('crowded'),
      calm: () => told.push('calm'),
    });
  });

  it('keeps the first instances in order of id, whatever came first', () => {
    view.replace(10n, [entry('d', 3n), entry('c', 4n)]);
    expect(ids()).toEqual(['c', 'd']);
    view.apply([put('b', 11n)]);
    expect(ids()).toEqual(['b', 'c']);
    view.apply([put('e', 12n), put('a', 13n)]);
    expect(ids()).toEqual(['a', 'b']);
  });

  it('lets those in that were left out, as soon as there is room', () => {
    view.replace(10n, [entry('a', 1n), entry('b', 2n), entry('c', 3n)]);
    expect(ids()).toEqual(['a', 'b']);
    view.apply([del('a', 11n)]);
    expect(ids()).toEqual(['b', 'c']);
  });

  it('reports once that there are too many, and once that there no longer are', () => {
    view.replace(10n, [entry('a', 1n), entry('b', 2n), entry('c', 3n)]);
    ids();
    view.apply([put('d', 11n)]);
    ids();
    expect(told).toEqual(['crowded']);
    view.apply([del('d', 12n), del('c', 13n)]);
    ids();
    expect(told).toEqual(['crowded', 'calm']);
  });

  it('leaves out an entry beyond a limit and shows its neighbours', () => {
    view.replace(10n, [entry('a', 1n), entry('b', 2n, { k1: 's3cret', k2: 's3cret' })]);
    expect(ids()).toEqual(['a']);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('its metadata has 2 of at most 1 entry');
    expect(told[0]).not.toContain('s3cret');
  });
});
