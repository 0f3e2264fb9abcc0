import type {
  EtcdConnection,
  KeepAliveStream,
  KeyRange,
  KeyValue,
  LeaseGrant,
  RangeRequest,
  RangeResponse,
  StreamListener,
  TxnRequest,
  TxnResponse,
  WatchMessage,
  WatchStream,
} from '../etcd/client/etcd-connection.js';
import { EtcdFailure } from '../etcd/client/etcd-failure.js';

const EMPTY: RangeResponse = { revision: 10n, kvs: [], more: false };

/** A connection whose answers a spec decides. By default everything works and the store is empty at revision 10. */
export class FakeConnection implements EtcdConnection {
  readonly calls: string[] = [];
  readonly watches: FakeWatchStream[] = [];
  readonly keepAlives: FakeKeepAliveStream[] = [];
  closed = false;
  bytesRead = 0;
  /** Resolved when it is connected. */
  connected: Promise<void> = Promise.resolve();
  /** What every unary call fails with. */
  failure: EtcdFailure | undefined;
  private callsInFlight = 0;
  answerRange: (request: RangeRequest) => RangeResponse = () => EMPTY;
  /** @throws what the stream fails with. By default like etcd before 3.7. */
  answerRangeStream: (request: RangeRequest) => readonly KeyValue[] = () => {
    throw new EtcdFailure('unsupported', 'etcd streams no ranges');
  };
  answerTxn: (request: TxnRequest) => TxnResponse = () => ({
    revision: 10n,
    succeeded: true,
    ranges: [
      { ...EMPTY, kvs: [{ key: 'epoch', value: Buffer.from('e1'), modRevision: 1n }] },
      EMPTY,
    ],
  });

  constructor(readonly host: string) {}

  get inUse(): boolean {
    const isOpen = ({ over }: { over: boolean }) => !over;
    return this.callsInFlight > 0 || this.watches.some(isOpen) || this.keepAlives.some(isOpen);
  }

  settled(): Promise<void> {
    return this.connected;
  }

  range(request: RangeRequest): Promise<RangeResponse> {
    return this.call('range', () => this.answerRange(request));
  }

  rangeStream(request: RangeRequest): Promise<readonly KeyValue[]> {
    return this.call('rangeStream', () => this.answerRangeStream(request));
  }

  txn(request: TxnRequest): Promise<TxnResponse> {
    return this.call('txn', () => this.answerTxn(request));
  }

  grant(ttlSeconds: number): Promise<LeaseGrant> {
    return this.call('grant', () => ({ id: `lease-${this.count('grant')}`, ttlSeconds }));
  }

  revoke(): Promise<void> {
    return this.call('revoke', () => undefined);
  }

  openKeepAlive(listener: StreamListener<LeaseGrant>): KeepAliveStream {
    const stream = new FakeKeepAliveStream(listener);
    this.keepAlives.push(stream);
    return stream;
  }

  openWatch(listener: StreamListener<WatchMessage>): WatchStream {
    const stream = new FakeWatchStream(listener);
    this.watches.push(stream);
    return stream;
  }

  close(failure: EtcdFailure): void {
    this.closed = true;
    for (const stream of [...this.watches, ...this.keepAlives]) stream.end(failure);
  }

  count(call: string): number {
    return this.calls.filter((each) => each === call).length;
  }

  private async call<T>(name: string, answer: () => T): Promise<T> {
    this.calls.push(name);
    this.callsInFlight++;
    await Promise.resolve();
    this.callsInFlight--;
    if (this.failure) throw this.failure;
    return answer();
  }
}

class FakeStream<Message> {
  over = false;

  constructor(private readonly listener: StreamListener<Message>) {}

  message(message: Message): void {
    if (!this.over) this.listener.message(message);
  }

  end(failure: EtcdFailure): void {
    if (this.over) return;
    this.over = true;
    this.listener.ended(failure);
  }

  cancel(): void {
    this.over = true;
  }
}

export class FakeKeepAliveStream extends FakeStream<LeaseGrant> implements KeepAliveStream {
  readonly asked: string[] = [];

  keepAlive(leaseId: string): void {
    this.asked.push(leaseId);
  }
}

export class FakeWatchStream extends FakeStream<WatchMessage> implements WatchStream {
  readonly creates: { watchId: string; range: KeyRange; start: bigint }[] = [];
  readonly cancelled: string[] = [];
  progressRequests = 0;

  create(watchId: string, range: KeyRange, start: bigint): void {
    this.creates.push({ watchId, range, start });
  }

  cancelWatch(watchId: string): void {
    this.cancelled.push(watchId);
  }

  requestProgress(): void {
    this.progressRequests++;
  }

  /** Answers as etcd does; fields that are not told are those of an empty answer. */
  answer(fields: Partial<WatchMessage>): void {
    this.message({
      revision: 10n,
      watchId: '0',
      created: false,
      canceled: false,
      cancelReason: '',
      compactRevision: 0n,
      events: [],
      ...fields,
    });
  }
}

export const unavailable = () => new EtcdFailure('unavailable', 'connect ECONNREFUSED');
export const silent = () => new EtcdFailure('silent', 'no answer within 1500 ms');
export const slow = () => new EtcdFailure('slow', 'no answer within 1500 ms');
