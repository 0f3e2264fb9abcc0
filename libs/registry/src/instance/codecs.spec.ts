import { describe, expect, it } from '@jest/globals';
import { InvalidOptionError, BrokenEntryError } from '../errors/registry-errors.js';
import { DEFAULT_LIMITS } from '../limits.js';
import { anInstance } from '../spec/instances.js';
import { decodeInstance, encodeInstance } from './codecs.js';
import { epochKey, instanceKey, parseInstanceKey, servicePrefix } from './keys.js';

const KEY = '/discovery/instances/greeter/greeter-1';
const NAME = { service: 'greeter', id: 'greeter-1' };
const decode = (json: unknown) => decodeInstance(KEY, NAME, Buffer.from(JSON.stringify(json)));

describe('instance codec', () => {
  it('reads what it has written', () => {
    const instance = anInstance({ address: '[::1]:50051', metadata: { ключ: '✓' } });
    expect(decodeInstance(KEY, NAME, encodeInstance(instance))).toEqual(instance);
  });

  it('fills in what an older release does not write', () => {
    expect(decode({ ...NAME, address: '127.0.0.1:1' })).toEqual({
      ...NAME,
      address: '127.0.0.1:1',
      version: '',
      weight: 100,
      locality: { region: '', zone: '', subZone: '' },
      metadata: {},
      startedAt: '1970-01-01T00:00:00.000Z',
    });
  });

  it('ignores what a newer release writes', () => {
    const locality = { ...anInstance().locality, rack: 'r1' };
    expect(decode({ ...anInstance(), locality, protocol: 'grpc' })).toEqual(anInstance());
  });

  it.each([
    ['is not JSON', '{'],
    ['is not a JSON object', '[]'],
    ['is not a JSON object', 'null'],
    ['address', JSON.stringify(NAME)],
    ['weight', JSON.stringify(anInstance({ weight: -1 }))],
    ['locality', JSON.stringify({ ...anInstance(), locality: { zone: 7 } })],
    ['its value is for greeter/other', JSON.stringify(anInstance({ id: 'other' }))],
    ['its value is for orders/greeter-1', JSON.stringify(anInstance({ service: 'orders' }))],
    ['bytes', ' '.repeat(DEFAULT_LIMITS.valueBytes + 1)],
  ])('calls an entry broken that %s (%#)', (reality, value) => {
    const read = () => decodeInstance(KEY, NAME, Buffer.from(value));
    expect(read).toThrow(BrokenEntryError);
    expect(read).toThrow(reality);
  });

  it('calls an entry broken whose metadata has more entries than allowed, and shows none of them', () => {
    const metadata = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 's3cret']));
    const value = Buffer.from(JSON.stringify(anInstance({ metadata })));
    const read = () => decodeInstance(KEY, NAME, value);
    expect(read).toThrow(BrokenEntryError);
    expect(read).toThrow('its metadata has 65 of at most 64 entries');
    expect(read).not.toThrow('s3cret');
    expect(() => encodeInstance(anInstance({ metadata }))).toThrow(InvalidOptionError);
    const limits = { ...DEFAULT_LIMITS, metadataEntries: 65 };
    expect(decodeInstance(KEY, NAME, value, limits).metadata).toEqual(metadata);
  });

  it('refuses to write more than it would read', () => {
    const metadata = { big: 'x'.repeat(DEFAULT_LIMITS.valueBytes) };
    expect(() => encodeInstance(anInstance({ metadata }))).toThrow(InvalidOptionError);
  });
});

describe('keys', () => {
  it('end a prefix in a slash', () => {
    expect(servicePrefix('discovery', 'user')).toBe('/discovery/instances/user/');
    expect(instanceKey('discovery', NAME)).toBe(KEY);
    expect(epochKey('discovery')).toBe('/discovery/epoch');
  });

  it('are read back', () => {
    expect(parseInstanceKey(servicePrefix('discovery', 'greeter'), KEY)).toEqual(NAME);
  });

  it.each(['/discovery/instances/greeter/', `${KEY}/more`, '/other/greeter/1'])(
    'of another form are broken: %s',
    (key) => {
      expect(() => parseInstanceKey('/discovery/instances/greeter/', key)).toThrow(
        BrokenEntryError,
      );
    },
  );
});
