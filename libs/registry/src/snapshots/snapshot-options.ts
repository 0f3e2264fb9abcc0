import { resolve } from 'node:path';
import { required, withDefault, type OptionTable, type Rule } from '../options/option-table.js';
import { filledText, integer } from '../options/rules.js';

/**
 * Snapshots on disk, for a start while the registry is unreachable: one per service that is watched by name. A watch of all services
 * has none and is `unavailable` until the registry answers.
 */
export interface SnapshotOptions {
  /**
   * Directory of the files, one per watched service; created if it is missing. Files are readable only by their owner and hold
   * the instances' metadata. Processes may share the directory. A later watch removes what a process that died while writing has
   * left, once it is older than an hour.
   */
  readonly directory: string;
  /**
   * Age in milliseconds above which a file is not used: addresses may belong to others by then. At least 1000.
   * @default 86400000, a day
   */
  readonly maxAgeMs?: number;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

const directory: Rule<string> = (value, path) =>
  resolve(
    filledText('Name one that this process may write to, on a disk that survives a restart.')(
      value,
      path,
    ),
  );

export const snapshotsTable = {
  directory: required(directory, 'where the files are'),
  maxAgeMs: withDefault(
    integer(1_000, Number.MAX_SAFE_INTEGER, 'Leave it out for a day.'),
    DAY_MS,
    'age above which a file is not used',
  ),
} satisfies OptionTable<SnapshotOptions>;
