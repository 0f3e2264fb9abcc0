// Original file: proto/rpc.proto

import type { RangeResponse as _etcdserverpb_RangeResponse, RangeResponse__Output as _etcdserverpb_RangeResponse__Output } from '../etcdserverpb/RangeResponse.js';

export interface RangeStreamResponse {
  'range_response'?: (_etcdserverpb_RangeResponse | null);
}

export interface RangeStreamResponse__Output {
  'range_response': (_etcdserverpb_RangeResponse__Output | null);
}
