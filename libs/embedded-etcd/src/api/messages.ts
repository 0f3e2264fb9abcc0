import type { Long } from '@grpc/proto-loader';
import type { Permission__Output } from '../gen/authpb/Permission.js';
import type { Compare__Output } from '../gen/etcdserverpb/Compare.js';
import type { DeleteRangeRequest__Output } from '../gen/etcdserverpb/DeleteRangeRequest.js';
import type { DeleteRangeResponse as GeneratedDeleteRangeResponse } from '../gen/etcdserverpb/DeleteRangeResponse.js';
import type { PutRequest__Output } from '../gen/etcdserverpb/PutRequest.js';
import type { PutResponse as GeneratedPutResponse } from '../gen/etcdserverpb/PutResponse.js';
import type { RangeRequest__Output } from '../gen/etcdserverpb/RangeRequest.js';
import type { RequestOp__Output } from '../gen/etcdserverpb/RequestOp.js';
import type { ResponseHeader as GeneratedResponseHeader } from '../gen/etcdserverpb/ResponseHeader.js';
import type { ResponseOp as GeneratedResponseOp } from '../gen/etcdserverpb/ResponseOp.js';
import type { TxnRequest__Output } from '../gen/etcdserverpb/TxnRequest.js';
import type { TxnResponse as GeneratedTxnResponse } from '../gen/etcdserverpb/TxnResponse.js';
import type { WatchCreateRequest__Output } from '../gen/etcdserverpb/WatchCreateRequest.js';
import type { WatchRequest__Output } from '../gen/etcdserverpb/WatchRequest.js';
import type { WatchResponse as GeneratedWatchResponse } from '../gen/etcdserverpb/WatchResponse.js';

/** A message that this package builds: read-only all the way down. */
export type Answer<Message> = Message extends Uint8Array | Long
  ? Message
  : Message extends readonly (infer Element)[]
    ? readonly Answer<Element>[]
    : Message extends object
      ? { readonly [Field in keyof Message]: Answer<Message[Field]> }
      : Message;

export type ResponseHeader = Answer<GeneratedResponseHeader>;

/** An answer before the server adds its header. A header's own revision overrides the store's; null: no header. */
export interface Headed {
  readonly header?: ResponseHeader | null;
}

export type Permission = Answer<Permission__Output>;
export type PermissionType = Permission['permType'];

export type RangeRequest = RangeRequest__Output;
export type PutRequest = PutRequest__Output;
export type PutResponse = Answer<GeneratedPutResponse>;
export type DeleteRangeRequest = DeleteRangeRequest__Output;
export type DeleteRangeResponse = Answer<GeneratedDeleteRangeResponse>;

export type Compare = Compare__Output;
export type TxnRequest = TxnRequest__Output;
export type TxnResponse = Answer<GeneratedTxnResponse>;
export type RequestOp = OneOf<RequestOp__Output, 'request'>;
export type ResponseOp = Answer<GeneratedResponseOp>;

export type WatchCreateRequest = WatchCreateRequest__Output;
export type WatchRequest = OneOf<WatchRequest__Output, 'request_union'>;
export type WatchResponse = Answer<GeneratedWatchResponse>;

type OneOf<Message, Name extends keyof Message> =
  | {
      [Field in NonNullable<Message[Name]> & keyof Message]: Readonly<Record<Name, Field>> &
        Readonly<Record<Field, NonNullable<Message[Field]>>>;
    }[NonNullable<Message[Name]> & keyof Message]
  | Readonly<Partial<Record<Name, undefined>>>;

/** The operations of a transaction, each with the one field that is set: proto-loader's `oneofs` names it in `request`. */
export function opsOf(ops: readonly RequestOp__Output[]): readonly RequestOp[] {
  return ops as readonly RequestOp[];
}
