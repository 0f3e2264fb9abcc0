import type { EtcdCluster } from '@grpc-discovery/test-support';

interface Kv {
  readonly key: string;
  readonly lease?: string;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Does to an etcd what an operator could do by mistake, past the clients' proxies. */
export class EtcdAdmin {
  constructor(
    private readonly cluster: EtcdCluster,
    private readonly prefix: string,
  ) {}

  async deleteAll(): Promise<void> {
    await this.post('kv/deleterange', this.range());
  }

  async revokeLeaseOf(id: string): Promise<void> {
    const { kvs = [] } = (await this.post('kv/range', this.range())) as { kvs?: readonly Kv[] };
    const key = base64(`${this.prefix}instances/greeter/${id}`);
    const found = kvs.find((kv) => kv.key === key);
    if (found?.lease) await this.post('lease/revoke', { ID: found.lease });
  }

  async compact(): Promise<void> {
    const { header } = (await this.post('kv/range', this.range())) as {
      header: { revision: string };
    };
    await this.post('kv/compaction', { revision: header.revision });
  }

  private range(): object {
    const end = `${this.prefix.slice(0, -1)}0`;
    return { key: base64(this.prefix), range_end: base64(end) };
  }

  private async post(path: string, body: object): Promise<unknown> {
    const running = this.cluster.members.find(({ isRunning }) => isRunning);
    const response = await fetch(`${running?.directUrl}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) throw new Error(`etcd answered ${path} with ${await response.text()}`);
    return response.json();
  }
}
