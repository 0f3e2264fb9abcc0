import type { ServiceView } from '@grpc-discovery/xds';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Pause between two writes, in milliseconds: a large registry changes all the time. */
const PAUSE_MS = 1_000;

/** The last known services on disk, for a start while etcd is down. */
export class ViewFile {
  private timer: NodeJS.Timeout | undefined;
  private latest: (() => readonly ServiceView[]) | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly warn: (message: string) => void,
  ) {}

  /** @returns undefined if there is no file, or an unreadable one, which is logged */
  async read(): Promise<readonly ServiceView[] | undefined> {
    try {
      const views: unknown = JSON.parse(await readFile(this.path, 'utf8'));
      if (Array.isArray(views) && views.every(isView)) return views;
      throw new Error('it is not a list of services');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      this.warn(`The snapshot ${this.path} can't be read: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Writes the services soon. @param views Called at the time of the write. */
  save(views: () => readonly ServiceView[]): void {
    this.latest = views;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      // One after the other: a slow disk must not mix two writes.
      this.writing = this.writing.then(() => this.write());
    }, PAUSE_MS).unref();
  }

  /** Writes what is pending. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.writing;
    await this.write();
  }

  private async write(): Promise<void> {
    const views = this.latest?.();
    this.latest = undefined;
    if (!views) return;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      const temporary = `${this.path}.${process.pid}`;
      await writeFile(temporary, JSON.stringify(views), { mode: 0o600 });
      await rename(temporary, this.path);
    } catch (error) {
      this.warn(`The snapshot ${this.path} can't be written: ${(error as Error).message}`);
    }
  }
}

function isView(value: unknown): value is ServiceView {
  const { name, endpoints } = (value ?? {}) as Partial<ServiceView>;
  return typeof name === 'string' && Array.isArray(endpoints);
}
