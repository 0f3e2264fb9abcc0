import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BrokenEntryError } from '../errors/registry-errors.js';
import { assertInstance } from '../instance/assert-instance.js';
import { readJsonObject } from '../instance/codecs.js';
import type { ServiceInstance } from '../instance/service-instance.js';
import type { Snapshot } from '../watcher.js';

/** Version of this layout; another release may write another one. */
const FORMAT = 1;
/** Larger files are not read. 20,000 instances of usual size take 8 MiB. */
const MAX_BYTES = 128 * 1024 * 1024;
/** Bytes hashed in one turn of the event loop, which takes at most a millisecond. */
const HASHED_BYTES = 256 * 1024;

/** A snapshot with the time it was saved. */
export interface SavedSnapshot {
  readonly snapshot: Snapshot;
  readonly savedAt: Date;
}

/** The file that holds the last known snapshot of one service: a line with the checksum, then JSON. */
export class SnapshotFile {
  readonly path: string;

  /** @param source The watched key prefix, so that a file of another namespace or service is not mistaken for this one's. */
  constructor(
    private readonly directory: string,
    private readonly service: string,
    private readonly source: string,
  ) {
    // Names may exceed the length of a file name or differ only in case: the hash distinguishes them.
    const hash = createHash('sha256').update(source).digest('hex').slice(0, 16);
    this.path = join(directory, `${service.slice(0, 64)}-${hash}.snapshot`);
  }

  /**
   * Replaces the file atomically: after any crash, a reader finds the old file or the new one. The event loop turns after each
   * slice, however many instances there are.
   */
  async write(snapshot: Snapshot, savedAt: Date): Promise<void> {
    // Only the owner may read the metadata.
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const temporary = temporaryName(this.path);
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await this.fill(file, snapshot, savedAt);
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
   * Returns the last written snapshot; undefined if there is none.
   * @throws BrokenEntryError unless {@link write} has written the file for this service.
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
      return await this.parse(await file.readFile());
    } finally {
      await file.close();
    }
  }

  private async fill(file: FileHandle, snapshot: Snapshot, savedAt: Date): Promise<void> {
    const { source } = this;
    const { service, instances, revision } = snapshot;
    const hash = createHash('sha256');
    // Space for the checksum, which is known only at the end.
    await file.writeFile(`${hash.copy().digest('hex')}\n`);
    const before = { format: FORMAT, source, savedAt, service };
    for (const slice of encodeInSlices(before, instances, { revision })) {
      hash.update(slice);
      await file.writeFile(slice);
    }
    await file.write(hash.digest('hex'), 0);
  }

  private async parse(text: Buffer): Promise<SavedSnapshot> {
    const end = text.indexOf('\n');
    const body = text.subarray(end + 1);
    if (end < 0 || text.toString('latin1', 0, end) !== (await sha256InTurns(body))) {
      throw this.broken('its checksum is wrong');
    }
    const { outer, slices } = takeApart(body);
    const json = this.readObject(outer);
    if (json.format !== FORMAT) throw this.broken('its format is another');
    if (json.source !== this.source) throw this.broken('it is of another source');
    const savedAt = new Date(String(json.savedAt));
    if (Number.isNaN(savedAt.getTime())) throw this.broken('fields are missing');
    const instances = this.instancesOf(json);
    for (const slice of slices) {
      await nextTurn();
      for (const instance of this.instancesOf(this.readObject(slice))) instances.push(instance);
    }
    return {
      snapshot: { service: this.service, instances, revision: String(json.revision) },
      savedAt,
    };
  }

  private readObject(json: Buffer): Record<string, unknown> {
    return readJsonObject(json, MAX_BYTES, (reality) => this.broken(reality));
  }

  private instancesOf(json: Record<string, unknown>): ServiceInstance[] {
    if (!Array.isArray(json.instances)) throw this.broken('fields are missing');
    const instances = json.instances as ServiceInstance[];
    try {
      instances.forEach(assertInstance);
    } catch (error) {
      throw this.broken('it holds what is no instance', error);
    }
    return instances;
  }

  private broken(reality: string, cause?: unknown): BrokenEntryError {
    return new BrokenEntryError('snapshot', this.path, reality, cause);
  }
}

async function sha256InTurns(bytes: Buffer): Promise<string> {
  const hash = createHash('sha256');
  for (let from = 0; from < bytes.length; from += HASHED_BYTES) {
    await nextTurn();
    hash.update(bytes.subarray(from, from + HASHED_BYTES));
  }
  return hash.digest('hex');
}

/** From this length on a slice ends, in characters: it takes about a millisecond to encode or to read. */
const SLICE_LENGTH = 64 * 1024;
const NEW_LINE = 0x0a;
const COMMA = 0x2c;

/** The JSON of an object with a list of instances, taken apart at its lines. */
export interface SlicedJson {
  /** The object, with none of the instances that stand in {@link slices}. */
  readonly outer: Buffer;
  /** Objects, each with a part of the list: `{"instances":[…]}`. */
  readonly slices: Iterable<Buffer>;
}

/**
 * Encodes an object with a list of instances: a line of what stands before the list, lines of instances, and what stands behind
 * it. Together they are one JSON text, which releases read that know of no slices.
 * @param before The fields before `instances`; one at least.
 * @param after The fields behind; one at least.
 */
function* encodeInSlices(
  before: object,
  instances: readonly unknown[],
  after: object,
): Generator<string> {
  yield `${JSON.stringify(before).slice(0, -1)},"instances":[\n`;
  let line = '';
  for (const [at, instance] of instances.entries()) {
    const isLast = at === instances.length - 1;
    line += JSON.stringify(instance) + (isLast ? '' : ',');
    if (line.length < SLICE_LENGTH && !isLast) continue;
    yield `${line}\n`;
    line = '';
  }
  yield `],${JSON.stringify(after).slice(1)}`;
}

/** Takes apart what {@link encodeInSlices} has made. A text of one line, of an older release, is the object as a whole. */
function takeApart(text: Buffer): SlicedJson {
  const from = text.indexOf(NEW_LINE) + 1;
  const to = text.lastIndexOf(NEW_LINE) + 1;
  return {
    outer: from === 0 ? text : Buffer.concat([text.subarray(0, from), text.subarray(to)]),
    slices: slicesOf(text.subarray(from, to)),
  };
}

function* slicesOf(lines: Buffer): Generator<Buffer> {
  for (let from = 0; from < lines.length;) {
    const end = lines.indexOf(NEW_LINE, from);
    const line = lines.subarray(from, lines[end - 1] === COMMA ? end - 1 : end);
    yield Buffer.concat([Buffer.from('{"instances":['), line, Buffer.from(']}')]);
    from = end + 1;
  }
}

/** Name of a file that {@link temporaryName} gave to the writer of a snapshot, and nobody else's. */
const TEMPORARY = /-[0-9a-f]{16}\.snapshot\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;
/** From this age on nobody writes to it any more: a write takes seconds, on a slow disk too. In milliseconds. */
const ABANDONED_MS = 60 * 60 * 1_000;

/** A new name, beside the file that it is going to replace: a rename is one step within a directory only. */
function temporaryName(path: string): string {
  return `${path}.${randomUUID()}.tmp`;
}

/**
 * Removes what processes have left in the directory that died between writing and renaming. Never rejects: what can't be
 * removed takes space and harms nobody.
 * @param now The time of day.
 */
export async function removeAbandoned(directory: string, now: Date): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    if (!TEMPORARY.test(name)) continue;
    const path = join(directory, name);
    try {
      const { mtimeMs } = await stat(path);
      if (now.getTime() - mtimeMs > ABANDONED_MS) await rm(path);
    } catch {
      // Removed by another process, or not ours to remove.
    }
  }
}
