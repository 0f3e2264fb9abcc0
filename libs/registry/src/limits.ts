import { InvalidLimitError } from './errors/invalid-option-errors.js';
import { show } from './errors/show.js';

/** Bounds of what is written to a registry, and of what is taken from it: others may write there, too. */
export interface RegistryLimits {
  /**
   * Largest value of an instance or a service config, in bytes, from 1024 to 1048576 (etcd itself takes 1.5 MiB). What is
   * larger can't be registered or published; in the store it is a broken entry, which is told once and left out.
   * @default 65536
   */
  readonly valueBytes: number;
  /**
   * Most entries of an instance's metadata, from 0 to 10000. One with more can't be registered; in the store it is a broken
   * entry.
   * @default 64
   */
  readonly metadataEntries: number;
  /**
   * Most instances of a service in a snapshot, from 1 to 1000000. Of more, the first in order of id are taken, the same ones
   * by every client; that is told when it begins and when it ends.
   * @default 20000
   */
  readonly instancesPerService: number;
}

export const DEFAULT_LIMITS: RegistryLimits = {
  // A page of a list, which has 250 of them, fits into the 64 MiB that are received at once.
  valueBytes: 64 * 1024,
  metadataEntries: 64,
  instancesPerService: 20_000,
};

const RANGES: Readonly<Record<keyof RegistryLimits, readonly [least: number, most: number]>> = {
  valueBytes: [1_024, 1_048_576],
  metadataEntries: [0, 10_000],
  instancesPerService: [1, 1_000_000],
};

/**
 * Checks the limits and fills in the defaults.
 * @throws InvalidLimitError
 */
export function normalizeLimits(limits: Partial<RegistryLimits> = {}): RegistryLimits {
  const pick = (name: keyof RegistryLimits) => {
    const value: unknown = limits[name] ?? DEFAULT_LIMITS[name];
    const [least, most] = RANGES[name];
    if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) {
      return Number(value);
    }
    const remedy = `Leave it out for ${DEFAULT_LIMITS[name]}.`;
    const expected = `an integer from ${least} to ${most}`;
    throw new InvalidLimitError(`limits.${name}`, expected, show(value), remedy);
  };
  return {
    valueBytes: pick('valueBytes'),
    metadataEntries: pick('metadataEntries'),
    instancesPerService: pick('instancesPerService'),
  };
}
