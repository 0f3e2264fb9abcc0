import { createRequire } from 'node:module';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { getGrpcPackageDefinition } from '@nestjs/microservices';
import { ClientContractError } from '../errors.js';
import type { GrpcContractOptions } from './balanced-client.decorator.js';
import type { RpcMethod } from './rpc-calls.js';

/** One service of a contract. */
export interface ContractService {
  /** With its package: `helloworld.Greeter`. */
  readonly fullName: string;
  /** By the name in lower camel case that Nest and grpc-js use, too. */
  readonly methods: ReadonlyMap<string, RpcMethod>;
}

/**
 * Loads a contract and finds the service that a client means.
 * @throws ClientContractError when `rpcService` is not in the contract, or is not named and there are several.
 */
export function contractService(
  client: string,
  options: GrpcContractOptions & { readonly rpcService?: string },
): ContractService {
  const services = contractServices(options);
  const { rpcService } = options;
  const wanted = rpcService
    ? services.filter(({ fullName }) => `.${fullName}`.endsWith(`.${rpcService}`))
    : services;
  const [service, ...others] = wanted;
  if (!service || others.length > 0) {
    const expected = rpcService
      ? `names rpcService "${rpcService}", which must be one service of the contract`
      : 'names no rpcService, which takes a contract with a single service';
    throw new ClientContractError(
      client,
      expected,
      services.map(({ fullName }) => fullName),
    );
  }
  return service;
}

function contractServices(options: GrpcContractOptions): ContractService[] {
  const require = createRequire(import.meta.url);
  const loader: unknown = require(options.protoLoader ?? '@grpc/proto-loader');
  const definitions = getGrpcPackageDefinition(options, loader) as Record<string, object>;
  const packages = [options.package].flat();
  return Object.entries(definitions)
    .filter(([name]) => packages.some((prefix) => name.startsWith(`${prefix}.`)))
    .filter((entry): entry is [string, ServiceDefinition] => !('format' in entry[1]))
    .map(([fullName, definition]) => ({ fullName, methods: methodsOf(definition) }));
}

function methodsOf(definition: ServiceDefinition): ReadonlyMap<string, RpcMethod> {
  return new Map(
    Object.entries(definition).map(([name, method]) => [
      method.originalName ?? name,
      method as RpcMethod,
    ]),
  );
}
