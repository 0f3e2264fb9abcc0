import { fromJSON, type MessageTypeDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import type protobuf from 'protobufjs';
import { InvalidContractError } from '../errors.js';

/** A contract as @grpc/proto-loader loads it. */
export interface Definitions {
  readonly json: protobuf.INamespace;
  /** The property by which clients call an rpc: the loader's own name, which grpc-js uses at run time. */
  readonly propertyOf: (service: string, method: string) => string;
}

/** @throws InvalidContractError if the loader would refuse it at run time */
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

/** Servers of grpc-js refuse a service without an rpc, and Nest adds all services of a package. */
function withoutEmptyServices(json: protobuf.INamespace): void {
  for (const [name, object] of Object.entries(json.nested ?? {})) {
    if ('methods' in object && Object.keys(object.methods).length === 0) delete json.nested![name];
    else withoutEmptyServices(object);
  }
}

/**
 * If a number has several names, the first one arrives. In an enum loaded from JSON it is the last one, so it must follow its
 * aliases.
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
