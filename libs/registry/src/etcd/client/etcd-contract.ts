import { fromJSON, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';

/** The number of a field and its type; `[]` behind the type of one that is repeated. */
type Fields = Readonly<Record<string, readonly [id: number, type: string]>>;

const message = (fields: Fields, oneofs: Readonly<Record<string, readonly string[]>> = {}) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [id, type]]) => [
      name,
      type.endsWith('[]') ? { id, type: type.slice(0, -2), rule: 'repeated' } : { id, type },
    ]),
  ),
  oneofs: Object.fromEntries(Object.entries(oneofs).map(([name, oneof]) => [name, { oneof }])),
});
const enumOf = (...names: readonly string[]) => ({
  values: Object.fromEntries(names.map((name, value) => [name, value])),
});
const rpc = (requestType: string, responseType: string, streams: 'none' | 'answers' | 'both') => ({
  requestType,
  responseType,
  requestStream: streams === 'both',
  responseStream: streams !== 'none',
});

const MESSAGES = {
  ResponseHeader: message({ revision: [3, 'int64'] }),
  KeyValue: message({
    ...{ key: [1, 'bytes'], create_revision: [2, 'int64'], mod_revision: [3, 'int64'] },
    ...{ version: [4, 'int64'], value: [5, 'bytes'], lease: [6, 'int64'] },
  }),
  RangeRequest: message({
    ...{ key: [1, 'bytes'], range_end: [2, 'bytes'], limit: [3, 'int64'], revision: [4, 'int64'] },
    ...{ serializable: [7, 'bool'], keys_only: [8, 'bool'], count_only: [9, 'bool'] },
  }),
  RangeResponse: message({
    ...{ header: [1, 'ResponseHeader'], kvs: [2, 'KeyValue[]'], more: [3, 'bool'] },
    ...{ count: [4, 'int64'] },
  }),
  /** Of etcd 3.7: parts of an answer to a range. */
  RangeStreamResponse: message({ range_response: [1, 'RangeResponse'] }),
  PutRequest: message({ key: [1, 'bytes'], value: [2, 'bytes'], lease: [3, 'int64'] }),
  PutResponse: message({ header: [1, 'ResponseHeader'] }),
  DeleteRangeRequest: message({ key: [1, 'bytes'], range_end: [2, 'bytes'] }),
  DeleteRangeResponse: message({ header: [1, 'ResponseHeader'], deleted: [2, 'int64'] }),
  CompareResult: enumOf('Equal', 'Greater', 'Less', 'NotEqual'),
  CompareTarget: enumOf('Version', 'Create', 'Mod', 'Value', 'Lease'),
  Compare: message(
    {
      ...{ result: [1, 'CompareResult'], target: [2, 'CompareTarget'], key: [3, 'bytes'] },
      ...{ version: [4, 'int64'], create_revision: [5, 'int64'], mod_revision: [6, 'int64'] },
      ...{ value: [7, 'bytes'], lease: [8, 'int64'] },
    },
    { target_union: ['version', 'create_revision', 'mod_revision', 'value', 'lease'] },
  ),
  RequestOp: message(
    {
      ...{ request_range: [1, 'RangeRequest'], request_put: [2, 'PutRequest'] },
      request_delete_range: [3, 'DeleteRangeRequest'],
    },
    { request: ['request_range', 'request_put', 'request_delete_range'] },
  ),
  ResponseOp: message(
    {
      ...{ response_range: [1, 'RangeResponse'], response_put: [2, 'PutResponse'] },
      response_delete_range: [3, 'DeleteRangeResponse'],
    },
    { response: ['response_range', 'response_put', 'response_delete_range'] },
  ),
  TxnRequest: message({
    ...{ compare: [1, 'Compare[]'], success: [2, 'RequestOp[]'], failure: [3, 'RequestOp[]'] },
  }),
  TxnResponse: message({
    ...{ header: [1, 'ResponseHeader'], succeeded: [2, 'bool'], responses: [3, 'ResponseOp[]'] },
  }),
  WatchCreateRequest: message({
    ...{ key: [1, 'bytes'], range_end: [2, 'bytes'], start_revision: [3, 'int64'] },
    watch_id: [7, 'int64'],
  }),
  WatchCancelRequest: message({ watch_id: [1, 'int64'] }),
  WatchProgressRequest: message({}),
  WatchRequest: message(
    {
      ...{ create_request: [1, 'WatchCreateRequest'], cancel_request: [2, 'WatchCancelRequest'] },
      progress_request: [3, 'WatchProgressRequest'],
    },
    { request_union: ['create_request', 'cancel_request', 'progress_request'] },
  ),
  EventType: enumOf('Put', 'Delete'),
  Event: message({ type: [1, 'EventType'], kv: [2, 'KeyValue'] }),
  WatchResponse: message({
    ...{ header: [1, 'ResponseHeader'], watch_id: [2, 'int64'], created: [3, 'bool'] },
    ...{ canceled: [4, 'bool'], compact_revision: [5, 'int64'], cancel_reason: [6, 'string'] },
    events: [11, 'Event[]'],
  }),
  LeaseGrantRequest: message({ TTL: [1, 'int64'], ID: [2, 'int64'] }),
  LeaseGrantResponse: message({
    ...{ header: [1, 'ResponseHeader'], ID: [2, 'int64'], TTL: [3, 'int64'] },
  }),
  LeaseRevokeRequest: message({ ID: [1, 'int64'] }),
  LeaseRevokeResponse: message({ header: [1, 'ResponseHeader'] }),
  LeaseKeepAliveRequest: message({ ID: [1, 'int64'] }),
  LeaseKeepAliveResponse: message({
    ...{ header: [1, 'ResponseHeader'], ID: [2, 'int64'], TTL: [3, 'int64'] },
  }),
  AuthenticateRequest: message({ name: [1, 'string'], password: [2, 'string'] }),
  AuthenticateResponse: message({ header: [1, 'ResponseHeader'], token: [2, 'string'] }),
};

const SERVICES = {
  KV: {
    methods: {
      Range: rpc('RangeRequest', 'RangeResponse', 'none'),
      RangeStream: rpc('RangeRequest', 'RangeStreamResponse', 'answers'),
      Txn: rpc('TxnRequest', 'TxnResponse', 'none'),
    },
  },
  Watch: { methods: { Watch: rpc('WatchRequest', 'WatchResponse', 'both') } },
  Lease: {
    methods: {
      LeaseGrant: rpc('LeaseGrantRequest', 'LeaseGrantResponse', 'none'),
      LeaseRevoke: rpc('LeaseRevokeRequest', 'LeaseRevokeResponse', 'none'),
      LeaseKeepAlive: rpc('LeaseKeepAliveRequest', 'LeaseKeepAliveResponse', 'both'),
    },
  },
  Auth: { methods: { Authenticate: rpc('AuthenticateRequest', 'AuthenticateResponse', 'none') } },
};

export type EtcdService = keyof typeof SERVICES;

/**
 * The part of etcd's `api/etcdserverpb/rpc.proto` that this package uses. It is code, not a file beside it, which a bundler would
 * leave out.
 */
export function etcdContract(): Readonly<
  Record<EtcdService, Readonly<Record<string, MethodDefinition<object, object>>>>
> {
  // Its type requires all fields and methods.
  const root = {
    nested: { etcdserverpb: { nested: { ...MESSAGES, ...SERVICES } } },
  } as unknown;
  const options = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };
  const definitions = fromJSON(root as Parameters<typeof fromJSON>[0], options);
  const of = (name: EtcdService) => definitions[`etcdserverpb.${name}`] as ServiceDefinition;
  return { KV: of('KV'), Watch: of('Watch'), Lease: of('Lease'), Auth: of('Auth') };
}
