import { InvalidOptionError } from '../errors/registry-errors.js';
import { printable, show } from '../errors/text.js';
import { parseAddress } from './address.js';
import type { Locality, ServiceInstance } from './service-instance.js';

/** An id is one segment of a key: printable ASCII without a slash. */
const INSTANCE_ID = /^[\x21-\x2e\x30-\x7e]{1,128}$/;
const LOCALITY_FIELDS = ['region', 'zone', 'subZone'] as const satisfies (keyof Locality)[];

/**
 * Checks every field of an instance against the rules of `ServiceInstance`.
 * @throws InvalidOptionError that names the field; its text never contains values of `metadata`.
 */
export function assertInstance(instance: ServiceInstance): void {
  if (typeof instance !== 'object' || instance === null) {
    throw invalid('instance', 'an object', show(instance));
  }
  assertInstanceId(instance.id);
  field(() => assertServiceName(instance.service));
  field(() => {
    assertText('address', instance.address);
    parseAddress(instance.address);
  });
  field(() => assertWeight(instance.weight));
  assertText('version', instance.version);
  assertLocality(instance.locality);
  assertMetadata(instance.metadata);
  assertText('startedAt', instance.startedAt);
  if (Number.isNaN(Date.parse(instance.startedAt))) {
    throw invalid('startedAt', 'a time in ISO 8601', show(instance.startedAt));
  }
}

/**
 * Checks that a value is an object without unknown fields.
 * @param name Name of the value; `instance` for the instance itself.
 * @throws InvalidOptionError
 */
export function assertFields(name: string, value: unknown, known: readonly string[]): void {
  if (!isRecord(value)) throw invalid(name, 'an object', show(value));
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  const field = printable(name === 'instance' ? unknown : `${name}.${unknown}`);
  throw invalid(field, `one of ${known.join(', ')}`, 'unknown');
}

/** @throws InvalidOptionError */
export function assertInstanceId(id: unknown): asserts id is string {
  if (typeof id === 'string' && INSTANCE_ID.test(id)) return;
  throw invalid('id', '1 to 128 printable ASCII characters without "/"', show(id));
}

function assertLocality(locality: unknown): void {
  if (!isRecord(locality)) throw invalid('locality', 'an object', show(locality));
  for (const name of LOCALITY_FIELDS) {
    if (typeof locality[name] !== 'string') assertText(`locality.${name}`, locality[name]);
  }
}

function assertMetadata(metadata: unknown): void {
  if (!isRecord(metadata)) throw invalid('metadata', 'an object', show(metadata));
  for (const [label, value] of Object.entries(metadata)) {
    if (typeof value === 'string') continue;
    throw invalid(`metadata[${show(label)}]`, 'a string', `of type ${typeof value}`);
  }
}

function assertText(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw invalid(name, 'a string', show(value));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function field(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    throw invalid(error.option, error.expected, error.given, error);
  }
}

function invalid(option: string, expected: string, given: string, cause?: unknown) {
  return new InvalidOptionError(
    option,
    expected,
    given,
    'Correct this field of the instance before it is registered.',
    cause,
  );
}

const SERVICE_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/;

export function isServiceName(name: unknown): name is string {
  return typeof name === 'string' && SERVICE_NAME.test(name);
}

/**
 * Checks the name of a service: 1 to 128 letters, digits, dots, dashes and underscores, a letter or digit at both ends.
 * It contains no slash, so that it is one segment of a key and of a target `etcd:///<service>`.
 * @throws InvalidOptionError
 */
export function assertServiceName(name: unknown): asserts name is string {
  if (isServiceName(name)) return;
  throw new InvalidOptionError(
    'service',
    '1 to 128 letters, digits, ".", "-" and "_", with a letter or digit at both ends',
    show(name),
    'Name the service like "greeter" or "shop.orders".',
  );
}

/** Weight of an instance without one. */
export const DEFAULT_WEIGHT = 100;

/** Largest weight of an instance. */
export const MAX_WEIGHT = 65_535;

/**
 * Checks a weight: an integer from 0 to {@link MAX_WEIGHT}.
 * @throws InvalidOptionError
 */
export function assertWeight(weight: unknown): asserts weight is number {
  if (Number.isInteger(weight) && Number(weight) >= 0 && Number(weight) <= MAX_WEIGHT) return;
  throw new InvalidOptionError(
    'weight',
    `an integer from 0 to ${MAX_WEIGHT}`,
    show(weight),
    'Use 100 for a usual share of the calls, 0 for none.',
  );
}
