/** Publishes and watches the gRPC service configs of services. */
export interface ServiceConfigs {
  /**
   * Publishes the config of a service to all who watch it. Writes nothing if it is already published. The registry does not
   * interpret it. Bounded: gives up after 6 s. After a `RegistryUnreachableError` the config may or may not be published.
   * @param config A gRPC service config: an object that JSON can hold, of at most `limits.valueBytes` (64 KiB).
   * @throws InvalidOptionError, RegistryUnreachableError, RegistryRefusedError,
   *   RegistryClosedError; all as rejections.
   */
  publish(service: string, config: object): Promise<void>;
  /** Removes the published config of a service, if there is one. Bounded, and fails, as {@link publish}. */
  remove(service: string): Promise<void>;
  /**
   * Starts to watch the published config of a service. The listener is never called synchronously; the first call delivers the
   * first state other than `pending`. Watches of one service share one subscription to the registry.
   * @throws InvalidOptionError, RegistryClosedError
   */
  watch(service: string, listener: ConfigListener): ConfigWatch;
  /** Ends all watches and frees every resource, within a time limit. Safe to call twice. */
  close(): Promise<void>;
}

export type ConfigListener = (state: ConfigState) => void;

export interface ConfigWatch {
  readonly service: string;
  /** The watched key, for messages: `/discovery/config/greeter`. */
  readonly source: string;
  readonly state: ConfigState;
  /** Stops the listener. Safe to call twice. */
  close(): void;
}

/** While the registry is unreachable the last state stays: a config applies until another one is published. */
export type ConfigState =
  /** The registry has not answered yet. */
  | { readonly kind: 'pending' }
  /** Nothing is published, or nothing valid ever was. */
  | { readonly kind: 'none' }
  /** The published config. If a broken value replaces it, that is logged and this config stays. */
  | {
      readonly kind: 'published';
      readonly config: Readonly<Record<string, unknown>>;
      /** Revision of the registry at which it was published, as a decimal number. */
      readonly revision: string;
    };
