import { Metadata, status, type ChannelOptions } from '@grpc/grpc-js';
import type { Watch, WatchState } from '@grpc-discovery/registry';
import {
  argOf,
  CHANNEL_MEMORY_KEY,
  NO_INSTANCE_KEY,
  RESOLVER_SETTINGS_KEY,
  WAIT_REASON_KEY,
} from '../grpc/channel-args.js';
import {
  CHANNEL_ARGS_CONFIG_SELECTOR_KEY,
  statusOrFromValue,
  type GrpcUri,
  type Resolver,
  type ResolverListener,
} from '../grpc/experimental.js';
import { ChannelMemory } from '../load/channel-memory.js';
import { SharedAddresses } from '../load/shared-addresses.js';
import { realClock } from '../policies/policy.js';
import { LiveServiceConfig } from './live-service-config.js';
import { isSameResolution, resolve, unanswered, type Resolution } from './resolution.js';
import { ResolverSettings } from './resolver-settings.js';
import { serviceOf } from './target.js';
import { WaitReason, WaitReasonFilter } from './wait-reason.js';

/** Bounds the work of a channel when instances come and go in a burst, such as a rolling restart. */
const MIN_UPDATE_INTERVAL_MS = 50;

/** Delivers the latest of a series of values: the first at once, later ones at most once per `intervalMs`. */
class PacedDelivery<T> {
  private timer: NodeJS.Timeout | undefined;
  private waiting: { readonly value: T } | undefined;

  constructor(
    private readonly intervalMs: number,
    private readonly deliver: (value: T) => void,
  ) {}

  push(value: T): void {
    this.waiting = { value };
    if (!this.timer) this.flush();
  }

  /** Discards the waiting value. Nothing is delivered until the next {@link push}. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = undefined;
  }

  private flush(): void {
    this.timer = undefined;
    const { waiting } = this;
    if (!waiting) return;
    this.waiting = undefined;
    this.timer = setTimeout(() => this.flush(), this.intervalMs).unref();
    this.deliver(waiting.value);
  }
}

/** Resolves `etcd:///<service>` to the instances that the channel's watcher delivers for the service. */
export class InstanceResolver implements Resolver {
  private readonly service: string;
  private readonly settings: ResolverSettings;
  private readonly config: LiveServiceConfig;
  private readonly memory: ChannelMemory;
  private readonly waitReason = new WaitReason();
  private watch: Watch | undefined;
  private retry: NodeJS.Immediate | undefined;
  private resolution: Resolution | undefined;

  private readonly apply = (state: WatchState): void => {
    if ('snapshot' in state) this.memory.shared.see(state.snapshot.instances);
    const source = this.watch?.source ?? '(no watch)';
    const resolution = resolve(state, { service: this.service, source }, this.resolution);
    if (!resolution || isSameResolution(this.resolution, resolution)) return;
    this.resolution = resolution;
    this.settings.unanswered = undefined;
    this.settings.hasAnswered = true;
    this.publish();
  };
  private readonly states = new PacedDelivery<WatchState>(MIN_UPDATE_INTERVAL_MS, this.apply);

  /**
   * Called by the constructor of the channel, which passes errors on.
   * @throws Error if the target or the options are not those of a discovery channel.
   */
  constructor(
    target: GrpcUri,
    private readonly listener: ResolverListener,
    options: ChannelOptions,
  ) {
    this.service = serviceOf(target);
    const settings = (this.settings = requiredSettings(options, this.service));
    const shared = new SharedAddresses(realClock, (them) => settings.onSharedAddresses(them));
    this.memory = new ChannelMemory(realClock, shared);
    const filters = [new WaitReasonFilter(this.waitReason)];
    const text = options['grpc.service_config'];
    this.config = new LiveServiceConfig(this.service, settings, text, filters);
  }

  static getDefaultAuthority(target: GrpcUri): string {
    return serviceOf(target);
  }

  /**
   * Starts the watch. Later calls are hints that the list may be out of date. They are ignored, because the watch delivers
   * every change, and answering each hint makes pick_first spin.
   */
  updateResolution(): void {
    if (this.watch || this.retry) return;
    try {
      const watch: Watch = this.settings.watcher.watch(this.service, (state) => {
        // A closed watch that delivers once more by mistake must not replace the state of its successor.
        if (this.watch === watch) this.states.push(state);
      });
      this.watch = watch;
      this.settings.unanswered = unanswered(this.service, watch.source);
      this.config.open(() => this.publish());
    } catch (error) {
      // For example, the watcher is closed. This runs inside the caller's call, where it must not throw; a later hint tries
      // again.
      this.retry = setImmediate(() => {
        this.retry = undefined;
        this.apply({ kind: 'unavailable', error: error as Error });
      });
    }
  }

  destroy(): void {
    clearImmediate(this.retry);
    this.retry = undefined;
    this.config.close();
    this.watch?.close();
    this.watch = undefined;
    this.states.stop();
    this.memory.shared.close();
    this.resolution = undefined;
    this.settings.unanswered = undefined;
    this.settings.hasAnswered = false;
    this.waitReason.resolution = undefined;
    this.waitReason.connectivity = undefined;
  }

  /** Passes the resolution, if there is one, and the latest config to the channel. */
  private publish(): void {
    const { resolution, waitReason } = this;
    if (!resolution) return;
    const { serviceConfig, selector } = this.config.current;
    const attributes = {
      [CHANNEL_ARGS_CONFIG_SELECTOR_KEY]: selector,
      [WAIT_REASON_KEY]: waitReason,
      [CHANNEL_MEMORY_KEY]: this.memory,
    };
    const config = statusOrFromValue(serviceConfig);
    if (resolution.kind === 'endpoints') {
      waitReason.resolution = undefined;
      const endpoints = statusOrFromValue([...resolution.endpoints]);
      this.listener(endpoints, attributes, config, resolution.note);
      return;
    }
    const { kind, details } = resolution;
    waitReason.resolution = details;
    const error = { code: status.UNAVAILABLE, details, metadata: new Metadata() };
    const isEmpty = kind === 'no-instance' && { [NO_INSTANCE_KEY]: true };
    this.listener({ ok: false, error }, { ...attributes, ...isEmpty }, config, '');
  }
}

function requiredSettings(options: ChannelOptions, service: string): ResolverSettings {
  const settings = argOf(options, RESOLVER_SETTINGS_KEY, ResolverSettings);
  if (settings) return settings;
  throw new Error(
    `The channel to service "${service}" has no watcher: create its options with discoveryChannelOptions({ watcher })`,
  );
}
