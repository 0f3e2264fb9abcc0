import type { RegistrationState } from './registrar.js';
import type { ConfigState } from './service-configs.js';
import type { ServicesState, WatchState } from './watcher.js';

/** What a registry is doing at one moment, as plain values for probes, metrics and people. Holds no secrets and no metadata. */
export interface RegistryDescription {
  readonly kind: 'etcd' | 'memory';
  /** First part of every key; `''` in memory. */
  readonly namespace: string;
  /** The configured endpoints, without credentials; none in memory. */
  readonly hosts: readonly string[];
  readonly connection: ConnectionDescription;
  readonly lease: LeaseDescription;
  readonly registrar: RegistrarDescription;
  /** One per watched service, in order of name. */
  readonly services: readonly ServiceDescription[];
  /** The watch of all services; undefined while there is none. */
  readonly allServices: ServicesDescription | undefined;
  /** One per service whose published config is watched, in order of name. */
  readonly configs: readonly ConfigDescription[];
  readonly watchStream: WatchStreamDescription;
}

export type ConnectionDescription =
  /** No call has completed yet. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'up';
      readonly since: Date;
      /** Endpoint of the next call: `http://127.0.0.1:2379`. */
      readonly endpoint: string;
    }
  | {
      readonly kind: 'down';
      readonly since: Date;
      /** Failure of the last try when the outage began. */
      readonly reason: string;
    }
  | { readonly kind: 'closed'; readonly since: Date };

/** The lease that all registrations of a process share. */
export type LeaseDescription =
  /** None is needed, or it was lost and is about to be granted again. A registry in memory has none. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'held';
      readonly ttlMs: number;
      /** Milliseconds since the last answered keepalive or grant was sent. */
      readonly confirmedAgoMs: number;
      /** How much longer the registry certainly keeps it if no further keepalive is answered. */
      readonly leftMs: number;
    }
  | { readonly kind: 'closed' };

/** Counts since this registry was created. */
export interface RegistrarDescription {
  /** In order of service and id, without deregistered ones. */
  readonly registrations: readonly RegistrationDescription[];
  /** Instances put for the first time. */
  readonly registered: number;
  /** Instances put again: after a lost lease, for a lost or overwritten entry, or with another value. */
  readonly reregistered: number;
  /** Leases that were lost unexpectedly. */
  readonly lostLeases: number;
  /** How often an instance had to give up its id to a process that started later. */
  readonly conflicts: number;
}

export interface RegistrationDescription {
  readonly service: string;
  readonly id: string;
  readonly state: RegistrationState['kind'];
  /** Why it has another id than requested; undefined if it has the requested one. */
  readonly conflict: string | undefined;
}

/** Why a range is listed. */
export type ListReason =
  /** The first list. */
  | 'start'
  /** Every 5 minutes, whatever the watch reports. */
  | 'periodic'
  /** The watch was cut and resumed, or the store of the registry was replaced. */
  | 'resumed'
  /** The registry no longer keeps the history that the watch needs. */
  | 'compacted'
  /** A watch or a list failed: the registry was unreachable, silent or refused it. */
  | 'failed';

/** Counts since the watch began. */
export interface WatchStatistics {
  /** New changes that the registry delivered. */
  readonly events: number;
  /** Answered lists, by reason. */
  readonly lists: Readonly<Record<ListReason, number>>;
  /** Entries that are currently left out because they can't be read. */
  readonly brokenEntries: number;
}

/** As {@link WatchStatistics}, for the instances of one service or of all, and for their overrides. */
export interface ServiceStatistics extends WatchStatistics {
  readonly overrides: OverridesDescription;
}

export interface ServiceDescription extends ServiceStatistics {
  readonly service: string;
  /** The watched key prefix: `/discovery/instances/greeter/`. */
  readonly source: string;
  readonly state: WatchState['kind'];
  /** As `Watch.stalenessMs()`. */
  readonly stalenessMs: number | undefined;
  /** Number of instances in the snapshot; 0 without one. */
  readonly instances: number;
  /** Revision of the snapshot; undefined without one. */
  readonly revision: string | undefined;
}

/** As {@link ServiceDescription}, for the watch of all services. */
export interface ServicesDescription extends ServiceStatistics {
  /** The watched key prefix: `/discovery/instances/`. */
  readonly source: string;
  readonly state: ServicesState['kind'];
  /** As `ServicesWatch.stalenessMs()`. */
  readonly stalenessMs: number | undefined;
  /** Number of services with an instance in the snapshot; 0 without one. */
  readonly services: number;
  /** Revision of the snapshot; undefined without one. */
  readonly revision: string | undefined;
}

/** The overrides of one service or of all. */
export interface OverridesDescription extends WatchStatistics {
  /** `failing` while they can't be read; the last known ones stay. */
  readonly state: 'pending' | 'live' | 'failing';
  /** Number of overrides, including those of instances that are gone. */
  readonly set: number;
}

export interface ConfigDescription extends WatchStatistics {
  readonly service: string;
  /** The watched key: `/discovery/config/greeter`. */
  readonly source: string;
  readonly state: ConfigState['kind'];
  /** Milliseconds since the registry last confirmed the state; undefined before the first. */
  readonly stalenessMs: number | undefined;
}

/** The stream that all watches of a process share: services, configs and own entries. None in memory. */
export interface WatchStreamDescription {
  /** Number of watches, established or not. */
  readonly watches: number;
  /** Number of opened streams; each but the first replaced one that ended. */
  readonly streams: number;
}

export const NO_LISTS: Readonly<Record<ListReason, number>> = {
  start: 0,
  periodic: 0,
  resumed: 0,
  compacted: 0,
  failed: 0,
};
