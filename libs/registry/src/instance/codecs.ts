import { InvalidOptionError, BrokenEntryError } from '../errors/registry-errors.js';
import { counted, show } from '../errors/text.js';
import { DEFAULT_LIMITS, type RegistryLimits } from '../limits.js';
import type { Override } from '../overrides.js';
import { assertInstance, assertWeight, DEFAULT_WEIGHT } from './assert-instance.js';
import type { InstanceKey } from './keys.js';
import type { ServiceInstance } from './service-instance.js';

type InstanceLimits = Pick<RegistryLimits, 'valueBytes' | 'metadataEntries'>;

/**
 * Turns an instance into the value of its entry.
 * @throws InvalidOptionError if it exceeds a limit.
 */
export function encodeInstance(
  instance: ServiceInstance,
  { valueBytes, metadataEntries }: InstanceLimits = DEFAULT_LIMITS,
): Buffer {
  const { id, service, address, version, weight, locality, metadata, startedAt } = instance;
  const { region, zone, subZone } = locality;
  const entries = Object.keys(metadata).length;
  if (entries > metadataEntries) {
    throw tooLarge(`of at most ${counted(metadataEntries, 'entry', 'entries')}`, `of ${entries}`);
  }
  const value = Buffer.from(
    JSON.stringify({
      id,
      service,
      address,
      version,
      weight,
      locality: { region, zone, subZone },
      metadata,
      startedAt,
    }),
  );
  if (value.length <= valueBytes) return value;
  const given = `part of an entry of ${value.length} bytes`;
  throw tooLarge(`small enough for an entry of ${valueBytes} bytes`, given);
}

/**
 * Reads the value of an entry. Missing optional fields get their defaults and unknown fields are ignored, so that older
 * and newer releases read each other's entries.
 * @throws BrokenEntryError if it is no instance, does not match its key, or exceeds a limit.
 */
export function decodeInstance(
  key: string,
  expected: InstanceKey,
  value: Buffer,
  { valueBytes, metadataEntries }: InstanceLimits = DEFAULT_LIMITS,
): ServiceInstance {
  const broken = (reality: string) => new BrokenEntryError('instance', key, reality);
  const instance = withDefaults(readJsonObject(value, valueBytes, broken));
  try {
    assertInstance(instance);
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    throw new BrokenEntryError(
      'instance',
      key,
      `its ${error.option} is not ${error.expected}`,
      error,
    );
  }
  const entries = Object.keys(instance.metadata).length;
  if (entries > metadataEntries) {
    throw broken(
      `its metadata has ${entries} of at most ${counted(metadataEntries, 'entry', 'entries')}`,
    );
  }
  if (instance.id !== expected.id || instance.service !== expected.service) {
    throw broken(`its value is for ${instance.service}/${instance.id}`);
  }
  return instance;
}

function tooLarge(expected: string, given: string): InvalidOptionError {
  const remedy = 'Keep large data elsewhere and publish a reference to it.';
  return new InvalidOptionError('metadata', expected, given, remedy);
}

/** The result is checked by {@link assertInstance}; until then its types are unproven. */
function withDefaults(json: Record<string, unknown>): ServiceInstance {
  const locality = (json.locality ?? {}) as Partial<ServiceInstance['locality']>;
  return {
    id: json.id as string,
    service: json.service as string,
    address: json.address as string,
    version: (json.version ?? '') as string,
    weight: (json.weight ?? DEFAULT_WEIGHT) as number,
    locality: {
      region: locality.region ?? '',
      zone: locality.zone ?? '',
      subZone: locality.subZone ?? '',
    },
    metadata: (json.metadata ?? {}) as Record<string, string>,
    startedAt: (json.startedAt ?? '1970-01-01T00:00:00.000Z') as string,
  };
}

/**
 * Turns a service config into the value of its key. Its content is up to its users.
 * @throws InvalidOptionError if it is no object, JSON can't hold it or it exceeds `valueBytes`.
 */
export function encodeServiceConfig(
  config: unknown,
  valueBytes: number = DEFAULT_LIMITS.valueBytes,
): Buffer {
  if (!isJsonObject(config)) throw invalid('an object', show(config));
  let json: unknown;
  try {
    json = JSON.stringify(config);
  } catch (cause) {
    throw invalid('an object that JSON can hold', 'refused by JSON.stringify', cause);
  }
  // `toJSON` of an object may return anything.
  if (typeof json !== 'string' || !json.startsWith('{')) {
    throw invalid('an object in JSON, too', 'another value there');
  }
  const value = Buffer.from(json);
  if (value.length <= valueBytes) return value;
  throw invalid(`at most ${valueBytes} bytes of JSON`, `${value.length} bytes`);
}

/**
 * Reads the value of a config's key.
 * @throws BrokenEntryError if it is no JSON object or too large.
 */
export function decodeServiceConfig(
  key: string,
  value: Buffer,
  valueBytes: number = DEFAULT_LIMITS.valueBytes,
): Readonly<Record<string, unknown>> {
  return readJsonObject(
    value,
    valueBytes,
    (reality) => new BrokenEntryError('config', key, reality),
  );
}

function invalid(expected: string, given: string, cause?: unknown): InvalidOptionError {
  const remedy = 'Publish a gRPC service config, like { "loadBalancingConfig": [] }.';
  return new InvalidOptionError('config', expected, given, remedy, cause);
}

/** Room for fields of later releases. */
const MAX_BYTES = 4_096;

/**
 * Turns an override into the value of its key.
 * @throws InvalidOptionError
 */
export function encodeOverride({ weight }: Override): Buffer {
  assertWeight(weight);
  return Buffer.from(JSON.stringify({ weight }));
}

/**
 * Reads the value of an override's key; unknown fields are ignored.
 * @throws BrokenEntryError
 */
export function decodeOverride(key: string, value: Buffer): Override {
  const broken = (reality: string) => new BrokenEntryError('override', key, reality);
  const { weight } = readJsonObject(value, MAX_BYTES, broken);
  try {
    assertWeight(weight);
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    throw new BrokenEntryError('override', key, `its weight is not ${error.expected}`, error);
  }
  return { weight };
}

/**
 * Reads a value of the registry as a JSON object.
 * @param maxBytes Maximum size.
 * @param broken Creates the error from a description of the problem.
 */
export function readJsonObject(
  value: Buffer,
  maxBytes: number,
  broken: (reality: string) => Error,
): Record<string, unknown> {
  if (value.length > maxBytes) {
    throw broken(`its value has ${value.length} of at most ${maxBytes} bytes`);
  }
  let json: unknown;
  try {
    json = JSON.parse(value.toString('utf8'));
  } catch {
    // The parser's message quotes the value, which may hold metadata: it is deliberately dropped.
    throw broken('its value is not JSON');
  }
  if (!isJsonObject(json)) throw broken('its value is not a JSON object');
  return json;
}

function isJsonObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
