import type { DiscoveryArgs, OwnConfig } from '../channel/channel-args.js';
import type { ServiceConfigState } from '../channel/service-config-source.js';
import type { FilterFactory, ServiceConfig } from '../grpc/experimental.js';
import { MethodConfigSelector } from './method-config-selector.js';
import { ownServiceConfig, publishedServiceConfig } from './service-config.js';

export interface AppliedConfig {
  readonly serviceConfig: ServiceConfig;
  readonly selector: MethodConfigSelector;
}

/** The service config of a channel: the published one while there is a good one, and else its own. */
export class LiveServiceConfig {
  current: AppliedConfig;
  private own: AppliedConfig;
  private ownTaken: OwnConfig;
  /** The published config that is in use. */
  private published: string | undefined;
  private watch: { close(): void } | undefined;
  /** The last text that was looked at, good or broken: each is reported once. */
  private seen: string | undefined;

  /** @throws InvalidPolicyError when the channel's own config is wrong. */
  constructor(
    private readonly service: string,
    private readonly args: DiscoveryArgs,
    private readonly text: string | undefined,
    private readonly filters: FilterFactory[],
  ) {
    this.ownTaken = args.own;
    this.own = this.applied(ownServiceConfig(text, args.own));
    this.current = this.own;
  }

  /** @param onChange called when {@link current} has changed, also synchronously. */
  open(onChange: () => void): void {
    this.takeOwn();
    this.args.whenOwnChanges(() => {
      this.takeOwn();
      onChange();
    });
    try {
      this.watch = this.args.serviceConfig?.watch(this.service, (state) => {
        if (this.take(state)) onChange();
      });
    } catch (error) {
      // A closed source, for one: the channel works without it.
      this.args.onConfigError(error as Error, this.service);
    }
  }

  /** The config stays until a later watch tells of another. */
  close(): void {
    this.args.whenOwnChanges(undefined);
    this.watch?.close();
    this.watch = undefined;
  }

  private take(state: ServiceConfigState): boolean {
    const text = state.kind === 'published' ? state.json : undefined;
    if (state.kind === 'pending' || text === this.seen) return false;
    this.seen = text;
    if (text === undefined) {
      this.published = undefined;
      this.current = this.own;
      return true;
    }
    try {
      this.current = this.applied(publishedServiceConfig(text, this.args.own));
      this.published = text;
      return true;
    } catch (error) {
      this.args.onConfigError(error as Error, this.service);
      return false;
    }
  }

  /** It was checked by who changed it, which can also have been while nothing was resolved. */
  private takeOwn(): void {
    const { published, args } = this;
    if (this.ownTaken === args.own) return;
    this.ownTaken = args.own;
    this.own = this.applied(ownServiceConfig(this.text, args.own));
    this.current =
      published === undefined
        ? this.own
        : this.applied(publishedServiceConfig(published, args.own));
  }

  private applied(serviceConfig: ServiceConfig): AppliedConfig {
    const selector = new MethodConfigSelector(serviceConfig, this.filters, this.args.own.methods);
    return { serviceConfig, selector };
  }
}
