import { readFile, rename, writeFile } from 'node:fs/promises';
import { DataFileError } from '../embedded-etcd.errors.js';
import { type MemberContents } from '../member/member-contents.js';
import { decodeContents, encodeContents } from './contents-json.js';

/** One file that holds a member's contents, whole or not at all. */
export class DataFile {
  constructor(readonly path: string) {}

  /**
   * @returns undefined when there is no file yet.
   * @throws DataFileError when there is one that can't be read.
   */
  async load(): Promise<MemberContents | undefined> {
    try {
      return decodeContents(await readFile(this.path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new DataFileError(this.path, error);
    }
  }

  /** A reader, and a process that dies meanwhile, finds the old contents or the new. */
  async save(contents: MemberContents): Promise<void> {
    const draft = `${this.path}.${process.pid}.tmp`;
    await writeFile(draft, encodeContents(contents), { flush: true });
    await rename(draft, this.path);
  }
}
