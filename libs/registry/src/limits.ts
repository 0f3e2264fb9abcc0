import { readOptions, withDefault, type OptionTable } from './options/option-table.js';
import { integer } from './options/rules.js';

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

export const limitsTable = {
  // A page of a list, which has 250 of them, fits into the 64 MiB that are received at once.
  valueBytes: withDefault(integer(1_024, 1_048_576), 64 * 1024, 'largest value, in bytes'),
  metadataEntries: withDefault(integer(0, 10_000), 64, "most entries of an instance's metadata"),
  instancesPerService: withDefault(integer(1, 1_000_000), 20_000, 'most instances of a service'),
} satisfies OptionTable<RegistryLimits>;

export const DEFAULT_LIMITS: RegistryLimits = readOptions(limitsTable, {}, 'limits');
