import type { InstanceToRegister } from './instance/complete-instance.js';
import type { ServiceInstance } from './instance/service-instance.js';

/** Puts instances into the registry and keeps them there until they are deregistered. */
export interface Registrar {
  /**
   * Starts to register the instance and returns at once. While the registry is unreachable, it retries with backoff and without
   * an end. Missing fields get their defaults, as {@link Registration.instance} shows; without an id, each call registers another
   * instance. Registering the same id again replaces the value and shares the registration. If two processes use one id, the one
   * with the later `startedAt` keeps it; the other logs an error and registers under the id `<id>~<random>`, which
   * {@link Registration.instance} then has.
   * @throws InvalidOptionError if a field breaks the rules of {@link ServiceInstance} or is unknown; InstanceConflictError if a server
   * at another address is registered with this id; RegistryClosedError
   */
  register(instance: InstanceToRegister): Registration;
  /** Deregisters all instances and frees every resource, within a time limit. Safe to call twice. */
  close(): Promise<void>;
}

/** The registration of one instance. */
export interface Registration {
  readonly instance: ServiceInstance;
  readonly state: RegistrationState;
  /** Resolves when the registry holds the instance for the first time; rejects if it is deregistered before. */
  whenRegistered(): Promise<void>;
  /** Calls the listener on every change of {@link state}; returns a function that stops it. */
  onStateChange(listener: (state: RegistrationState) => void): () => void;
  /**
   * Removes the instance from the registry. Resolves when the registry has confirmed it or the time limit has passed; then the
   * lease ends the entry after at most one TTL. Never rejects. Safe to call twice; the first call's time limit applies.
   * @throws InvalidOptionError for a time limit that is no duration
   */
  deregister(options?: DeregisterOptions): Promise<void>;
}

export interface DeregisterOptions {
  /** Longest wait for the registry, in milliseconds. @default 1_000 */
  readonly withinMs?: number;
}

export type RegistrationState =
  /** Not in the registry yet, or lost unexpectedly; being retried. */
  | { readonly kind: 'registering'; readonly lastError: Error | undefined }
  /** In the registry, as it last confirmed. */
  | { readonly kind: 'registered' }
  | { readonly kind: 'deregistered' };
