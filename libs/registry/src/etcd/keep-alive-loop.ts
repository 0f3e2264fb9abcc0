import { Backoff } from '../timing/backoff.js';
import type { Clock, Random } from '../timing/clock.js';
import { Deferred } from '../timing/deferred.js';
import { sleep, within } from '../timing/sleep.js';
import type { KeepAliveStream, LeaseGrant, StreamListener } from './etcd-connection.js';
import { EtcdFailure, toEtcdFailure } from './etcd-failure.js';
import type { EtcdSession, StreamConnection } from './etcd-session.js';

export interface KeepAliveLoopOptions {
  readonly session: EtcdSession;
  readonly clock: Clock;
  readonly random: Random;
  readonly leaseId: string;
  readonly ttlMs: number;
}

export interface KeepAliveAnswer {
  /** New time to live; 0 when etcd knows the lease no more. */
  readonly ttlMs: number;
  /** When it was asked for: the lease lives from then on, at least. */
  readonly askedAt: number;
}

/** Keeps one lease alive, over one stream after the other, until it is stopped. */
export class KeepAliveLoop {
  private readonly stopping = new AbortController();
  private stream: AnsweringStream | undefined;

  constructor(
    private readonly options: KeepAliveLoopOptions,
    private readonly onAnswer: (answer: KeepAliveAnswer) => void,
  ) {
    void this.run();
  }

  stop(): void {
    this.stopping.abort();
    this.stream?.cancel();
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    const { session, clock, random } = this.options;
    // Never longer than the usual pause: after an outage the lease has no more than its TTL.
    const backoff = new Backoff(Math.min(200, this.intervalMs), this.intervalMs, random);
    await sleep(clock, this.intervalMs, this.stopping.signal);
    while (!this.stopped) {
      await session.recovered();
      if (this.stopped) return;
      const answered = await this.overOneStream();
      if (answered) backoff.reset();
      await sleep(clock, backoff.next(), this.stopping.signal);
    }
  }

  /** Returns when the stream has failed: true when it gave at least one answer. */
  private async overOneStream(): Promise<boolean> {
    const { session, clock } = this.options;
    let answers = 0;
    let target: StreamConnection | undefined;
    try {
      target = session.stream();
      const { connection } = target;
      const stream = new AnsweringStream((listener) => connection.openKeepAlive(listener));
      this.stream = stream;
      while (!this.stopped) {
        const askedAt = clock.now();
        const ttlMs = await this.ask(stream);
        answers++;
        if (!this.stopped) this.onAnswer({ ttlMs, askedAt });
        await sleep(clock, this.intervalMs, this.stopping.signal);
      }
    } catch (error) {
      if (!this.stopped) target?.blame(toEtcdFailure(error));
    } finally {
      this.stream?.cancel();
      this.stream = undefined;
    }
    return answers > 0;
  }

  private ask(stream: AnsweringStream): Promise<number> {
    const { clock, ttlMs, leaseId } = this.options;
    const limitMs = Math.min(1_500, ttlMs / 5);
    const silence = () => new EtcdFailure('silent', `no keepalive answer within ${limitMs} ms`);
    return within(clock, limitMs, stream.ask(leaseId), silence);
  }

  private get intervalMs(): number {
    return Math.min(2_500, this.options.ttlMs / 4);
  }
}

/** A keepalive stream as question and answer. */
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
