import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import type { LoadReport } from './load-report.js';

/** What a meter reads of its process. */
export interface MeteredProcess {
  /** Monotonic, in milliseconds. */
  now(): number;
  eventLoopUtilization(): EventLoopUtilization;
}

/** Measures the event loop and the calls of a server, over windows that end with the first call after their time. */
export class UtilizationMeter {
  private calls = 0;
  private errors = 0;
  private since: number;
  private loopSince: EventLoopUtilization;
  private last: LoadReport = { utilization: 0, callsPerSecond: 0, errorsPerSecond: 0 };

  constructor(
    private readonly windowMs: number,
    private readonly metered: MeteredProcess = performance,
  ) {
    this.since = metered.now();
    this.loopSince = metered.eventLoopUtilization();
  }

  count(isError: boolean): void {
    this.calls += 1;
    if (isError) this.errors += 1;
  }

  /** Of the last window that is over; all zeros before there is one. */
  report(): LoadReport {
    const now = this.metered.now();
    const elapsedMs = now - this.since;
    if (elapsedMs < this.windowMs) return this.last;
    const loop = this.metered.eventLoopUtilization();
    const idle = loop.idle - this.loopSince.idle;
    const active = loop.active - this.loopSince.active;
    this.last = {
      utilization: active / (active + idle) || 0,
      callsPerSecond: (this.calls * 1000) / elapsedMs,
      errorsPerSecond: (this.errors * 1000) / elapsedMs,
    };
    this.since = now;
    this.loopSince = loop;
    this.calls = 0;
    this.errors = 0;
    return this.last;
  }
}
