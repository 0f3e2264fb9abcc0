import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@grpc-discovery/test-support';
import type { Gateway } from './gateway.js';

/** The outcomes of calls since the last restart of the tally. */
export interface Tally {
  /** Answers by the instance that gave them. */
  readonly calls: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
}

export interface Failure {
  /** By `performance.now()`. */
  readonly at: number;
  readonly reason: string;
}

const WORKERS = 6;
/** Each worker's pause between two calls: enough calls to notice any gap, on two cores shared by eight processes. */
const PAUSE_MS = 10;

/** Calls the gateway continuously from several workers and counts the outcomes. */
export class Load {
  private readonly workers: Promise<void>[];
  private stopped = false;
  private paused = false;
  private inFlight = 0;
  private calls = new Map<string, number>();
  private failures: Failure[] = [];

  constructor(private readonly gateway: Gateway) {
    this.workers = Array.from({ length: WORKERS }, () => this.work());
  }

  /** Most calls that can be in flight at a time. */
  get concurrency(): number {
    return WORKERS;
  }

  /** The outcomes since the last `restart`. */
  get tally(): Tally {
    return { calls: this.calls, failures: this.failures };
  }

  restart(): void {
    this.calls = new Map();
    this.failures = [];
  }

  /** Continues the load for a while and returns the tally. */
  async observe(ms: number): Promise<Tally> {
    await delay(ms);
    return this.tally;
  }

  /** Resolves when no call is in flight; none follows until `resume`. */
  async pause(): Promise<void> {
    this.paused = true;
    await until('no call is in flight', () => this.inFlight === 0);
  }

  resume(): void {
    this.paused = false;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.workers);
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      if (!this.paused) await this.call();
      await delay(PAUSE_MS);
    }
  }

  private async call(): Promise<void> {
    this.inFlight += 1;
    const reply = await this.gateway.hello('load');
    this.inFlight -= 1;
    if (reply.kind === 'answered') this.count(reply.instanceId);
    else this.failures.push({ at: performance.now(), reason: reply.reason });
  }

  private count(instanceId: string): void {
    this.calls.set(instanceId, (this.calls.get(instanceId) ?? 0) + 1);
  }
}
