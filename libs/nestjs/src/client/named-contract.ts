import { isDeepStrictEqual } from 'node:util';
import type { Interceptor } from '@grpc/grpc-js';
import type { GrpcContractOptions } from '../options/grpc-options.js';
import type { ServiceChannelOptions } from './balanced-client.decorator.js';
import { readGrpcClientOptions } from './client-options.js';
import { contractService, contractServices, type ContractService } from './contract.js';
import type { GrpcClientOptions, ServiceContract } from './grpc-clients.js';
import { setupErrors } from '../errors.js';

/** A checked contract of `forFeature`, and its name for error messages. */
export class NamedContract {
  readonly name: string;
  /** Its options of the service's channel. */
  readonly channel: ServiceChannelOptions;
  readonly interceptors: readonly Interceptor[];

  /** @throws InvalidOptionError, InvalidOptionError, InvalidOptionError */
  constructor(readonly options: GrpcClientOptions) {
    const { service, rpcService } = options;
    const suffix = rpcService === undefined ? '' : `, ${rpcService}`;
    this.name = `the client of service "${service}"${suffix}`;
    const { channel, interceptors } = readGrpcClientOptions(this.name, options);
    this.channel = channel;
    this.interceptors = interceptors;
  }

  /**
   * The rpc services that have a stub: the one that is named, else all.
   * @throws ClientContractError, ClientContractError
   */
  rpcServices(): readonly ContractService[] {
    const { name, options } = this;
    return options.rpcService === undefined
      ? contractServices(name, options)
      : [contractService(name, options)];
  }

  /** The contract, narrowed to one of its packages: Nest's client would take the first service of a name. */
  ofPackage(packageName: string): ServiceContract {
    const { options } = this;
    return { ...contractOf(options), service: options.service, package: packageName };
  }
}

/**
 * The contract of all clients of one service, for its one `ClientGrpc`.
 * @throws DiscoverySetupError when they are read in different ways
 */
export function mergedContract(
  service: string,
  clients: readonly NamedContract[],
): ServiceContract {
  const [first, ...others] = clients;
  const { protoLoader, packageDefinition, loader } = contractOf(first!.options);
  const common = { protoLoader, packageDefinition, loader };
  for (const { name, options } of others) {
    const differs = (['protoLoader', 'packageDefinition', 'loader'] as const).find(
      (field) => !isDeepStrictEqual(options[field], common[field]),
    );
    if (differs) throw setupErrors.conflictingClients(service, differs, [first!.name, name]);
  }
  const all = <T>(of: (options: GrpcClientOptions) => T | T[] | undefined): T[] => [
    ...new Set(clients.flatMap(({ options }) => of(options) ?? [])),
  ];
  const protoPath = all(({ protoPath }) => protoPath);
  return {
    ...definedOf(common),
    service,
    package: all((options) => options.package),
    ...(protoPath.length > 0 && { protoPath }),
  };
}

function contractOf(options: GrpcClientOptions): GrpcContractOptions {
  const { package: packages = '', protoPath, protoLoader, packageDefinition, loader } = options;
  const contract = { protoPath, protoLoader, packageDefinition, loader };
  return { package: packages, ...definedOf(contract) };
}

function definedOf<T extends object>(options: T): Partial<T> {
  const defined = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as Partial<T>;
}
