import { Metadata, status, type ChannelOptions } from '@grpc/grpc-js';
import type { Watch, WatchState } from '@grpc-discovery/registry';
import { CHANNEL_MEMORY_KEY, ChannelMemory } from '../balancer/channel-memory.js';
import { SharedAddresses } from '../balancer/shared-addresses.js';
import { discoveryArgsOf, NO_INSTANCE_KEY, type DiscoveryArgs } from '../channel/channel-args.js';
import { CHANNEL_NOTE_KEY, ChannelNote } from '../channel/channel-note.js';
import { serviceOf } from '../channel/target.js';
import {
  CHANNEL_ARGS_CONFIG_SELECTOR_KEY,
  statusOrFromValue,
  type GrpcUri,
  type Resolver,
  type ResolverListener,
} from '../grpc/experimental.js';
import { DeadlineNoteFilter } from './deadline-note.js';
import { LatestPaced } from './latest-paced.js';
import { LiveServiceConfig } from './live-service-config.js';
import { resolve, sameResolution, unanswered, type Resolution } from './resolution.js';

/** Bounds the work of a channel when instances come and go in a burst, such as a rolling restart. */
const MIN_UPDATE_INTERVAL_MS = 50;

/** Resolves `etcd:///<service>` to what the channel's watcher sees of the service. */
export class InstanceResolver implements Resolver {
  private readonly service: string;
  private readonly args: DiscoveryArgs;
  private readonly config: LiveServiceConfig;
  private readonly memory: ChannelMemory;
  private readonly note = new ChannelNote();
  private readonly states = new LatestPaced<WatchState>(MIN_UPDATE_INTERVAL_MS, (state) =>
    this.report(state),
  );
  private watch: Watch | undefined;
  private refusal: NodeJS.Immediate | undefined;
  private reported: Resolution | undefined;

  /**
   * Called by the constructor of the channel, which throws what this throws.
   * @throws Error when the target or the options are not those of a discovery channel.
   */
  constructor(
    target: GrpcUri,
    private readonly listener: ResolverListener,
    options: ChannelOptions,
  ) {
    this.service = serviceOf(target);
    this.args = requiredArgs(options, this.service);
    const now = () => performance.now();
    const shared = new SharedAddresses(now, (them) => this.args.onSharedAddresses(them));
    this.memory = new ChannelMemory(now, shared);
    const filters = [new DeadlineNoteFilter(this.note)];
    const text = options['grpc.service_config'];
    this.config = new LiveServiceConfig(this.service, this.args, text, filters);
  }

  static getDefaultAuthority(target: GrpcUri): string {
    return serviceOf(target);
  }

  /**
   * Starts the watch. Once it runs this is a hint that the list may be old, which is ignored: the watch tells of every
   * change by itself, and answering each hint makes pick_first spin.
   */
  updateResolution(): void {
    if (this.watch || this.refusal) return;
    try {
      this.watch = this.open();
      this.args.unanswered = unanswered(this.service, this.watch.source);
      this.config.open(() => this.tell());
    } catch (error) {
      // A closed watcher, for one. This runs inside the caller's call, which is no place to throw at; a later hint tries
      // again.
      this.refusal = setImmediate(() => {
        this.refusal = undefined;
        this.report({ kind: 'unavailable', error: error as Error });
      });
    }
  }

  destroy(): void {
    clearImmediate(this.refusal);
    this.refusal = undefined;
    this.config.close();
    this.watch?.close();
    this.watch = undefined;
    this.states.stop();
    this.memory.shared.close();
    this.reported = undefined;
    this.args.unanswered = undefined;
    this.note.resolution = undefined;
    this.note.connectivity = undefined;
  }

  private open(): Watch {
    // A watch that was closed and is called once more by mistake must not speak for its successor.
    const watch: Watch = this.args.watcher.watch(this.service, (state) => {
      if (this.watch === watch) this.states.push(state);
    });
    return watch;
  }

  private report(state: WatchState): void {
    if ('snapshot' in state) this.memory.shared.see(state.snapshot.instances);
    const source = this.watch?.source ?? '(no watch)';
    const resolution = resolve(state, { service: this.service, source }, this.reported);
    if (!resolution || sameResolution(this.reported, resolution)) return;
    this.reported = resolution;
    this.args.unanswered = undefined;
    this.tell();
  }

  /** Tells the channel what is known: of the instances, if anything is, under the newest config. */
  private tell(): void {
    const { reported: resolution, note } = this;
    if (!resolution) return;
    const { serviceConfig, selector } = this.config.current;
    const attributes = {
      [CHANNEL_ARGS_CONFIG_SELECTOR_KEY]: selector,
      [CHANNEL_NOTE_KEY]: note,
      [CHANNEL_MEMORY_KEY]: this.memory,
    };
    const config = statusOrFromValue(serviceConfig);
    if (resolution.kind === 'endpoints') {
      note.resolution = undefined;
      const endpoints = statusOrFromValue([...resolution.endpoints]);
      this.listener(endpoints, attributes, config, resolution.note);
      return;
    }
    const { kind, details } = resolution;
    note.resolution = details;
    const error = { code: status.UNAVAILABLE, details, metadata: new Metadata() };
    const about = kind === 'no-instance' ? { ...attributes, [NO_INSTANCE_KEY]: true } : attributes;
    this.listener({ ok: false, error }, about, config, '');
  }
}

function requiredArgs(options: ChannelOptions, service: string): DiscoveryArgs {
  const args = discoveryArgsOf(options);
  if (args) return args;
  throw new Error(
    `The channel to service "${service}" has no watcher: make its options with discoveryChannelOptions({ watcher })`,
  );
}
