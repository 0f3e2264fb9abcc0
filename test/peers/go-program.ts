import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Go compiles all that a program needs the first time. */
export const BUILD_MS = 600_000;

/** A program in Go, built into a folder of its own. */
export class GoProgram {
  private constructor(
    private readonly folder: string,
    readonly path: string,
  ) {}

  /**
   * Modules come from Go's cache, or by its proxy the first time.
   * @param source Folder of the program.
   */
  static async build(source: string): Promise<GoProgram> {
    const folder = await mkdtemp(join(tmpdir(), 'go-peer-'));
    const path = join(folder, 'peer');
    await promisify(execFile)('go', ['build', '-trimpath', '-o', path, '.'], { cwd: source });
    return new GoProgram(folder, path);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
