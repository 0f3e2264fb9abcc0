import { describe, expect, it } from '@jest/globals';
import { InvalidOptionError } from '../errors/registry-errors.js';
import { formatAddress, parseAddress } from './address.js';

describe('parseAddress', () => {
  it.each([
    ['127.0.0.1:50051', '127.0.0.1', 50051],
    ['greeter.internal:1', 'greeter.internal', 1],
    ['my_pod-0.svc.cluster.local:65535', 'my_pod-0.svc.cluster.local', 65535],
    ['[::1]:50051', '::1', 50051],
    ['[2001:db8::7]:443', '2001:db8::7', 443],
  ])('reads %s and writes it back', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
    expect(formatAddress({ host, port })).toBe(text);
  });

  it.each([
    '',
    'greeter',
    'greeter:',
    ':50051',
    'greeter:0',
    'greeter:65536',
    'greeter:5x',
    '::1:50051',
    '[::1]',
    '[greeter]:50051',
    '[127.0.0.1]:50051',
    '300.1.1.1:50051',
    '[fe80::1%eth0]:50051',
    'a b:1',
    'http://greeter:50051',
    'greeter/x:50051',
  ])('refuses %p', (text) => {
    expect(() => parseAddress(text)).toThrow(InvalidOptionError);
  });

  it.each(['0.0.0.0:50051', '[::]:50051', '[0:0:0:0:0:0:0:0]:50051'])(
    'refuses %s, which can be bound but not dialled',
    (text) => {
      expect(() => parseAddress(text)).toThrow(
        `address must be an address that clients can dial, but is "${text}"`,
      );
    },
  );

  it('refuses to write what it would not read', () => {
    expect(() => formatAddress({ host: '::', port: 1 })).toThrow(InvalidOptionError);
    expect(() => formatAddress({ host: 'greeter', port: 70_000 })).toThrow(InvalidOptionError);
  });
});
