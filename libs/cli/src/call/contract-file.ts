import { stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fromJSON, type PackageDefinition } from '@grpc/proto-loader';
import protobuf from 'protobufjs';
import { UsageError } from '../errors.js';
import { fileTrouble } from '../option-values.js';
import { loaderOptions } from './loader-options.js';

/**
 * The contract that a .proto file holds.
 * @param include Folders to search for its imports.
 * @throws UsageError
 */
export async function contractIn(
  proto: string,
  include: readonly string[] = [],
): Promise<PackageDefinition> {
  await assertFile(proto);
  for (const folder of include) await assertFolder(folder);
  try {
    const root = new protobuf.Root();
    const resolve = root.resolvePath.bind(root);
    // The loader's own option prints warnings about missing imports to the terminal.
    root.resolvePath = (origin, target) =>
      origin === '' ? target : (found(target, include) ?? resolve(origin, target));
    await root.load(proto);
    return fromJSON(root.resolveAll().toJSON(), loaderOptions);
  } catch (cause) {
    throw new UsageError(`--proto must name a contract, but ${whyNot(proto, cause as Error)}`, {
      cause,
    });
  }
}

function found(target: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, target)).find((path) => existsSync(path));
}

async function assertFile(proto: string): Promise<void> {
  const trouble = await stat(proto).then(
    (found) => (found.isFile() ? undefined : 'is not a file'),
    (error: unknown) => fileTrouble(error),
  );
  if (trouble === undefined) return;
  throw new UsageError(
    `--proto must name the .proto file of the contract, but ${proto} ${trouble}.`,
  );
}

async function assertFolder(folder: string): Promise<void> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UsageError(`--include must name a folder, but ${folder} is not one.`);
}

/** protobufjs reports a missing import like any file that can't be opened, and a syntax error with its line. */
function whyNot(proto: string, error: Error): string {
  const { code, path } = error as { code?: string; path?: string };
  if (code === 'ENOENT' && path !== undefined)
    return `${path}, which it imports, is not there. Name the folder from which its imports start by --include <folder>.`;
  return `${proto} can't be read as one (${error.message}).`;
}
