import { type Headed } from './header.js';
import { type Event, type Int64 } from './kv-messages.js';

export interface WatchCreateRequest {
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly start_revision: Int64;
  readonly progress_notify: boolean;
  readonly filters: readonly ('NOPUT' | 'NODELETE')[];
  readonly prev_kv: boolean;
  readonly watch_id: Int64;
  readonly fragment: boolean;
}

/** `request_union` names the field that is set. */
export type WatchRequest =
  | { readonly request_union: 'create_request'; readonly create_request: WatchCreateRequest }
  | {
      readonly request_union: 'cancel_request';
      readonly cancel_request: { readonly watch_id: Int64 };
    }
  | { readonly request_union: 'progress_request' }
  | { readonly request_union?: undefined };

export interface WatchResponse extends Headed {
  readonly watch_id: Int64;
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly compact_revision?: number;
  readonly cancel_reason?: string;
  readonly fragment?: boolean;
  readonly events?: readonly Event[];
}
