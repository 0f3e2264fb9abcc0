import { status } from '@grpc/grpc-js';

/** What the end of a call says of the instance that served it. */
export type CallOutcome =
  /** It did its work, be the answer an error: its latency counts. */
  | 'answered'
  /** It is in trouble, however fast it says so. */
  | 'failed'
  /** Nothing, but that it had not answered yet. */
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
