import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './ports.js';
import { until } from './until.js';

const binary = process.env.ETCD_BINARY ?? 'etcd';

/** Whether an etcd can be started on this machine. */
export function hasEtcdBinary(): boolean {
  return spawnSync(binary, ['--version'], { stdio: 'ignore' }).error === undefined;
}

export interface EtcdServerOptions {
  /** Further command-line arguments of etcd. */
  readonly args?: readonly string[];
}

/** A single etcd of our own on loopback, with its data in a temporary folder. */
export class EtcdServer {
  private constructor(
    readonly url: string,
    private readonly peerUrl: string,
    private readonly dataDir: string,
    private readonly args: readonly string[],
    private child: ChildProcess | undefined,
  ) {}

  static async start({ args = [] }: EtcdServerOptions = {}): Promise<EtcdServer> {
    const [clientPort, peerPort] = await freePorts(2);
    const server = new EtcdServer(
      `http://127.0.0.1:${clientPort}`,
      `http://127.0.0.1:${peerPort}`,
      mkdtempSync(join(tmpdir(), 'etcd-')),
      args,
      undefined,
    );
    await server.restart();
    return server;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts etcd again on its old address. With `wipe`, it has forgotten everything. */
  async restart({ wipe = false } = {}): Promise<void> {
    await this.stop();
    if (wipe) rmSync(this.dataDir, { recursive: true, force: true });
    const args = ['--name', 'test', '--data-dir', this.dataDir, '--log-level', 'error'];
    args.push('--listen-client-urls', this.url, '--advertise-client-urls', this.url);
    args.push('--listen-peer-urls', this.peerUrl, '--initial-advertise-peer-urls', this.peerUrl);
    args.push('--initial-cluster', `test=${this.peerUrl}`, '--unsafe-no-fsync', ...this.args);
    const child = spawn(binary, args, { stdio: 'ignore' });
    this.child = child;
    const exited = once(child, 'exit').then(() => {
      throw new Error(`etcd ended with ${child.exitCode ?? child.signalCode} while it started`);
    });
    await Promise.race([exited, until('etcd is healthy', () => this.healthy())]);
    exited.catch(() => undefined);
  }

  private async healthy(): Promise<boolean> {
    const response = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(1000) });
    return response.ok;
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

  /** Stops etcd for good and removes its data. */
  async destroy(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
