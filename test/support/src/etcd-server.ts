import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EtcdBinary } from './etcd-binary.js';
import { EtcdProcess } from './etcd-process.js';
import { freePorts } from './ports.js';

export interface EtcdServerOptions {
  /** Further command-line arguments of etcd. */
  readonly args?: readonly string[];
  /** `https` when the arguments name certificates. @default 'http' */
  readonly scheme?: 'http' | 'https';
  /** @default the one that specs run on */
  readonly binary?: EtcdBinary;
}

/** How often it is started again on other ports when it ends at once. */
const MOST_TRIES = 3;

/** A single etcd of our own on loopback, with its data in a temporary folder. */
export class EtcdServer {
  private constructor(
    readonly url: string,
    private readonly dataDir: string,
    private readonly process: EtcdProcess,
    private readonly metricsUrl: string,
  ) {}

  static async start(options: EtcdServerOptions = {}): Promise<EtcdServer> {
    for (let triesLeft = MOST_TRIES; ; triesLeft--) {
      const server = await EtcdServer.onFreePorts(options);
      try {
        await server.process.start();
        return server;
      } catch (error) {
        // Somebody else may have taken a port since it was found free.
        await server.destroy();
        if (triesLeft === 0) throw error;
      }
    }
  }

  private static async onFreePorts({
    args = [],
    scheme = 'http',
    binary,
  }: EtcdServerOptions): Promise<EtcdServer> {
    const [clientPort, peerPort, metricsPort] = await freePorts(3);
    const url = `${scheme}://127.0.0.1:${clientPort}`;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    const metricsUrl = `http://127.0.0.1:${metricsPort}`;
    const dataDir = mkdtempSync(join(tmpdir(), 'etcd-'));
    const line = ['--name', 'test', '--data-dir', dataDir, '--listen-metrics-urls', metricsUrl];
    line.push('--listen-client-urls', url, '--advertise-client-urls', url);
    line.push('--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl);
    line.push('--initial-cluster', `test=${peerUrl}`, '--unsafe-no-fsync', ...args);
    const process = new EtcdProcess(line, metricsUrl, binary?.path);
    return new EtcdServer(url, dataDir, process, metricsUrl);
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** Starts etcd again on its old address. With `wipe`, it has forgotten everything. */
  async restart({ wipe = false } = {}): Promise<void> {
    await this.stop();
    if (wipe) rmSync(this.dataDir, { recursive: true, force: true });
    await this.process.start();
  }

  /** How many calls of each method etcd has begun to serve, by its own count: `Range`, `Watch`, `LeaseKeepAlive` … */
  async callsStarted(): Promise<ReadonlyMap<string, number>> {
    const response = await fetch(`${this.metricsUrl}/metrics`);
    const lines = (await response.text()).matchAll(
      /^grpc_server_started_total\{grpc_method="(\w+)".*\} (\d+)$/gm,
    );
    return new Map([...lines].map(([, method = '', count]) => [method, Number(count)]));
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void {
    this.process.freeze();
  }

  thaw(): void {
    this.process.thaw();
  }

  /** SIGKILL: connections are cut, the data stays. */
  async stop(): Promise<void> {
    await this.process.stop();
  }

  /** Stops etcd for good and removes its data. */
  async destroy(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
