import { InvalidOptionError } from '../errors/invalid-option-error.js';
import { BrokenEntryError } from '../errors/registry-errors.js';
import { assertWeight } from '../instance/weight.js';
import { readJsonObject } from '../json-object.js';
import type { Override } from '../overrides.js';

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
