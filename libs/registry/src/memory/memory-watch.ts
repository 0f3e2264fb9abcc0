import { NO_LISTS, type WatchStatistics } from '../registry-description.js';
import type { SubjectKeeper } from '../watch-subject.js';

/** Keeps the subject of one service, or of all, fresh from the store of this process. */
export class MemoryWatch implements SubjectKeeper {
  private events = 0;
  private told = false;
  private readonly stop: () => void;

  /**
   * @param onChange Calls its listener at each change of the subject; returns a function that stops it.
   * @param tell Tells the subject what the store holds.
   */
  constructor(
    onChange: (listener: () => void) => () => void,
    private readonly tell: () => void,
  ) {
    queueMicrotask(() => this.publish());
    this.stop = onChange(() => {
      this.events++;
      this.publish();
    });
  }

  /** What stands in the same memory is never old. */
  stalenessMs(): number | undefined {
    return this.told ? 0 : undefined;
  }

  /** Nothing is ever listed. */
  statistics(): WatchStatistics {
    return { events: this.events, lists: NO_LISTS, brokenEntries: 0 };
  }

  close(): void {
    this.stop();
  }

  private publish(): void {
    this.told = true;
    this.tell();
  }
}
