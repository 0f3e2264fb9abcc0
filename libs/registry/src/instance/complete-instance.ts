import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { assertFields, assertInstance, DEFAULT_WEIGHT } from './assert-instance.js';
import type { Locality, ServiceInstance } from './service-instance.js';

/** An instance as its owner registers it; a {@link ServiceInstance} is one. */
export interface InstanceToRegister {
  /** Name of the service, as clients dial it: `etcd:///<service>`. */
  readonly service: string;
  /** `host:port` that clients connect to; an IPv6 host stands in brackets. */
  readonly address: string;
  /**
   * Unique within the service for the life of the process.
   * @default `<hostname>-<random>`, new each time
   */
  readonly id?: string | undefined;
  /**
   * Version of the deployed service, free text.
   * @default ''
   */
  readonly version?: string | undefined;
  /**
   * Share of the calls relative to the other instances, an integer from 0 to 65535.
   * @default 100
   */
  readonly weight?: number | undefined;
  /**
   * Where the instance runs.
   * @default unknown
   */
  readonly locality?: Partial<Locality> | undefined;
  /**
   * Free labels. Never logged.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * When the process began to serve, ISO 8601.
   * @default the time of its first registration under this id
   */
  readonly startedAt?: string | undefined;
}

const FIELDS = [
  'id',
  'service',
  'address',
  'version',
  'weight',
  'locality',
  'metadata',
  'startedAt',
] as const satisfies (keyof ServiceInstance)[];
const LOCALITY_FIELDS = ['region', 'zone', 'subZone'] as const satisfies (keyof Locality)[];

/**
 * Checks the given fields and fills in the rest. The result is a copy: the owner may change the given object later.
 * @param now Default of `startedAt`.
 * @throws InvalidOptionError that names the field; its text never contains values of `metadata`.
 */
export function completeInstance(given: InstanceToRegister, now: Date): ServiceInstance {
  assertFields('instance', given, FIELDS);
  const {
    service,
    address,
    id = generatedInstanceId(),
    version = '',
    weight = DEFAULT_WEIGHT,
  } = given;
  const { locality = {}, metadata = {}, startedAt = now.toISOString() } = given;
  assertFields('locality', locality, LOCALITY_FIELDS);
  const { region = '', zone = '', subZone = '' } = locality;
  const where = { region, zone, subZone };
  const instance = { id, service, address, version, weight, locality: where, metadata, startedAt };
  assertInstance(instance);
  return structuredClone(instance);
}

/**
 * An id that no other process has: `<hostname>-<random>`. Invalid characters of the host's name are replaced: the name is only for
 * people.
 */
export function generatedInstanceId(): string {
  const host = hostname()
    .replace(/[^\x21-\x2e\x30-\x7e]/g, '-')
    .slice(0, 100);
  return `${host}-${randomBytes(4).toString('hex')}`;
}

const OWN_ID = /^(.+)~[0-9a-f]{8}$/;
/** With `~` and eight digits, an id has at most 128 characters. */
const MAX_WANTED = 119;

/** An id that no other process has: the requested one with `~` and eight hex digits. */
export function ownIdFor(id: string): string {
  return `${(wantedId(id) ?? id).slice(0, MAX_WANTED)}~${randomUUID().slice(0, 8)}`;
}

/** The requested id of an instance that lost it to a process that started later; undefined for any other instance. */
export function wantedId(id: string): string | undefined {
  return OWN_ID.exec(id)?.[1];
}
