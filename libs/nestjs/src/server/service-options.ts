import { assertServiceConfig } from '@grpc-discovery/balancing';
import { assertServiceName, assertWeight, type Locality } from '@grpc-discovery/registry';
import {
  block,
  optional,
  type OptionTable,
  readOptions,
  refuse,
  required,
  type Rule,
  text,
  texts,
  withDefault,
} from '@grpc-discovery/registry/options';
import { assertAdvertisedAddress } from './advertised-address.js';
import type { PublishedServiceConfig } from './config-publisher.js';

/** The instance that a server registers. */
export interface ServiceOptions {
  /** Name that clients dial, `etcd:///<name>`. */
  readonly name: string;
  /**
   * Unique name of the instance.
   * @default `<hostname>-<random>`, a new one for each server
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
   * Free-form labels. Everyone with read access to the registry can read them.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Address that clients dial if it differs from the bound one (port mapping, NAT, several networks): a host, or an interface
   * (`eth0`) or network (`10.0.0.0/8`) with one address of this host; `:port` is optional.
   * @default the variable DISCOVERY_ADVERTISED_ADDRESS, else the bound host, else, when that is a wildcard, the address
   * of the interface that routes to etcd
   */
  readonly advertisedAddress?: string;
  /**
   * gRPC service config that clients of the service apply unless they override it: `loadBalancingConfig`,
   * `methodConfig` (timeouts, retries) and `retryThrottling`. Published when the first instance registers; the last instance to
   * register wins. Changes reach clients live.
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

const localityTable = {
  region: withDefault(text(), '', 'region'),
  zone: withDefault(text(), '', 'zone within the region'),
  subZone: withDefault(text(), '', 'part of the zone'),
} satisfies OptionTable<Locality>;

/** An id is one segment of a key: printable ASCII without a slash. */
const instanceId: Rule<string> = (value, path) => {
  if (typeof value === 'string' && /^[\x21-\x2e\x30-\x7e]{1,128}$/.test(value)) return value;
  throw refuse(
    path,
    '1 to 128 printable ASCII characters without "/"',
    value,
    'Leave it out for a generated one.',
  );
};

const publishedConfig: Rule<PublishedServiceConfig> = (value) => {
  // A value that JSON can't represent is not an object after the conversion, and is refused as such.
  assertServiceConfig(JSON.stringify(value ?? null) ?? 'null');
  return value as PublishedServiceConfig;
};

export const serviceTable = {
  name: required((value) => (assertServiceName(value), value), 'name that clients dial'),
  id: optional(instanceId, 'unique name of the instance'),
  version: withDefault(text(), '', 'version of the deployed service'),
  weight: withDefault((value) => (assertWeight(value), value), 100, 'share of the calls'),
  locality: withDefault(
    block(localityTable),
    readOptions(localityTable, {}, 'locality'),
    'where the instance runs',
  ),
  metadata: withDefault(texts(), {}, 'free labels'),
  advertisedAddress: optional(
    text('Give "host" or "host:port" as clients can dial it.'),
    'what clients dial',
  ),
  config: optional(publishedConfig, 'service config that clients use'),
} satisfies OptionTable<ServiceOptions>;

/** @throws InvalidOptionError; InvalidPolicyError for `config` */
export function normalizeServiceOptions(options: ServiceOptions): NormalizedServiceOptions {
  const read = readOptions(serviceTable, options, 'service');
  assertAdvertisedAddress(read.advertisedAddress, process.env);
  return read;
}
