import { createHistogram } from 'node:perf_hooks';
import type { GreeterClient } from './greeter.client.js';
import type { Failures, Tally } from './tally.js';

const TICK_MS = 5;
/** A machine that does not keep up with the rate would collect calls until they all time out: beyond it, calls wait. */
const MAX_IN_FLIGHT = 100;

/** Calls at a fixed rate, whatever the outcomes: a slow answer delays no other call. */
export class UnaryLoad {
  private readonly latency = createHistogram();
  private readonly open = new Set<Promise<void>>();
  private readonly start = performance.now();
  private readonly timer: NodeJS.Timeout;
  private sent = 0;
  private answered = 0;

  constructor(
    private readonly greeter: GreeterClient,
    private readonly ratePerSecond: number,
    private readonly failures: Failures,
  ) {
    this.timer = setInterval(() => this.sendDue(), TICK_MS);
  }

  get tally(): Pick<Tally, 'answered' | 'latencyMs'> {
    const ms = (microseconds: number) => microseconds / 1_000;
    const { max } = this.latency;
    const latencyMs = {
      p50: ms(this.latency.percentile(50)),
      p99: ms(this.latency.percentile(99)),
      max: ms(max),
    };
    return { answered: this.answered, latencyMs };
  }

  /** Sends no more, and resolves when every call has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.open);
  }

  private sendDue(): void {
    const due = ((performance.now() - this.start) * this.ratePerSecond) / 1_000;
    for (; this.sent < due && this.open.size < MAX_IN_FLIGHT; this.sent += 1) {
      const call = this.call();
      this.open.add(call);
      call
        .catch((error: unknown) => this.failures.add(error))
        .finally(() => this.open.delete(call));
    }
  }

  private async call(): Promise<void> {
    const start = performance.now();
    try {
      await this.greeter.sayHello({ name: 'unary' });
      this.answered += 1;
      this.latency.record(Math.max(1, Math.round((performance.now() - start) * 1_000)));
    } catch (error) {
      this.failures.add(error);
    }
  }
}
