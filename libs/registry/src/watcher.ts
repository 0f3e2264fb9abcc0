import type { ServiceInstance } from './instance/service-instance.js';

/** Watches the instances of services. */
export interface Watcher {
  /**
   * Starts to watch a service, registered or not. The listener is never called synchronously; the first call delivers the
   * first state other than `pending`. Watches of one service share one subscription to the registry.
   * @throws InvalidOptionError, RegistryClosedError
   */
  watch(service: string, listener: WatchListener): Watch;
  /**
   * Starts to watch all services of the namespace, including later ones. Use it for agents and consoles, which need them all; a
   * client of a few services watches those. Calls the listener as {@link watch} does; all such watches share one subscription. The
   * user needs the right to read all instances of the namespace: one who may read only some services gets `unavailable`, with
   * the refusal.
   * @throws RegistryClosedError
   */
  watchServices(listener: ServicesListener): ServicesWatch;
  /** Ends all watches and frees every resource, within a time limit. Safe to call twice. */
  close(): Promise<void>;
}

export type WatchListener = (state: WatchState) => void;

export interface Watch {
  readonly service: string;
  /** The watched key prefix, for messages: `/discovery/instances/greeter/`. */
  readonly source: string;
  readonly state: WatchState;
  /**
   * Milliseconds, on a monotonic clock, since the registry last confirmed the snapshot with a list, an event or a progress
   * answer. Stays below about 3 s while the watch is live, and grows while it is stale. Undefined before the first snapshot.
   */
  stalenessMs(): number | undefined;
  /** Stops the listener. Safe to call twice. */
  close(): void;
}

/** State of a watched service. */
export type WatchState = WatchStateOf<Snapshot>;

export type ServicesListener = (state: ServicesState) => void;

/** As {@link Watch}, for all services. */
export interface ServicesWatch {
  /** The watched key prefix, for messages: `/discovery/instances/`. */
  readonly source: string;
  readonly state: ServicesState;
  /** As {@link Watch.stalenessMs}. */
  stalenessMs(): number | undefined;
  /** Stops the listener. Safe to call twice. */
  close(): void;
}

/** State of the watch of all services. */
export type ServicesState = WatchStateOf<ServicesSnapshot>;

/** State of a watch. */
export type WatchStateOf<Known> =
  /** The registry has not answered yet. */
  | { readonly kind: 'pending' }
  /** The registry has never answered and a try has failed; the watch retries. */
  | { readonly kind: 'unavailable'; readonly error: Error }
  /** The snapshot matches the registry. It is built on the first read, which may be after further changes. */
  | { readonly kind: 'live'; readonly snapshot: Known }
  /** The registry is unreachable: the snapshot is the last known one and stays in use. */
  | {
      readonly kind: 'stale';
      readonly snapshot: Known;
      readonly since: Date;
      readonly error: Error;
    };

/** The instances of a service at one revision of the registry. */
export interface Snapshot {
  readonly service: string;
  /** In order of id, with overrides applied; broken entries are left out. */
  readonly instances: readonly ServiceInstance[];
  /** Registered weights, by id, of instances whose weight is overridden. Undefined if there are none. */
  readonly registeredWeights?: ReadonlyMap<string, number>;
  /** Revision of the registry that this snapshot reflects, as a decimal number. */
  readonly revision: string;
}

/** All services of the namespace at one revision of the registry. */
export interface ServicesSnapshot {
  /**
   * Each service that has an instance, by name, in order of name. An unchanged service keeps the object of the previous
   * snapshot, so that `===` finds the changed ones; its `revision` is that of its own last change.
   */
  readonly services: ReadonlyMap<string, Snapshot>;
  /** Revision of the registry that this reflects, as a decimal number. */
  readonly revision: string;
}
