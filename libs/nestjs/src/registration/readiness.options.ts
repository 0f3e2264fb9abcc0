import { durationMsForm, isDurationMs } from '@grpc-discovery/balancing';
import { InvalidReadinessError } from '../errors.js';

/**
 * Whether the application can do its work. It fails by `false`, by throwing, by taking longer than `timeoutMs`, and by a result
 * of terminus, of an indicator or of a whole health check, that says `down` or `error`.
 */
export type ReadinessCheck = () => unknown;

/** What leaving the rotation means for an instance's entry in the registry; its health is NOT_SERVING either way. */
export type LeaveBy =
  /** It stays listed with weight 0. */
  | 'weight'
  /** It is deregistered, and registered anew when it comes back. */
  | 'deregistration';

/** Checks of the application by which its instances leave the rotation and come back. */
export interface ReadinessOptions {
  /** All must pass. They run side by side. */
  readonly checks: readonly ReadinessCheck[];
  /** Time between the end of one run and the start of the next, in milliseconds, give or take a tenth. @default 5_000 */
  readonly intervalMs?: number;
  /** Time that a check may take, in milliseconds. One that takes longer is not started again before it has ended. @default 2_000 */
  readonly timeoutMs?: number;
  /** Failed runs in a row after which the instances leave. @default 3 */
  readonly failures?: number;
  /** Passed runs in a row after which they come back. @default 2 */
  readonly successes?: number;
  /** @default 'weight' */
  readonly leaveBy?: LeaveBy;
}

export type NormalizedReadinessOptions = Required<ReadinessOptions>;

/** @throws InvalidReadinessError */
export function normalizeReadinessOptions(options: ReadinessOptions): NormalizedReadinessOptions {
  const { checks, leaveBy = 'weight' } = options;
  const { intervalMs = 5_000, timeoutMs = 2_000, failures = 3, successes = 2 } = options;
  for (const [name, value] of Object.entries({ intervalMs, timeoutMs })) {
    if (!isDurationMs(value)) throw new InvalidReadinessError(name, durationMsForm(), value);
  }
  for (const [name, value] of Object.entries({ failures, successes })) {
    if (!(Number.isInteger(value) && value > 0)) {
      throw new InvalidReadinessError(name, 'an integer above 0', value);
    }
  }
  if (leaveBy !== 'weight' && leaveBy !== 'deregistration') {
    throw new InvalidReadinessError('leaveBy', '"weight" or "deregistration"', leaveBy);
  }
  return { checks, intervalMs, timeoutMs, failures, successes, leaveBy };
}
