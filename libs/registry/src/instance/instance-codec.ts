import { counted } from '../errors/counted.js';
import { InvalidOptionError } from '../errors/invalid-option-error.js';
import { BrokenEntryError } from '../errors/registry-errors.js';
import { readJsonObject } from '../json-object.js';
import { DEFAULT_LIMITS, type RegistryLimits } from '../limits.js';
import { assertInstance } from './assert-instance.js';
import type { InstanceKey } from './instance-key.js';
import type { ServiceInstance } from './service-instance.js';
import { DEFAULT_WEIGHT } from './weight.js';

type InstanceLimits = Pick<RegistryLimits, 'valueBytes' | 'metadataEntries'>;

/**
 * Turns an instance into the value of its entry.
 * @throws InvalidOptionError when it is beyond a limit.
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
 * @throws BrokenEntryError when it is no instance, not the one that its key tells, or beyond a limit.
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
    throw broken(`its value tells of ${instance.service}/${instance.id}`);
  }
  return instance;
}

function tooLarge(expected: string, given: string): InvalidOptionError {
  const remedy = 'Keep large data elsewhere and publish a reference to it.';
  return new InvalidOptionError('metadata', expected, given, remedy);
}

/** The result is checked by {@link assertInstance}; until then its types are a wish. */
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
