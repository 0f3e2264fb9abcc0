import type { CallOutcome } from './call-outcome.js';
import type { LoadReport } from '../reports/load-report.js';

/** To where failures alone can raise the average: from there an instance is tried again after some half-lives. */
const FAILURE_LIMIT_MS = 1_000;

/**
 * The first calls of a process are slow whatever it can do: it connects, loads and compiles. Of so many calls the best is
 * where the average begins; one that counted like any other would keep calls away for many half-lives.
 */
const WARM_UP_CALLS = 10;

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
  private warmUpCalls = WARM_UP_CALLS;
  private best = Infinity;

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

  /**
   * @param tick of the pick.
   * @returns how many calls are in flight, this one included: what {@link ended} wants to know.
   */
  started(tick: number, now: number, halfLifeMs: number): number {
    if (this.inFlight === 0) {
      this.average = this.latencyPerCallMs(now, halfLifeMs);
      this.averagedAt = now;
    }
    this.inFlight += 1;
    if (this.picksTick === tick && this.picks > 0) this.picks -= 1;
    return this.inFlight;
  }

  /**
   * @param latencyMs from start to end.
   * @param among the calls that were in flight when this one had started.
   */
  ended(
    latencyMs: number,
    among: number,
    outcome: CallOutcome,
    now: number,
    halfLifeMs: number,
  ): void {
    this.inFlight -= 1;
    // A latency of 0 would say that nothing is known.
    const sample = Math.max(latencyMs, 0.001) / among;
    if (outcome === 'failed') {
      // An instance that fails at once would draw all calls.
      const doubled = Math.min(2 * Math.max(this.average, 1), FAILURE_LIMIT_MS);
      this.average = Math.max(this.average, sample, doubled);
      this.warmUpCalls = 0;
    } else if (this.warmUpCalls > 0) {
      this.warmUp(sample, outcome, now);
      return;
    } else if (outcome === 'answered' || sample > this.average) {
      const kept = this.average === 0 ? 0 : 2 ** -((now - this.averagedAt) / halfLifeMs);
      this.average = this.average * kept + sample * (1 - kept);
    } else return;
    this.averagedAt = now;
  }

  /** A call has ended of which the latency says nothing. */
  endedUnmeasured(): void {
    this.inFlight -= 1;
  }

  private warmUp(sample: number, outcome: CallOutcome, now: number): void {
    if (outcome !== 'answered') return;
    this.best = Math.min(this.best, sample);
    this.warmUpCalls -= 1;
    if (this.warmUpCalls > 0) return;
    this.average = this.best;
    this.averagedAt = now;
  }

  /**
   * Exponentially weighted moving average of the latency by the number of calls that shared the instance, in milliseconds:
   * what one more call costs. 0 while the instance warms up. It fades with the time since the last call that was measured, open
   * streams or not, so that an instance that was slow is tried again.
   */
  latencyPerCallMs(now: number, halfLifeMs: number): number {
    if (this.average === 0) return 0;
    return this.average * 2 ** -((now - this.averagedAt) / halfLifeMs);
  }
}
