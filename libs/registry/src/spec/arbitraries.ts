import fc from 'fast-check';
import type { ServiceInstance } from '../instance/service-instance.js';

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];
const letters = fc.constantFrom(...LETTERS);

/** Names that the key grammar allows for a service, often ones that begin alike. */
export const serviceNames: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('user', 'user-admin', 'user.admin', 'u', 'shop.orders'),
  fc
    .tuple(
      letters,
      fc.string({ unit: fc.constantFrom(...LETTERS, '.', '-', '_'), maxLength: 126 }),
      letters,
    )
    .map((parts) => parts.join('')),
);

/** Ids that the key grammar allows for an instance. */
export const instanceIds: fc.Arbitrary<string> = fc
  .string({ unit: 'binary-ascii', minLength: 1, maxLength: 128 })
  .map((text) => text.replace(/[^\x21-\x2e\x30-\x7e]/g, '-'));

export const addresses: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      fc.ipV4().filter((ip) => ip !== '0.0.0.0'),
      fc.ipV6().map((ip) => (/^[0:.]+$/.test(ip) ? '[::1]' : `[${ip}]`)),
      fc.domain(),
    ),
    fc.integer({ min: 1, max: 65_535 }),
  )
  .map(([host, port]) => `${host}:${port}`);

const texts = fc.string({ unit: 'grapheme', maxLength: 40 });

/** Any instance that may be registered. */
export const instances: fc.Arbitrary<ServiceInstance> = fc.record({
  id: instanceIds,
  service: serviceNames,
  address: addresses,
  version: texts,
  weight: fc.integer({ min: 0, max: 65_535 }),
  locality: fc.record({ region: texts, zone: texts, subZone: texts }),
  metadata: fc.dictionary(texts, texts, { maxKeys: 10, noNullPrototype: true }),
  startedAt: fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
});

/** Values that stand where an instance should: noise, other JSON, instances with a field or some bytes changed. */
export function strangeValues(of: fc.Arbitrary<ServiceInstance> = instances): fc.Arbitrary<Buffer> {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each));
  const json = fc.json({ maxDepth: 4 }).map((each) => Buffer.from(each));
  const fields = ['id', 'service', 'address', 'version', 'weight', 'locality', 'metadata'];
  const otherField = fc
    .tuple(of, fc.constantFrom(...fields, 'startedAt', '__proto__'), fc.jsonValue())
    .map(([instance, field, value]) =>
      // Not by assignment: `__proto__` is to be a field of the JSON.
      Buffer.from(JSON.stringify(instance).replace(/}$/, `,"${field}":${JSON.stringify(value)}}`)),
    );
  const otherBytes = fc
    .tuple(of, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }))
    .map(([instance, changes]) => {
      const value = Buffer.from(JSON.stringify(instance));
      for (const [at, byte] of changes) value[at % value.length] = byte;
      return value;
    });
  const cutShort = fc
    .tuple(of, fc.nat())
    .map(([instance, at]) => Buffer.from(JSON.stringify(instance).slice(0, at % 100)));
  return fc.oneof(bytes, json, otherField, otherBytes, cutShort);
}
