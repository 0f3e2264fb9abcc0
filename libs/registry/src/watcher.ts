import type { ServiceInstance } from './instance/service-instance.js';

/** Keeps lists of instances fresh. */
export interface Watcher {
  /**
   * Starts to watch a service, registered or not. The listener is never called synchronously; the first call tells the
   * first state that is not `pending`. Watches of one service share one subscription to the registry.
   * @throws InvalidOptionError, RegistryClosedError
   */
  watch(service: string, listener: WatchListener): Watch;
  /**
   * Starts to watch all services of the namespace at once, also those that come later: for agents and consoles, which want
   * them all. Whoever calls a few services watches those. Calls the listener as {@link watch} does; all such watches share one
   * subscription. It takes the right to read all instances of the namespace: a user who may read only some services gets
   * `unavailable`, with the refusal.
   * @throws RegistryClosedError
   */
  watchServices(listener: ServicesListener): ServicesWatch;
  /** Ends all watches and frees every resource, within a bound. Safe to call twice. */
  close(): Promise<void>;
}

export type WatchListener = (state: WatchState) => void;

export interface Watch {
  readonly service: string;
  /** Where the registry is searched, for messages: `/discovery/instances/greeter/`. */
  readonly source: string;
  readonly state: WatchState;
  /**
   * How long ago, in milliseconds of a monotonic clock, the registry last confirmed the snapshot: by a list, an event or an
   * answer to the question whether there is any. On a live watch it stays under about 3 s; while it is stale it grows.
   * Undefined before the first snapshot.
   */
  stalenessMs(): number | undefined;
  /** Stops the calls of the listener. Safe to call twice. */
  close(): void;
}

/** What is known of a service. */
export type WatchState = WatchStateOf<Snapshot>;

export type ServicesListener = (state: ServicesState) => void;

/** As {@link Watch}, of all services. */
export interface ServicesWatch {
  /** Where the registry is searched, for messages: `/discovery/instances/`. */
  readonly source: string;
  readonly state: ServicesState;
  /** As {@link Watch.stalenessMs}. */
  stalenessMs(): number | undefined;
  /** Stops the calls of the listener. Safe to call twice. */
  close(): void;
}

/** What is known of all services. */
export type ServicesState = WatchStateOf<ServicesSnapshot>;

/** What is known of something that is watched. */
export type WatchStateOf<Known> =
  /** The registry has not answered yet. */
  | { readonly kind: 'pending' }
  /** The registry never answered and a try has failed; it is tried again. */
  | { readonly kind: 'unavailable'; readonly error: Error }
  /** The snapshot is what the registry holds. It is built when it is first read, which may be after further changes. */
  | { readonly kind: 'live'; readonly snapshot: Known }
  /** The registry can't be reached: the snapshot is the last one known, to be used on. */
  | {
      readonly kind: 'stale';
      readonly snapshot: Known;
      readonly since: Date;
      readonly error: Error;
    };

/** The instances of a service at one revision of the registry. */
export interface Snapshot {
  readonly service: string;
  /** In order of id, with the weights that are set from outside; broken entries are left out. */
  readonly instances: readonly ServiceInstance[];
  /** Weights that instances have registered with, by id, of those whose weight is set from outside. Undefined for none. */
  readonly registeredWeights?: ReadonlyMap<string, number>;
  /** Revision of the registry that this list reflects, as a decimal number. */
  readonly revision: string;
}

/** All services of the namespace at one revision of the registry. */
export interface ServicesSnapshot {
  /**
   * Each service that has an instance, by name, in order of name. A service that has not changed keeps the very object of the
   * snapshot before, so that a comparison by `===` finds those that have; its `revision` is that of its own last change.
   */
  readonly services: ReadonlyMap<string, Snapshot>;
  /** Revision of the registry that this reflects, as a decimal number. */
  readonly revision: string;
}
