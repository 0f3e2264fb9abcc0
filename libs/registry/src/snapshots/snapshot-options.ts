import { resolve } from 'node:path';
import { InvalidSnapshotsError } from '../errors/invalid-option-errors.js';
import { show } from '../errors/show.js';

/**
 * Snapshots on disk, for a start while the registry is away: of services that are watched by name. A watch of all services has
 * none and is `unavailable` until the registry answers.
 */
export interface SnapshotOptions {
  /**
   * Directory of the files, one per service that is watched; made when it is missing. Files are readable by their owner only;
   * they hold the instances' metadata. Processes may share it. What a process left that died while it wrote is removed by a
   * later watch, once it is older than an hour.
   */
  readonly directory: string;
  /**
   * Age in milliseconds from which a file is not used any more: addresses may belong to others by then. At least 1000.
   * @default 86400000, a day
   */
  readonly maxAgeMs?: number;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Checks the options and fills in the defaults.
 * @throws InvalidSnapshotsError
 */
export function normalizeSnapshots(
  options: SnapshotOptions | undefined,
): Required<SnapshotOptions> | undefined {
  if (options === undefined) return undefined;
  const directory: unknown = options.directory;
  if (typeof directory !== 'string' || directory === '') {
    const remedy = 'Name one that this process may write to, on a disk that survives a restart.';
    throw new InvalidSnapshotsError('snapshots.directory', 'a path', show(directory), remedy);
  }
  const maxAgeMs: unknown = options.maxAgeMs ?? DAY_MS;
  if (!Number.isSafeInteger(maxAgeMs) || Number(maxAgeMs) < 1_000) {
    const expected = 'an integer of at least 1000';
    const remedy = 'Leave it out for a day.';
    throw new InvalidSnapshotsError('snapshots.maxAgeMs', expected, show(maxAgeMs), remedy);
  }
  return { directory: resolve(directory), maxAgeMs: Number(maxAgeMs) };
}
