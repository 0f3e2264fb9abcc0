import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { StreamListener } from './etcd-connection.js';
import { EtcdFailure, toEtcdFailure } from './etcd-failure.js';

/**
 * A stream of etcd that can be written to before it is open, is never silent about its end and never calls back after
 * it was cancelled.
 */
export class Etcd3Stream<Request, Response> {
  private state:
    | { kind: 'opening'; requests: Request[] }
    | { kind: 'open'; stream: ClientDuplexStream<Request, Response> }
    | { kind: 'over' } = { kind: 'opening', requests: [] };

  /** @param onOver Called once, when the stream has ended or was cancelled. */
  constructor(
    opening: Promise<ClientDuplexStream<Request, Response>>,
    private readonly listener: StreamListener<Response>,
    private readonly onOver: () => void,
  ) {
    opening.then(
      (stream) => this.opened(stream),
      (error: unknown) => this.end(toEtcdFailure(error)),
    );
  }

  write(request: Request): void {
    if (this.state.kind === 'opening') this.state.requests.push(request);
    if (this.state.kind === 'open') this.state.stream.write(request);
  }

  cancel(): void {
    const { state } = this;
    if (state.kind === 'over') return;
    this.state = { kind: 'over' };
    if (state.kind === 'open') state.stream.cancel();
    this.onOver();
  }

  /** Cancels the stream and tells the listener why. */
  end(failure: EtcdFailure): void {
    if (this.state.kind === 'over') return;
    this.cancel();
    this.listener.ended(failure);
  }

  private opened(stream: ClientDuplexStream<Request, Response>): void {
    // Stays on for good: a cancelled stream still emits an error, which would end the process.
    stream.on('error', (error: unknown) => this.end(toEtcdFailure(error)));
    if (this.state.kind !== 'opening') return stream.cancel();
    const { requests } = this.state;
    this.state = { kind: 'open', stream };
    stream.on('data', (response: Response) => {
      if (this.state.kind === 'open') this.listener.message(response);
    });
    stream.on('end', () => this.end(new EtcdFailure('unavailable', 'etcd ended the stream')));
    for (const request of requests) stream.write(request);
  }
}
