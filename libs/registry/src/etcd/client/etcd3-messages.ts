import type {
  ICompare,
  IKeyValue,
  IRangeRequest,
  IRangeResponse,
  IRequestOp,
  ITxnRequest,
  ITxnResponse,
  IWatchCreateRequest,
  IWatchResponse,
} from 'etcd3';
import type {
  Compare,
  KeyRange,
  KeyValue,
  LeaseGrant,
  RangeRequest,
  RangeResponse,
  TxnOperation,
  TxnRequest,
  TxnResponse,
  WatchMessage,
} from './etcd-connection.js';

// Keys are bytes. Latin-1 maps each byte to one character and back, so that a foreign key that is no UTF-8 survives.
const toBytes = (key: string) => Buffer.from(key, 'latin1');
const toKey = (bytes: Buffer) => bytes.toString('latin1');

export function toRange({
  key,
  rangeEnd,
  limit,
  revision,
  countOnly,
  keysOnly,
}: RangeRequest): IRangeRequest {
  return {
    key: toBytes(key),
    ...(rangeEnd !== undefined && { range_end: toBytes(rangeEnd) }),
    ...(limit !== undefined && { limit }),
    ...(revision !== undefined && { revision: String(revision) }),
    ...(countOnly !== undefined && { count_only: countOnly }),
    ...(keysOnly !== undefined && { keys_only: keysOnly }),
  };
}

export function fromRange({ header, kvs, more }: IRangeResponse): RangeResponse {
  // The header is empty in the answers inside a txn.
  return { revision: BigInt(header?.revision ?? 0), kvs: kvs.map(fromKeyValue), more };
}

export function toTxn({ when, then, otherwise = [] }: TxnRequest): ITxnRequest {
  return {
    compare: when.map(toCompare),
    success: then.map(toOperation),
    failure: otherwise.map(toOperation),
  };
}

export function fromTxn({ header, succeeded, responses }: ITxnResponse): TxnResponse {
  return {
    revision: BigInt(header.revision),
    succeeded,
    ranges: responses.map(({ response_range }) =>
      response_range ? fromRange(response_range) : undefined,
    ),
  };
}

export function toWatchCreate(
  watchId: string,
  { key, rangeEnd }: KeyRange,
  startRevision: bigint,
): IWatchCreateRequest {
  return {
    watch_id: watchId,
    key: toBytes(key),
    ...(rangeEnd !== undefined && { range_end: toBytes(rangeEnd) }),
    start_revision: String(startRevision),
  };
}

export function fromWatch(response: IWatchResponse): WatchMessage {
  return {
    revision: BigInt(response.header.revision),
    watchId: response.watch_id,
    created: response.created,
    canceled: response.canceled,
    cancelReason: response.cancel_reason,
    compactRevision: BigInt(response.compact_revision),
    events: response.events.map(({ type, kv }) => ({
      kind: String(type).toUpperCase() === 'DELETE' ? 'delete' : 'put',
      ...fromKeyValue(kv),
    })),
  };
}

export function fromLease({ ID, TTL }: { ID: string; TTL: string }): LeaseGrant {
  return { id: ID, ttlSeconds: Number(TTL) };
}

function fromKeyValue({ key, value, mod_revision, lease }: IKeyValue): KeyValue {
  return {
    key: toKey(key),
    value,
    modRevision: BigInt(mod_revision),
    lease: lease === '0' ? undefined : lease,
  };
}

function toCompare(compare: Compare): ICompare {
  const key = toBytes(compare.key);
  const is = String(compare.is);
  switch (compare.target) {
    case 'value':
      return { key, result: 'Equal', target: 'Value', value: compare.is };
    case 'createRevision':
      return { key, result: 'Equal', target: 'Create', create_revision: is };
    case 'modRevision':
      return { key, result: 'Equal', target: 'Mod', mod_revision: is };
    case 'lease':
      return { key, result: 'Equal', target: 'Lease', lease: is };
  }
}

function toOperation(operation: TxnOperation): IRequestOp {
  switch (operation.kind) {
    case 'range':
      return { request_range: toRange(operation.range) };
    case 'delete':
      return { request_delete_range: { key: toBytes(operation.key) } };
    case 'put': {
      const { key, value, lease = '0' } = operation;
      return { request_put: { key: toBytes(key), value, lease } };
    }
  }
}
