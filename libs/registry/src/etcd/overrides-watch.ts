import { RegistryRefusedError } from '../errors/registry-errors.js';
import { LimitedWarnings } from '../logging/limited-warnings.js';
import { overriddenSnapshot } from '../overrides/overridden-snapshot.js';
import { overridesPrefix } from '../overrides/override-key.js';
import type { OverridesDescription } from '../registry-description.js';
import { silentLogger, type RegistryLogger } from '../registry.js';
import type { Snapshot } from '../watcher.js';
import { OverrideView } from './override-view.js';
import { prefixRange } from './range-list.js';
import { RangeWatch, type RangeWatchOptions } from './range-watch.js';

/** What a service's watch needs to know of the weights set from outside. */
export interface ServiceOverrides {
  /** Whether it is known what is set, or that it can't be known now. Stays true. */
  readonly settled: boolean;
  /** The snapshot with the weights that are set. Returns the same object for the same snapshot while no weight changes. */
  apply(snapshot: Snapshot): Snapshot;
  /** Logs that the weights can't be read, if so. Called while the instances can be: otherwise that is reported instead. */
  report(): void;
  describe(): OverridesDescription;
  close(): void;
}

/**
 * Keeps the weights set for one service fresh. A registry that does not show them, as to a role without the right to read
 * them, leaves every instance its own weight; while it is away the last ones stay.
 */
export class OverridesWatch implements ServiceOverrides {
  private readonly view: OverrideView;
  private readonly watch: RangeWatch;
  private readonly source: string;
  private readonly logger: RegistryLogger;
  private state: OverridesDescription['state'] = 'pending';
  /** Why the weights can't be read, as long as nobody was told. */
  private untold: RegistryRefusedError | undefined;
  private told = false;
  private last:
    { base: Snapshot; weights: ReadonlyMap<string, number>; result: Snapshot } | undefined;

  /** @param onChange Called when {@link apply} may have another result, and when it is settled. */
  constructor(
    service: string,
    options: RangeWatchOptions,
    private readonly onChange: () => void,
  ) {
    const { limits, logger, namespace } = options;
    const source = overridesPrefix(namespace, service);
    this.logger = logger;
    this.source = source;
    const all = `overrides under ${source} that can't be read ("grpc-discovery doctor" lists them)`;
    const warnings = new LimitedWarnings(logger, options.clock, all);
    const onBroken = (key: string, error: unknown) => warnings.warn(key, error);
    this.view = new OverrideView(source, limits.instancesPerService, onBroken);
    this.watch = new RangeWatch(
      {
        source,
        range: prefixRange(source),
        view: this.view,
        onCurrent: () => this.current(),
        onFailing: (error) => this.failing(error),
      },
      // What goes wrong with the instances, too, is told of those.
      { ...options, logger: silentLogger },
    );
  }

  get settled(): boolean {
    return this.state !== 'pending';
  }

  report(): void {
    if (this.untold) this.logger.warn(this.untold.message);
    this.told ||= this.untold !== undefined;
    this.untold = undefined;
  }

  apply(base: Snapshot): Snapshot {
    const { weights, revision } = this.view;
    const { last } = this;
    if (last?.base === base && last.weights === weights) return last.result;
    const result = overriddenSnapshot(base, weights, revision);
    this.last = { base, weights, result };
    return result;
  }

  describe(): OverridesDescription {
    return { state: this.state, set: this.view.weights.size, ...this.watch.statistics() };
  }

  close(): void {
    this.watch.close();
  }

  private current(): void {
    this.state = 'live';
    this.untold = undefined;
    if (this.told) this.logger.info(`${this.source} is watched again.`);
    this.told = false;
    this.onChange();
  }

  private failing(error: Error): void {
    this.state = 'failing';
    if (error instanceof RegistryRefusedError) this.untold = error;
    this.onChange();
  }
}
