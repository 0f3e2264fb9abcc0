import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { etcdBinary } from './etcd-binary.js';
import { until } from './until.js';

const found = etcdBinary();

/** Whether an etcd can be started on this machine. */
export function hasEtcdBinary(): boolean {
  return found !== undefined;
}

/** One etcd program that can be started any number of times. */
export class EtcdProcess {
  private child: ChildProcess | undefined;

  /**
   * @param args Its command line.
   * @param healthUrl Where it tells, without TLS, whether it serves.
   * @param binary @default the one that specs run on
   */
  constructor(
    private readonly args: readonly string[],
    private readonly healthUrl: string,
    private readonly binary = found?.path ?? 'etcd',
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves once it serves. */
  async start(): Promise<void> {
    const child = spawn(this.binary, ['--log-level', 'error', ...this.args], { stdio: 'ignore' });
    this.child = child;
    const exited = once(child, 'exit').then(() => {
      throw new Error(`etcd ended with ${child.exitCode ?? child.signalCode} while it started`);
    });
    exited.catch(() => undefined);
    await Promise.race([exited, this.untilHealthy()]);
  }

  async untilHealthy(): Promise<void> {
    await until('etcd is healthy', () => this.healthy());
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** SIGKILL: connections are cut, the data stays. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  private async healthy(): Promise<boolean> {
    const signal = AbortSignal.timeout(1000);
    return (await fetch(`${this.healthUrl}/health`, { signal })).ok;
  }
}
