import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  status,
  type CallOptions,
  type ChannelOptions,
  type sendUnaryData,
  type ServerOptions,
  type ServerUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js';
import { HealthService } from './health-service.js';

const bytes = (buffer: Buffer) => buffer;
const method = {
  path: '/helloworld.Greeter/SayHello',
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
} as const;

export interface GreeterServerOptions {
  /** One that stays free while the server is down. */
  readonly port: number;
  readonly options?: ServerOptions;
  /** @default no health service */
  readonly health?: HealthService;
}

/** A gRPC server on loopback that answers with its own address, and counts. */
export class GreeterServer {
  /** Calls that were answered. */
  calls = 0;
  /** Addresses of the clients' ends: one per TCP connection that carried a call. */
  readonly connections = new Set<string>();
  /** While this is set, calls stay open until it resolves. */
  gate: Promise<void> | undefined;
  open = 0;
  /** Statuses of the next calls, instead of an answer. */
  failures: status[] = [];
  /** Status of all calls, while it is set. */
  alwaysFails: status | undefined;
  lastBody = '';
  lastMetadata: Record<string, unknown> = {};
  private readonly accepted: Socket[] = [];
  private server = new Server();

  private constructor(
    private readonly port: number,
    private readonly options: ServerOptions,
    private readonly health: HealthService | undefined,
  ) {}

  static async start({ port, options = {}, health }: GreeterServerOptions) {
    const greeter = new GreeterServer(port, options, health);
    await greeter.listen();
    return greeter;
  }

  /** TCP connections that were opened, with calls or without. */
  get sockets(): number {
    return this.accepted.length;
  }

  get bytesRead(): number {
    return this.accepted.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Listens, again on the port that it had. */
  async listen(): Promise<void> {
    this.server = new Server(this.options);
    const sayHello = (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
      this.sayHello(call, answer).catch((error: Error) => answer(error));
    };
    const sayBye = { ...method, path: '/helloworld.Greeter/SayBye' };
    this.server.addService({ sayHello: method, sayBye }, { sayHello, sayBye: sayHello });
    if (this.health) {
      this.server.addService(HealthService.definition, this.health.implementation);
    }
    await new Promise<void>((resolve, reject) => {
      this.server.bindAsync(this.address, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    // grpc-js does not report a connection that carries no call.
    const { http2Servers } = this.server as unknown as { http2Servers: Map<EventEmitter, unknown> };
    for (const listener of http2Servers.keys()) {
      listener.on('connection', (socket: Socket) => void this.accepted.push(socket));
    }
  }

  /** Lets calls in flight end. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
  }

  /** Cuts all connections. */
  kill(): void {
    this.server.forceShutdown();
  }

  private async sayHello(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
    this.open += 1;
    this.connections.add(call.getPeer());
    this.lastBody = call.request.toString();
    this.lastMetadata = call.metadata.getMap();
    await this.gate;
    this.open -= 1;
    this.calls += 1;
    const code = this.failures.shift() ?? this.alwaysFails;
    if (code === undefined) answer(null, Buffer.from(this.address));
    else answer({ code });
  }
}

export interface GreeterCallOptions extends CallOptions {
  readonly waitForReady?: boolean;
  readonly metadata?: Metadata;
  /** @default that of SayHello */
  readonly path?: string;
  readonly body?: string;
}

/** A client of the greeter. Calls return the address of the server that answered. */
export class GreeterClient extends Client {
  constructor(
    target: string,
    readonly options: ChannelOptions,
  ) {
    super(target, credentials.createInsecure(), options);
  }

  sayHello({ waitForReady, path, body, metadata, ...options }: GreeterCallOptions = {}) {
    const own = metadata ?? new Metadata(waitForReady === undefined ? {} : { waitForReady });
    return new Promise<string>((resolve, reject) => {
      this.makeUnaryRequest(
        path ?? method.path,
        bytes,
        (reply) => reply.toString(),
        Buffer.from(body ?? ''),
        own,
        options,
        (error, address) => (error ? reject(error) : resolve(address ?? '')),
      );
    });
  }

  /** The value of a trailer of a call. */
  trailer(name: string): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const { path } = method;
      const call = this.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), () => undefined);
      call.on('status', ({ metadata }) => resolve(metadata.get(name)[0] as Buffer | undefined));
    });
  }

  /** The error of a call that fails. */
  async failure(options: GreeterCallOptions = {}): Promise<ServiceError> {
    const answer = await this.sayHello(options).catch((error: ServiceError) => error);
    if (typeof answer === 'string') throw new Error(`Expected a failure, ${answer} answered`);
    return answer;
  }

  /** Makes calls, `inFlight` at a time, and counts answers by server and failures by status. */
  spread(count: number, inFlight = 16): Promise<Record<string, number>> {
    let left = count;
    return this.spreadWhile(() => left-- > 0, inFlight);
  }

  /** As {@link spread}, for as long as another call is wanted. */
  async spreadWhile(isWanted: () => boolean, inFlight = 16): Promise<Record<string, number>> {
    const tally: Record<string, number> = {};
    const run = async () => {
      while (isWanted()) {
        const answer = await this.sayHello().catch((error: ServiceError) => status[error.code]);
        tally[answer] = (tally[answer] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, run));
    return tally;
  }
}
