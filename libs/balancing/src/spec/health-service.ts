import {
  status,
  type ServerWritableStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

const bytes = (buffer: Buffer) => buffer;
type WatchCall = ServerWritableStream<Buffer, Buffer>;

/** grpc.health.v1 of one server, whose answers a test dictates. */
export class HealthService {
  static readonly definition: ServiceDefinition = {
    watch: {
      path: '/grpc.health.v1.Health/Watch',
      requestStream: false,
      responseStream: true,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  };
  /** Number of watches opened so far. */
  opened = 0;
  /** The requested names. */
  readonly asked = new Set<string>();
  private readonly calls = new Set<WatchCall>();
  private code = 1;

  readonly implementation: UntypedServiceImplementation = {
    watch: (call: WatchCall) => {
      this.opened += 1;
      this.asked.add(call.request.subarray(2).toString());
      this.calls.add(call);
      call.on('cancelled', () => this.calls.delete(call));
      call.write(this.response);
    },
  };

  /** Watches that are open now. */
  get watches(): number {
    return this.calls.size;
  }

  /** @param code of `HealthCheckResponse.ServingStatus`: 1 serves, 2 does not. */
  set(code: number): void {
    this.code = code;
    for (const call of this.calls) call.write(this.response);
  }

  /** Ends all watches with an error. */
  break(): void {
    for (const call of this.calls) call.emit('error', { code: status.INTERNAL, details: 'broken' });
    this.calls.clear();
  }

  private get response(): Buffer {
    return Buffer.from([0x08, this.code]);
  }
}
