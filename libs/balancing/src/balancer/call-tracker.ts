import type { CandidateExplanation } from '../channel/call-explanation.js';
import type { PickResult } from '../grpc/experimental.js';
import { complete } from '../grpc/pick.js';
import type { Observation } from '../policies/policy.js';
import { decodeLoadReport, LOAD_REPORT_TRAILER } from '../reports/load-report.js';
import { callOutcome } from './call-outcome.js';
import type { EndpointChild } from './endpoint-child.js';
import type { EndpointLoad } from './endpoint-load.js';
import type { EventLoopTicks } from './event-loop-ticks.js';

/** Follows calls from their pick to their end, as far as the policies of the channel want to know. */
export class CallTracker {
  private halfLifeMs = Infinity;
  private reports = false;
  private isOff = true;

  constructor(
    private readonly ticks: EventLoopTicks,
    private readonly now: () => number,
    /** Of all endpoints together; as old as what is known of each. */
    private readonly total: EndpointLoad,
  ) {}

  /** What is to be known from now on. */
  observe(observations: readonly (Observation | undefined)[]): void {
    const halfLives = observations.map((it) => it?.load?.halfLifeMs ?? Infinity);
    this.halfLifeMs = Math.min(...halfLives);
    this.reports = observations.some((it) => it?.reports);
    const isCounting = observations.some((it) => it?.counts);
    this.isOff = this.halfLifeMs === Infinity && !this.reports && !isCounting;
  }

  calls(): number {
    return this.total.active(this.ticks.current);
  }

  /** What is known of an endpoint's calls; undefined is what nobody wants to know. */
  known(
    load: EndpointLoad | undefined,
  ): Pick<CandidateExplanation, 'inFlight' | 'latencyPerCallMs'> {
    const { halfLifeMs } = this;
    const latency = halfLifeMs < Infinity ? load?.latencyPerCallMs(this.now(), halfLifeMs) : 0;
    return {
      inFlight: this.isOff ? undefined : load?.inFlight,
      latencyPerCallMs: latency === 0 ? undefined : latency,
    };
  }

  /** The pick of an endpoint. It may be thrown away: only calls that start are counted, and picks for this tick. */
  pick(child: EndpointChild, isStream = false): PickResult {
    if (this.isOff) return child.unobservedPick;
    const { load, subchannel } = child;
    const { total, halfLifeMs, reports } = this;
    const tick = this.ticks.mark();
    load.picked(tick);
    total.picked(tick);
    let startedAt = 0;
    let among = 1;
    return complete(subchannel, {
      onCallStarted: () => {
        startedAt = this.now();
        among = load.started(tick, startedAt, halfLifeMs);
        total.started(tick, startedAt, Infinity);
      },
      onCallEnded: (code, _details, metadata) => {
        const now = this.now();
        const outcome = callOutcome(code);
        // How long a stream is open says nothing of how fast the instance is; that it fails does.
        if (isStream && outcome !== 'failed') load.endedUnmeasured();
        else load.ended(isStream ? 0 : now - startedAt, among, outcome, now, halfLifeMs);
        total.inFlight -= 1;
        if (reports) takeReport(load, metadata.get(LOAD_REPORT_TRAILER)[0], now);
      },
    });
  }
}

function takeReport(load: EndpointLoad, trailer: string | Buffer | undefined, at: number): void {
  if (!Buffer.isBuffer(trailer)) return;
  const value = decodeLoadReport(trailer);
  if (value) load.report = { value, at };
}
