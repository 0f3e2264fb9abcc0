import type { EtcdFailure } from './etcd-failure.js';

/** Keys from `key` up to, not including, `rangeEnd`; `key` alone without it. */
export interface KeyRange {
  readonly key: string;
  readonly rangeEnd?: string;
}

export interface RangeRequest extends KeyRange {
  readonly limit?: number;
  /** Revision to read at; the newest by default. */
  readonly revision?: bigint;
  readonly countOnly?: boolean;
  /** Leaves out the values, and on etcd 3.7 the leases: the answer holds only keys and revisions. */
  readonly keysOnly?: boolean;
}

export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly modRevision: bigint;
  /** Id of the lease that it ends with; undefined without one. */
  readonly lease?: string | undefined;
}

export interface RangeResponse {
  /** Revision of the store when it answered. */
  readonly revision: bigint;
  readonly kvs: readonly KeyValue[];
  /** Whether the limit cut the answer short. */
  readonly more: boolean;
}

export type Compare =
  | { readonly target: 'createRevision' | 'modRevision'; readonly key: string; readonly is: bigint }
  | { readonly target: 'lease'; readonly key: string; readonly is: string }
  /** Never holds for a missing key. */
  | { readonly target: 'value'; readonly key: string; readonly is: Buffer };

export type TxnOperation =
  | { readonly kind: 'range'; readonly range: RangeRequest }
  | { readonly kind: 'put'; readonly key: string; readonly value: Buffer; readonly lease?: string }
  | { readonly kind: 'delete'; readonly key: string };

export interface TxnRequest {
  readonly when: readonly Compare[];
  readonly then: readonly TxnOperation[];
  readonly otherwise?: readonly TxnOperation[];
}

export interface TxnResponse {
  readonly revision: bigint;
  readonly succeeded: boolean;
  /** Answers to the executed operations, in order; undefined for puts and deletes. */
  readonly ranges: readonly (RangeResponse | undefined)[];
}

export interface LeaseGrant {
  readonly id: string;
  readonly ttlSeconds: number;
}

export interface WatchEvent {
  readonly kind: 'put' | 'delete';
  readonly key: string;
  /** Empty for a delete. */
  readonly value: Buffer;
  readonly modRevision: bigint;
  /** Lease of a put; undefined without one, and for a delete. */
  readonly lease?: string | undefined;
}

export interface WatchMessage {
  readonly revision: bigint;
  /** `-1` when it belongs to no watch: the answer to a progress request. */
  readonly watchId: string;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly cancelReason: string;
  /** Greater than 0 if the requested revision was compacted. */
  readonly compactRevision: bigint;
  readonly events: readonly WatchEvent[];
}

/** The receiving end of a stream. `ended` is called once, as the last call, unless the owner cancelled the stream. */
export interface StreamListener<Message> {
  message(message: Message): void;
  ended(failure: Error): void;
}

export interface KeepAliveStream {
  keepAlive(leaseId: string): void;
  cancel(): void;
}

export interface WatchStream {
  /** @param watchId Chosen by the caller, unique on the stream, not "0". Answers carry it. */
  create(watchId: string, range: KeyRange, startRevision: bigint): void;
  cancelWatch(watchId: string): void;
  requestProgress(): void;
  cancel(): void;
}

/**
 * The seven operations that the registry needs, on one endpoint of etcd. Failures are `EtcdFailure`s. Unary calls end
 * within `timeoutMs` of a responsive event loop: with `silent` if nothing at all has arrived on the connection meanwhile,
 * with `slow` if something has. Nothing connects before {@link settled} or the first call.
 */
export interface EtcdConnection {
  /** Connects. Resolves when the connection is established or has failed: calls then start, or fail with the reason, at once. */
  settled(): Promise<void>;
  /** Number of bytes received, of any kind: while it grows, the endpoint is alive. */
  readonly bytesRead: number;
  /** Whether a call is in flight or a stream is open. */
  readonly inUse: boolean;
  range(request: RangeRequest, timeoutMs: number): Promise<RangeResponse>;
  /**
   * Reads a range in parts that the endpoint chooses; each must arrive within `timeoutMs` of the previous one. Fails with
   * `unsupported` before etcd 3.7, and then sends no further request.
   */
  rangeStream(request: RangeRequest, timeoutMs: number): Promise<readonly KeyValue[]>;
  txn(request: TxnRequest, timeoutMs: number): Promise<TxnResponse>;
  grant(ttlSeconds: number, timeoutMs: number): Promise<LeaseGrant>;
  revoke(leaseId: string, timeoutMs: number): Promise<void>;
  openKeepAlive(listener: StreamListener<LeaseGrant>): KeepAliveStream;
  openWatch(listener: StreamListener<WatchMessage>): WatchStream;
  /** Ends every stream with this failure and closes the sockets. */
  close(failure: EtcdFailure): void;
}

/** Opens connections, one at a time per host. */
export type Connect = (host: string) => EtcdConnection;
