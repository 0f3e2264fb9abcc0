import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '@grpc-discovery/test-support';
import type { Tally } from './tally.js';

/** Command line of a load client, as JSON. */
export interface LoadClientOptions {
  readonly hosts: string;
  readonly namespace: string;
  readonly ratePerSecond: number;
  /** How many streams of each kind it holds. */
  readonly streamPairs: number;
}

export interface FromLoadClient {
  readonly kind: 'progress' | 'stopped';
  readonly tally: Tally;
}

/** Built, also where this file is not. */
const script = fileURLToPath(new URL('../../dist/rolling-restart/load-client.js', import.meta.url));

/** A client process that loads the greeters. */
export class LoadProcess {
  private readonly child: ChildProcess;
  private last: FromLoadClient | undefined;
  private errors = '';

  constructor(options: LoadClientOptions) {
    // Options of the parent's node, such as jest's, are none of the child's.
    this.child = fork(script, [JSON.stringify(options)], { execArgv: [], silent: true });
    this.child.on('message', (message) => (this.last = message as FromLoadClient));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.child.stdout?.resume();
  }

  /** Its last report; undefined until its load runs. @throws Error with its output when it has ended */
  get tally(): Tally | undefined {
    if (!this.isRunning) {
      throw new Error(`A load client has ended: ${this.errors}`);
    }
    return this.last?.tally;
  }

  /** Lets every call end and returns what came of them all. */
  async stop(): Promise<Tally> {
    this.child.send('stop');
    const stopped = () => this.tally && this.last?.kind === 'stopped' && this.tally;
    const tally = await until('a load client has ended its calls', stopped, { timeoutMs: 20_000 });
    const exit = once(this.child, 'exit');
    this.child.disconnect();
    await exit;
    return tally;
  }

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
