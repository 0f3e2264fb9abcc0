import { liveState } from '../live-state.js';
import { LimitedWarnings } from '../logging/limited-warnings.js';
import type { ServiceStatistics } from '../registry-description.js';
import type { SubjectKeeper, WatchSubject } from '../watch-subject.js';
import type { WatchState } from '../watcher.js';
import { InstanceView } from './instance-view.js';
import type { ServiceOverrides } from './overrides-watch.js';
import { prefixRange } from './range-list.js';
import type { Timer } from '../timing/clock.js';
import { RangeWatch, type RangeWatchOptions } from './range-watch.js';

/**
 * Time that the instances of a store which was replaced get to register in the new one, in milliseconds. All that live do
 * so within a second. Without it, whoever lists an empty store before they have done so would lose them all.
 */
const REREGISTRATION_MS = 1_250;

/** Keeps the state of one service's subject: live while its range is, stale or unavailable while that fails. */
export class ServiceWatch implements SubjectKeeper {
  private readonly view: InstanceView;
  private readonly watch: RangeWatch;
  /** Runs while the view is doubtful. */
  private doubt: Timer | undefined;
  /** Whether the view is what the store holds. */
  private isCurrent = false;
  /** Version of the view when the subject was last set to live. */
  private publishedVersion: number | undefined;

  constructor(
    private readonly subject: WatchSubject<WatchState>,
    private readonly options: RangeWatchOptions,
    private readonly overrides: ServiceOverrides,
  ) {
    const { service, source } = subject;
    const { logger, limits, clock } = options;
    const all = `entries under ${source} that can't be read ("grpc-discovery doctor" lists them)`;
    const warnings = new LimitedWarnings(logger, clock, all);
    this.view = new InstanceView(service, source, limits, {
      broken: (key, error) => warnings.warn(key, error),
      crowded: (text) => warnings.warn(source, new Error(text)),
      calm: (text) => logger.info(text),
    });
    this.watch = new RangeWatch(
      {
        source,
        range: prefixRange(source),
        view: this.view,
        onCurrent: () => this.current(),
        onFailing: (error) => this.failing(error),
      },
      options,
    );
  }

  stalenessMs(): number | undefined {
    return this.watch.stalenessMs();
  }

  statistics(): ServiceStatistics {
    return { ...this.watch.statistics(), overrides: this.overrides.describe() };
  }

  /** Called when the weights set from outside may have changed. */
  overridesChanged(): void {
    if (this.isCurrent) this.tell();
  }

  close(): void {
    this.watch.close();
    this.overrides.close();
    this.doubt?.cancel();
  }

  private current(): void {
    this.isCurrent = true;
    if (this.view.isDoubtful) this.doubt ??= this.endDoubt();
    this.tell();
  }

  private endDoubt(): Timer {
    return this.options.clock.after(REREGISTRATION_MS, () => {
      this.doubt = undefined;
      this.view.dropUnconfirmed();
      if (this.isCurrent) this.tell();
    });
  }

  private tell(): void {
    const { state } = this.subject;
    // Nobody is told to call an instance that is about to turn out as drained.
    if (!this.overrides.settled) return;
    this.overrides.report();
    const snapshot = () => this.overrides.apply(this.view.snapshot);
    const { version } = this.view;
    // A weight that changed may belong to no instance of this service.
    const isSame = () => state.kind === 'live' && state.snapshot === snapshot();
    if (version === this.publishedVersion && isSame()) return;
    this.publishedVersion = version;
    this.subject.set(liveState(snapshot));
  }

  private failing(error: Error): void {
    this.isCurrent = false;
    const { state } = this.subject;
    if ('snapshot' in state) {
      const since = state.kind === 'stale' ? state.since : this.options.clock.date();
      this.subject.set({ kind: 'stale', snapshot: state.snapshot, since, error });
    } else {
      this.subject.set({ kind: 'unavailable', error });
    }
  }
}
