import {
  credentials,
  Metadata,
  makeClientConstructor,
  type Client,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadDefinitions, serviceNames } from '../server/definitions.js';
import { RawStream } from './raw-stream.js';

/** The result of a call, in a form in which two servers' answers can be compared in. */
export type Outcome =
  { readonly ok: Record<string, unknown> } | { readonly code: number; readonly text: string };

type UnaryMethod = (
  request: object,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: ServiceError | null, response: Record<string, unknown>) => void,
) => void;

type PartsMethod = (
  request: object,
  metadata: Metadata,
) => AsyncIterable<{ readonly range_response: Record<string, unknown> }>;

type StreamMethod = (metadata: Metadata) => ConstructorParameters<typeof RawStream>[0];

/** Calls any method of etcd's API by its name and says what came of it: no client library decides anything between. */
export class RawClient {
  private readonly clients: Client[];
  private readonly byMethod = new Map<string, Client>();
  /** Goes with every call, once a login has set it. */
  token: string | undefined;

  constructor(url: string) {
    const definitions = loadDefinitions();
    const address = url.replace('http://', '');
    this.clients = serviceNames.map((name) => {
      const Service = makeClientConstructor(definitions[name], name);
      const client = new Service(address, credentials.createInsecure(), {
        'grpc.max_receive_message_length': -1,
        'grpc.use_local_subchannel_pool': 1,
      });
      for (const method of Object.keys(definitions[name])) this.byMethod.set(method, client);
      return client;
    });
  }

  call(method: string, request: object = {}, timeoutMs = 10_000): Promise<Outcome> {
    const calls = this.clientOf(method) as unknown as Record<string, UnaryMethod>;
    const deadline = Date.now() + timeoutMs;
    return new Promise((resolve) => {
      calls[method]!(request, this.metadata(), { deadline }, (error, response) =>
        resolve(error === null ? { ok: response } : { code: error.code, text: error.details }),
      );
    });
  }

  /** Calls a method whose answer comes in parts, and merges them. */
  async parts(method: string, request: object): Promise<Outcome & { readonly count?: number }> {
    const calls = this.clientOf(method) as unknown as Record<string, PartsMethod>;
    const kvs: unknown[] = [];
    let last: Record<string, unknown> = {};
    let count = 0;
    try {
      for await (const { range_response } of calls[method]!(request, this.metadata())) {
        count++;
        kvs.push(...(range_response.kvs as unknown[]));
        last = range_response;
      }
    } catch (error) {
      const { code, details } = error as ServiceError;
      return { code, text: details };
    }
    return { ok: { ...last, kvs }, count };
  }

  /** Calls a method that the definitions don't have, with an empty message. */
  callPath(path: string): Promise<Outcome> {
    const pass = (bytes: Buffer) => bytes;
    return new Promise((resolve) => {
      this.clients[0]!.makeUnaryRequest(path, pass, pass, Buffer.alloc(0), (error) =>
        resolve(error === null ? { ok: {} } : { code: error.code, text: error.details }),
      );
    });
  }

  /** @throws Error unless the call succeeds. */
  async expect(method: string, request: object = {}): Promise<Record<string, unknown>> {
    const outcome = await this.call(method, request);
    if ('ok' in outcome) return outcome.ok;
    throw new Error(`${method}: ${outcome.text} (${outcome.code})`);
  }

  /** @returns the token, which later calls carry. */
  async login(name: string, password: string): Promise<string> {
    this.token = undefined;
    this.token = (await this.expect('Authenticate', { name, password })).token as string;
    return this.token;
  }

  open(method: 'Watch' | 'LeaseKeepAlive'): RawStream {
    const calls = this.clientOf(method) as unknown as Record<string, StreamMethod>;
    return new RawStream(calls[method]!(this.metadata()));
  }

  close(): void {
    for (const client of this.clients) client.close();
  }

  private clientOf(method: string): Client {
    const client = this.byMethod.get(method);
    if (client === undefined) throw new Error(`etcd has no method ${method}`);
    return client;
  }

  private metadata(): Metadata {
    const metadata = new Metadata();
    if (this.token !== undefined) metadata.set('token', this.token);
    return metadata;
  }
}
