import { fromJSON, type MessageTypeDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import type protobuf from 'protobufjs';
import { InvalidContractError } from '../errors.js';

/** A contract as @grpc/proto-loader sees it. */
export interface Definitions {
  readonly json: protobuf.INamespace;
  /** The property by which clients call an rpc: the loader's own name, which grpc-js uses at run time. */
  readonly propertyOf: (service: string, method: string) => string;
}

/** @throws InvalidContractError for one that the loader would refuse when it is run. */
export function readDefinitions(path: string, root: protobuf.Root): Definitions {
  const json = root.toJSON();
  withoutEmptyServices(json);
  putAliasesFirst(json);
  try {
    const services = fromJSON(json, {}) as Record<
      string,
      ServiceDefinition | MessageTypeDefinition<object, object>
    >;
    return {
      json,
      propertyOf: (service, method) =>
        (services[service] as ServiceDefinition)[method]?.originalName ?? method,
    };
  } catch (error) {
    const reality = `can't be loaded by @grpc/proto-loader: ${(error as Error).message}`;
    throw new InvalidContractError(path, reality, 'Write it in another way.', { cause: error });
  }
}

/** Servers of grpc-js take no service without an rpc, and Nest gives them all that a package has. */
function withoutEmptyServices(json: protobuf.INamespace): void {
  for (const [name, object] of Object.entries(json.nested ?? {})) {
    if ('methods' in object && Object.keys(object.methods).length === 0) delete json.nested![name];
    else withoutEmptyServices(object);
  }
}

/**
 * Of several names of a number the first one is the name that arrives. Where enums are made from JSON it is the last, so that
 * it has to stand after its aliases.
 */
function putAliasesFirst(json: protobuf.INamespace): void {
  for (const object of Object.values(json.nested ?? {})) {
    if ('values' in object) {
      const { values } = object;
      object.values = Object.fromEntries(aliasesFirst(Object.entries(values)));
    } else {
      putAliasesFirst(object);
    }
  }
}

function aliasesFirst(values: readonly (readonly [string, number])[]): [string, number][] {
  const byNumber = new Map<number, [string, number][]>();
  for (const [name, number] of values) {
    byNumber.set(number, [[name, number], ...(byNumber.get(number) ?? [])]);
  }
  return [...byNumber.values()].flat();
}
