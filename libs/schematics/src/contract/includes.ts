import { UnsupportedWorkspaceError } from '../errors.js';
import type { Files } from '../files.js';
import { readJson } from '../workspace/json-file.js';
import { normalised } from './load-contract.js';

/** `--include`: one folder, several separated by commas, or the option repeated. */
export type IncludeOption = string | readonly string[] | undefined;

/** Folders given for one contract. */
export function includesOf(option: IncludeOption): string[] {
  const folders = [option ?? []].flat().flatMap((it) => String(it).split(','));
  return [...new Set(folders.map((it) => it.trim()).filter((it) => it !== ''))].map(normalised);
}

/**
 * Folders in package.json for all contracts: `"grpcDiscovery": { "include": ["third_party"] }`.
 * @throws UnsupportedWorkspaceError
 */
export function workspaceIncludes(files: Files): string[] {
  const { grpcDiscovery } =
    readJson<{ grpcDiscovery: { include?: unknown } }>(files, 'package.json') ?? {};
  const folders = grpcDiscovery?.include ?? [];
  if (Array.isArray(folders) && folders.every((it) => typeof it === 'string')) {
    return folders.map(normalised);
  }
  throw new UnsupportedWorkspaceError(
    `package.json: grpcDiscovery.include should be a list of folders, as in ["third_party"]; got ${JSON.stringify(folders)}.`,
  );
}
