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
  type ServerUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js';

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

/** A gRPC server on loopback that answers with its own address, and counts. */
export class GreeterServer {
  /** Calls that were answered. */
  calls = 0;
  /** Addresses of the clients' ends: one per TCP connection that carried a call. */
  readonly connections = new Set<string>();
  /** While this is set, calls stay open until it resolves. */
  gate: Promise<void> | undefined;
  open = 0;
  private server = new Server();

  private constructor(private port: number) {}

  static async start(port = 0): Promise<GreeterServer> {
    const greeter = new GreeterServer(port);
    await greeter.listen();
    return greeter;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Listens, again on the port that it had. */
  async listen(): Promise<void> {
    this.server = new Server();
    this.server.addService(
      { sayHello: method },
      {
        sayHello: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
          void this.sayHello(call, answer),
      },
    );
    this.port = await new Promise<number>((resolve, reject) => {
      const address = `127.0.0.1:${this.port}`;
      this.server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
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
    await this.gate;
    this.open -= 1;
    this.calls += 1;
    answer(null, Buffer.from(this.address));
  }
}

/** A client of the greeter; calls tell the address of the server that answered. */
export class GreeterClient extends Client {
  constructor(target: string, options: ChannelOptions) {
    super(target, credentials.createInsecure(), options);
  }

  sayHello({ waitForReady, ...options }: CallOptions & { waitForReady?: boolean } = {}) {
    const metadata = new Metadata(waitForReady === undefined ? {} : { waitForReady });
    return new Promise<string>((resolve, reject) => {
      this.makeUnaryRequest(
        method.path,
        bytes,
        (reply) => reply.toString(),
        Buffer.alloc(0),
        metadata,
        options,
        (error, address) => (error ? reject(error) : resolve(address ?? '')),
      );
    });
  }

  /** The error of a call that fails. */
  async failure(options: CallOptions & { waitForReady?: boolean } = {}): Promise<ServiceError> {
    const answer = await this.sayHello(options).catch((error: ServiceError) => error);
    if (typeof answer === 'string') throw new Error(`Expected a failure, ${answer} answered`);
    return answer;
  }

  /** Makes calls, `inFlight` at a time, and counts answers by server and failures by status. */
  async spread(count: number, inFlight = 16): Promise<Record<string, number>> {
    const tally: Record<string, number> = {};
    let left = count;
    const run = async () => {
      while (left-- > 0) {
        const answer = await this.sayHello().catch((error: ServiceError) => status[error.code]);
        tally[answer] = (tally[answer] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, run));
    return tally;
  }
}
