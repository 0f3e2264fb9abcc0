import { type Headed } from './header.js';
import {
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  type Int64,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
} from './kv-messages.js';

export interface Compare {
  readonly result: 'EQUAL' | 'GREATER' | 'LESS' | 'NOT_EQUAL';
  readonly target: 'VERSION' | 'CREATE' | 'MOD' | 'VALUE' | 'LEASE';
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly version?: Int64;
  readonly create_revision?: Int64;
  readonly mod_revision?: Int64;
  readonly value?: Buffer;
  readonly lease?: Int64;
}

/** `request` names the field that is set; without it the operation is empty. */
export type RequestOp =
  | { readonly request: 'request_range'; readonly request_range: RangeRequest }
  | { readonly request: 'request_put'; readonly request_put: PutRequest }
  | { readonly request: 'request_delete_range'; readonly request_delete_range: DeleteRangeRequest }
  | { readonly request: 'request_txn'; readonly request_txn: TxnRequest }
  | { readonly request?: undefined };

export type ResponseOp =
  | { readonly response_range: RangeResponse }
  | { readonly response_put: PutResponse }
  | { readonly response_delete_range: DeleteRangeResponse }
  | { readonly response_txn: TxnResponse };

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export interface TxnResponse extends Headed {
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}
