/**
 * The only door to what grpc-js and etcd3 do not document. private-members.spec.ts fails by the name of a member that is gone or
 * means something else.
 */
import {
  ChannelCredentials,
  type CallCredentials,
  type CallOptions,
  type ChannelOptions,
  type Client,
  type ClientReadableStream,
  type Metadata,
  type MethodDefinition,
} from '@grpc/grpc-js';
import type { Etcd3, IOptions, IRangeRequest, IRangeResponse } from 'etcd3';

/** Secures the connections of one subchannel. */
export type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;
export type ConnectorTarget = Parameters<ChannelCredentials['_createSecureConnector']>[0];

/** Credentials that secure connections by a connector of their own. */
export abstract class ConnectorCredentials extends ChannelCredentials {
  constructor(private readonly isSecure: boolean) {
    super();
  }

  abstract connector(
    target: ConnectorTarget,
    options: ChannelOptions,
    calls: CallCredentials | undefined,
  ): SecureConnector;

  override _isSecure(): boolean {
    return this.isSecure;
  }

  /** Subchannels of equal credentials are shared. */
  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    target: ConnectorTarget,
    options: ChannelOptions,
    calls?: CallCredentials,
  ): SecureConnector {
    return this.connector(target, options, calls);
  }
}

export function isSecure(credentials: ChannelCredentials): boolean {
  return credentials._isSecure();
}

/** The connector that grpc-js would use by itself. */
export function connectorOf(
  credentials: ChannelCredentials,
  target: ConnectorTarget,
  options: ChannelOptions,
  calls: CallCredentials | undefined,
): SecureConnector {
  return credentials._createSecureConnector(target, options, calls);
}

type FaultPolicy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

/**
 * Runs what it is given, once. etcd3 wants policies of cockatiel: its own retries and circuit breaker lose leases, and refuse reads
 * after one failed put.
 */
export const noFaultPolicy = {
  execute: async (run: (context: { signal: AbortSignal; attempt: number }) => unknown) =>
    await run({ signal: new AbortController().signal, attempt: 0 }),
  onSuccess: () => ({ dispose: () => undefined }),
  onFailure: () => ({ dispose: () => undefined }),
} as unknown as FaultPolicy;

/** What etcd3 makes its calls of `KV` with: a client of grpc-js, made from the contract that etcd3 brings along. */
interface HiddenPool {
  withConnection<T>(
    service: 'KV',
    run: (connection: { readonly client: KvClient; readonly metadata: Metadata }) => T,
  ): Promise<T>;
}
interface KvClient extends Client {
  readonly constructor: {
    readonly service: { readonly Range: MethodDefinition<IRangeRequest, IRangeResponse> };
  };
}

/** Of `RangeStreamResponse`, which is an envelope: its only field, of bytes. */
const ENVELOPE_TAG = 0x0a;

/**
 * Calls `KV.RangeStream` of etcd 3.7, which etcd3 does not know: it takes the request of `Range`, and streams parts of its answer.
 * The contract is that of etcd's `rpc.proto`.
 */
export function openRangeStream(
  stubs: Etcd3,
  request: IRangeRequest,
  options: CallOptions,
): Promise<ClientReadableStream<IRangeResponse>> {
  const { client: pool } = stubs.kv as unknown as { readonly client: HiddenPool };
  return pool.withConnection('KV', ({ client, metadata }) => {
    const { Range } = client.constructor.service;
    return client.makeServerStreamRequest(
      '/etcdserverpb.KV/RangeStream',
      Range.requestSerialize,
      (bytes) => Range.responseDeserialize(unwrapped(bytes)),
      request,
      metadata,
      options,
    );
  });
}

function unwrapped(bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  let at = 1;
  while (at < bytes.length && bytes[at]! >= 0x80) at++;
  if (bytes[0] === ENVELOPE_TAG) return bytes.subarray(at + 1);
  throw new Error(`A part of a range should begin with ${ENVELOPE_TAG}, but does with ${bytes[0]}`);
}
