import { EtcdServer, freePorts, type EtcdBinary } from '@grpc-discovery/test-support';
import { EmbeddedEtcd } from '../embedded-etcd.js';
import type { EtcdVersion } from '../version-rules.js';
import { normalise } from './normalise.js';
import { RawClient, type Outcome } from './raw-client.js';

/** A call by its method and request. */
export type Step = readonly [method: string, request?: object];

/** What both made of the same steps, ready to be compared. */
export interface Transcripts {
  readonly real: unknown;
  readonly embedded: unknown;
}

/** A real etcd and an embedded one, both new. */
export class Pair {
  private constructor(
    private readonly realServer: EtcdServer,
    private readonly embeddedServer: EmbeddedEtcd,
    public real: RawClient,
    public embedded: RawClient,
  ) {}

  static async start(binary: EtcdBinary, version: EtcdVersion): Promise<Pair> {
    const [port = 0] = await freePorts(1);
    const [real, embedded] = await Promise.all([
      EtcdServer.start({ binary }),
      EmbeddedEtcd.start({ port, version }),
    ]);
    return new Pair(real, embedded, new RawClient(real.url), new RawClient(embedded.hosts[0]!));
  }

  /** Runs the same on both. */
  async both(run: (client: RawClient) => Promise<unknown>): Promise<Transcripts> {
    const [real, embedded] = await Promise.all([run(this.real), run(this.embedded)]);
    return { real: normalise(real), embedded: normalise(embedded) };
  }

  /** Makes the same calls on both, one after the other. */
  async steps(steps: readonly Step[]): Promise<Transcripts> {
    return this.both(async (client) => {
      const transcript: { step: Step; outcome: Outcome }[] = [];
      for (const step of steps) transcript.push({ step, outcome: await client.call(...step) });
      return transcript;
    });
  }

  /** Restarts both with their data, or without any. */
  async restart({ wipe = false } = {}): Promise<void> {
    this.closeClients();
    if (wipe) this.embeddedServer.wipe({ keepIds: true });
    await Promise.all([this.realServer.restart({ wipe }), this.embeddedServer.restart()]);
    this.real = new RawClient(this.realServer.url);
    this.embedded = new RawClient(this.embeddedServer.hosts[0]!);
  }

  async stop(): Promise<void> {
    this.closeClients();
    await Promise.all([this.realServer.destroy(), this.embeddedServer.stop()]);
  }

  private closeClients(): void {
    this.real.close();
    this.embedded.close();
  }
}
