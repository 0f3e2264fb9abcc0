import {
  aFunction,
  arrayOf,
  durationMs,
  integer,
  oneOf,
  type OptionTable,
  readOptions,
  required,
  withDefault,
} from '@grpc-discovery/registry/options';
import { InvalidReadinessError } from '../errors.js';

/**
 * Whether the application can do its work. It fails by `false`, by throwing, by taking longer than `timeoutMs`, and by a result
 * of terminus, of an indicator or of a whole health check, that says `down` or `error`. It passes by `true`, by nothing, and by a
 * result of terminus else. Anything else is warned of once: it passes, as rows of a database do, unless it has an `ok` that is false,
 * as a response of status 500 has.
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

const runs = integer(1, 1_000);

export const readinessTable = {
  checks: required(
    arrayOf(
      aFunction<ReadinessCheck>('Give a function that says whether the application can work.'),
      'Give the functions that say whether the application can work.',
    ),
    'all must pass',
  ),
  intervalMs: withDefault(durationMs(), 5_000, 'time between two runs'),
  timeoutMs: withDefault(durationMs(), 2_000, 'time that a check may take'),
  failures: withDefault(runs, 3, 'failed runs in a row after which the instances leave'),
  successes: withDefault(runs, 2, 'passed runs in a row after which they come back'),
  leaveBy: withDefault(
    oneOf(['weight', 'deregistration']),
    'weight' as const satisfies LeaveBy,
    'what leaving means for the entry',
  ),
} satisfies OptionTable<ReadinessOptions>;

/** @throws InvalidReadinessError */
export function normalizeReadinessOptions(options: ReadinessOptions): NormalizedReadinessOptions {
  return readOptions(readinessTable, options, 'readiness', InvalidReadinessError);
}
