import { status } from '@grpc/grpc-js';
import type { EndpointLoad, LoadReport } from '../policies/policy.js';

/** What the end of a call reveals about the instance that served it. */
type CallOutcome =
  /** The instance did its work, even if the response is an error: the latency counts. */
  | 'answered'
  /** The instance is in trouble, however fast it responded. */
  | 'failed'
  /** Nothing, except that it had not responded yet. */
  | 'unknown';

const FAILURES: ReadonlySet<status> = new Set([
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

export function callOutcome(code: status): CallOutcome {
  if (code === status.CANCELLED) return 'unknown';
  return FAILURES.has(code) ? 'failed' : 'answered';
}

/** Failures alone raise the average no further than this: from here an instance is tried again after some half-lives. */
const FAILURE_LIMIT_MS = 1_000;

/**
 * The first calls of a process are slow on any machine: it connects, loads and compiles. The average starts with the best
 * of this many calls; if each of them counted, the instance would get no calls for many half-lives.
 */
const WARM_UP_CALLS = 10;

/** Calls of one instance, or of all instances of a channel together. */
export class CallCounts {
  /** Calls that have started and not ended. */
  inFlight = 0;
  private picks = 0;
  private picksTick = -1;

  active(tick: number): number {
    return this.picksTick === tick ? this.inFlight + this.picks : this.inFlight;
  }

  picked(tick: number): void {
    this.picks = this.picksTick === tick ? this.picks + 1 : 1;
    this.picksTick = tick;
  }

  /** @param tick Tick of the pick. */
  started(tick: number): void {
    this.inFlight += 1;
    if (this.picksTick === tick && this.picks > 0) this.picks -= 1;
  }

  ended(): void {
    this.inFlight -= 1;
  }
}

/** Measures the load of one instance. A new process at the same address gets a new one. */
export class MeasuredLoad implements EndpointLoad {
  report: { readonly value: LoadReport; readonly at: number } | undefined;
  private readonly counts = new CallCounts();
  private average = 0;
  private averagedAt = 0;
  private warmUpCalls = WARM_UP_CALLS;
  private best = Infinity;

  /** @param total Counts of the whole channel, which every change here updates as well. */
  constructor(
    readonly instanceId: string,
    readonly firstSeenAt: number,
    private readonly total: CallCounts,
  ) {}

  get inFlight(): number {
    return this.counts.inFlight;
  }

  active(tick: number): number {
    return this.counts.active(tick);
  }

  picked(tick: number): void {
    this.counts.picked(tick);
    this.total.picked(tick);
  }

  /**
   * @param tick Tick of the pick.
   * @returns the number of calls in flight, including this one, to be passed to {@link ended}.
   */
  started(tick: number, now: number, halfLifeMs: number): number {
    if (this.inFlight === 0) {
      this.average = this.latencyPerCallMs(now, halfLifeMs);
      this.averagedAt = now;
    }
    this.counts.started(tick);
    this.total.started(tick);
    return this.inFlight;
  }

  /**
   * @param latencyMs Time from start to end.
   * @param among Number of calls that were in flight when this one had started.
   */
  ended(
    latencyMs: number,
    among: number,
    outcome: CallOutcome,
    now: number,
    halfLifeMs: number,
  ): void {
    this.endedUnmeasured();
    // 0 would mean that nothing is known.
    const sample = Math.max(latencyMs, 0.001) / among;
    if (outcome === 'failed') {
      // Otherwise an instance that fails at once would attract all calls.
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

  /** A call has ended whose latency has no meaning. */
  endedUnmeasured(): void {
    this.counts.ended();
    this.total.ended();
  }

  /**
   * The average fades with the time since the last measured call, whether or not streams are open, so that an instance that
   * was slow is tried again.
   */
  latencyPerCallMs(now: number, halfLifeMs: number): number {
    if (this.average === 0) return 0;
    return this.average * 2 ** -((now - this.averagedAt) / halfLifeMs);
  }

  private warmUp(sample: number, outcome: CallOutcome, now: number): void {
    if (outcome !== 'answered') return;
    this.best = Math.min(this.best, sample);
    this.warmUpCalls -= 1;
    if (this.warmUpCalls > 0) return;
    this.average = this.best;
    this.averagedAt = now;
  }
}
