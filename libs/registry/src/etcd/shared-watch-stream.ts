import type { Clock, Timer } from '../timing/clock.js';
import type { KeyRange, WatchMessage, WatchStream } from './etcd-connection.js';
import { EtcdFailure, toEtcdFailure } from './etcd-failure.js';
import type { StreamConnection } from './etcd-session.js';
import type { HubListener, HubWatch } from './hub-watch.js';
import { StreamLiveness } from './stream-liveness.js';

/** Longest wait for the answer to a create; it includes connecting, for which grpc-js has no limit. */
const CREATE_MS = 1_500;
const CONFIRM_MS = 1_000;

interface WatchRequest {
  readonly range: KeyRange;
  readonly startRevision: bigint;
  readonly listener: HubListener;
}

/** A request on its way through the stream; `cancelled` when nobody listens any more. */
interface TrackedRequest extends WatchRequest {
  cancelled: boolean;
  stands: boolean;
}

/** One watch stream of etcd and the watches on it, from its opening to its end. */
export class SharedWatchStream {
  /** Creates go out one at a time: etcd answers them in order, and so an answer always belongs to the first. */
  private readonly waiting: TrackedRequest[] = [];
  private readonly created = new Map<string, TrackedRequest>();
  private readonly stream: WatchStream;
  private readonly liveness: StreamLiveness;
  private createTimer: Timer | undefined;
  private ended = false;
  private heardAt: number | undefined;

  constructor(
    private readonly target: StreamConnection,
    probeKey: string,
    private readonly clock: Clock,
  ) {
    const { connection } = target;
    this.stream = connection.openWatch({
      message: (message) => this.received(message),
      ended: (failure) => this.fail(toEtcdFailure(failure)),
    });
    this.liveness = new StreamLiveness({
      clock,
      requestProgress: () => this.stream.requestProgress(),
      confirm: () =>
        connection.range({ key: probeKey, countOnly: true }, CONFIRM_MS).then(
          () => true,
          () => false,
        ),
      onDead: () => this.fail(new EtcdFailure('silent', 'etcd says nothing on the watch stream')),
    });
  }

  get over(): boolean {
    return this.ended;
  }

  /** Watches that stand or wait to. */
  get size(): number {
    if (this.ended) return 0;
    return this.created.size + this.waiting.filter((each) => !each.cancelled).length;
  }

  add(request: WatchRequest): HubWatch {
    const tracked: TrackedRequest = { ...request, cancelled: false, stands: false };
    this.waiting.push(tracked);
    if (this.waiting.length === 1) this.createFirst();
    const heardAt = () => (tracked.stands ? this.heardAt : undefined);
    return {
      get heardAt() {
        return heardAt();
      },
      cancel: () => this.remove(tracked),
    };
  }

  /** Ends the stream; the watches on it are told. */
  close(): void {
    this.end(new EtcdFailure('closed', 'the watch stream was closed'));
  }

  private createFirst(): void {
    this.createTimer?.cancel();
    this.createTimer = undefined;
    const first = this.waiting[0];
    if (first === undefined) return;
    this.createTimer = this.clock.after(CREATE_MS, () =>
      this.fail(new EtcdFailure('silent', `etcd created no watch within ${CREATE_MS} ms`)),
    );
    this.stream.create(first.range, first.startRevision);
  }

  private received(message: WatchMessage): void {
    if (this.ended) return;
    this.liveness.heard();
    this.heardAt = this.clock.now();
    if (message.created) return this.createAnswered(message);
    const watch = this.created.get(message.watchId);
    if (watch === undefined) return;
    if (message.canceled) {
      this.created.delete(message.watchId);
      watch.listener.ended(cancellation(message));
    } else if (message.events.length > 0) {
      watch.listener.events(message.events);
    }
  }

  private createAnswered(message: WatchMessage): void {
    const request = this.waiting[0];
    if (request === undefined) return;
    if (message.canceled && message.compactRevision === 0n) {
      // etcd 3.4 reads no further request from a stream on which it refused a watch: the stream is lost for all. It also
      // calls an expired token "permission denied", so this says nothing against the prefix: a list will tell.
      const text = `etcd refused a watch on this stream: ${message.cancelReason}`;
      return this.fail(new EtcdFailure('unavailable', text));
    }
    this.waiting.shift();
    if (request.cancelled) {
      this.stream.cancelWatch(message.watchId);
    } else if (message.canceled) {
      request.listener.ended(cancellation(message));
    } else {
      request.stands = true;
      this.created.set(message.watchId, request);
      request.listener.created(message.revision);
    }
    this.createFirst();
    this.endIfIdle();
  }

  private remove(request: TrackedRequest): void {
    if (this.ended) return;
    request.cancelled = true;
    const index = this.waiting.indexOf(request);
    // The first one is on its way: its answer is awaited, so that the order holds.
    if (index > 0) this.waiting.splice(index, 1);
    for (const [id, each] of this.created) {
      if (each !== request) continue;
      this.created.delete(id);
      this.stream.cancelWatch(id);
    }
    this.endIfIdle();
  }

  private endIfIdle(): void {
    if (this.created.size === 0 && this.waiting.every((each) => each.cancelled)) this.close();
  }

  /** The stream is no good: its connection is given up with it. */
  private fail(failure: EtcdFailure): void {
    if (this.ended) return;
    this.end(failure);
    this.target.blame(failure);
  }

  private end(failure: EtcdFailure): void {
    if (this.ended) return;
    this.ended = true;
    this.createTimer?.cancel();
    this.liveness.stop();
    this.stream.cancel();
    const requests = [...this.created.values(), ...this.waiting];
    for (const each of requests) if (!each.cancelled) each.listener.ended(failure);
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
