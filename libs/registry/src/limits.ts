import { readOptions, withDefault, type OptionTable } from './options/option-table.js';
import { integer } from './options/rules.js';

/** Limits for entries that are written to a registry and read from it: others may write there, too. */
export interface RegistryLimits {
  /**
   * Maximum size of an instance or a service config in bytes, from 1024 to 1048576 (etcd itself takes 1.5 MiB). A larger one
   * can't be registered or published; in the registry it is a broken entry, which is logged once and left out.
   * @default 65536
   */
  readonly valueBytes: number;
  /**
   * Maximum number of metadata entries of an instance, from 0 to 10000. An instance with more can't be registered; in the registry
   * it is a broken entry.
   * @default 64
   */
  readonly metadataEntries: number;
  /**
   * Maximum number of instances of a service in a snapshot, from 1 to 1000000. Above it, every client uses the same first ones in
   * order of id, and logs when that begins and ends.
   * @default 20000
   */
  readonly instancesPerService: number;
}

export const limitsTable = {
  // A page of a list, which has 250 entries, fits into the message limit of 64 MiB.
  valueBytes: withDefault(integer(1_024, 1_048_576), 64 * 1024, 'largest value, in bytes'),
  metadataEntries: withDefault(integer(0, 10_000), 64, "most entries of an instance's metadata"),
  instancesPerService: withDefault(integer(1, 1_000_000), 20_000, 'most instances of a service'),
} satisfies OptionTable<RegistryLimits>;

export const DEFAULT_LIMITS: RegistryLimits = readOptions(limitsTable, {}, 'limits');
