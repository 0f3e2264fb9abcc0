import { type status } from '@grpc/grpc-js';
import {
  NotServingError,
  RevisionOutOfRangeError,
  UnknownLeaseError,
} from './embedded-etcd.errors.js';
import {
  settingsOf,
  type EmbeddedEtcdOptions,
  type EmbeddedEtcdSettings,
} from './embedded-etcd.options.js';
import { newMemberContents, type MemberContents } from './member/member.js';
import { DataFile } from './persistence/data-file.js';
import { DataKeeper } from './persistence/data-keeper.js';
import { type EtcdMethod } from './server/definitions.js';
import { Serving } from './serving.js';

type State =
  | { readonly kind: 'serving'; readonly serving: Serving }
  | { readonly kind: 'stopped'; readonly contents: MemberContents };

/**
 * etcd's v3 gRPC API, served from this process on 127.0.0.1: a single member for development and tests, with switches for
 * what goes wrong in production. Data lives in memory, or in one file.
 */
export class EmbeddedEtcd {
  private transition: Promise<void> = Promise.resolve();
  private readonly keeper: DataKeeper | undefined;
  private lastPort: number;

  private constructor(
    private readonly settings: EmbeddedEtcdSettings,
    private state: State,
  ) {
    this.lastPort = settings.port;
    this.keeper =
      settings.dataFile === undefined
        ? undefined
        : new DataKeeper(
            new DataFile(settings.dataFile),
            () => this.contents(),
            settings.onSaveError,
          );
  }

  /**
   * Starts to serve; calls are answered when this resolves.
   * @throws PortInUseError, DataFileError
   */
  static async start(options: EmbeddedEtcdOptions = {}): Promise<EmbeddedEtcd> {
    const settings = settingsOf(options);
    const kept = settings.dataFile && (await new DataFile(settings.dataFile).load());
    const contents = kept ? afterElection(kept) : newMemberContents();
    const etcd = new EmbeddedEtcd(settings, { kind: 'stopped', contents });
    await etcd.serve(contents);
    return etcd;
  }

  /** Where clients reach it, as etcd clients take it: `http://127.0.0.1:<port>`. The same over restarts. */
  get hosts(): readonly string[] {
    return [`http://127.0.0.1:${this.lastPort}`];
  }

  /** The revision of the store: 1 when it is new. */
  get revision(): number {
    return this.state.kind === 'serving'
      ? this.state.serving.member.store.revision
      : this.state.contents.store.revision;
  }

  /**
   * Cuts every connection, frees the port and writes the data file. Nothing of it keeps the process alive afterwards. May
   * be called again.
   * @throws what the file system throws when the data can't be written.
   */
  stop(): Promise<void> {
    return this.inOrder(async () => {
      if (this.state.kind === 'stopped') return;
      const { serving } = this.state;
      await serving.stop();
      this.state = { kind: 'stopped', contents: serving.member.snapshot() };
      serving.member.retire();
      await this.keeper?.flush();
    });
  }

  /**
   * Stops, if it serves, and serves again at the same address with the data kept. As in etcd, each lease gets its full TTL
   * again, auth tokens stay valid, and open watches are gone. So is every fault that was switched on.
   * @throws PortInUseError when something else took the port meanwhile.
   */
  async restart(): Promise<void> {
    await this.stop();
    await this.inOrder(async () => {
      if (this.state.kind === 'stopped') await this.serve(afterElection(this.state.contents));
    });
  }

  /** As SIGSTOP does: connections are accepted and stay open, nothing is answered, streams are silent, until `thaw`. Time goes on: leases expire meanwhile. */
  freeze(): void {
    this.serving().front.stall();
  }

  /**
   * As a network that loses every packet: nothing arrives and nothing is answered. After `thaw` new connections work, but
   * those that lived through it stay silent for ever: only a client that gives them up recovers.
   */
  blackhole(): void {
    this.serving().front.blackhole();
  }

  /** Ends `freeze`, whose held bytes are then delivered, and `blackhole`. */
  thaw(): void {
    this.serving().front.heal();
  }

  /** Cuts every open connection; new ones work at once. */
  dropConnections(): void {
    this.serving().front.dropConnections();
  }

  /**
   * Delays every answer, including those of streams, and keeps their order. Requests are processed at once.
   * @param ms milliseconds; 0 ends it.
   */
  slow(ms: number): void {
    this.serving().faults.delayMs = ms;
  }

  /**
   * Lets the next calls of a method fail before they do anything; a streaming method fails as it is opened.
   * @param times how many calls. @default 1
   */
  failNext(method: EtcdMethod, code: status, times = 1): void {
    this.serving().faults.failNext(method, code, times);
  }

  /**
   * Forgets the history before a revision.
   * @param revision the current one by default.
   * @throws RevisionOutOfRangeError
   */
  compact(revision = this.revision): void {
    const { member } = this.serving();
    this.requireRevision(revision, member.store.compactRevision + 1, member.store.revision);
    member.compact(revision);
  }

  /**
   * Loses all data, as a new etcd at the old address: revision 1, no key, lease, user or alarm, and another cluster and
   * member id. Connections are cut.
   * @param keepIds a real etcd that is started again with the same flags on an empty folder has its old ids. @default false
   */
  wipe({ keepIds = false }: { readonly keepIds?: boolean } = {}): void {
    const serving = this.serving();
    const { clusterId, memberId } = serving.member.snapshot();
    const fresh = newMemberContents();
    serving.replaceContents(keepIds ? { ...fresh, clusterId, memberId } : fresh);
  }

  /**
   * Goes back to an earlier revision, as an etcd restored from a backup: later writes are undone and their revisions used
   * again, leases of that time are back with their full TTL. Connections are cut.
   * @throws RevisionOutOfRangeError
   */
  rollBack(revision: number): void {
    const serving = this.serving();
    const { store } = serving.member;
    this.requireRevision(revision, Math.max(1, store.compactRevision), store.revision);
    serving.replaceContents(afterElection(serving.member.snapshotAt(revision)));
  }

  /**
   * Lets a lease expire now: it is gone and its keys are deleted.
   * @param id decimal, as etcd clients print it.
   * @throws UnknownLeaseError
   */
  expireLease(id: string): void {
    const { member } = this.serving();
    if (!member.leases.has(id)) throw new UnknownLeaseError(id);
    member.revoke(id);
  }

  /** Lets every auth token expire now: calls that carry one are refused as unauthenticated. */
  expireTokens(): void {
    this.serving().member.tokens.clear();
  }

  private async serve(contents: MemberContents): Promise<void> {
    const changed = () => this.keeper?.changed();
    const serving = await Serving.start(contents, {
      ...this.settings,
      port: this.lastPort,
      changed,
    });
    this.lastPort = serving.port;
    this.state = { kind: 'serving', serving };
  }

  private serving(): Serving {
    if (this.state.kind === 'stopped') throw new NotServingError();
    return this.state.serving;
  }

  private contents(): MemberContents {
    return this.state.kind === 'serving'
      ? this.state.serving.member.snapshot()
      : this.state.contents;
  }

  private requireRevision(revision: number, first: number, last: number): void {
    const isWithin = Number.isInteger(revision) && first <= revision && revision <= last;
    if (!isWithin) throw new RevisionOutOfRangeError(revision, first, last);
  }

  /** Starts and stops run one after the other. */
  private inOrder(step: () => Promise<void>): Promise<void> {
    const done = this.transition.then(step);
    this.transition = done.catch(() => undefined);
    return done;
  }
}

/** A member that restarts wins an election. */
function afterElection(contents: MemberContents): MemberContents {
  return { ...contents, raftTerm: contents.raftTerm + 1 };
}
