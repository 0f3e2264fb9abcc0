import {
  arrayOf,
  filledText,
  integer,
  optional,
  refuse,
  withDefault,
  type OptionTable,
  type Rule,
} from '@grpc-discovery/registry/options';

export interface RegistrationHealthOptions {
  /**
   * How long an instance may be missing from the registry before it counts as down, in milliseconds, from the first check
   * that found it missing.
   * @default Infinity: an outage of etcd alone makes no working server unready
   */
  readonly maxMissingMs?: number;
  /**
   * Highest age of the last confirmed lease keepalive before the instances count as down, in milliseconds. Keepalives are sent
   * every 2.5 s, or every quarter of `leaseTtlSeconds` if that is less; the registry drops the instances after
   * `leaseTtlSeconds`.
   * @default Infinity: an outage of etcd alone makes no working server unready
   */
  readonly maxKeepaliveAgoMs?: number;
}

export interface RegistryHealthOptions {
  /** The services whose lists are checked. @default all services that this application has clients of */
  readonly services?: readonly string[];
  /**
   * Highest age of a list's last confirmation before it counts as down, in milliseconds.
   * @default Infinity: an outage of etcd alone makes no working client unready
   */
  readonly maxStalenessMs?: number;
}

export interface ClientHealthOptions {
  /**
   * With fewer ready instances than this, the client is down.
   * @default 1
   */
  readonly minReady?: number;
  /**
   * With a smaller share of ready instances than this, from 0 to 1, the client is degraded.
   * @default 0: one that is ready is enough
   */
  readonly minReadyShare?: number;
}

/** A threshold that can be Infinity, because no timer uses it. */
const boundMs: Rule<number> = (value, path) => {
  if (typeof value === 'number' && value >= 0) return value;
  throw refuse(path, 'a number of milliseconds from 0, or Infinity', value);
};

const share: Rule<number> = (value, path) => {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw refuse(path, 'a number from 0 to 1', value);
};

export const registrationTable = {
  maxMissingMs: withDefault(boundMs, Infinity, 'how long an instance may be missing'),
  maxKeepaliveAgoMs: withDefault(boundMs, Infinity, 'how old the last lease keepalive may be'),
} satisfies OptionTable<RegistrationHealthOptions>;

export const registryTable = {
  services: optional(arrayOf(filledText('Name a service.')), 'whose lists are looked at'),
  maxStalenessMs: withDefault(boundMs, Infinity, 'how old a list may be'),
} satisfies OptionTable<RegistryHealthOptions>;

export const clientTable = {
  minReady: withDefault(integer(0, 1_000_000), 1, 'instances that must be ready'),
  minReadyShare: withDefault(share, 0, 'share of the instances that must be ready'),
} satisfies OptionTable<ClientHealthOptions>;
