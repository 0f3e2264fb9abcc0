/** Publishes the gRPC service config of a service and keeps those of others fresh. */
export interface ServiceConfigs {
  /**
   * Publishes the config of a service for all who watch it; nothing is written when it is published already. The registry
   * does not interpret it. Bounded: it is tried for at most 6 s. After a `RegistryUnreachableError` it may or may not have
   * been published.
   * @param config A gRPC service config: an object that JSON can hold, of at most `limits.valueBytes` (64 KiB).
   * @throws InvalidOptionError, RegistryUnreachableError, RegistryRefusedError,
   *   RegistryClosedError; all as rejections.
   */
  publish(service: string, config: object): Promise<void>;
  /** Takes back what is published for a service, if anything is. Bounded and failing as {@link publish}. */
  remove(service: string): Promise<void>;
  /**
   * Starts to watch what is published for a service. The listener is never called synchronously; the first call tells the
   * first state that is not `pending`. Watches of one service share one subscription to the registry.
   * @throws InvalidOptionError, RegistryClosedError
   */
  watch(service: string, listener: ConfigListener): ConfigWatch;
  /** Ends all watches and frees every resource, within a bound. Safe to call twice. */
  close(): Promise<void>;
}

export type ConfigListener = (state: ConfigState) => void;

export interface ConfigWatch {
  readonly service: string;
  /** Where the registry is searched, for messages: `/discovery/config/greeter`. */
  readonly source: string;
  readonly state: ConfigState;
  /** Stops the calls of the listener. Safe to call twice. */
  close(): void;
}

/** While the registry can't be reached the last state stays: a config is used on until another one is published. */
export type ConfigState =
  /** The registry has not answered yet. */
  | { readonly kind: 'pending' }
  /** Nothing is published, or nothing that was ever a config. */
  | { readonly kind: 'none' }
  /** What is published; when it is replaced by something broken, that is logged and this stays. */
  | {
      readonly kind: 'published';
      readonly config: Readonly<Record<string, unknown>>;
      /** Revision of the registry at which it was published, as a decimal number. */
      readonly revision: string;
    };
