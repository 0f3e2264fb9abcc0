import type { ServerInterceptor } from '@grpc/grpc-js';

export interface ReportUtilizationOptions {
  /** Time over which utilisation and calls per second are measured, in milliseconds. @default 1_000 */
  readonly windowMs?: number;
}

/**
 * A server interceptor that ends each call with a load report (ORCA, gRFC A51): how busy the event loop is, and how many
 * calls it serves. Give it to the server: `new Server({ interceptors: [reportUtilization()] })`.
 */
export function reportUtilization(options: ReportUtilizationOptions = {}): ServerInterceptor {
  void options;
  throw new Error('not yet');
}
