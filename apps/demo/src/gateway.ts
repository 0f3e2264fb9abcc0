import { Agent, get } from 'node:http';

/** Result of one call through the gateway. */
export type Reply =
  | { readonly kind: 'answered'; readonly instanceId: string }
  | { readonly kind: 'failed'; readonly status: number; readonly reason: string };

export interface HelloOptions {
  readonly waitForReady?: boolean;
  readonly timeoutMs?: number;
}

/** The gateway's HTTP face, over connections that are kept. */
export class Gateway {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly answers = new Map<string, number>();

  constructor(private readonly url: string) {}

  /** All answers so far, by the instance that gave them. */
  get totals(): ReadonlyMap<string, number> {
    return this.answers;
  }

  async hello(name: string, options: HelloOptions = {}): Promise<Reply> {
    const reply = await this.call(name, options);
    if (reply.kind === 'answered') {
      this.answers.set(reply.instanceId, (this.answers.get(reply.instanceId) ?? 0) + 1);
    }
    return reply;
  }

  private async call(name: string, options: HelloOptions): Promise<Reply> {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(options)) query.set(key, String(value));
    try {
      const { status, body } = await this.request(`${this.url}/hello/${name}?${query.toString()}`);
      const { instanceId, message } = JSON.parse(body) as Record<string, string | undefined>;
      if (status === 200) return { kind: 'answered', instanceId: instanceId ?? '' };
      return { kind: 'failed', status, reason: `${status} ${message}` };
    } catch (error) {
      return { kind: 'failed', status: 0, reason: String(error) };
    }
  }

  /** Calls `count` times, `concurrency` at a time, and counts the answers by instance. */
  async burst(count: number, concurrency: number): Promise<ReadonlyMap<string, number>> {
    const calls = new Map<string, number>();
    let left = count;
    const worker = async () => {
      while (left-- > 0) {
        const reply = await this.hello('burst');
        const key = reply.kind === 'answered' ? reply.instanceId : `failed: ${reply.reason}`;
        calls.set(key, (calls.get(key) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return calls;
  }

  close(): void {
    this.agent.destroy();
  }

  private request(url: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const request = get(url, { agent: this.agent, timeout: 60_000 }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.once('timeout', () => request.destroy(new Error('no answer within 60 s')));
      request.once('error', reject);
    });
  }
}
