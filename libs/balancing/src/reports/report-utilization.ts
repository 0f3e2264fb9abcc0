import { Metadata, ServerInterceptingCall, status, type ServerInterceptor } from '@grpc/grpc-js';
import { durationMsForm, isDurationMs } from '../policies/duration.js';
import { parsePolicy } from '../policies/policies.js';
import { SettingsReader } from '../policies/settings-reader.js';
import { encodeLoadReport, LOAD_REPORT_TRAILER } from './load-report.js';
import { UtilizationMeter } from './utilization-meter.js';

export interface ReportUtilizationOptions {
  /** Time over which utilisation and calls per second are measured, in milliseconds. @default 1_000 */
  readonly windowMs?: number;
}

/**
 * A server interceptor that ends each call with a load report (ORCA, gRFC A51): how busy the event loop is, and how many
 * calls it serves. Give it to the server: `new Server({ interceptors: [reportUtilization()] })`. It keeps no timer.
 * @throws InvalidPolicyError when `windowMs` is no duration.
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
