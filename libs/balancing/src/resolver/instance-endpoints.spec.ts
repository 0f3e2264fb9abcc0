import { describe, expect, it } from '@jest/globals';
import { instanceAt } from '../spec/instances.js';
import { instanceEndpoints } from './instance-endpoints.js';

describe('the endpoints of instances', () => {
  it('carry their instances', () => {
    const instances = [instanceAt('10.0.0.1:50051'), instanceAt('[::1]:1')];
    expect(instanceEndpoints(instances, [])).toEqual([
      { addresses: [{ host: '10.0.0.1', port: 50051 }], instance: instances[0] },
      { addresses: [{ host: '::1', port: 1 }], instance: instances[1] },
    ]);
  });

  it.each(['', 'greeter', 'greeter:', ':50051', '10.0.0.1:0', '10.0.0.1:65536', 'a:b', '::1'])(
    'leave out the address %j',
    (address) => {
      expect(instanceEndpoints([instanceAt(address)], [])).toEqual([]);
    },
  );

  it('contain, of two instances at one address, the one that started later, in any order', () => {
    const old = instanceAt('10.0.0.1:1', { id: 'old' });
    const young = instanceAt('10.0.0.1:1', { id: 'young', startedAt: '2026-01-02T00:00:00.000Z' });
    for (const instances of [
      [old, young],
      [young, old],
    ]) {
      expect(instanceEndpoints(instances, []).map(({ instance }) => instance)).toEqual([young]);
    }
  });

  it('are the known objects if nothing has changed', () => {
    const known = instanceEndpoints([instanceAt('10.0.0.1:1'), instanceAt('10.0.0.2:1')], []);
    const next = instanceEndpoints(
      [instanceAt('10.0.0.1:1'), instanceAt('10.0.0.2:1', { metadata: { color: 'blue' } })],
      known,
    );
    expect(next[0]).toBe(known[0]);
    expect(next[1]).not.toBe(known[1]);
  });
});
