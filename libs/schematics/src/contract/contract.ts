import protobuf from 'protobufjs';
import { InvalidContractError } from '../errors.js';
import type { Files } from '../files.js';
import { isDataType, type DataType } from './data-type.js';
import { readDefinitions, type Definitions } from './definitions.js';
import { loadContract, normalised } from './load-contract.js';
import { typeNames, type MessageNames, type TypeNames } from './type-names.js';

/** A contract, as the generators use it. */
export interface Contract {
  /** Relative to the workspace root. */
  readonly path: string;
  /** Folders given for it to search for imports. */
  readonly includes: readonly string[];
  /** Empty for a contract without one. */
  readonly package: string;
  readonly services: readonly RpcService[];
  /** Whether its package has several services, including those of imported files. */
  readonly hasSeveralServices: boolean;
  /** The types of the contract itself, and those that its services use. */
  readonly messages: readonly protobuf.Type[];
  readonly enums: readonly protobuf.Enum[];
  readonly names: TypeNames;
  /** The whole contract with its imports, in protobufjs's JSON. */
  readonly json: protobuf.INamespace;
}

export interface RpcService {
  /** With its package. */
  readonly fullName: string;
  readonly name: string;
  readonly methods: readonly RpcMethod[];
}

export interface RpcMethod {
  /** As in the .proto. */
  readonly name: string;
  /** The name that clients of grpc-js, Nest and this library use. */
  readonly property: string;
  readonly request: MessageNames;
  readonly reply: MessageNames;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** Whether neither request nor reply has a field that proto2 requires. */
  readonly mayBeEmpty: boolean;
}

export interface ContractSource {
  readonly path: string;
  readonly includes: readonly string[];
}

/**
 * @param common Folders to search for the imports of all contracts, after the contract's own
 * @throws InvalidContractError
 */
export function readContract(
  files: Files,
  source: ContractSource,
  common: readonly string[] = [],
): Contract {
  const path = normalised(source.path);
  const root = loadContract(files, path, [...source.includes, ...common]);
  const all = [...contentsOf(root)];
  const services = all.filter(
    (it): it is protobuf.Service => it instanceof protobuf.Service && it.filename === path,
  );
  const [first] = services;
  if (!first) {
    throw new InvalidContractError(path, 'has no service', 'Add one, or name another contract.');
  }
  const packageName = first.parent?.fullName.slice(1) ?? '';
  const own = all.filter((it): it is DataType => isDataType(it) && it.filename === path);
  const types = reachable(services, own);
  const names = typeNames(types, {
    packageName,
    own: new Set(own),
    taken: services.map(({ name }) => `${name}Client`),
  });
  const definitions = readDefinitions(path, root);
  return {
    path,
    includes: source.includes,
    package: packageName,
    hasSeveralServices: all.filter((it) => isServiceOf(packageName, it)).length > 1,
    services: services.map((service) => rpcService(path, service, names, definitions)),
    messages: types.filter((it) => it instanceof protobuf.Type),
    enums: types.filter((it) => it instanceof protobuf.Enum),
    names,
    json: definitions.json,
  };
}

function isServiceOf(packageName: string, it: protobuf.ReflectionObject): boolean {
  return (
    it instanceof protobuf.Service &&
    (packageName === '' || it.fullName.startsWith(`.${packageName}.`))
  );
}

function* contentsOf(namespace: protobuf.NamespaceBase): Generator<protobuf.ReflectionObject> {
  for (const object of namespace.nestedArray) {
    yield object;
    if (object instanceof protobuf.Namespace) yield* contentsOf(object);
  }
}

/** Data types of a contract, including those that its types and rpcs use. Types that only its options use are omitted. */
function reachable(services: readonly protobuf.Service[], own: readonly DataType[]): DataType[] {
  const found = new Set<DataType>(own);
  for (const { methodsArray } of services) {
    for (const { resolvedRequestType, resolvedResponseType } of methodsArray) {
      for (const type of [resolvedRequestType, resolvedResponseType]) if (type) found.add(type);
    }
  }
  // Iterating a set also visits elements that are added meanwhile.
  for (const type of found) {
    if (type instanceof protobuf.Enum) continue;
    for (const { resolvedType } of type.fieldsArray) {
      if (isDataType(resolvedType)) found.add(resolvedType);
    }
  }
  return [...found];
}

function rpcService(
  path: string,
  service: protobuf.Service,
  names: TypeNames,
  { propertyOf }: Definitions,
): RpcService {
  const fullName = service.fullName.slice(1);
  const byProperty = new Map<string, string>();
  const methods = service.methodsArray.map((method) => {
    const property = propertyOf(fullName, method.name);
    const other = byProperty.get(property);
    if (other !== undefined) {
      const reality = `has rpcs ${other} and ${method.name} in ${fullName}, and a client of grpc-js calls both "${property}"`;
      throw new InvalidContractError(path, reality, 'Rename one of them.');
    }
    byProperty.set(property, method.name);
    return {
      name: method.name,
      property,
      request: names.message(method.resolvedRequestType!),
      reply: names.message(method.resolvedResponseType!),
      requestStream: method.requestStream ?? false,
      responseStream: method.responseStream ?? false,
      mayBeEmpty: [method.resolvedRequestType!, method.resolvedResponseType!].every(
        (type) => !type.fieldsArray.some(({ required }) => required),
      ),
    };
  });
  return { fullName, name: service.name, methods };
}
