import { InvalidOptionError } from '../errors/invalid-option-error.js';
import { BrokenEntryError } from '../errors/registry-errors.js';
import { show } from '../errors/show.js';
import { isJsonObject, readJsonObject } from '../json-object.js';
import { DEFAULT_LIMITS } from '../limits.js';

/**
 * Turns a service config into the value of its key. What is in it is the business of those who use it.
 * @throws InvalidOptionError when it is no object, JSON can't hold it or it is larger than so many bytes.
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
  // An object decides by its toJSON what it becomes, and that may be anything.
  if (typeof json !== 'string' || !json.startsWith('{')) {
    throw invalid('an object in JSON, too', 'another value there');
  }
  const value = Buffer.from(json);
  if (value.length <= valueBytes) return value;
  throw invalid(`at most ${valueBytes} bytes of JSON`, `${value.length} bytes`);
}

/**
 * Reads the value of a config's key.
 * @throws BrokenEntryError when it is no JSON object, or too large.
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
