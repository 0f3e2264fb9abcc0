import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Name of a file that {@link temporaryName} gave to the writer of a snapshot, and nobody else's. */
const TEMPORARY = /-[0-9a-f]{16}\.snapshot\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;
/** From this age on nobody writes to it any more: a write takes seconds, on a slow disk too. In milliseconds. */
const ABANDONED_MS = 60 * 60 * 1_000;

/** A new name, beside the file that it is going to replace: a rename is one step within a directory only. */
export function temporaryName(path: string): string {
  return `${path}.${randomUUID()}.tmp`;
}

/**
 * Removes what processes have left in the directory that died between writing and renaming. Never rejects: what can't be
 * removed takes space and harms nobody.
 * @param now The time of day.
 */
export async function removeAbandoned(directory: string, now: Date): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    if (!TEMPORARY.test(name)) continue;
    const path = join(directory, name);
    try {
      const { mtimeMs } = await stat(path);
      if (now.getTime() - mtimeMs > ABANDONED_MS) await rm(path);
    } catch {
      // Removed by another process, or not ours to remove.
    }
  }
}
