import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { createStarter } from '@grpc-discovery/schematics';
import { folderFiles } from './folder-files.js';

/**
 * Makes a workspace in a folder, which is new, empty, or has nothing but `.git`. Nothing is left behind when it fails.
 * @returns what is to be done next
 * @throws Error that names the folder
 */
export function create(target: string): string {
  const folder = resolve(target);
  const before = contentOf(folder);
  const found = before?.filter((name) => name !== '.git') ?? [];
  if (found.length > 0) {
    const some = found.slice(0, 3).join(', ');
    throw new Error(`${folder} is not empty (${some}): name a folder that is, or a new one.`);
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
    EACCES: 'may not be written to',
    EPERM: 'may not be written to',
    EROFS: 'is on a file system that may not be written to',
    ENOSPC: 'is on a file system that is full',
    ENOTDIR: 'is, or lies in, a file and no folder',
  };
  if (code === undefined) return error;
  return new Error(`${folder} ${reasons[code] ?? `can't be made (${code})`}: name another one.`, {
    cause: error,
  });
}
