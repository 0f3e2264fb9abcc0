import { posix } from 'node:path';
import protobuf from 'protobufjs';
import { InvalidContractError } from '../errors.js';
import type { Files } from '../files.js';
import { bundledProto, type BundledProto } from './bundled-protos.js';

/** An imported file: a file of the workspace by path, or one that protobufjs contains. */
type Import = string | BundledProto;

/** A contract with all of its imports. @throws InvalidContractError */
export function loadContract(
  files: Files,
  path: string,
  includes: readonly string[],
): protobuf.Root {
  const root = new protobuf.Root();
  const text = files.read(path);
  if (text === undefined) {
    const remedy =
      'Write it, or give its path: nest g -c @grpc-discovery/schematics grpc-client <name> <path>.';
    throw new InvalidContractError(path, 'does not exist', remedy);
  }
  const folders = includes.map(normalised);
  const seen = new Set<string>();
  load(path, text);
  try {
    root.resolveAll();
  } catch (error) {
    const remedy = 'Correct it, or import the file that has what is missing.';
    throw invalid(path, error, remedy);
  }
  return root;

  function load(from: string, content: string): void {
    seen.add(from);
    const { imports = [], weakImports = [] } = parse(from, content, root);
    for (const name of imports) add(find(from, name) ?? missing(from, name));
    for (const name of weakImports) add(find(from, name));
  }

  function add(found: Import | undefined): void {
    if (found === undefined) return;
    const name = typeof found === 'string' ? found : found.name;
    if (seen.has(name)) return;
    if (typeof found === 'string') return load(found, files.read(found) ?? '');
    if (found.text !== undefined) return load(name, found.text);
    seen.add(name);
    root.addJSON(found.nested ?? {});
  }

  function find(from: string, name: string): Import | undefined {
    const bundled = bundledProto(name);
    if (bundled?.goesFirst) return bundled;
    const path = foldersFor(from)
      .map((folder) => posix.join(folder, name))
      .find((it) => files.read(it) !== undefined);
    return path ?? bundled;
  }

  /** The given folders, the importing file's own folder, and its parents. */
  function foldersFor(from: string): string[] {
    const above: string[] = [];
    for (let folder = posix.dirname(from); ; folder = posix.dirname(folder)) {
      above.push(folder);
      if (folder === posix.dirname(folder) || folder.endsWith('..')) break;
    }
    return [...folders, ...above];
  }

  function missing(from: string, name: string): never {
    const searched = foldersFor(from).join(', ');
    throw new InvalidContractError(
      from,
      `imports ${JSON.stringify(name)}, which is in none of the folders ${searched}`,
      'Name the folder that it is in by "grpcDiscovery": { "include": ["<folder>"] } in package.json, or by --include of ' +
        '"npx schematics @grpc-discovery/schematics:grpc-client".',
    );
  }
}

/** A path relative to the workspace root, with `/` between names and no leading slash. */
export function normalised(path: string): string {
  return posix.normalize(path.replaceAll('\\', '/')).replace(/^\.\/(?=.)/, '');
}

function parse(path: string, text: string, root: protobuf.Root): protobuf.IParserResult {
  try {
    // The parser sets it on all that it creates, though its types lack it.
    (protobuf.parse as { filename?: string }).filename = path;
    return protobuf.parse(text.replace(/^\uFEFF/, ''), root);
  } catch (error) {
    throw invalid(path, error, 'Correct it.');
  }
}

function invalid(path: string, error: unknown, remedy: string): InvalidContractError {
  const { message } = error as Error;
  return new InvalidContractError(path, `can't be read: ${message}`, remedy, { cause: error });
}
