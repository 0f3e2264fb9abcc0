import type { WatchStreamDescription } from '../../registry-description.js';
import type { Clock } from '../../timing/clock.js';
import type {
  KeyRange,
  StreamListener,
  WatchEvent,
  WatchMessage,
  WatchStream,
} from '../client/etcd-connection.js';
import { EtcdFailure, toEtcdFailure } from '../client/etcd-failure.js';
import type { EtcdSession, StreamConnection } from '../session/etcd-session.js';
import { StreamLiveness } from './stream-liveness.js';

/** Time limit of the read that confirms a suspicion; adapts to a slow link as every call does. */
const CONFIRM_MS = 1_000;

/** Receives the messages of one watch. `ended` is called once, as the last call; nothing is called after `cancel`. */
export interface MultiplexerListener {
  /** The watch is established. The revision is that of etcd at that moment, on the member that serves the stream. */
  created(revision: bigint): void;
  /** Events in order of revision, all of one answer at a time, each newer than the revision the watch starts from. */
  events(events: readonly WatchEvent[]): void;
  ended(failure: EtcdFailure): void;
}

export interface WatchHandle {
  /**
   * Clock time of the last message on the stream, once the watch is established on it. etcd sends the events of all watches of
   * a stream in order, so every event before that time has been delivered.
   */
  readonly lastMessageAt: number | undefined;
  cancel(): void;
}

interface WatchRequest {
  readonly range: KeyRange;
  /** Revision that the watcher already knows: only newer events are delivered. Never 0. */
  readonly afterRevision: bigint;
  readonly listener: MultiplexerListener;
}

interface Watched extends WatchRequest {
  readonly id: string;
  established: boolean;
}

/** All watches of a process over one stream, which exists while there are watches. It does not retry: its users do. */
export class WatchMultiplexer {
  private stream: SharedWatchStream | undefined;
  private streams = 0;

  constructor(
    private readonly session: EtcdSession,
    private readonly probeKey: string,
    private readonly clock: Clock,
  ) {}

  /**
   * @param afterRevision Revision at which the range was read or is otherwise known; newer events are delivered. Never 0 and
   * never an older one, which may be compacted.
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

type State =
  | { readonly kind: 'opening' }
  | {
      readonly kind: 'open';
      readonly target: StreamConnection;
      readonly stream: WatchStream;
      readonly liveness: StreamLiveness;
    }
  | { readonly kind: 'over' };

/** One watch stream of etcd and its watches, from its opening to its end. */
export class SharedWatchStream implements StreamListener<WatchMessage> {
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

  /** Number of watches, established or not. */
  get size(): number {
    return this.watches.size;
  }

  add(request: WatchRequest): WatchHandle {
    const watched: Watched = { ...request, id: String(++this.lastId), established: false };
    this.watches.set(watched.id, watched);
    if (this.state.kind === 'open') this.create(this.state, watched);
    const lastMessageAt = () => (watched.established ? this.lastMessageAt : undefined);
    return {
      get lastMessageAt() {
        return lastMessageAt();
      },
      cancel: () => this.remove(watched),
    };
  }

  /** Ends the stream and notifies its watches. */
  close(): void {
    this.end(new EtcdFailure('closed', 'the watch stream was closed'));
  }

  message(message: WatchMessage): void {
    if (this.state.kind !== 'open') return;
    this.state.liveness.messageReceived();
    this.lastMessageAt = this.clock.now();
    const watched = this.watches.get(message.watchId);
    if (message.created && message.canceled && message.compactRevision === 0n) {
      // etcd 3.4 reads no further request from a stream on which it refused a watch, so the stream is lost for all watches. It
      // also reports an expired token as "permission denied", so this proves nothing about the prefix: a list will.
      const text = `etcd refused a watch on this stream: ${message.cancelReason}`;
      return this.fail(new EtcdFailure('unavailable', text));
    }
    if (watched === undefined) return;
    const { afterRevision, listener } = watched;
    if (message.canceled) {
      this.watches.delete(watched.id);
      listener.ended(cancellation(message));
      return this.endIfIdle();
    }
    if (message.created) {
      watched.established = true;
      listener.created(message.revision);
    }
    const fresh = message.events.filter(({ modRevision }) => modRevision > afterRevision);
    if (fresh.length > 0) listener.events(fresh);
  }

  ended(failure: Error): void {
    this.fail(toEtcdFailure(failure));
  }

  private opened(target: StreamConnection): void {
    if (this.state.kind === 'over') return;
    const stream = target.connection.openWatch(this);
    const liveness = new StreamLiveness({
      clock: this.clock,
      requestProgress: () => stream.requestProgress(),
      confirm: () => this.confirm(target),
      onDead: () => this.fail(new EtcdFailure('silent', 'etcd sends nothing on the watch stream')),
    });
    const open: State = { kind: 'open', target, stream, liveness };
    this.state = open;
    for (const watched of this.watches.values()) this.create(open, watched);
  }

  /** Whether the endpoint is alive: any answer to another request counts, a refusal included. */
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
   * Creates are sent without waiting for answers, each with its own id. The watch starts at the known revision, not after it:
   * since 3.5.23, 3.6.4 and 3.7 etcd answers no progress request while a watch of the stream starts in the future
   * (etcd-io/etcd#20229), and an idle stream would look dead.
   */
  private create({ stream, liveness }: State & { kind: 'open' }, watched: Watched): void {
    stream.create(watched.id, watched.range, watched.afterRevision);
    liveness.expectAnswer();
  }

  private remove(watched: Watched): void {
    if (!this.watches.delete(watched.id)) return;
    if (this.state.kind === 'open') this.state.stream.cancelWatch(watched.id);
    this.endIfIdle();
  }

  private endIfIdle(): void {
    if (this.watches.size === 0) this.close();
  }

  /** Ends the stream and gives up its connection. */
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
