import type { RegistrationState } from './registrar.js';
import type { ConfigState } from './service-configs.js';
import type { ServicesState, WatchState } from './watcher.js';

/** What a registry is doing, at one moment: plain values for probes, metrics and people. It holds no secret and no metadata. */
export interface RegistryDescription {
  readonly kind: 'etcd' | 'memory';
  /** First part of every key; `''` in memory. */
  readonly namespace: string;
  /** The endpoints that were given, without credentials; none in memory. */
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
  /** Nothing was asked yet, or nothing was answered or given up yet. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'up';
      readonly since: Date;
      /** Where the next call goes: `http://127.0.0.1:2379`. */
      readonly endpoint: string;
    }
  | {
      readonly kind: 'down';
      readonly since: Date;
      /** Why the last try failed when it began. */
      readonly reason: string;
    }
  | { readonly kind: 'closed'; readonly since: Date };

/** The lease that all registrations of a process share. */
export type LeaseDescription =
  /** None is needed, or it was lost and is about to be granted anew. A registry in memory has none. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'held';
      readonly ttlMs: number;
      /** How long ago the keepalive, or the grant, was sent that was answered last. */
      readonly confirmedAgoMs: number;
      /** How much longer the registry surely keeps it if no keepalive is answered any more. */
      readonly leftMs: number;
    }
  | { readonly kind: 'closed' };

/** Counts are of this registry, since it was created. */
export interface RegistrarDescription {
  /** In order of service and id; those that were deregistered are left out. */
  readonly registrations: readonly RegistrationDescription[];
  /** Instances put for the first time. */
  readonly registered: number;
  /** Instances put again: after a lost lease, because the entry was gone or not ours any more, or with another value. */
  readonly reregistered: number;
  /** Leases that were lost, by no wish of ours. */
  readonly lostLeases: number;
  /** How often an instance had to give up its id, as a process that started later uses it, too. */
  readonly conflicts: number;
}

export interface RegistrationDescription {
  readonly service: string;
  readonly id: string;
  readonly state: RegistrationState['kind'];
  /** Why it has another id than was wanted; undefined when it has that. */
  readonly conflict: string | undefined;
}

/** Why a range is listed. */
export type ListReason =
  /** It was not known at all. */
  | 'start'
  /** Every 5 minutes, whatever the watch says. */
  | 'periodic'
  /** Its watch was cut and taken up again, or the store was replaced. */
  | 'resumed'
  /** The store does not keep the history any more that the watch needs. */
  | 'compacted'
  /** A watch or a list failed: the registry was away, said nothing or refused. */
  | 'failed';

/** Counts since the watch began. */
export interface WatchStatistics {
  /** Changes that the registry told of and that were new. */
  readonly events: number;
  /** Lists that were answered, by what they were made for. */
  readonly lists: Readonly<Record<ListReason, number>>;
  /** Entries that are left out now because they can't be read. */
  readonly brokenEntries: number;
}

/** As {@link WatchStatistics}, of the instances of a service, or of all, and of the weights set for them. */
export interface ServiceStatistics extends WatchStatistics {
  readonly overrides: OverridesDescription;
}

export interface ServiceDescription extends ServiceStatistics {
  readonly service: string;
  /** Where the registry is searched: `/discovery/instances/greeter/`. */
  readonly source: string;
  readonly state: WatchState['kind'];
  /** As `Watch.stalenessMs()`. */
  readonly stalenessMs: number | undefined;
  /** How many the snapshot holds; 0 without one. */
  readonly instances: number;
  /** Revision of the snapshot; undefined without one. */
  readonly revision: string | undefined;
}

/** As {@link ServiceDescription}, of the watch of all services. */
export interface ServicesDescription extends ServiceStatistics {
  /** Where the registry is searched: `/discovery/instances/`. */
  readonly source: string;
  readonly state: ServicesState['kind'];
  /** As `ServicesWatch.stalenessMs()`. */
  readonly stalenessMs: number | undefined;
  /** How many have an instance in the snapshot; 0 without one. */
  readonly services: number;
  /** Revision of the snapshot; undefined without one. */
  readonly revision: string | undefined;
}

/** The weights set from outside, for a service or for all. */
export interface OverridesDescription extends WatchStatistics {
  /** `failing` while the registry does not show them; those known last stay. */
  readonly state: 'pending' | 'live' | 'failing';
  /** How many are set, also for instances that are gone. */
  readonly set: number;
}

export interface ConfigDescription extends WatchStatistics {
  readonly service: string;
  /** Where the registry is searched: `/discovery/config/greeter`. */
  readonly source: string;
  readonly state: ConfigState['kind'];
  /** How long ago, in milliseconds, the registry last confirmed the state; undefined before the first. */
  readonly stalenessMs: number | undefined;
}

/** The one stream that all watches of a process share: of services, configs and own entries. None in memory. */
export interface WatchStreamDescription {
  /** Watches that stand on it or wait to. */
  readonly watches: number;
  /** Streams that were opened; each but the first took the place of one that ended. */
  readonly streams: number;
}

export const NO_LISTS: Readonly<Record<ListReason, number>> = {
  start: 0,
  periodic: 0,
  resumed: 0,
  compacted: 0,
  failed: 0,
};
