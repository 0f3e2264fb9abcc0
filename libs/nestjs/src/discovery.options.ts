import {
  InvalidOptionError,
  normalizeEtcdOptions,
  type EtcdRegistryOptions,
  type NormalizedEtcdOptions,
  type Registry,
} from '@grpc-discovery/registry';
import {
  anObject,
  block,
  optional,
  readOptions,
  withDefault,
  type OptionTable,
} from '@grpc-discovery/registry/options';
import {
  normalizeDrainOptions,
  type DrainOptions,
  type NormalizedDrainOptions,
} from './drain/drain-options.js';
import {
  normalizeReadinessOptions,
  type NormalizedReadinessOptions,
  type ReadinessOptions,
} from './readiness/readiness.options.js';
import {
  normalizeServiceOptions,
  type NormalizedServiceOptions,
  type ServiceOptions,
} from './server/service-options.js';
import { type ModuleVisibility, visibilityTable } from './options/async-options.js';
import { clientTlsTable, type ClientTlsOptions } from './tls/tls.options.js';

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
   * The service of this application's gRPC servers. `discoverable({ service })` overrides it.
   * @default none: an application that is only a client
   */
  readonly service?: ServiceOptions;
  /**
   * TLS of every client that sets neither `tls` nor `credentials`.
   * @default none: insecure, as inside a mesh or a private network
   */
  readonly tls?: ClientTlsOptions;
  /**
   * Checks of the application, for example of its database. While they fail, its instances are out of rotation.
   * @default none
   */
  readonly readiness?: ReadinessOptions;
  /** Bounds of the drain before a server closes. */
  readonly drain?: DrainOptions;
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

const rootTable = {
  etcd: optional(
    (options) => normalizeEtcdOptions(options as EtcdRegistryOptions, 'etcd'),
    'where etcd is',
  ),
  registry: optional(
    anObject<Registry>(
      'a registry',
      ['close', 'describe'],
      'Give one such as createMemoryRegistry().',
    ),
    'a registry of another kind',
  ),
  service: optional(
    (options) => normalizeServiceOptions(options as ServiceOptions),
    "what this application's servers are instances of",
  ),
  tls: optional(block(clientTlsTable), 'TLS of every client'),
  readiness: optional(
    (options) => normalizeReadinessOptions(options as ReadinessOptions),
    'checks of the application itself',
  ),
  drain: withDefault(
    (options) => normalizeDrainOptions(options as DrainOptions),
    normalizeDrainOptions(),
    'bounds of the drain',
  ),
} satisfies OptionTable<DiscoveryModuleOptions & ApplicationOptions>;

/** @throws InvalidOptionError */
export function normalizeDiscoveryOptions(
  options: DiscoveryModuleOptions,
): NormalizedDiscoveryOptions {
  const { etcd, registry, tls, ...read } = readOptions(rootTable, options, '');
  return { ...read, registry: registryOf(etcd, registry), tls: options.tls && tls };
}

/**
 * Checks the options of `forRoot` where they are written; the application normalizes them when it is created.
 * @returns the options of the module itself, with defaults
 * @throws InvalidOptionError
 */
export function checkedRootOptions(
  options: DiscoveryModuleOptions & ModuleVisibility,
): Required<ModuleVisibility> {
  const read = readOptions({ ...rootTable, ...visibilityTable }, options, '');
  registryOf(read.etcd, read.registry);
  return { isGlobal: read.isGlobal };
}

function registryOf(
  etcd: NormalizedEtcdOptions | undefined,
  registry: Registry | undefined,
): NormalizedDiscoveryOptions['registry'] {
  if (etcd && !registry) return { kind: 'etcd', options: etcd };
  if (registry && !etcd) return { kind: 'given', registry };
  const given = etcd ? 'given both' : 'given none';
  const remedy = 'Say where etcd is: etcd: { hosts: "http://127.0.0.1:2379" }.';
  throw new InvalidOptionError('etcd or registry', 'one of the two', given, remedy);
}
