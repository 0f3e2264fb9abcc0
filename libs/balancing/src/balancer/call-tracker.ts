import { status } from '@grpc/grpc-js';
import type { PickResult } from '../grpc/experimental.js';
import { complete } from '../grpc/pick.js';
import type { Observation } from '../policies/policy.js';
import { decodeLoadReport, LOAD_REPORT_TRAILER } from '../reports/load-report.js';
import type { EndpointChild } from './endpoint-child.js';
import type { EndpointLoad } from './endpoint-load.js';
import type { EventLoopTicks } from './event-loop-ticks.js';

/** Follows calls from their pick to their end, as far as the policies of the channel want to know. */
export class CallTracker {
  private halfLifeMs = Infinity;
  private reports = false;

  constructor(
    private readonly ticks: EventLoopTicks,
    private readonly now: () => number,
  ) {}

  /** What is to be known from now on. */
  observe(observations: Iterable<Observation | undefined>): void {
    this.halfLifeMs = Infinity;
    this.reports = false;
    for (const observation of observations) {
      this.halfLifeMs = Math.min(this.halfLifeMs, observation?.load?.halfLifeMs ?? Infinity);
      this.reports ||= observation?.reports ?? false;
    }
  }

  /** The pick of an endpoint. It may be thrown away: only calls that start are counted, and picks for this tick. */
  pick(child: EndpointChild): PickResult {
    if (this.halfLifeMs === Infinity && !this.reports) return child.unobservedPick;
    const { load, subchannel } = child;
    const tick = this.ticks.mark();
    load.picked(tick);
    let startedAt = 0;
    return complete(subchannel, {
      onCallStarted: () => {
        startedAt = this.now();
        load.started(tick);
      },
      onCallEnded: (code, _details, metadata) => {
        const now = this.now();
        load.ended(now - startedAt, code === status.OK, now, this.halfLifeMs);
        if (this.reports) takeReport(load, metadata.get(LOAD_REPORT_TRAILER)[0], now);
      },
    });
  }
}

function takeReport(load: EndpointLoad, trailer: string | Buffer | undefined, at: number): void {
  if (!Buffer.isBuffer(trailer)) return;
  const value = decodeLoadReport(trailer);
  if (value) load.report = { value, at };
}
