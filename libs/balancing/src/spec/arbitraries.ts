import fc from 'fast-check';
import type { ServiceInstance } from '@grpc-discovery/registry';
import { consistentHash } from '../policies/consistent-hash.js';
import { leastRequest } from '../policies/least-request.js';
import { pickFirst } from '../policies/pick-first.js';
import type { PolicyConfig } from '../policies/policy.js';
import { preferLocality } from '../policies/prefer-locality.js';
import { random } from '../policies/random.js';
import { roundRobin } from '../policies/round-robin.js';
import { slowStart } from '../policies/slow-start.js';
import { weightedRoundRobin } from '../policies/weighted-round-robin.js';

export const addresses = Array.from({ length: 6 }, (_, i) => `10.0.0.${i}:1`);
const brokenAddresses = ['', 'nonsense', ':1', '10.0.0.1', '10.0.0.1:0', '10.0.0.1:70000', '[::1'];

const address = fc.oneof(
  { arbitrary: fc.constantFrom(...addresses), weight: 6 },
  { arbitrary: fc.constantFrom(...brokenAddresses), weight: 1 },
);
const text = fc.oneof(fc.string(), fc.constantFrom('', '__proto__', 'constructor', 'zone-1'));

/** Instances as a registry may hold them: invalid and duplicate addresses, any labels, any order. */
export const instance: fc.Arbitrary<ServiceInstance> = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  service: fc.constant('greeter'),
  address,
  version: text,
  weight: fc.constantFrom(0, 1, 100, 65_535),
  locality: fc.record({ region: text, zone: text, subZone: text }),
  metadata: fc.dictionary(text, text, { maxKeys: 3 }),
  startedAt: fc.oneof(text, fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-02')),
});
export const list = fc.array(instance, { maxLength: 10, size: 'max' });

/** Policies that select all instances. */
export const unselectivePolicy: fc.Arbitrary<PolicyConfig> = fc.constantFrom(
  roundRobin(),
  weightedRoundRobin(),
  weightedRoundRobin({ weights: 'reported' }),
  leastRequest(),
  consistentHash(),
  random(),
  slowStart(roundRobin(), { windowMs: 1_000 }),
  preferLocality(leastRequest(), { locality: { region: 'zone-1' } }),
  slowStart(consistentHash(), { windowMs: 1_000 }),
);
export const policy: fc.Arbitrary<PolicyConfig> = fc.oneof(
  unselectivePolicy,
  fc.constantFrom(pickFirst(), preferLocality(pickFirst(), { locality: { region: 'eu' } })),
);

/** An event in the life of a channel. */
export type Event =
  | { readonly kind: 'live' | 'stale'; readonly instances: readonly ServiceInstance[] }
  | { readonly kind: 'unavailable' }
  | {
      readonly kind: 'state';
      readonly index: number;
      readonly to: 'READY' | 'IDLE' | 'CONNECTING' | 'TRANSIENT_FAILURE';
    }
  | { readonly kind: 'all ready' }
  | { readonly kind: 'health'; readonly index: number; readonly isHealthy: boolean }
  | { readonly kind: 'calls'; readonly count: number; readonly end: boolean }
  | { readonly kind: 'time'; readonly ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constantFrom('live', 'stale'), instances: list }),
  fc.record({ kind: fc.constant('unavailable') }),
  fc.record({
    kind: fc.constant('state'),
    index: fc.nat(5),
    to: fc.constantFrom('READY', 'READY', 'IDLE', 'CONNECTING', 'TRANSIENT_FAILURE'),
  }),
  fc.record({ kind: fc.constant('all ready' as const) }),
  fc.record({ kind: fc.constant('health'), index: fc.nat(5), isHealthy: fc.boolean() }),
  fc.record({
    kind: fc.constant('calls'),
    count: fc.integer({ min: 1, max: 8 }),
    end: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('time'), ms: fc.constantFrom(1, 50, 250, 20_000, 30_000) }),
);
/** Long sequences, since most faults need several steps. */
export const events = fc.array(event, { maxLength: 40, size: 'max' });
