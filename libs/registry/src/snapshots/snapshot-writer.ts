import { reason } from '../errors/registry-errors.js';
import type { RegistryLogger } from '../registry.js';
import type { Clock, Timer } from '../timing/clock.js';
import type { Snapshot } from '../watcher.js';
import type { SnapshotFile } from './snapshot-file.js';

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
