import { Metadata, ServerInterceptingCall, status, type ServerInterceptor } from '@grpc/grpc-js';
import { durationMsForm, isDurationMs } from '../policies/duration.js';
import { InvalidPolicyError, show } from '../policies/invalid-policy-error.js';
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
  const { windowMs = 1_000 } = options;
  if (!isDurationMs(windowMs)) {
    const remedy = 'Leave it out for 1000.';
    const expected = durationMsForm();
    throw new InvalidPolicyError('reportUtilization', 'windowMs', expected, show(windowMs), remedy);
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
