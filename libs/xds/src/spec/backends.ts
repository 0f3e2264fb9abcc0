import { freePorts } from '@grpc-discovery/test-support';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';

const echo = {
  Call: {
    path: '/lab.Echo/Call',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};

/** A gRPC server that answers every call with its name. */
export class Backend {
  private server: Server | undefined;
  port = 0;
  calls = 0;
  /** How many of the next calls fail with UNAVAILABLE. */
  failures = 0;
  /** Whether calls are not answered. */
  hangs = false;

  constructor(readonly name: string) {}

  async start(): Promise<this> {
    const handler: handleUnaryCall<Buffer, Buffer> = (_, callback) => {
      this.calls++;
      if (this.hangs) return;
      if (this.failures > 0) {
        this.failures--;
        return callback({ code: status.UNAVAILABLE, details: 'not now' });
      }
      callback(null, Buffer.from(this.name));
    };
    this.server = new Server();
    this.server.addService(echo, { Call: handler });
    // A port that stays free while the server is down, for a restart at the same address.
    if (this.port === 0) [this.port = 0] = await freePorts(1);
    await bind(this.server, this.port);
    return this;
  }

  get endpoint() {
    return { host: '127.0.0.1', port: this.port, weight: 100 };
  }

  stop(): void {
    this.server?.forceShutdown();
    this.server = undefined;
  }
}

/** Binds a port of loopback and returns it; 0 lets the kernel choose. */
export function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
}
