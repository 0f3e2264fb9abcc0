import { emptyAuth, type AuthContents } from '../auth/auth-contents.js';
import { type IssuedToken } from '../auth/token-table.js';
import { randomMemberId } from '../random-id.js';
import { emptyStore, type StoreContents } from '../mvcc/store.js';

/** All that a member keeps over a restart. */
export interface MemberContents {
  readonly clusterId: string;
  readonly memberId: string;
  /** Raised by one at each start, as by the election that a real member then wins. */
  readonly raftTerm: number;
  readonly store: StoreContents;
  readonly leases: readonly { readonly id: string; readonly ttl: number }[];
  readonly auth: AuthContents;
  /** A real member issues them again as it replays its log. */
  readonly tokens: readonly IssuedToken[];
  readonly isOutOfSpace: boolean;
}

/** A member that has never served, with random ids. Its first election makes the term 2. */
export function newMemberContents(): MemberContents {
  return {
    clusterId: randomMemberId(),
    memberId: randomMemberId(),
    raftTerm: 2,
    store: emptyStore,
    leases: [],
    auth: emptyAuth,
    tokens: [],
    isOutOfSpace: false,
  };
}
