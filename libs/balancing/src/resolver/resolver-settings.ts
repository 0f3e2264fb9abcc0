import type { Watcher } from '@grpc-discovery/registry';
import type { SharedAddress } from '../load/shared-addresses.js';
import type { PolicyConfig } from '../policies/policy.js';
import type { MethodOptionsByPath, RetryBudget } from './method-options.js';

/** The published service config of a service, as far as it is known. */
export type ServiceConfigState =
  /** The registry has not answered yet. Calls don't wait for it. */
  | { readonly kind: 'pending' }
  /** The service publishes no config, or no longer does. */
  | { readonly kind: 'absent' }
  /** A service config in gRPC's JSON form, as published. It has not been validated. */
  | { readonly kind: 'published'; readonly json: string };

/** Port that delivers the service configs that services publish. */
export interface ServiceConfigSource {
  /**
   * Starts to watch the config of a service. The listener receives each change, possibly synchronously. A source that loses
   * its registry delivers nothing: the last config stays in effect.
   */
  watch(service: string, listener: (state: ServiceConfigState) => void): { close(): void };
}

/** The client's own call settings: the part of a channel's options that can change while it is open. */
export interface OwnConfig {
  readonly policy?: PolicyConfig | undefined;
  readonly methods: MethodOptionsByPath;
  readonly retryBudget?: RetryBudget | undefined;
}

interface ResolverSettingsFields {
  readonly watcher: Pick<Watcher, 'watch'>;
  readonly own: OwnConfig;
  readonly onSharedAddresses?: ((shared: readonly SharedAddress[]) => void) | undefined;
  readonly serviceConfig?: ServiceConfigSource | undefined;
  readonly onConfigError?: ((error: Error, service: string) => void) | undefined;
}

/** The resolver's part of a channel's options, and what the resolver reports through them to the channel. */
export class ResolverSettings {
  /** Set by the resolver until the registry answers: details for calls that wait for the first answer. */
  unanswered: string | undefined;
  /** Set by the resolver: whether the registry has answered, so that no call waits for it. */
  hasAnswered = false;
  readonly watcher: Pick<Watcher, 'watch'>;
  readonly serviceConfig: ServiceConfigSource | undefined;
  readonly onSharedAddresses: (shared: readonly SharedAddress[]) => void;
  readonly onConfigError: (error: Error, service: string) => void;
  private currentOwn: OwnConfig;
  private onOwnChange: (() => void) | undefined;

  constructor(fields: ResolverSettingsFields) {
    this.watcher = fields.watcher;
    this.currentOwn = fields.own;
    this.serviceConfig = fields.serviceConfig;
    this.onSharedAddresses = fields.onSharedAddresses ?? (() => undefined);
    this.onConfigError = fields.onConfigError ?? (() => undefined);
  }

  get own(): OwnConfig {
    return this.currentOwn;
  }

  changeOwn(own: OwnConfig): void {
    this.currentOwn = own;
    this.onOwnChange?.();
  }

  /** Sets the only listener: a channel has one resolver. */
  whenOwnChanges(listener: (() => void) | undefined): void {
    this.onOwnChange = listener;
  }

  /** grpc-js prints channel options as JSON when it traces, and a watcher need not be printable. */
  toJSON(): object {
    return this.own;
  }
}
