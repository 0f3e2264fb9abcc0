import { type Headed } from './header.js';
import { type Int64 } from './kv-messages.js';

export interface LeaseGrantRequest {
  /** Seconds. */
  readonly TTL: Int64;
  /** `0`: the server chooses. */
  readonly ID: Int64;
}

export interface LeaseGrantResponse extends Headed {
  readonly ID: Int64;
  readonly TTL: number;
}

export interface LeaseIdRequest {
  readonly ID: Int64;
}

export interface LeaseKeepAliveResponse extends Headed {
  readonly ID: Int64;
  /** Seconds; 0 when there is no such lease. */
  readonly TTL: number;
}

export interface LeaseTimeToLiveRequest extends LeaseIdRequest {
  readonly keys: boolean;
}

export interface LeaseTimeToLiveResponse extends Headed {
  readonly ID: Int64;
  /** Seconds; -1 when there is no such lease. */
  readonly TTL: number;
  readonly grantedTTL?: number;
  readonly keys?: readonly Buffer[];
}

export interface LeaseLeasesResponse extends Headed {
  readonly leases: readonly { readonly ID: Int64 }[];
}
