import { counted } from '../errors/text.js';
import { RegistryLateError, reason } from '../errors/registry-errors.js';
import type { RegistryLogger } from '../registry.js';
import type { Clock, Timer } from '../timing/clock.js';
import type { SubjectKeeper, WatchSubject } from '../subjects/watch-subjects.js';
import type { Snapshot, Watch, WatchState, Watcher } from '../watcher.js';
import { type SavedSnapshot, SnapshotFile, removeAbandoned } from './snapshot-file.js';
import { resolve } from 'node:path';
import { type OptionTable, type Rule, required, withDefault } from '../options/option-table.js';
import { filledText, integer } from '../options/rules.js';

/**
 * Snapshots on disk, for a start while the registry is unreachable: one per service that is watched by name. A watch of all services
 * has none and is `unavailable` until the registry answers.
 */
export interface SnapshotOptions {
  /**
   * Directory of the files, one per watched service; created if it is missing. Files are readable only by their owner and hold
   * the instances' metadata. Processes may share the directory. A later watch removes what a process that died while writing has
   * left, once it is older than an hour.
   */
  readonly directory: string;
  /**
   * Age in milliseconds above which a file is not used: addresses may belong to others by then. At least 1000.
   * @default 86400000, a day
   */
  readonly maxAgeMs?: number;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

const directory: Rule<string> = (value, path) =>
  resolve(
    filledText('Name one that this process may write to, on a disk that survives a restart.')(
      value,
      path,
    ),
  );

export const snapshotsTable = {
  directory: required(directory, 'where the files are'),
  maxAgeMs: withDefault(
    integer(1_000, Number.MAX_SAFE_INTEGER, 'Leave it out for a day.'),
    DAY_MS,
    'age above which a file is not used',
  ),
} satisfies OptionTable<SnapshotOptions>;

/** Time in milliseconds without an answer of the registry after which the file is used. */
const LATE_MS = 1_000;

export interface SnapshotParts extends Required<SnapshotOptions> {
  readonly clock: Clock;
  readonly logger: RegistryLogger;
}

/** Source of the delivered snapshot. */
type Origin =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'file'; readonly saved: SavedSnapshot }
  /** The file can't be used. */
  | { readonly kind: 'nowhere' }
  /** The registry has answered: from now on the file is only written. */
  | { readonly kind: 'registry' };

/** Sets a subject to the state of its watch and, until that has a snapshot, to the snapshot of the file, marked stale. */
export class SnapshotKeeper implements SubjectKeeper {
  private readonly file: SnapshotFile;
  private readonly writer: SnapshotWriter;
  private readonly watch: Watch;
  private readonly cleared: Promise<void>;
  private readonly late: Timer;
  private origin: Origin = { kind: 'none' };
  /** Why the registry has delivered nothing. */
  private error: Error;

  constructor(
    inner: Watcher,
    private readonly subject: WatchSubject<WatchState>,
    private readonly parts: SnapshotParts,
  ) {
    const { service, source } = subject;
    const { clock, directory } = parts;
    this.file = new SnapshotFile(directory, service, source);
    this.writer = new SnapshotWriter(this.file, parts);
    this.cleared = removeAbandoned(directory, clock.date());
    this.error = new RegistryLateError(source, LATE_MS);
    this.watch = inner.watch(service, (state) => this.received(state));
    this.late = clock.after(LATE_MS, () => this.begin());
  }

  stalenessMs(): number | undefined {
    const { origin } = this;
    if (origin.kind !== 'file') return this.watch.stalenessMs();
    return Math.max(0, this.parts.clock.date().getTime() - origin.saved.savedAt.getTime());
  }

  close(): void {
    this.late.cancel();
    this.watch.close();
    this.origin = { kind: 'registry' };
    this.writer.end();
  }

  /** Resolves when all writes and removals are done. */
  async settled(): Promise<void> {
    await this.cleared;
    await this.writer.settled();
  }

  private received(state: WatchState): void {
    if (state.kind === 'live' || state.kind === 'stale') {
      this.origin = { kind: 'registry' };
      this.late.cancel();
      if (state.kind === 'live') this.writer.save(() => state.snapshot);
      this.subject.set(state);
    } else if (state.kind === 'unavailable') {
      this.error = state.error;
      this.begin();
    }
  }

  private begin(): void {
    this.load().catch((error: unknown) => this.parts.logger.warn(reason(error)));
  }

  /** Reads the file the first time, and publishes the result. */
  private async load(): Promise<void> {
    if (this.origin.kind === 'none') {
      this.origin = { kind: 'loading' };
      const saved = await this.usable();
      if (this.origin.kind !== 'loading') return;
      this.origin = saved ? { kind: 'file', saved } : { kind: 'nowhere' };
      if (saved) this.parts.logger.warn(this.inUse(saved));
    }
    this.publish();
  }

  private publish(): void {
    const { origin, error } = this;
    if (origin.kind === 'file') {
      const { snapshot, savedAt: since } = origin.saved;
      this.subject.set({ kind: 'stale', snapshot, since, error });
    } else if (origin.kind === 'nowhere' && !(error instanceof RegistryLateError)) {
      this.subject.set({ kind: 'unavailable', error });
    }
  }

  /** A file that can't be used is logged once and changes nothing. */
  private async usable(): Promise<SavedSnapshot | undefined> {
    const { clock, logger, maxAgeMs } = this.parts;
    try {
      const saved = await this.file.read();
      // A snapshot without instances would hide why the registry does not answer.
      if (saved === undefined || saved.snapshot.instances.length === 0) return undefined;
      // A snapshot from the future is as doubtful as an old one.
      const ageMs = Math.abs(clock.date().getTime() - saved.savedAt.getTime());
      if (ageMs <= maxAgeMs) return saved;
      logger.warn(
        `${this.file.path} should be at most ${maxAgeMs} ms old, but is of ${saved.savedAt.toISOString()}. It is ignored.`,
      );
    } catch (error) {
      logger.warn(reason(error));
    }
    return undefined;
  }

  private inUse({ savedAt, snapshot }: SavedSnapshot): string {
    return (
      `${this.subject.source}: the registry gives nothing yet; ${counted(snapshot.instances.length, 'instance')} of ` +
      `${savedAt.toISOString()} ${snapshot.instances.length === 1 ? 'is' : 'are'} used, from ${this.file.path}, until it does.`
    );
  }
}

/** Minimum time between a change and its write, and between two writes, in milliseconds. */
const WRITE_EVERY_MS = 2_000;

export interface SnapshotWriterOptions {
  readonly clock: Clock;
  readonly logger: RegistryLogger;
  readonly maxAgeMs: number;
}

/** Writes the newest snapshot of a service to its file: soon after a change, at a limited rate, and again before it gets too old. */
export class SnapshotWriter {
  private newest: (() => Snapshot) | undefined;
  private isWritten = true;
  private timer: Timer | undefined;
  private writing: Promise<void> | undefined;
  private hasFailed = false;
  private ended = false;

  constructor(
    private readonly file: SnapshotFile,
    private readonly options: SnapshotWriterOptions,
  ) {}

  /** @param snapshot Called at the time of the write. */
  save(snapshot: () => Snapshot): void {
    if (this.ended) return;
    const wasWritten = this.isWritten;
    this.newest = snapshot;
    this.isWritten = false;
    // Otherwise a write is already due and will include this snapshot.
    if (wasWritten && this.writing === undefined) this.writeIn(WRITE_EVERY_MS);
  }

  /** Writes a pending snapshot, then stops. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.timer?.cancel();
    if (!this.isWritten) this.write();
  }

  /** Resolves when nothing is being written. Never rejects. */
  async settled(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
  }

  private writeIn(delayMs: number): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(delayMs, () => this.write());
  }

  private write(): void {
    this.writing ??= this.writeNewest().finally(() => {
      this.writing = undefined;
      if (this.ended && !this.isWritten && !this.hasFailed) return this.write();
      // A snapshot that never changes would eventually look too old.
      if (!this.ended) this.writeIn(this.isWritten ? this.options.maxAgeMs / 4 : WRITE_EVERY_MS);
    });
  }

  private async writeNewest(): Promise<void> {
    const { newest } = this;
    if (newest === undefined) return;
    this.isWritten = true;
    try {
      await this.file.write(newest(), this.options.clock.date());
      this.hasFailed = false;
    } catch (error) {
      if (!this.hasFailed) {
        this.options.logger.warn(
          `${this.file.path} should be written, but is not (${reason(error)}). ` +
            'A start while the registry is unreachable finds an older one, or none.',
        );
      }
      this.hasFailed = true;
    }
  }
}
