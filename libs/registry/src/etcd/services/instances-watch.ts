import type { OverridesDescription, ServiceStatistics } from '../../registry-description.js';
import { liveState } from '../../subjects/composed-snapshots.js';
import type { SubjectKeeper, WatchSubject } from '../../subjects/watch-subjects.js';
import type { Timer } from '../../timing/clock.js';
import type { WatchStateOf } from '../../watcher.js';
import { type ListWatchStore, ListWatch, type EtcdContext } from '../watch/list-watch.js';
import { prefixRange } from '../watch/range-list.js';

/** A view of instances, of one service or of all. */
export interface InstancesStore extends ListWatchStore {
  /** Grows with each change of what the view shows. */
  readonly version: number;
  /** Whether it shows instances that only a replaced store held. */
  readonly isDoubtful: boolean;
  /** Lets go of instances that only a replaced store held. */
  dropUnconfirmed(): void;
}

/**
 * Time that the instances of a store which was replaced get to register in the new one, in milliseconds. All that live do
 * so within a second. Without it, whoever lists an empty store before they have done so would lose them all.
 */
const REREGISTRATION_MS = 1_250;

/** What a watch of instances needs to know of the weights set from outside. */
export interface WatchedOverrides {
  /** Whether it is known what is set, or that it can't be known now. Stays true. */
  readonly settled: boolean;
  /** Logs that the weights can't be read, if so. Called while the instances can be: otherwise that is reported instead. */
  report(): void;
  describe(): OverridesDescription;
  close(): void;
}

/** What is watched, and how it is told. */
export interface WatchedInstances<Known> {
  readonly view: InstancesStore;
  readonly overrides: WatchedOverrides;
  /** What the view and the overrides come to now: the same object until one of them has changed it. */
  readonly snapshot: () => Known;
}

/** Keeps the state of a subject, one service or all: live while its range is, stale or unavailable while that fails. */
export class InstancesWatch<Known> implements SubjectKeeper {
  private readonly watch: ListWatch;
  /** Runs while the view is doubtful. */
  private doubt: Timer | undefined;
  /** Whether the view is what the store holds. */
  private isCurrent = false;
  /** Version of the view when the subject was last set to live. */
  private publishedVersion: number | undefined;

  constructor(
    private readonly subject: WatchSubject<WatchStateOf<Known>>,
    private readonly options: EtcdContext,
    private readonly watched: WatchedInstances<Known>,
  ) {
    const { source } = subject;
    this.watch = new ListWatch(
      {
        source,
        range: prefixRange(source),
        view: watched.view,
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
    return { ...this.watch.statistics(), overrides: this.watched.overrides.describe() };
  }

  /** Called when the weights set from outside may have changed. */
  overridesChanged(): void {
    if (this.isCurrent) this.tell();
  }

  close(): void {
    this.watch.close();
    this.watched.overrides.close();
    this.doubt?.cancel();
  }

  private current(): void {
    this.isCurrent = true;
    if (this.watched.view.isDoubtful) this.doubt ??= this.endDoubt();
    this.tell();
  }

  private endDoubt(): Timer {
    return this.options.clock.after(REREGISTRATION_MS, () => {
      this.doubt = undefined;
      this.watched.view.dropUnconfirmed();
      if (this.isCurrent) this.tell();
    });
  }

  private tell(): void {
    const { state } = this.subject;
    const { view, overrides, snapshot } = this.watched;
    // Nobody is told to call an instance that is about to turn out as drained.
    if (!overrides.settled) return;
    overrides.report();
    const { version } = view;
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
