import { describe, expect, it } from '@jest/globals';
import { InvalidOptionError } from '../errors/registry-errors.js';
import { anInstance } from '../spec/instances.js';
import { assertInstance, assertServiceName, assertWeight } from './assert-instance.js';

describe('assertInstance', () => {
  it('takes a valid instance', () => {
    expect(() => assertInstance(anInstance())).not.toThrow();
    expect(() =>
      assertInstance(anInstance({ weight: 0, version: '', metadata: {} })),
    ).not.toThrow();
  });

  it.each([
    ['id', { id: '' }],
    ['id', { id: 'a/b' }],
    ['id', { id: 'a b' }],
    ['service', { service: 'a/b' }],
    ['address', { address: 'greeter' }],
    ['weight', { weight: 1.5 }],
    ['version', { version: 1 as never }],
    ['locality', { locality: 'eu' as never }],
    ['locality.zone', { locality: { region: '', zone: 1 as never, subZone: '' } }],
    ['metadata', { metadata: [] as never }],
    ['startedAt', { startedAt: 'yesterday' }],
  ])('names the field %s when it breaks a rule', (option, fields) => {
    let error: unknown;
    try {
      assertInstance(anInstance(fields));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect((error as InvalidOptionError).option).toBe(option);
  });

  it('keeps the error of the field as cause', () => {
    const check = () => assertInstance(anInstance({ address: '0.0.0.0:1' }));
    expect(check).toThrow(expect.objectContaining({ cause: expect.any(InvalidOptionError) }));
  });

  it('never shows a value of metadata', () => {
    const metadata = { token: { secret: 's3cret' } as never };
    expect(() => assertInstance(anInstance({ metadata }))).toThrow(
      'metadata["token"] must be a string, but is of type object.',
    );
  });
});

describe('assertServiceName', () => {
  it.each(['greeter', 'shop.orders', 'a', 'A-1_b', 'x'.repeat(128)])('takes %s', (name) => {
    expect(() => assertServiceName(name)).not.toThrow();
  });

  it.each(['', 'a/b', '-a', 'a.', 'a b', 'ä', 'x'.repeat(129), 1, undefined])(
    'refuses %p',
    (name) => {
      expect(() => assertServiceName(name)).toThrow(InvalidOptionError);
    },
  );
});

describe('assertWeight', () => {
  it.each([0, 1, 65_535])('takes %p', (weight) => {
    expect(() => assertWeight(weight)).not.toThrow();
  });

  it.each([-1, 65_536, 0.5, NaN, Infinity, '1', undefined])('refuses %p', (weight) => {
    expect(() => assertWeight(weight)).toThrow(InvalidOptionError);
  });
});
