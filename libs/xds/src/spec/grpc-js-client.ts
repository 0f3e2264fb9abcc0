import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Calls of one kind, as a client is asked to make them. */
export interface CallOrder {
  readonly service: string;
  readonly count: number;
  readonly waitForReady?: boolean;
}

/** Calls by the name that answered, or by the name of their status. */
export type Answers = Readonly<Record<string, number>>;

/** Makes calls through `@grpc/grpc-js-xds`. Plain JavaScript, as a user would write it. */
const PROGRAM = `
const { Client, credentials, Metadata, status } = require('@grpc/grpc-js');
require('@grpc/grpc-js-xds').register();
const clients = new Map();
const bytes = (it) => it;
const dial = (service) => {
  if (!clients.has(service)) {
    clients.set(service, new Client('xds:///' + service, credentials.createInsecure()));
  }
  return clients.get(service);
};
const call = (client, waitForReady) => new Promise((resolve) => {
  const options = { deadline: Date.now() + 20_000 };
  client.makeUnaryRequest('/lab.Echo/Call', bytes, bytes, Buffer.alloc(0), new Metadata({ waitForReady }), options,
    (error, reply) => resolve(error ? status[error.code] : String(reply)));
});
process.on('message', async ({ id, close, order }) => {
  if (close) {
    clients.get(close)?.close();
    clients.delete(close);
    return process.send({ id });
  }
  const answers = {};
  for (let i = 0; i < order.count; i++) {
    const answer = await call(dial(order.service), order.waitForReady ?? true);
    answers[answer] = (answers[answer] ?? 0) + 1;
  }
  process.send({ id, answers });
});
process.on('disconnect', () => process.exit());
process.send('started');
`;

/** A client of grpc-js-xds in its own process, which reads its bootstrap from the environment. */
export class GrpcJsClient {
  private orders = 0;

  private constructor(private readonly process: ChildProcess) {}

  /** @param at Port or address of the control plane, which need not listen yet. */
  static async start(at: number | string): Promise<GrpcJsClient> {
    const bootstrap = {
      xds_servers: [
        {
          server_uri: typeof at === 'string' ? at : `127.0.0.1:${at}`,
          channel_creds: [{ type: 'insecure' }],
          server_features: ['xds_v3', 'ignore_resource_deletion'],
        },
      ],
      node: { id: 'spec', cluster: 'spec', locality: { zone: 'here' } },
    };
    const child = spawn(process.execPath, ['--input-type=commonjs', '-e', PROGRAM], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, GRPC_XDS_BOOTSTRAP_CONFIG: JSON.stringify(bootstrap) },
    });
    await once(child, 'message');
    return new GrpcJsClient(child);
  }

  async calls(order: CallOrder): Promise<Answers> {
    const { answers } = await this.ask({ order });
    return answers ?? {};
  }

  async closeChannel(service: string): Promise<void> {
    await this.ask({ close: service });
  }

  async stop(): Promise<void> {
    const exit = once(this.process, 'exit');
    this.process.disconnect();
    await exit;
  }

  private ask(request: object): Promise<{ readonly answers?: Answers }> {
    const id = ++this.orders;
    return new Promise((resolve) => {
      const listener = (reply: { readonly id: number; readonly answers?: Answers }) => {
        if (reply.id !== id) return;
        this.process.off('message', listener);
        resolve(reply);
      };
      this.process.on('message', listener);
      this.process.send({ id, ...request });
    });
  }
}
