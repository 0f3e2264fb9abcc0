import { type MemberContents } from '../member/member.js';
import { type DataFile } from './data-file.js';

/** Changes within this time are written together. */
const shortestPauseMs = 100;
/** Writing takes at most this share of the time, however large the contents. */
const largestShare = 0.05;

/** Writes the contents to the data file soon after they change, one write at a time. */
export class DataKeeper {
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private pauseMs = shortestPauseMs;
  private isDirty = false;

  /** @param failed Called when a write failed; the next change retries. */
  constructor(
    private readonly file: DataFile,
    private readonly contents: () => MemberContents,
    private readonly failed: (error: unknown) => void,
  ) {}

  changed(): void {
    this.isDirty = true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flush().catch(this.failed);
    }, this.pauseMs).unref();
  }

  /** Writes what has changed. @throws what the file system throws. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const write = this.writing.then(() => this.write());
    this.writing = write.catch(() => undefined);
    await write;
  }

  private async write(): Promise<void> {
    if (!this.isDirty) return;
    this.isDirty = false;
    const startedAt = performance.now();
    try {
      await this.file.save(this.contents());
    } catch (error) {
      this.isDirty = true;
      throw error;
    }
    this.pauseMs = Math.max(shortestPauseMs, (performance.now() - startedAt) / largestShare);
  }
}
