import { reason } from '../errors/registry-errors.js';
import type { WatchStatistics } from '../registry-description.js';
import type { SubjectKeeper, WatchSubject } from '../watch-subject.js';
import type { WatchState } from '../watcher.js';
import { InstanceView } from './instance-view.js';
import { prefixRange } from './range-list.js';
import type { Timer } from '../timing/clock.js';
import { RangeWatch, type RangeWatchOptions } from './range-watch.js';

/**
 * Time that the instances of a store which was replaced get to register in the new one, in milliseconds. All that live do
 * so within a second. Without it, whoever lists an empty store before they have done so would lose them all.
 */
const REREGISTRATION_MS = 1_500;

/** Keeps the state of one service's subject: live while its range is, stale or unavailable while that fails. */
export class ServiceWatch implements SubjectKeeper {
  private readonly view: InstanceView;
  private readonly watch: RangeWatch;
  /** Runs while the view is doubtful. */
  private doubt: Timer | undefined;

  constructor(
    private readonly subject: WatchSubject<WatchState>,
    private readonly options: RangeWatchOptions,
  ) {
    const { service, source } = subject;
    const { logger, limits } = options;
    this.view = new InstanceView(service, source, limits, {
      broken: (error) => logger.warn(reason(error)),
      crowded: (text) => logger.warn(text),
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

  statistics(): WatchStatistics {
    return this.watch.statistics();
  }

  close(): void {
    this.watch.close();
    this.doubt?.cancel();
  }

  private current(): void {
    if (this.view.isDoubtful) this.doubt ??= this.endDoubt();
    this.tell();
  }

  private endDoubt(): Timer {
    return this.options.clock.after(REREGISTRATION_MS, () => {
      this.doubt = undefined;
      this.view.dropUnconfirmed();
      if (this.subject.state.kind === 'live') this.tell();
    });
  }

  private tell(): void {
    const { state } = this.subject;
    const { snapshot } = this.view;
    const told = state.kind === 'live' && state.snapshot === snapshot;
    if (!told) this.subject.set({ kind: 'live', snapshot });
  }

  private failing(error: Error): void {
    const { state } = this.subject;
    if ('snapshot' in state) {
      const since = state.kind === 'stale' ? state.since : this.options.clock.date();
      this.subject.set({ kind: 'stale', snapshot: state.snapshot, since, error });
    } else {
      this.subject.set({ kind: 'unavailable', error });
    }
  }
}
