import { Metadata, ServerInterceptingCall, status, type ServerInterceptor } from '@grpc/grpc-js';
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { durationMsForm, isDurationMs } from '../policies/duration.js';
import { parsePolicy } from '../policies/policies.js';
import { SettingsReader } from '../policies/settings-reader.js';
import type { LoadReport } from '../policies/policy.js';
import { encodeLoadReport, LOAD_REPORT_TRAILER } from './load-report.js';

export interface ReportUtilizationOptions {
  /** Time over which utilisation and calls per second are measured, in milliseconds. @default 1_000 */
  readonly windowMs?: number;
}

/**
 * A server interceptor that ends each call with a load report (ORCA, gRFC A51): how busy the event loop is, and how many
 * calls it serves. Pass it to the server: `new Server({ interceptors: [reportUtilization()] })`. It keeps no timer.
 * @throws InvalidPolicyError if `windowMs` is no duration.
 */
export function reportUtilization(options: ReportUtilizationOptions = {}): ServerInterceptor {
  const reader = new SettingsReader('reportUtilization', options, parsePolicy);
  const windowMs = reader.value('windowMs') ?? 1_000;
  reader.refuseUnknown();
  if (!isDurationMs(windowMs)) {
    throw reader.invalid('windowMs', durationMsForm(), windowMs, 'Leave it out for 1000.');
  }
  const meter = new UtilizationMeter(windowMs);
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      sendStatus(ending, next) {
        meter.count(ending.code !== status.OK);
        const metadata = ending.metadata?.clone() ?? new Metadata();
        metadata.set(LOAD_REPORT_TRAILER, encodeLoadReport(meter.report()));
        next({ ...ending, metadata });
      },
    });
}

/** The part of `node:perf_hooks` that a meter reads. Specs script it. */
interface MeteredProcess {
  /** Monotonic, in milliseconds. */
  now(): number;
  eventLoopUtilization(): EventLoopUtilization;
}

/** Measures the event loop and the calls of a server, in windows that end with the first call after their time. */
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

  /** The report of the last complete window; all zeros before the first one. */
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
