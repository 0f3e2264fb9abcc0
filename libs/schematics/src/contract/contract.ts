import protobuf from 'protobufjs';
import { InvalidContractError } from '../errors.js';
import type { Files } from '../files.js';

/** A contract as the code around it is made from. */
export interface Contract {
  readonly path: string;
  readonly package: string;
  readonly services: readonly RpcService[];
  readonly messages: readonly protobuf.Type[];
  readonly enums: readonly protobuf.Enum[];
  /** All of it, imports included, in protobufjs's JSON. */
  readonly json: protobuf.INamespace;
}

export interface RpcService {
  readonly name: string;
  readonly methods: readonly RpcMethod[];
}

export interface RpcMethod {
  /** As in the .proto. */
  readonly name: string;
  readonly request: string;
  readonly reply: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** @throws InvalidContractError */
export function readContract(files: Files, path: string): Contract {
  const root = new protobuf.Root();
  load(files, root, path, new Set());
  try {
    root.resolveAll();
  } catch (error) {
    throw invalid(path, error);
  }
  const all = [...contentsOf(root)];
  const services = all.filter(
    (it): it is protobuf.Service => it instanceof protobuf.Service && it.filename === path,
  );
  const [first] = services;
  if (!first) {
    throw new InvalidContractError(path, 'has no service', 'Add one, or name another contract.');
  }
  const packageName = first.parent?.fullName.slice(1) ?? '';
  if (packageName === '') {
    const remedy = 'Add one, such as "package orders;": Nest finds services by it.';
    throw new InvalidContractError(path, 'has no package', remedy);
  }
  return {
    path,
    package: packageName,
    services: services.map(rpcService),
    messages: all.filter((it): it is protobuf.Type => it instanceof protobuf.Type),
    enums: all.filter((it): it is protobuf.Enum => it instanceof protobuf.Enum),
    json: root.toJSON(),
  };
}

/** Name of a message or enum in TypeScript: without its package, nested ones as `Outer_Inner`. */
export function typeName(type: protobuf.ReflectionObject): string {
  const { parent } = type;
  return parent instanceof protobuf.Type ? `${typeName(parent)}_${type.name}` : type.name;
}

function load(files: Files, root: protobuf.Root, path: string, seen: Set<string>): void {
  if (seen.has(path)) return;
  seen.add(path);
  const common = protobuf.common.get(path);
  if (common) {
    root.addJSON(common.nested ?? {});
    return;
  }
  const text = files.read(path);
  if (text === undefined) {
    const remedy = 'Write it, or give its path: nest g … grpc-client <name> <path>.';
    throw new InvalidContractError(path, 'is not there', remedy);
  }
  const parsed = parse(path, text, root);
  for (const name of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) {
    load(files, root, importPath(files, path, name), seen);
  }
}

function parse(path: string, text: string, root: protobuf.Root): protobuf.IParserResult {
  try {
    // The parser notes it in all that it makes; its types don't tell.
    (protobuf.parse as { filename?: string }).filename = path;
    return protobuf.parse(text, root);
  } catch (error) {
    throw invalid(path, error);
  }
}

/** Imports are named from the folder of the contract, or from one above it. */
function importPath(files: Files, from: string, name: string): string {
  if (protobuf.common.get(name)) return name;
  for (let folder = parentOf(from); ; folder = parentOf(folder)) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (folder === '' || files.read(path) !== undefined) return path;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function invalid(path: string, error: unknown): InvalidContractError {
  const { message } = error as Error;
  return new InvalidContractError(path, `can't be read: ${message}`, 'Correct it.', {
    cause: error,
  });
}

function* contentsOf(namespace: protobuf.NamespaceBase): Generator<protobuf.ReflectionObject> {
  for (const object of namespace.nestedArray) {
    yield object;
    if (object instanceof protobuf.Namespace) yield* contentsOf(object);
  }
}

function rpcService(service: protobuf.Service): RpcService {
  const methods = service.methodsArray.map((method) => ({
    name: method.name,
    request: typeName(method.resolvedRequestType!),
    reply: typeName(method.resolvedResponseType!),
    requestStream: method.requestStream ?? false,
    responseStream: method.responseStream ?? false,
  }));
  return { name: service.name, methods };
}
