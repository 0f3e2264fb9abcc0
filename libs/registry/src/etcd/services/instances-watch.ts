import type { OverridesDescription, ServiceStatistics } from '../../registry-description.js';
import { liveState, type SubjectKeeper, type WatchSubject } from '../../subjects/watch-subjects.js';
import type { Timer } from '../../timing/clock.js';
import type { WatchStateOf } from '../../watcher.js';
import type { EtcdContext } from '../watch/etcd-context.js';
import { ListWatch, type ListWatchStore } from '../watch/list-watch.js';
import { prefixRange } from '../watch/range-list.js';

/**
 * Time in milliseconds for instances of a replaced etcd store to register in the new one. All that are alive do so within a
 * second. Without it, a client that lists an empty store before that would lose them all.
 */
const REREGISTRATION_MS = 1_250;

/** A store of instances, of one service or of all. */
export interface InstancesStore extends ListWatchStore {
  /** Grows with each visible change. */
  readonly version: number;
  /** Whether it still shows instances of a replaced etcd store that have not registered in the new one. */
  readonly isDoubtful: boolean;
  /** Removes instances that have not registered in the new etcd store. */
  dropUnconfirmed(): void;
}

/** The weights that override those of instances, as a watch of instances uses them. */
export interface WatchedOverrides {
  /** Whether the overrides are known, or known to be unreadable. Stays true. */
  readonly settled: boolean;
  /** Logs that the overrides can't be read, if so. Called while the instances can be read; otherwise that is logged instead. */
  report(): void;
  describe(): OverridesDescription;
  close(): void;
}

export interface WatchedInstances<Known> {
  readonly store: InstancesStore;
  readonly overrides: WatchedOverrides;
  /** Combines store and overrides: the same object until one of them has changed it. */
  readonly snapshot: () => Known;
}

/** Keeps the state of a subject, one service or all: live while its range is, stale or unavailable while that fails. */
export class InstancesWatch<Known> implements SubjectKeeper {
  private readonly watch: ListWatch;
  /** Runs while the store is doubtful. */
  private doubt: Timer | undefined;
  /** Whether the store matches etcd. */
  private isCurrent = false;
  /** Version of the store when the subject was last set to live. */
  private publishedVersion: number | undefined;

  constructor(
    private readonly subject: WatchSubject<WatchStateOf<Known>>,
    private readonly context: EtcdContext,
    private readonly watched: WatchedInstances<Known>,
  ) {
    const { source } = subject;
    this.watch = new ListWatch(
      {
        source,
        range: prefixRange(source),
        store: watched.store,
        onCurrent: this.becameCurrent,
        onFailing: this.failing,
      },
      context,
    );
  }

  stalenessMs(): number | undefined {
    return this.watch.stalenessMs();
  }

  statistics(): ServiceStatistics {
    return { ...this.watch.statistics(), overrides: this.watched.overrides.describe() };
  }

  /** Called when overrides may have changed. */
  overridesChanged(): void {
    if (this.isCurrent) this.publish();
  }

  close(): void {
    this.watch.close();
    this.watched.overrides.close();
    this.doubt?.cancel();
  }

  private readonly becameCurrent = (): void => {
    this.isCurrent = true;
    if (this.watched.store.isDoubtful) this.doubt ??= this.endDoubt();
    this.publish();
  };

  private endDoubt(): Timer {
    return this.context.clock.after(REREGISTRATION_MS, () => {
      this.doubt = undefined;
      this.watched.store.dropUnconfirmed();
      if (this.isCurrent) this.publish();
    });
  }

  private publish(): void {
    const { state } = this.subject;
    const { store, overrides, snapshot } = this.watched;
    // Clients must not call an instance that an override, still unread, drains.
    if (!overrides.settled) return;
    overrides.report();
    const { version } = store;
    // A changed override may belong to no instance of this service.
    const isSame = () => state.kind === 'live' && state.snapshot === snapshot();
    if (version === this.publishedVersion && isSame()) return;
    this.publishedVersion = version;
    this.subject.set(liveState(snapshot));
  }

  private readonly failing = (error: Error): void => {
    this.isCurrent = false;
    const { state } = this.subject;
    if ('snapshot' in state) {
      const since = state.kind === 'stale' ? state.since : this.context.clock.date();
      this.subject.set({ kind: 'stale', snapshot: state.snapshot, since, error });
    } else {
      this.subject.set({ kind: 'unavailable', error });
    }
  };
}
