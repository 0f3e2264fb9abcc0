import { Backoff, Deferred, pauseBefore, sleep } from '../../timing/wait.js';
import { withinLoopTime, type Clock, type Random, type Timer } from '../../timing/clock.js';
import type {
  EtcdConnection,
  KeepAliveStream,
  LeaseGrant,
  StreamListener,
} from '../client/etcd-connection.js';
import { EtcdFailure, toEtcdFailure } from '../client/etcd-failure.js';
import type { StreamConnection } from '../session/etcd-session.js';
import type { EtcdContext } from '../watch/etcd-context.js';

/** Time without a disturbance, in milliseconds, after which the next one wakes the loop at once again. */
const CALM_MS = 5_000;

/** Wakes one loop when there is work: at once, later, or at a bounded rate for repeated disturbances. */
export class WorkSignal {
  private pending = new Deferred<void>();
  private timer: Timer | undefined;
  private dueAt = Infinity;
  private lastDisturbedAt = -Infinity;
  private readonly pace: Backoff;

  constructor(
    private readonly clock: Clock,
    random: Random,
  ) {
    this.pace = new Backoff(200, 5_000, random);
  }

  /** Resolves when there is work, at once if there already is. */
  async next(): Promise<void> {
    await this.pending.promise;
    this.pending = new Deferred();
  }

  wake(): void {
    this.pending.resolve();
  }

  /** Wakes the loop after a delay, or sooner if that is already due. */
  wakeAfter(delayMs: number): void {
    const dueAt = this.clock.now() + delayMs;
    if (dueAt >= this.dueAt) return;
    this.timer?.cancel();
    this.dueAt = dueAt;
    this.timer = this.clock.after(delayMs, () => {
      this.dueAt = Infinity;
      this.wake();
    });
  }

  /**
   * Wakes the loop because of an outside change: at once the first time, then with backoff. Two processes that write the same key
   * must not do so as fast as they can.
   */
  wakePaced(): void {
    const now = this.clock.now();
    const calm = now - this.lastDisturbedAt > CALM_MS;
    this.lastDisturbedAt = now;
    if (calm) this.pace.reset();
    if (calm) this.wake();
    else if (this.dueAt === Infinity) this.wakeAfter(this.pace.next());
  }

  close(): void {
    this.timer?.cancel();
  }
}

/** Minimum time for an answer in milliseconds, however little time the lease has left. */
const MIN_ANSWER_MS = 500;

export interface KeptLease {
  readonly leaseId: string;
  readonly ttlMs: number;
  /** Clock time until which etcd keeps the lease if no keepalive is answered. */
  readonly aliveUntil: number;
}

export interface KeepAliveAnswer {
  /** New time to live; 0 if etcd no longer knows the lease. */
  readonly ttlMs: number;
  /** Clock time of the request: the lease lives at least `ttlMs` from then on. */
  readonly askedAt: number;
}

/**
 * Keeps one lease alive, over one stream after another, until it is stopped. The less time the lease has left, the shorter
 * its pauses and the sooner it gives up a silent connection.
 */
export class KeepAliveLoop {
  private readonly stopping = new AbortController();
  private stream: AnsweringStream | undefined;
  private aliveUntil: number;
  /** Consecutive streams that failed without an answer. */
  private failures = 0;

  constructor(
    private readonly context: Pick<EtcdContext, 'session' | 'clock' | 'random'>,
    private readonly lease: KeptLease,
    private readonly onAnswer: (answer: KeepAliveAnswer) => void,
  ) {
    this.aliveUntil = lease.aliveUntil;
    // The keeper notices the end of the lease.
    this.run().catch(() => this.stop());
  }

  stop(): void {
    this.stopping.abort();
    this.stream?.cancel();
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private get leftMs(): number {
    return Math.max(0, this.aliveUntil - this.context.clock.now());
  }

  private async run(): Promise<void> {
    const { session, clock, random } = this.context;
    // At most the usual pause: after an outage the lease has at most its TTL left.
    const backoff = new Backoff(Math.min(200, this.intervalMs), this.intervalMs, random);
    await sleep(clock, this.intervalMs, this.stopping.signal);
    while (!this.stopped) {
      await session.recovered();
      if (this.stopped) return;
      const answered = await this.overOneStream();
      this.failures = answered ? 0 : this.failures + 1;
      if (answered) backoff.reset();
      await sleep(clock, this.pauseMs(backoff), this.stopping.signal);
    }
  }

  /** Tries the remaining endpoints at once; then pauses grow as far as the lease allows. */
  private pauseMs(backoff: Backoff): number {
    const { session, random } = this.context;
    const othersLeft = session.hosts.length > 1 && this.failures < session.hosts.length;
    if (othersLeft) return 50 + 100 * random();
    return Math.min(backoff.next(), pauseBefore(this.leftMs));
  }

  /** Returns when the stream has failed: true if it delivered at least one answer. */
  private async overOneStream(): Promise<boolean> {
    const { session, clock } = this.context;
    let answers = 0;
    let target: StreamConnection | undefined;
    try {
      target = await session.stream();
      const { connection } = target;
      const stream = new AnsweringStream((listener) => connection.openKeepAlive(listener));
      this.stream = stream;
      while (!this.stopped) {
        const askedAt = clock.now();
        const ttlMs = await this.ask(stream, connection);
        answers++;
        this.aliveUntil = Math.max(this.aliveUntil, askedAt + ttlMs);
        if (!this.stopped) this.onAnswer({ ttlMs, askedAt });
        await sleep(clock, this.intervalMs, this.stopping.signal);
      }
    } catch (error) {
      if (!this.stopped) target?.reportFailure(toEtcdFailure(error));
    } finally {
      this.stream?.cancel();
      this.stream = undefined;
    }
    return answers > 0;
  }

  /** An endpoint known to be slow may take longer if the lease still leaves time for another try. */
  private ask(stream: AnsweringStream, connection: EtcdConnection): Promise<number> {
    const { clock, session } = this.context;
    const { ttlMs, leaseId } = this.lease;
    const usualMs = Math.min(1_500, ttlMs / 5, Math.max(MIN_ANSWER_MS, this.leftMs / 3));
    const patientMs = Math.min(session.patience(connection, usualMs), this.leftMs / 2);
    const limitMs = Math.max(usualMs, patientMs);
    const { bytesRead } = connection;
    const onLimit = () => {
      const kind = connection.bytesRead === bytesRead ? 'silent' : 'slow';
      return new EtcdFailure(kind, `no keepalive answer within ${Math.round(limitMs)} ms`);
    };
    return withinLoopTime(clock, stream.ask(leaseId), { limitMs, onLimit });
  }

  private get intervalMs(): number {
    return Math.min(2_500, this.lease.ttlMs / 4);
  }
}

/** A keepalive stream as requests and answers. */
class AnsweringStream {
  private readonly stream: KeepAliveStream;
  private answer = new Deferred<number>();
  private failure: Error | undefined;

  constructor(open: (listener: StreamListener<LeaseGrant>) => KeepAliveStream) {
    this.stream = open({
      message: ({ ttlSeconds }) => this.answer.resolve(ttlSeconds * 1000),
      ended: (failure) => this.fail(failure),
    });
  }

  /** New time to live in milliseconds. */
  ask(leaseId: string): Promise<number> {
    this.answer = new Deferred();
    if (this.failure) this.answer.reject(this.failure);
    else this.stream.keepAlive(leaseId);
    return this.answer.promise;
  }

  cancel(): void {
    this.fail(new EtcdFailure('closed', 'the keepalive stream was cancelled'));
    this.stream.cancel();
  }

  private fail(failure: Error): void {
    this.failure ??= failure;
    this.answer.reject(failure);
  }
}
