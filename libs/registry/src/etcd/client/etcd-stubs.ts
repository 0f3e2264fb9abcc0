import {
  Client,
  credentials,
  type CallOptions,
  type Channel,
  type ClientDuplexStream,
  type ClientReadableStream,
} from '@grpc/grpc-js';
import type {
  IAuthenticateRequest,
  IAuthenticateResponse,
  ILeaseGrantRequest,
  ILeaseGrantResponse,
  ILeaseKeepAliveRequest,
  ILeaseKeepAliveResponse,
  ILeaseRevokeRequest,
  IRangeRequest,
  IRangeResponse,
  ITxnRequest,
  ITxnResponse,
  IWatchRequest,
  IWatchResponse,
} from 'etcd3';
import { etcdContract, type EtcdService } from './etcd-contract.js';

type Contract = ReturnType<typeof etcdContract>;

/** Created at the first use: reading the contract takes some milliseconds. */
let contract: Contract | undefined;

/** Part of the answer to a range. */
export interface RangePart {
  readonly range_response: IRangeResponse | null;
}

/** The RPCs of etcd that this package uses, over one channel. All fail with a `ServiceError` of grpc-js. */
export class EtcdStubs {
  private readonly client: Client;

  /** @param channel Its owner closes it. */
  constructor(address: string, channel: Channel) {
    // Unused: the channel has credentials of its own.
    const insecure = credentials.createInsecure();
    this.client = new Client(address, insecure, { channelOverride: channel });
  }

  range(request: IRangeRequest, options?: CallOptions): Promise<IRangeResponse> {
    return this.unary('KV', 'Range', request, options);
  }

  /** Of etcd 3.7; others end it as UNIMPLEMENTED. */
  rangeStream(request: IRangeRequest, options: CallOptions): ClientReadableStream<RangePart> {
    const { path, requestSerialize, responseDeserialize } = rpcOf('KV', 'RangeStream');
    return this.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => RangePart,
      request,
      options,
    );
  }

  txn(request: ITxnRequest, options: CallOptions): Promise<ITxnResponse> {
    return this.unary('KV', 'Txn', request, options);
  }

  leaseGrant(request: ILeaseGrantRequest, options: CallOptions): Promise<ILeaseGrantResponse> {
    return this.unary('Lease', 'LeaseGrant', request, options);
  }

  leaseRevoke(request: ILeaseRevokeRequest, options: CallOptions): Promise<object> {
    return this.unary('Lease', 'LeaseRevoke', request, options);
  }

  leaseKeepAlive(
    options: CallOptions,
  ): ClientDuplexStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse> {
    return this.duplex('Lease', 'LeaseKeepAlive', options);
  }

  watch(options: CallOptions): ClientDuplexStream<IWatchRequest, IWatchResponse> {
    return this.duplex('Watch', 'Watch', options);
  }

  authenticate(
    request: IAuthenticateRequest,
    options: CallOptions,
  ): Promise<IAuthenticateResponse> {
    return this.unary('Auth', 'Authenticate', request, options);
  }

  private unary<Response>(
    service: EtcdService,
    name: string,
    request: object,
    options: CallOptions = {},
  ): Promise<Response> {
    const { path, requestSerialize, responseDeserialize } = rpcOf(service, name);
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        options,
        (error, response) => (error ? reject(error) : resolve(response as Response)),
      );
    });
  }

  private duplex<Request extends object, Response extends object>(
    service: EtcdService,
    name: string,
    options: CallOptions,
  ): ClientDuplexStream<Request, Response> {
    const { path, requestSerialize, responseDeserialize } = rpcOf(service, name);
    return this.client.makeBidiStreamRequest<Request, Response>(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => Response,
      options,
    );
  }
}

function rpcOf(service: EtcdService, name: string) {
  contract ??= etcdContract();
  const rpc = contract[service][name];
  if (rpc === undefined) throw new Error(`The contract of etcd has no ${service}/${name}`);
  return rpc;
}
