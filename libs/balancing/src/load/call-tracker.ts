import type { PickResult, SubchannelInterface } from '../grpc/experimental.js';
import { complete } from '../grpc/pick.js';
import type { Clock, Observation } from '../policies/policy.js';
import { decodeLoadReport, LOAD_REPORT_TRAILER } from '../reports/load-report.js';
import { callOutcome, type CallCounts, type MeasuredLoad } from './endpoint-load.js';

/** Numbers the ticks of the event loop in which something was marked. */
class EventLoopTicks {
  /** Number of this tick if something was marked in it; otherwise of the next one that is marked. */
  current = 0;
  private end: NodeJS.Immediate | undefined;

  /** Gives this tick a number of its own. */
  mark(): number {
    this.end ??= setImmediate(() => {
      this.end = undefined;
      this.current += 1;
    }).unref();
    return this.current;
  }

  stop(): void {
    clearImmediate(this.end);
    this.end = undefined;
  }
}

interface TrackedEndpoint {
  readonly load: MeasuredLoad;
  readonly subchannel: SubchannelInterface;
  /** The result for picks whose calls no policy observes: all such picks share it. */
  readonly unobservedPick: PickResult;
}

/** Tracks calls from pick to end, as far as the policies of the channel observe them. */
export class CallTracker {
  private readonly ticks = new EventLoopTicks();
  private halfLifeMs = Infinity;
  private reports = false;
  private isOff = true;

  constructor(
    private readonly clock: Clock,
    private readonly total: CallCounts,
  ) {}

  /** From now on, tracks what these policies observe. */
  observe(observations: readonly (Observation | undefined)[]): void {
    const halfLives = observations.map((it) => it?.load?.halfLifeMs ?? Infinity);
    this.halfLifeMs = Math.min(...halfLives);
    this.reports = observations.some((it) => it?.reports);
    const isCounting = observations.some((it) => it?.counts);
    this.isOff = this.halfLifeMs === Infinity && !this.reports && !isCounting;
  }

  tick(): number {
    return this.ticks.current;
  }

  /** Calls of the channel that are in flight or were picked in this tick. */
  calls(): number {
    return this.total.active(this.ticks.current);
  }

  /** Counts and latency of an endpoint; undefined if no policy observes them. */
  countsOf(load: MeasuredLoad | undefined): {
    readonly inFlight: number | undefined;
    readonly latencyPerCallMs: number | undefined;
  } {
    const { halfLifeMs } = this;
    const latency =
      halfLifeMs < Infinity ? load?.latencyPerCallMs(this.clock.now(), halfLifeMs) : 0;
    return {
      inFlight: this.isOff ? undefined : load?.inFlight,
      latencyPerCallMs: latency === 0 ? undefined : latency,
    };
  }

  /** Picks an endpoint. grpc-js may discard the pick, so a pick counts for this tick only; calls count once they start. */
  pick({ load, subchannel, unobservedPick }: TrackedEndpoint, isStream = false): PickResult {
    if (this.isOff) return unobservedPick;
    const { clock, halfLifeMs, reports } = this;
    const tick = this.ticks.mark();
    load.picked(tick);
    let startedAt = 0;
    let among = 1;
    return complete(subchannel, {
      onCallStarted: () => {
        startedAt = clock.now();
        among = load.started(tick, startedAt, halfLifeMs);
      },
      onCallEnded: (code, _details, metadata) => {
        const now = clock.now();
        const outcome = callOutcome(code);
        // The duration of a stream reveals nothing about the speed of the instance; its failure does reveal trouble.
        if (isStream && outcome !== 'failed') load.endedUnmeasured();
        else load.ended(isStream ? 0 : now - startedAt, among, outcome, now, halfLifeMs);
        if (reports) takeReport(load, metadata.get(LOAD_REPORT_TRAILER)[0], now);
      },
    });
  }

  stop(): void {
    this.ticks.stop();
  }
}

function takeReport(load: MeasuredLoad, trailer: string | Buffer | undefined, at: number): void {
  if (!Buffer.isBuffer(trailer)) return;
  const value = decodeLoadReport(trailer);
  if (value) load.report = { value, at };
}
