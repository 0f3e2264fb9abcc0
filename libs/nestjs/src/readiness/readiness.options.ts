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

/**
 * Checks whether the application can do its work. A check fails if it returns `false`, throws, takes longer than `timeoutMs`, or
 * returns a result of terminus (of an indicator or of a whole health check) with status `down` or `error`. It passes if it returns
 * `true`, nothing, or any other result of terminus. Anything else, such as rows of a database, passes with one warning, unless its
 * `ok` is false, as in a response of status 500.
 */
export type ReadinessCheck = () => unknown;

/** How leaving the rotation changes an instance's entry in the registry; its health is NOT_SERVING in both cases. */
export type LeaveBy =
  /** It stays listed with weight 0. */
  | 'weight'
  /** It is deregistered, and registered again when it returns. */
  | 'deregistration';

/** Checks of the application that take its instances out of rotation and back. */
export interface ReadinessOptions {
  /** All must pass. They run side by side. */
  readonly checks: readonly ReadinessCheck[];
  /** Time between the end of one run and the start of the next, in milliseconds, give or take a tenth. @default 5_000 */
  readonly intervalMs?: number;
  /** Longest time of a check, in milliseconds. A check that takes longer does not start again before it has ended. @default 2_000 */
  readonly timeoutMs?: number;
  /** Failed runs in a row after which the instances leave. @default 3 */
  readonly failures?: number;
  /** Passed runs in a row after which the instances return. @default 2 */
  readonly successes?: number;
  /** @default 'weight' */
  readonly leaveBy?: LeaveBy;
}

export type NormalizedReadinessOptions = Required<ReadinessOptions>;

const runs = integer(1, 1_000);

const readinessTable = {
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

/** @throws InvalidOptionError */
export function normalizeReadinessOptions(options: ReadinessOptions): NormalizedReadinessOptions {
  return readOptions(readinessTable, options, 'readiness');
}
