import type { WatchStreamDescription } from '../../registry-description.js';
import type { Clock } from '../../timing/clock.js';
import type { KeyRange, WatchEvent, WatchMessage, WatchStream } from '../client/etcd-connection.js';
import { EtcdFailure, toEtcdFailure } from '../client/etcd-failure.js';
import type { EtcdSession, StreamConnection } from '../session/etcd-session.js';
import { StreamLiveness } from './stream-liveness.js';

/** Receives what a watch delivers. `ended` comes once and is the last call; none comes after `cancel`. */
export interface MultiplexerListener {
  /** The watch stands; the revision is the store's at that moment, on the member that serves the stream. */
  created(revision: bigint): void;
  /** Events in order of revision, all of one answer at a time, each newer than the revision that is watched from. */
  events(events: readonly WatchEvent[]): void;
  ended(failure: EtcdFailure): void;
}

export interface WatchHandle {
  /**
   * Time of the clock when the stream was heard of last, once the watch stands on it: etcd sends the events of all watches on
   * a stream in their order, so that there was none before that is not told.
   */
  readonly lastMessageAt: number | undefined;
  cancel(): void;
}

/** All watches of a process over one stream, which is there as long as there is a watch. It does not retry: its users do. */
export class WatchMultiplexer {
  private stream: SharedWatchStream | undefined;
  private streams = 0;

  constructor(
    private readonly session: EtcdSession,
    private readonly probeKey: string,
    private readonly clock: Clock,
  ) {}

  /**
   * @param afterRevision Revision at which the range was read, or is otherwise known; newer events are delivered. Never 0, and
   * never an older one: it may be compacted.
   */
  watch(range: KeyRange, afterRevision: bigint, listener: MultiplexerListener): WatchHandle {
    if (this.stream === undefined || this.stream.over) {
      this.stream = new SharedWatchStream(this.session, this.probeKey, this.clock);
      this.streams++;
    }
    return this.stream.add({ range, afterRevision, listener });
  }

  describe(): WatchStreamDescription {
    return { watches: this.stream?.size ?? 0, streams: this.streams };
  }

  close(): void {
    this.stream?.close();
  }
}

/** Bound of the read that confirms a suspicion; adapts to a slow link as every call does. */
const CONFIRM_MS = 1_000;

interface WatchRequest {
  readonly range: KeyRange;
  /** Revision that the watcher knows already: only newer events are delivered. Never 0. */
  readonly afterRevision: bigint;
  readonly listener: MultiplexerListener;
}

interface Watched extends WatchRequest {
  readonly id: string;
  stands: boolean;
}

type State =
  | { readonly kind: 'opening' }
  | {
      readonly kind: 'open';
      readonly target: StreamConnection;
      readonly stream: WatchStream;
      readonly liveness: StreamLiveness;
    }
  | { readonly kind: 'over' };

/** One watch stream of etcd and the watches on it, from its opening to its end. */
export class SharedWatchStream {
  private readonly watches = new Map<string, Watched>();
  private state: State = { kind: 'opening' };
  private lastId = 0;
  private lastMessageAt: number | undefined;

  constructor(
    private readonly session: Pick<EtcdSession, 'stream' | 'patience'>,
    private readonly probeKey: string,
    private readonly clock: Clock,
  ) {
    session.stream().then(
      (target) => this.opened(target),
      (error: unknown) => this.end(toEtcdFailure(error)),
    );
  }

  get over(): boolean {
    return this.state.kind === 'over';
  }

  /** Watches that stand or wait to. */
  get size(): number {
    return this.watches.size;
  }

  add(request: WatchRequest): WatchHandle {
    const watched: Watched = { ...request, id: String(++this.lastId), stands: false };
    this.watches.set(watched.id, watched);
    if (this.state.kind === 'open') this.create(this.state, watched);
    const lastMessageAt = () => (watched.stands ? this.lastMessageAt : undefined);
    return {
      get lastMessageAt() {
        return lastMessageAt();
      },
      cancel: () => this.remove(watched),
    };
  }

  /** Ends the stream; the watches on it are told. */
  close(): void {
    this.end(new EtcdFailure('closed', 'the watch stream was closed'));
  }

  private opened(target: StreamConnection): void {
    if (this.state.kind === 'over') return;
    const { connection } = target;
    const stream = connection.openWatch({
      message: (message) => this.received(message),
      ended: (failure) => this.fail(toEtcdFailure(failure)),
    });
    const liveness = new StreamLiveness({
      clock: this.clock,
      requestProgress: () => stream.requestProgress(),
      confirm: () => this.confirm(target),
      onDead: () => this.fail(new EtcdFailure('silent', 'etcd says nothing on the watch stream')),
    });
    const open: State = { kind: 'open', target, stream, liveness };
    this.state = open;
    for (const watched of this.watches.values()) this.create(open, watched);
  }

  /** Whether the endpoint lives: any answer to another question counts, a refusal included. */
  private async confirm({ connection }: StreamConnection): Promise<boolean> {
    const limitMs = this.session.patience(connection, CONFIRM_MS);
    try {
      await connection.range({ key: this.probeKey, countOnly: true }, limitMs);
      return true;
    } catch (error) {
      const { kind } = toEtcdFailure(error);
      return kind !== 'silent' && kind !== 'unavailable';
    }
  }

  /**
   * Creates go out one behind the other, without waiting for answers: each has an id of its own. The watch starts at the
   * revision that is known, not behind it: since 3.5.23, 3.6.4 and 3.7 etcd answers no progress request while a watch of the
   * stream starts in the future (etcd-io/etcd#20229), and an idle stream would look like a dead one.
   */
  private create({ stream, liveness }: State & { kind: 'open' }, watched: Watched): void {
    stream.create(watched.id, watched.range, watched.afterRevision);
    liveness.expectAnswer();
  }

  private received(message: WatchMessage): void {
    if (this.state.kind !== 'open') return;
    this.state.liveness.heard();
    this.lastMessageAt = this.clock.now();
    const watched = this.watches.get(message.watchId);
    if (message.created && message.canceled && message.compactRevision === 0n) {
      // etcd 3.4 reads no further request from a stream on which it refused a watch: the stream is lost for all. It also
      // calls an expired token "permission denied", so this says nothing against the prefix: a list will tell.
      const text = `etcd refused a watch on this stream: ${message.cancelReason}`;
      return this.fail(new EtcdFailure('unavailable', text));
    }
    if (watched === undefined) return;
    if (message.canceled) {
      this.watches.delete(watched.id);
      watched.listener.ended(cancellation(message));
      return this.endIfIdle();
    }
    if (message.created) {
      watched.stands = true;
      watched.listener.created(message.revision);
    }
    this.deliver(watched, message.events);
  }

  private deliver({ afterRevision, listener }: Watched, events: readonly WatchEvent[]): void {
    const fresh = events.filter(({ modRevision }) => modRevision > afterRevision);
    if (fresh.length > 0) listener.events(fresh);
  }

  private remove(watched: Watched): void {
    if (!this.watches.delete(watched.id)) return;
    if (this.state.kind === 'open') this.state.stream.cancelWatch(watched.id);
    this.endIfIdle();
  }

  private endIfIdle(): void {
    if (this.watches.size === 0) this.close();
  }

  /** The stream is no good: its connection is given up with it. */
  private fail(failure: EtcdFailure): void {
    const { state } = this;
    this.end(failure);
    if (state.kind === 'open') state.target.reportFailure(failure);
  }

  private end(failure: EtcdFailure): void {
    const { state } = this;
    if (state.kind === 'over') return;
    this.state = { kind: 'over' };
    if (state.kind === 'open') {
      state.liveness.stop();
      state.stream.cancel();
    }
    const watches = [...this.watches.values()];
    this.watches.clear();
    for (const { listener } of watches) listener.ended(failure);
  }
}

function cancellation({ compactRevision, cancelReason }: WatchMessage): EtcdFailure {
  if (compactRevision > 0n) {
    return new EtcdFailure('compacted', `revisions before ${compactRevision} are compacted`);
  }
  return cancelReason === ''
    ? new EtcdFailure('unavailable', 'etcd cancelled the watch')
    : toEtcdFailure(new Error(cancelReason));
}
