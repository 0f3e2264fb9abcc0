import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { BrokenSnapshotError } from '../errors/registry-errors.js';
import { assertInstance } from '../instance/assert-instance.js';
import type { ServiceInstance } from '../instance/service-instance.js';
import { readJsonObject } from '../json-object.js';
import type { Snapshot } from '../watcher.js';
import { temporaryName } from './temporary-files.js';

/** Of this layout; another release may write another one. */
const FORMAT = 1;
/** Larger files are not read. 20,000 instances of usual size take 8 MiB. */
const MAX_BYTES = 128 * 1024 * 1024;

/** A snapshot as it was at a time of day. */
export interface SavedSnapshot {
  readonly snapshot: Snapshot;
  readonly savedAt: Date;
}

/** The file that holds the last known snapshot of one service: a line with the checksum, then JSON. */
export class SnapshotFile {
  readonly path: string;

  /** @param source Where the registry is searched: a file of another namespace or service is not taken for this one's. */
  constructor(
    private readonly directory: string,
    private readonly service: string,
    private readonly source: string,
  ) {
    // Names may be longer than a file name, and may differ in case only: the hash tells them apart.
    const hash = sha256(source).slice(0, 16);
    this.path = join(directory, `${service.slice(0, 64)}-${hash}.snapshot`);
  }

  /** Replaces the file in one step: whoever reads it, after whatever crash, finds the old one or the new one. */
  async write(snapshot: Snapshot, savedAt: Date): Promise<void> {
    const { source } = this;
    const { service, instances, revision } = snapshot;
    const body = JSON.stringify({ format: FORMAT, source, savedAt, service, instances, revision });
    // Metadata is nobody else's business.
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const temporary = temporaryName(this.path);
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(`${sha256(body)}\n${body}`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Returns what was written last; undefined when nothing was.
   * @throws BrokenSnapshotError when the file is not one that {@link write} has written for this service.
   */
  async read(): Promise<SavedSnapshot | undefined> {
    let file: FileHandle;
    try {
      file = await open(this.path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.broken('it can not be opened', error);
    }
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw this.broken('it is no file');
      if (stats.size > MAX_BYTES) throw this.broken(`it has ${stats.size} bytes`);
      return this.parse(await file.readFile('utf8'));
    } finally {
      await file.close();
    }
  }

  private parse(text: string): SavedSnapshot {
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (end < 0 || text.slice(0, end) !== sha256(body)) throw this.broken('its checksum is wrong');
    const json = readJsonObject(Buffer.from(body), MAX_BYTES, (reality) => this.broken(reality));
    if (json.format !== FORMAT) throw this.broken('its format is another');
    if (json.source !== this.source) throw this.broken('it is of another source');
    const savedAt = new Date(String(json.savedAt));
    const instances = json.instances as readonly ServiceInstance[];
    if (Number.isNaN(savedAt.getTime()) || !Array.isArray(instances)) {
      throw this.broken('fields are missing');
    }
    try {
      instances.forEach(assertInstance);
    } catch (error) {
      throw this.broken('it holds what is no instance', error);
    }
    return {
      snapshot: { service: this.service, instances, revision: String(json.revision) },
      savedAt,
    };
  }

  private broken(reality: string, cause?: unknown): BrokenSnapshotError {
    return new BrokenSnapshotError(this.path, reality, cause);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
