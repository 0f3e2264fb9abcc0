import { type Member } from '../member/member.js';
import { type RpcFaults } from './rpc-faults.js';

/** What every call needs of the server it came to. */
export interface ServingContext {
  /** The member that serves now: `wipe` and `rollBack` replace it. */
  member(): Member;
  readonly faults: RpcFaults;
  /** The size on the wire of a request that was just decoded. */
  requestBytes(request: object): number;
}
