import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { GoProgram } from '../go-program.js';

/** Builds the program beside this file. */
export function buildGoZero(): Promise<GoProgram> {
  return GoProgram.build(fileURLToPath(new URL('.', import.meta.url)));
}

export interface GoZeroPeerOptions {
  /** Of etcd: `http://host:port`. */
  readonly url: string;
  readonly key: string;
  /** Of what it publishes, in seconds. */
  readonly ttlSeconds: number;
}

/** A process that publishes and subscribes under one key. */
export class GoZeroPeer {
  /** All that it saw, one after the other. */
  readonly seen: string[][] = [];
  private errors = '';

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface(child.stdout).on('line', (line) =>
      this.seen.push(JSON.parse(line) as string[]),
    );
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
  }

  static start({ path }: GoProgram, { url, key, ttlSeconds }: GoZeroPeerOptions): GoZeroPeer {
    return new GoZeroPeer(spawn(path, [new URL(url).host, key, String(ttlSeconds)]));
  }

  /** The values that it sees, joined; what it complained of when it has ended. */
  get values(): string {
    return this.isRunning ? String(this.seen.at(-1)) : this.errors;
  }

  publish(value: string): void {
    this.child.stdin.write(`publish ${value}\n`);
  }

  stop(value: string): void {
    this.child.stdin.write(`stop ${value}\n`);
  }

  /** SIGKILL: nothing is taken back. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  private get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }
}
