import { type Headed } from './header.js';

/** A 64-bit integer of a request, in decimal. */
export type Int64 = string;

/** Stored in the shape that goes over the wire, so that a range copies nothing. Never changed. */
export interface KeyValue {
  readonly key: Buffer;
  readonly create_revision: number;
  readonly mod_revision: number;
  readonly version: number;
  readonly value: Buffer;
  readonly lease: Int64;
}

export interface Event {
  readonly type: 'PUT' | 'DELETE';
  readonly kv: Partial<KeyValue>;
  readonly prev_kv?: KeyValue;
}

export type SortTarget = 'KEY' | 'VERSION' | 'CREATE' | 'MOD' | 'VALUE';

export interface RangeRequest {
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly limit: Int64;
  readonly revision: Int64;
  readonly sort_order: 'NONE' | 'ASCEND' | 'DESCEND';
  readonly sort_target: SortTarget;
  readonly keys_only: boolean;
  readonly count_only: boolean;
  readonly min_mod_revision: Int64;
  readonly max_mod_revision: Int64;
  readonly min_create_revision: Int64;
  readonly max_create_revision: Int64;
}

export interface RangeResponse extends Headed {
  readonly kvs: readonly Partial<KeyValue>[];
  readonly more: boolean;
  readonly count: number;
}

export interface PutRequest {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly lease: Int64;
  readonly prev_kv: boolean;
  readonly ignore_value: boolean;
  readonly ignore_lease: boolean;
}

export interface PutResponse extends Headed {
  readonly prev_kv?: KeyValue;
}

export interface DeleteRangeRequest {
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly prev_kv: boolean;
}

export interface DeleteRangeResponse extends Headed {
  readonly deleted: number;
  readonly prev_kvs: readonly KeyValue[];
}

export interface CompactionRequest {
  readonly revision: Int64;
}
