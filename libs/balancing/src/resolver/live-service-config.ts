import type { FilterFactory, ServiceConfig } from '../grpc/experimental.js';
import { MethodConfigSelector } from './method-config-selector.js';
import type { OwnConfig, ResolverSettings, ServiceConfigState } from './resolver-settings.js';
import { ownServiceConfig, publishedServiceConfig } from './service-config.js';

interface AppliedConfig {
  readonly serviceConfig: ServiceConfig;
  readonly selector: MethodConfigSelector;
}

/** The service config of a channel: the published one if there is a valid one, otherwise the channel's own. */
export class LiveServiceConfig {
  current: AppliedConfig;
  private own: AppliedConfig;
  private appliedOwn: OwnConfig;
  /** The published config in effect. */
  private published: string | undefined;
  private watch: { close(): void } | undefined;
  /** The last published text, valid or not: each is reported once. */
  private seen: string | undefined;

  /** @throws InvalidPolicyError if the channel's own config is invalid. */
  constructor(
    private readonly service: string,
    private readonly settings: ResolverSettings,
    private readonly text: string | undefined,
    private readonly filters: FilterFactory[],
  ) {
    this.appliedOwn = settings.own;
    this.own = this.applied(ownServiceConfig(text, settings.own));
    this.current = this.own;
  }

  /** @param onChange Called when {@link current} has changed, possibly synchronously. */
  open(onChange: () => void): void {
    this.applyOwn();
    this.settings.whenOwnChanges(() => {
      this.applyOwn();
      onChange();
    });
    try {
      this.watch = this.settings.serviceConfig?.watch(this.service, (state) => {
        if (this.applyPublished(state)) onChange();
      });
    } catch (error) {
      // For example, the source is closed: the channel works without it.
      this.settings.onConfigError(error as Error, this.service);
    }
  }

  /** The config stays until a later watch delivers another. */
  close(): void {
    this.settings.whenOwnChanges(undefined);
    this.watch?.close();
    this.watch = undefined;
  }

  private applyPublished(state: ServiceConfigState): boolean {
    const text = state.kind === 'published' ? state.json : undefined;
    if (state.kind === 'pending' || text === this.seen) return false;
    this.seen = text;
    if (text === undefined) {
      this.published = undefined;
      this.current = this.own;
      return true;
    }
    try {
      this.current = this.applied(publishedServiceConfig(text, this.settings.own));
      this.published = text;
      return true;
    } catch (error) {
      this.settings.onConfigError(error as Error, this.service);
      return false;
    }
  }

  /** Applies a new own config, which `updateOwnConfig` has validated. It may have changed while nothing was resolved. */
  private applyOwn(): void {
    const { published, settings } = this;
    if (this.appliedOwn === settings.own) return;
    this.appliedOwn = settings.own;
    this.own = this.applied(ownServiceConfig(this.text, settings.own));
    this.current =
      published === undefined
        ? this.own
        : this.applied(publishedServiceConfig(published, settings.own));
  }

  private applied(serviceConfig: ServiceConfig): AppliedConfig {
    const { methods } = this.settings.own;
    return {
      serviceConfig,
      selector: new MethodConfigSelector(serviceConfig, this.filters, methods),
    };
  }
}
