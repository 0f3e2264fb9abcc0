import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { createStarter } from '@grpc-discovery/schematics';
import { folderFiles } from './folder-files.js';

/**
 * Creates a workspace in a folder that is new, empty, or contains only `.git`. A failure leaves nothing behind.
 * @returns the next steps
 * @throws Error that names the folder
 */
export function create(target: string): string {
  const folder = resolve(target);
  const before = contentOf(folder);
  const found = before?.filter((name) => name !== '.git') ?? [];
  if (found.length > 0) {
    const some = found.slice(0, 3).join(', ');
    throw new Error(`${folder} is not empty (${some}): name an empty or a new folder.`);
  }
  const firstNew = before ? undefined : firstMissing(folder);
  try {
    mkdirSync(folder, { recursive: true });
    createStarter(folderFiles(folder), basename(folder));
  } catch (error) {
    remove(folder, firstNew);
    throw named(folder, error);
  }
  return `Created ${folder}. Next:\n\n  cd ${target}\n  npm install\n  npm test\n  npm run dev\n\n`;
}

/** Names in a folder; undefined for one that is not there. */
function contentOf(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw named(folder, error);
  }
}

/** The outermost folder of a path that is not there yet. */
function firstMissing(folder: string): string {
  const parent = dirname(folder);
  return statSync(parent, { throwIfNoEntry: false }) ? folder : firstMissing(parent);
}

function remove(folder: string, firstNew: string | undefined): void {
  if (firstNew !== undefined) {
    rmSync(firstNew, { recursive: true, force: true });
    return;
  }
  for (const name of readdirSync(folder).filter((it) => it !== '.git')) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Failures of the file system in words; others say themselves what is wrong. */
function named(folder: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'is not writable',
    EPERM: 'is not writable',
    EROFS: 'is on a read-only file system',
    ENOSPC: 'is on a file system that is full',
    ENOTDIR: 'is a file, or inside a file',
  };
  if (code === undefined) return error;
  return new Error(`${folder} ${reasons[code] ?? `can't be made (${code})`}: name another one.`, {
    cause: error,
  });
}
