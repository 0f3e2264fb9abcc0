import type { TcpProxy } from '@grpc-discovery/embedded-etcd/tcp-proxy';
import { EtcdProcess } from './etcd-process.js';

/** One member of an etcd cluster. Its clients reach it through a proxy. */
export class EtcdMember {
  private readonly process: EtcdProcess;

  /**
   * @param directUrl Its client url behind the proxy, for specs that look into it.
   * @param proxy Between its clients and it.
   */
  constructor(
    readonly name: string,
    readonly directUrl: string,
    readonly proxy: TcpProxy,
    args: readonly string[],
  ) {
    this.process = new EtcdProcess(args, directUrl);
  }

  /** What clients dial. */
  get url(): string {
    return this.proxy.url;
  }

  get isRunning(): boolean {
    return this.process.pid !== undefined;
  }

  /** Resolves once it serves, for which it needs a majority. */
  start(): Promise<void> {
    return this.process.start();
  }

  /** SIGKILL: connections are cut, the data stays. */
  kill(): Promise<void> {
    return this.process.stop();
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void {
    this.process.freeze();
  }

  thaw(): void {
    this.process.thaw();
  }

  untilHealthy(): Promise<void> {
    return this.process.untilHealthy();
  }

  /** Ids, in hex, of the member and of the one that it takes for the leader; `0` when it knows none. */
  async status(): Promise<{ id: string; leader: string }> {
    const response = await fetch(`${this.directUrl}/v3/maintenance/status`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(1_000),
    });
    const { header, leader = '0' } = (await response.json()) as {
      header: { member_id: string };
      leader?: string;
    };
    return { id: hex(header.member_id), leader: hex(leader) };
  }
}

const hex = (id: string) => BigInt(id).toString(16);
