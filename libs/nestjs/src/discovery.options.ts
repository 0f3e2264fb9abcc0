import { assertServiceConfig } from '@grpc-discovery/balancing';
import {
  assertServiceName,
  assertWeight,
  normalizeEtcdOptions,
  type EtcdRegistryOptions,
  type Locality,
  type NormalizedEtcdOptions,
  type Registry,
} from '@grpc-discovery/registry';
import { assertAdvertisedAddress } from './registration/advertised-address.js';
import type { PublishedServiceConfig } from './registration/config-publisher.js';
import {
  normalizeDrainOptions,
  type DrainOptions,
  type NormalizedDrainOptions,
} from './registration/drain-options.js';
import {
  normalizeReadinessOptions,
  type NormalizedReadinessOptions,
  type ReadinessOptions,
} from './registration/readiness.options.js';
import type { ClientTlsOptions } from './tls/tls.options.js';

/** Options of `DiscoveryModule.forRoot`. */
export type DiscoveryModuleOptions = RegistryOptions & ApplicationOptions;

type RegistryOptions =
  | {
      /** Where etcd is and how it is used. */
      readonly etcd: EtcdRegistryOptions;
      readonly registry?: undefined;
    }
  | {
      /** A registry of another kind, such as `createMemoryRegistry()` in a test. The module closes it on shutdown. */
      readonly registry: Registry;
      readonly etcd?: undefined;
    };

interface ApplicationOptions {
  /**
   * The service that this application's gRPC servers are instances of. `discoverable({ service })` goes before it.
   * @default none: an application that is only a client
   */
  readonly service?: ServiceOptions;
  /**
   * TLS of every client that names neither `tls` nor `credentials` itself.
   * @default none: insecure, as inside a mesh or a private network
   */
  readonly tls?: ClientTlsOptions;
  /**
   * Checks of the application itself, such as of its database: while they fail, its instances are out of rotation.
   * @default none: an instance takes calls from its first to its drain
   */
  readonly readiness?: ReadinessOptions;
  /** Bounds of the drain before a server closes. */
  readonly drain?: DrainOptions;
}

/** What is registered of a server. */
export interface ServiceOptions {
  /** Name that clients dial, `etcd:///<name>`. */
  readonly name: string;
  /**
   * Unique name of the instance, for people.
   * @default `<hostname>-<random>`, anew for each server
   */
  readonly id?: string;
  /**
   * Version of the deployed service, free text.
   * @default ''
   */
  readonly version?: string;
  /**
   * Share of the calls relative to the other instances, an integer from 0 to 65535.
   * @default 100
   */
  readonly weight?: number;
  /**
   * Where the instance runs.
   * @default unknown
   */
  readonly locality?: Partial<Locality>;
  /**
   * Free labels, at rest readable by everyone who may read the registry.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * `host` or `host:port` that clients dial, where it differs from what the server binds (port mapping, NAT).
   * @default the variable DISCOVERY_ADVERTISED_ADDRESS, else the bound host, else, when that is a wildcard, the address
   * of the interface that routes to etcd
   */
  readonly advertisedAddress?: string;
  /**
   * gRPC service config that clients of the service use where they don't say otherwise: `loadBalancingConfig`,
   * `methodConfig` (timeouts, retries) and `retryThrottling`. Published when the first instance registers; the last one
   * that registers is right. A change reaches clients live.
   * @default nothing is published
   */
  readonly config?: PublishedServiceConfig;
}

export interface NormalizedServiceOptions {
  readonly name: string;
  readonly id: string | undefined;
  readonly version: string;
  readonly weight: number;
  readonly locality: Locality;
  readonly metadata: Readonly<Record<string, string>>;
  readonly advertisedAddress: string | undefined;
  readonly config: PublishedServiceConfig | undefined;
}

export interface NormalizedDiscoveryOptions {
  readonly registry:
    | { readonly kind: 'etcd'; readonly options: NormalizedEtcdOptions }
    | { readonly kind: 'given'; readonly registry: Registry };
  readonly service: NormalizedServiceOptions | undefined;
  readonly drain: NormalizedDrainOptions;
  readonly readiness: NormalizedReadinessOptions | undefined;
  readonly tls: ClientTlsOptions | undefined;
}

/** @throws InvalidOptionError, a subclass for each option: see the README's list. */
export function normalizeDiscoveryOptions(
  options: DiscoveryModuleOptions,
): NormalizedDiscoveryOptions {
  return {
    registry: options.registry
      ? { kind: 'given', registry: options.registry }
      : { kind: 'etcd', options: normalizeEtcdOptions(options.etcd) },
    service: options.service && normalizeServiceOptions(options.service),
    drain: normalizeDrainOptions(options.drain),
    readiness: options.readiness && normalizeReadinessOptions(options.readiness),
    tls: options.tls,
  };
}

export function normalizeServiceOptions(options: ServiceOptions): NormalizedServiceOptions {
  const { name, id, version = '', weight = 100, locality, metadata = {} } = options;
  assertServiceName(name);
  assertWeight(weight);
  assertAdvertisedAddress(options.advertisedAddress, process.env);
  if (options.config) assertServiceConfig(JSON.stringify(options.config));
  return {
    name,
    id,
    version,
    weight,
    locality: { region: '', zone: '', subZone: '', ...locality },
    metadata,
    advertisedAddress: options.advertisedAddress,
    config: options.config,
  };
}
