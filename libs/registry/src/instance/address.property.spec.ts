import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidOptionError } from '../errors/registry-errors.js';
import { addresses } from '../spec/arbitraries.js';
import { unlessRefused } from '../spec/unless-refused.js';
import { formatAddress, parseAddress } from './address.js';

describe('address, whatever the text', () => {
  it('is read and written back', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(formatAddress(parseAddress(address))).toBe(address);
      }),
      { numRuns: 500 },
    );
  });

  it('is one that can be dialled, or refused by its own error', () => {
    const hosts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(...'0123456789abf:.[]%/@- '), maxLength: 20 }),
      fc.ipV6().map((ip) => `[${ip}%eth0]`),
      fc.constantFrom('0.0.0.0', '[::]', '[0:0::0]', '[::0.0.0.0]', '[::ffff:0.0.0.0]', ''),
    );
    const ports = fc.oneof(fc.integer({ min: -1, max: 100_000 }).map(String), fc.string());
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(hosts, ports).map((parts) => parts.join(':')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const address = unlessRefused(InvalidOptionError, () => parseAddress(text));
        if (address === undefined) return;
        expect(parseAddress(formatAddress(address))).toEqual(address);
        expect(address.port >= 1 && address.port <= 65_535).toBe(true);
      }),
      { numRuns: 2_500 },
    );
  });
});
