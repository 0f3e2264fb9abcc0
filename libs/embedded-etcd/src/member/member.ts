import { randomBytes } from 'node:crypto';
import { EtcdRefusal } from '../api/etcd-error.js';
import type {
  DeleteRangeRequest,
  DeleteRangeResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  ResponseHeader,
  TxnRequest,
  TxnResponse,
} from '../api/messages.js';
import { Access } from '../auth/access.js';
import { type AuthContents, AuthStore, emptyAuth } from '../auth/auth-store.js';
import { type IssuedToken, TokenTable } from '../auth/token-table.js';
import type { Clock } from '../clock.js';
import { LeaseLedger } from '../lease/lease-ledger.js';
import { type Lease, LeaseTable } from '../lease/lease-table.js';
import { type Key, keyOf } from '../mvcc/key-range.js';
import type { Mutation, StoreListener } from '../mvcc/mutation.js';
import { answerRange, type RangeAnswer } from '../mvcc/range-request.js';
import { emptyStore, Store, type StoreContents } from '../mvcc/store.js';
import { applyDeleteRange, applyPut, applyTxn, requirePuttable } from '../txn/apply.js';
import type { VersionRules } from '../version-rules.js';
import { WatchHub } from '../watch/watch-hub.js';

/** The one etcd member: its data and its operations. Requests are validated and authorized before they get here. */
export class Member implements StoreListener {
  readonly store: Store;
  readonly leases: LeaseTable;
  readonly hub: WatchHub;
  readonly auth: AuthStore;
  readonly tokens: TokenTable;
  private readonly ledger = new LeaseLedger();
  /** etcd's alarm for a full database: it then refuses puts and grants. */
  isOutOfSpace: boolean;

  /** @param changed Called after every change that must survive a restart. */
  constructor(
    private readonly contents: MemberContents,
    readonly rules: VersionRules,
    clock: Clock,
    private readonly changed: () => void,
  ) {
    this.leases = new LeaseTable(clock, (id) => this.revoke(id));
    for (const { id, ttl } of contents.leases) {
      this.leases.grant(ttl, id);
      this.ledger.granted(id, ttl, 0);
    }
    this.store = new Store(this, contents.store);
    for (const kv of this.store.range({ kind: 'from', begin: '' })) {
      this.leaseChanged(keyOf(kv.key), '0', kv.lease);
    }
    this.hub = new WatchHub(this.store);
    this.auth = new AuthStore(contents.auth, changed);
    this.tokens = new TokenTable(contents.tokens, () => clock.now(), changed);
    this.isOutOfSpace = contents.isOutOfSpace;
  }

  get id(): string {
    return this.contents.memberId;
  }

  get raftTerm(): number {
    return this.contents.raftTerm;
  }

  /** @param revision the store's own by default. */
  header(revision: ResponseHeader['revision'] = this.store.revision): ResponseHeader {
    const { clusterId, memberId, raftTerm } = this.contents;
    return { cluster_id: clusterId, member_id: memberId, revision, raft_term: raftTerm };
  }

  /**
   * What the caller with this token may do.
   * @throws EtcdRefusal when the token is unknown or expired, in some versions even while auth is off.
   */
  access(token: string | undefined): Access {
    const isIgnored = !this.auth.isEnabled && !this.rules.checksTokensWithoutAuth;
    if (token === undefined || isIgnored) return new Access(this.auth, this.leases, undefined);
    const user = this.tokens.userOf(token);
    if (user === undefined) throw new EtcdRefusal('invalidAuthToken');
    return new Access(this.auth, this.leases, user);
  }

  range(request: RangeRequest): RangeAnswer {
    this.store.requireReadable(Number(request.revision));
    return answerRange(this.store, request, this.rules);
  }

  put(request: PutRequest): PutResponse {
    requirePuttable(this.store, request, this.leases);
    return this.store.write((txn) => applyPut(txn, request));
  }

  deleteRange(request: DeleteRangeRequest): DeleteRangeResponse {
    return this.store.write((txn) => applyDeleteRange(txn, request));
  }

  txn(request: TxnRequest): TxnResponse {
    return applyTxn(this.store, request, this.leases, this.rules);
  }

  compact(revision: number): void {
    this.store.compact(revision);
    this.ledger.compact(this.store.compactRevision);
    this.changed();
  }

  grant(ttl: number, id: string): Lease {
    const lease = this.leases.grant(ttl, id);
    this.ledger.granted(lease.id, lease.ttl, this.store.revision);
    this.changed();
    return lease;
  }

  /**
   * Ends a lease and deletes its keys, all in one revision.
   * @throws EtcdRefusal when there is no such lease.
   */
  revoke(id: string): void {
    const lease = this.leases.remove(id);
    if (lease === undefined) throw new EtcdRefusal('leaseNotFound');
    this.ledger.ended(id, this.store.revision);
    this.store.write((txn) => txn.deleteKeys([...lease.keys].sort()));
    this.changed();
  }

  raiseOutOfSpace(isOutOfSpace: boolean): void {
    this.isOutOfSpace = isOutOfSpace;
    this.changed();
  }

  leaseChanged(key: Key, before: string, after: string): void {
    this.leases.move(key, before, after);
  }

  written(mutations: readonly Mutation[]): void {
    this.hub.written(mutations);
    this.changed();
  }

  /** Everything that survives a restart: all but the remaining time of leases and tokens, and the open watches. */
  snapshot(): MemberContents {
    return {
      ...this.contents,
      store: this.store.contents(),
      leases: this.leases.all().map(({ id, ttl }) => ({ id, ttl })),
      auth: this.auth.contents(),
      tokens: this.tokens.all(),
      isOutOfSpace: this.isOutOfSpace,
    };
  }

  /** The contents as a backup taken at a revision holds them; access control and alarms are as now. */
  snapshotAt(revision: number): MemberContents {
    const { compactRevision, mutations } = this.store.contents();
    const kept = mutations.filter((mutation) => mutation.revision <= revision);
    return {
      ...this.snapshot(),
      store: { revision, compactRevision, mutations: kept },
      leases: this.ledger.at(revision),
      tokens: [],
    };
  }

  /** Stops expiring leases. */
  retire(): void {
    this.leases.stop();
  }
}

/** A member as it survives a restart. */
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

/** A random id of 64 bits in decimal, as clusters and members have. */
function randomMemberId(): string {
  return (randomBytes(8).readBigUInt64BE() || 1n).toString();
}
