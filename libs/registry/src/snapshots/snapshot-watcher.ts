import { reason } from '../errors/registry-errors.js';
import { within } from '../timing/wait.js';
import { describeSnapshot, type DescribedWatcher } from '../subjects/describe-watch.js';
import type { ServiceDescription, ServicesDescription } from '../registry-description.js';
import type {
  ServicesListener,
  ServicesWatch,
  Watch,
  WatchListener,
  WatchState,
} from '../watcher.js';
import { WatchSubjects } from '../subjects/watch-subjects.js';
import { SnapshotKeeper, type SnapshotParts } from './snapshot-keeper.js';

/** Time limit of `close` for pending writes, in milliseconds. */
const CLOSE_MS = 1_000;

/** A watcher that keeps the last snapshot of each service on disk, and starts with it until the inner watcher has one. */
export class SnapshotWatcher implements DescribedWatcher {
  private readonly subjects: WatchSubjects<WatchState>;
  private readonly keepers = new Set<SnapshotKeeper>();

  /** @param sourceOf Returns the key prefix of a service, as the inner watcher does. */
  constructor(
    private readonly inner: DescribedWatcher,
    sourceOf: (service: string) => string,
    private readonly parts: SnapshotParts,
  ) {
    this.subjects = new WatchSubjects({
      sourceOf,
      start: (subject) => {
        const keeper = new SnapshotKeeper(inner, subject, parts);
        this.keepers.add(keeper);
        const close = () => {
          keeper.close();
          keeper
            .settled()
            .catch((error: unknown) => parts.logger.warn(reason(error)))
            .finally(() => this.keepers.delete(keeper));
        };
        return { close, stalenessMs: () => keeper.stalenessMs() };
      },
      onListenerError: (source, error) =>
        parts.logger.error(`${source}: a listener has thrown: ${reason(error)}`),
    });
  }

  watch(service: string, listener: WatchListener): Watch {
    return this.subjects.watch(service, listener);
  }

  /**
   * Passed on to the inner watcher, without files: those of some services are no list of all, and would make clients drop every
   * service that was not watched here.
   */
  watchServices(listener: ServicesListener): ServicesWatch {
    return this.inner.watchServices(listener);
  }

  describeServices(): ServicesDescription | undefined {
    return this.inner.describeServices();
  }

  /** Counts of the inner watcher with the states of this one, which may come from disk. */
  describe(): ServiceDescription[] {
    return this.inner.describe().map((inner) => {
      const subject = this.subjects.get(inner.service);
      return subject ? { ...inner, ...describeSnapshot(subject) } : inner;
    });
  }

  async close(): Promise<void> {
    this.subjects.close();
    await this.inner.close();
    const written = Promise.all([...this.keepers].map((keeper) => keeper.settled()));
    const late = () => new Error(`not done within ${CLOSE_MS} ms`);
    await within(this.parts.clock, CLOSE_MS, written, late).catch((error: unknown) =>
      this.parts.logger.warn(`Snapshots should be on disk, but are not (${reason(error)}).`),
    );
  }
}
