import type { LoadReport } from '../reports/load-report.js';

/**
 * What a channel has learned of one instance. It survives reconnects, neighbours, pickers and policies, and ends with the
 * instance: a new process at the same address starts anew.
 */
export class EndpointLoad {
  /** Calls that have started and not ended. */
  inFlight = 0;
  /** The last report of the server, and when it came. */
  report: { readonly value: LoadReport; readonly at: number } | undefined;
  private picks = 0;
  private picksTick = -1;
  private average = 0;
  private averagedAt = 0;

  /** @param firstSeenAt when this client first saw the instance; -Infinity when it was there before the client. */
  constructor(
    readonly instanceId: string,
    readonly firstSeenAt: number,
  ) {}

  /** Calls in flight, and those picked in this tick of the event loop that have not started yet. */
  active(tick: number): number {
    return this.picksTick === tick ? this.inFlight + this.picks : this.inFlight;
  }

  picked(tick: number): void {
    this.picks = this.picksTick === tick ? this.picks + 1 : 1;
    this.picksTick = tick;
  }

  /** @param tick of the pick. */
  started(tick: number): void {
    this.inFlight += 1;
    if (this.picksTick === tick && this.picks > 0) this.picks -= 1;
  }

  /**
   * @param latencyMs from start to end.
   * @param isOk a failure may have been quick: it never makes the average better.
   */
  ended(latencyMs: number, isOk: boolean, now: number, halfLifeMs: number): void {
    this.inFlight -= 1;
    const before = this.latencyMs(now, halfLifeMs);
    if (!isOk && latencyMs < before) return;
    const kept = this.average === 0 ? 0 : 2 ** -((now - this.averagedAt) / halfLifeMs);
    // A peak counts at once: what has become slow is left with the first call that shows it.
    this.average = latencyMs > before ? latencyMs : this.average * kept + latencyMs * (1 - kept);
    this.averagedAt = now;
  }

  /** Exponentially weighted moving average of the latency, in milliseconds; 0 before the first call has ended. */
  latencyMs(now: number, halfLifeMs: number): number {
    void now;
    void halfLifeMs;
    return this.average;
  }
}
