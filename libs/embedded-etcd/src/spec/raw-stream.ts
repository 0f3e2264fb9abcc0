import { type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { until } from '@grpc-discovery/test-support';

type Response = Record<string, unknown>;

/** A stream that keeps what came, to be read when the spec asks for it. */
export class RawStream {
  readonly received: Response[] = [];
  error: ServiceError | undefined;
  hasEnded = false;

  constructor(private readonly call: ClientDuplexStream<object, Response>) {
    call.on('data', (response: Response) => this.received.push(response));
    call.on('error', (error: ServiceError) => (this.error = error));
    call.on('end', () => (this.hasEnded = true));
  }

  send(request: object): void {
    this.call.write(request);
  }

  halfClose(): void {
    this.call.end();
  }

  /** The next `count` answers, which are taken out. */
  async take(count: number): Promise<Response[]> {
    await until(`${count} answers have come`, () => this.received.length >= count);
    return this.received.splice(0, count);
  }

  async next(): Promise<Response> {
    return (await this.take(1))[0]!;
  }

  /** How the stream ended: undefined when in order. */
  async ended(): Promise<{ code: number; text: string } | undefined> {
    await until('the stream has ended', () => this.hasEnded || this.error !== undefined);
    return this.error && { code: this.error.code, text: this.error.details };
  }

  cancel(): void {
    this.call.cancel();
  }
}
