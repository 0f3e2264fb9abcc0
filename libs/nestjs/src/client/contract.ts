import type { ServiceDefinition } from '@grpc/grpc-js';
import { type GrpcContractOptions, loadContract, packagesOf } from '../options/grpc-options.js';
import type { RpcMethod } from './rpc-calls.js';
import { contractErrors } from '../errors.js';

/** One service of a contract. */
export interface ContractService {
  /** With its package, where it has one: `helloworld.Greeter`. */
  readonly fullName: string;
  /** `helloworld`, or '' for none. */
  readonly package: string;
  /** Without its package: `Greeter`. */
  readonly name: string;
  /** By name in lower camel case, as in Nest and grpc-js. */
  readonly methods: ReadonlyMap<string, RpcMethod>;
}

/** The rpc that a property means: `GetURL` is `getUrl`, as Nest and grpc-js call it, or `getURL`. */
export function rpcNamed({ methods }: ContractService, property: string): RpcMethod | undefined {
  const spelt = ({ path }: RpcMethod) => uncapitalised(path.slice(path.lastIndexOf('/') + 1));
  return methods.get(property) ?? [...methods.values()].find((it) => spelt(it) === property);
}

/**
 * Loads a contract and finds the service that a client means.
 * @throws ClientContractError when `rpcService` is not in the contract, or is not named and there are several.
 */
export function contractService(
  client: string,
  options: GrpcContractOptions & { readonly rpcService?: string },
): ContractService {
  const services = contractServices(client, options);
  const wanted = meant(services, options.rpcService);
  const [service, ...others] = wanted;
  if (!service || others.length > 0) {
    const expected =
      options.rpcService === undefined
        ? 'names no rpcService, which takes a contract with a single service'
        : `names rpcService "${options.rpcService}", which must be one service of the contract`;
    throw contractErrors.mismatch(
      client,
      expected,
      services.map(({ fullName }) => fullName),
    );
  }
  return service;
}

/**
 * The services of a contract.
 * @throws ClientContractError
 */
export function contractServices(
  client: string,
  options: GrpcContractOptions,
): readonly ContractService[] {
  const definitions = loadContract(client, options);
  const all = Object.entries(definitions)
    .filter((entry): entry is [string, ServiceDefinition] => !('format' in entry[1]))
    .map(([fullName, definition]) => describe(fullName, definition));
  const packages = packagesOf(options);
  const services = all.filter((it) => packages.includes(it.package) || isWithin(it, packages));
  if (services.length > 0) return services;
  const known = [...new Set(all.map((it) => `"${it.package}"`))];
  const named = packages.map((it) => `"${it}"`).join(', ');
  throw contractErrors.mismatch(client, `names package ${named}, which has no service`, known);
}

/** Those that an `rpcService` means; all without one. */
function meant(
  services: readonly ContractService[],
  rpcService: string | undefined,
): readonly ContractService[] {
  if (rpcService === undefined) return services;
  return services.filter(({ fullName }) => `.${fullName}`.endsWith(`.${rpcService}`));
}

/** A package holds those within it, too. */
function isWithin(service: ContractService, packages: readonly string[]): boolean {
  return packages.some((it) => it !== '' && service.package.startsWith(`${it}.`));
}

function describe(fullName: string, definition: ServiceDefinition): ContractService {
  const dot = fullName.lastIndexOf('.');
  const methods = Object.entries(definition).map(
    ([name, method]) => [method.originalName ?? name, method as RpcMethod] as const,
  );
  return {
    fullName,
    package: fullName.slice(0, Math.max(0, dot)),
    name: fullName.slice(dot + 1),
    methods: new Map(methods),
  };
}

function uncapitalised(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
