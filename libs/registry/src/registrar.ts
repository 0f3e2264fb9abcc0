import type { InstanceToRegister } from './instance/complete-instance.js';
import type { ServiceInstance } from './instance/service-instance.js';

/** Puts instances into the registry and keeps them there until they are deregistered. */
export interface Registrar {
  /**
   * Starts to register the instance and returns at once: a registry that can't be reached is tried again, for ever, with
   * backoff. What the instance leaves out is filled in, as {@link Registration.instance} shows; without an id it is another
   * instance each time. Registering an id a second time replaces the value of the first and shares its registration. Of two processes
   * that use one id, the one with the later `startedAt` keeps it; the other one logs an error and is registered under an id of
   * its own, `<id>~<random>`, which {@link Registration.instance} then has.
   * @throws InvalidOptionError when a field breaks the rules of {@link ServiceInstance} or is unknown; InstanceConflictError when a server
   * at another address is registered with this id; RegistryClosedError
   */
  register(instance: InstanceToRegister): Registration;
  /** Deregisters what is still registered and frees every resource, within a bound. Safe to call twice. */
  close(): Promise<void>;
}

/** One instance's stay in the registry. */
export interface Registration {
  readonly instance: ServiceInstance;
  readonly state: RegistrationState;
  /** Resolves when the registry holds the instance for the first time; rejects when it is deregistered before. */
  whenRegistered(): Promise<void>;
  /** Tells of every change of {@link state}; returns a function that stops it. */
  onStateChange(listener: (state: RegistrationState) => void): () => void;
  /**
   * Takes the instance out of the registry. Resolves when the registry has confirmed it or a bound has passed, in which
   * case the lease ends the entry after at most one TTL. Never rejects. Safe to call twice; the first call's bound counts.
   * @throws InvalidOptionError for a bound that is no duration
   */
  deregister(options?: DeregisterOptions): Promise<void>;
}

export interface DeregisterOptions {
  /** Longest wait for the registry, in milliseconds. @default 1_000 */
  readonly withinMs?: number;
}

export type RegistrationState =
  /** Not in the registry yet, or not any more through no wish of ours; being tried. */
  | { readonly kind: 'registering'; readonly lastError: Error | undefined }
  /** In the registry, as far as it last told. */
  | { readonly kind: 'registered' }
  | { readonly kind: 'deregistered' };
