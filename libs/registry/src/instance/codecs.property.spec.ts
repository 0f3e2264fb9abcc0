import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BrokenEntryError } from '../errors/registry-errors.js';
import { instanceIds, instances, serviceNames, strangeValues } from '../spec/arbitraries.js';
import { unlessRefused } from '../spec/unless-refused.js';
import { assertInstance } from './assert-instance.js';
import { decodeInstance, encodeInstance } from './codecs.js';
import { instanceKey, parseInstanceKey, servicePrefix } from './keys.js';

describe('instance codec, whatever the value', () => {
  it('reads every instance that it writes', () => {
    fc.assert(
      fc.property(instances, (instance) => {
        const key = instanceKey('discovery', instance);
        expect(decodeInstance(key, instance, encodeInstance(instance))).toEqual(instance);
      }),
      { numRuns: 300 },
    );
  });

  it('reads an instance that follows the rules, or calls the entry broken', () => {
    const expected = { service: 'greeter', id: 'greeter-1' };
    const key = instanceKey('discovery', expected);
    const named = instances.map((instance) => ({ ...instance, ...expected }));
    fc.assert(
      fc.property(strangeValues(named), (value) => {
        const instance = unlessRefused(BrokenEntryError, () =>
          decodeInstance(key, expected, value),
        );
        if (instance === undefined) return;
        assertInstance(instance);
        expect(instance).toMatchObject(expected);
        const again = encodeInstance(instance);
        expect(encodeInstance(decodeInstance(key, expected, again))).toEqual(again);
      }),
      { numRuns: 700 },
    );
  });
});

describe('key grammar, whatever the names', () => {
  it('reads back the service and the id that a key was made of', () => {
    fc.assert(
      fc.property(serviceNames, instanceIds, (service, id) => {
        const key = instanceKey('discovery', { service, id });
        expect(parseInstanceKey(servicePrefix('discovery', service), key)).toEqual({ service, id });
      }),
      { numRuns: 700 },
    );
  });

  it('never puts the key of one service under the prefix of another', () => {
    fc.assert(
      fc.property(serviceNames, serviceNames, instanceIds, (a, b, id) => {
        const key = instanceKey('discovery', { service: a, id });
        expect(key.startsWith(servicePrefix('discovery', b))).toBe(a === b);
      }),
      { numRuns: 700 },
    );
  });

  it('reads one more segment behind the prefix, or calls the entry broken', () => {
    const prefix = servicePrefix('discovery', 'greeter');
    const tails = fc.oneof(fc.string({ unit: 'binary' }), instanceIds, fc.constant('a/b'));
    const keys = fc.oneof(
      tails.map((tail) => prefix + tail),
      tails,
    );
    fc.assert(
      fc.property(keys, (key) => {
        const name = unlessRefused(BrokenEntryError, () => parseInstanceKey(prefix, key));
        if (name === undefined) return;
        expect(prefix + name.id).toBe(key);
        expect([name.service, name.id.includes('/')]).toEqual(['greeter', false]);
      }),
      { numRuns: 700 },
    );
  });
});
