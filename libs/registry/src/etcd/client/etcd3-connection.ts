import {
  type CallOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  status,
} from '@grpc/grpc-js';
import type {
  ILeaseKeepAliveRequest,
  ILeaseKeepAliveResponse,
  IWatchRequest,
  IWatchResponse,
} from 'etcd3';
import { type Clock, withinLoopTime } from '../../timing/clock.js';
import type {
  EtcdConnection,
  KeepAliveStream,
  KeyValue,
  LeaseGrant,
  RangeRequest,
  RangeResponse,
  StreamListener,
  TxnRequest,
  TxnResponse,
  WatchMessage,
  WatchStream,
} from './etcd-connection.js';
import { EtcdFailure, toEtcdFailure } from './etcd-failure.js';
import type { RangePart } from './etcd-stubs.js';
import { CancellableCall, requireLeader, type Etcd3Client } from './etcd3-client.js';
import {
  fromLease,
  fromRange,
  fromTxn,
  fromWatch,
  toRange,
  toTxn,
  toWatchCreate,
} from './etcd3-messages.js';

interface EndableStream {
  end(failure: EtcdFailure): void;
}

/** {@link EtcdConnection} over stubs of etcd's rpcs. */
export class Etcd3Connection implements EtcdConnection {
  private readonly streams = new Set<EndableStream>();
  /** Why it was closed, once it was. */
  private closedFor: EtcdFailure | undefined;
  private inquiry: Promise<unknown> | undefined;
  private callsInFlight = 0;
  /** False once the endpoint is known to be of a release that streams no ranges. */
  private streamsRanges = true;

  constructor(
    private readonly client: Etcd3Client,
    private readonly clock: Clock,
  ) {}

  get bytesRead(): number {
    return this.client.bytesRead;
  }

  get inUse(): boolean {
    return this.callsInFlight > 0 || this.streams.size > 0;
  }

  settled(): Promise<void> {
    return this.client.settled();
  }

  async range(request: RangeRequest, timeoutMs: number): Promise<RangeResponse> {
    return fromRange(
      await this.call(timeoutMs, (options) => this.client.stubs.range(toRange(request), options)),
    );
  }

  async rangeStream(request: RangeRequest, timeoutMs: number): Promise<readonly KeyValue[]> {
    if (!this.streamsRanges) throw new EtcdFailure('unsupported', 'etcd streams no ranges');
    this.callsInFlight++;
    let stream: ClientReadableStream<RangePart> | undefined;
    try {
      stream = await this.client.use((interceptors) =>
        this.client.stubs.rangeStream(toRange(request), { interceptors }),
      );
      // The cancel below ends it with an error that nobody waits for.
      stream.on('error', () => undefined);
      return await this.partsOf(stream, timeoutMs);
    } catch (error) {
      this.streamsRanges = !isUnimplemented(error);
      if (!this.streamsRanges)
        throw new EtcdFailure('unsupported', 'etcd streams no ranges', error);
      throw this.closedFor ?? toEtcdFailure(error);
    } finally {
      stream?.cancel();
      this.callsInFlight--;
    }
  }

  async txn(request: TxnRequest, timeoutMs: number): Promise<TxnResponse> {
    return fromTxn(
      await this.call(timeoutMs, (options) => this.client.stubs.txn(toTxn(request), options)),
    );
  }

  async grant(ttlSeconds: number, timeoutMs: number): Promise<LeaseGrant> {
    return fromLease(
      await this.call(timeoutMs, (options) =>
        this.client.stubs.leaseGrant({ TTL: ttlSeconds }, options),
      ),
    );
  }

  async revoke(leaseId: string, timeoutMs: number): Promise<void> {
    await this.call(timeoutMs, (options) =>
      this.client.stubs.leaseRevoke({ ID: leaseId }, options),
    );
  }

  openKeepAlive(listener: StreamListener<LeaseGrant>): KeepAliveStream {
    const stream = this.open<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>(
      (options) => this.client.stubs.leaseKeepAlive(options),
      {
        message: (response) => listener.message(fromLease(response)),
        ended: (failure) => listener.ended(failure),
      },
    );
    return {
      keepAlive: (leaseId) => stream.write({ ID: leaseId }),
      cancel: () => stream.cancel(),
    };
  }

  openWatch(listener: StreamListener<WatchMessage>): WatchStream {
    const stream = this.open<IWatchRequest, IWatchResponse>(
      (options) => this.client.stubs.watch(options),
      {
        message: (response) => listener.message(fromWatch(response)),
        ended: (failure) => listener.ended(failure),
      },
    );
    return {
      create: (watchId, range, start) =>
        stream.write({ create_request: toWatchCreate(watchId, range, start) }),
      cancelWatch: (watchId) => stream.write({ cancel_request: { watch_id: watchId } }),
      requestProgress: () => stream.write({ progress_request: {} }),
      cancel: () => stream.cancel(),
    };
  }

  close(failure: EtcdFailure): void {
    this.closedFor = failure;
    for (const stream of [...this.streams]) stream.end(failure);
    this.client.close();
  }

  private async call<T>(timeoutMs: number, run: (options: CallOptions) => Promise<T>): Promise<T> {
    const call = new CancellableCall();
    this.callsInFlight++;
    const answer = this.client.use((interceptors) =>
      run({ interceptors: [call.interceptor, ...interceptors] }),
    );
    try {
      return await this.inTime(answer, timeoutMs);
    } catch (error) {
      call.cancel();
      // Calls that the closing cuts fail with the reason of the closing.
      throw this.closedFor ?? toEtcdFailure(error);
    } finally {
      this.callsInFlight--;
    }
  }

  private async partsOf(
    stream: AsyncIterable<RangePart>,
    timeoutMs: number,
  ): Promise<readonly KeyValue[]> {
    const kvs: KeyValue[] = [];
    const parts = stream[Symbol.asyncIterator]();
    for (;;) {
      const part = await this.inTime(parts.next(), timeoutMs);
      if (part.done) return kvs;
      const { range_response: range } = part.value;
      if (range) for (const kv of fromRange(range).kvs) kvs.push(kv);
    }
  }

  /** Waits for an answer, or a part of one. */
  private inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
    const { client, clock } = this;
    const before = client.bytesRead;
    return withinLoopTime(clock, answer, {
      limitMs: timeoutMs,
      onTurn: (countedMs) => {
        if (countedMs >= timeoutMs / 2 && client.bytesRead === before) this.inquire();
        return undefined;
      },
      onLimit: () => {
        const text = `etcd gave no answer within ${Math.round(timeoutMs)} ms`;
        const isSilent = client.bytesRead === before;
        return new EtcdFailure(isSilent ? 'silent' : 'slow', text);
      },
    });
  }

  /**
   * Sends a request that every etcd answers at once, even one without a leader or with a slow disk, to tell a slow endpoint from a
   * lost one. Needs no user: a refusal is an answer, too.
   */
  private inquire(): void {
    this.inquiry ??= this.client.stubs
      .range({ key: Buffer.from('\0'), limit: 1, count_only: true, serializable: true })
      .then(
        () => (this.inquiry = undefined),
        () => (this.inquiry = undefined),
      );
  }

  private open<Request, Response>(
    open: (options: CallOptions) => ClientDuplexStream<Request, Response>,
    listener: StreamListener<Response>,
  ): Etcd3Stream<Request, Response> {
    const opening = this.client.use((interceptors) =>
      open({ interceptors: [requireLeader, ...interceptors] }),
    );
    const stream = new Etcd3Stream<Request, Response>(opening, listener, () =>
      this.streams.delete(stream),
    );
    this.streams.add(stream);
    return stream;
  }
}

function isUnimplemented(error: unknown): boolean {
  return (error as { code?: unknown }).code === status.UNIMPLEMENTED;
}

/**
 * A stream of etcd that accepts writes before it is open, always reports its end and never calls back after it was cancelled.
 */
class Etcd3Stream<Request, Response> {
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

  /** Cancels the stream and notifies the listener. */
  end(failure: EtcdFailure): void {
    if (this.state.kind === 'over') return;
    this.cancel();
    this.listener.ended(failure);
  }

  private opened(stream: ClientDuplexStream<Request, Response>): void {
    // Never removed: a cancelled stream still emits an error, which would end the process.
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
