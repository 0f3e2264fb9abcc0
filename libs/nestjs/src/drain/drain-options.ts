import {
  durationMs,
  optional,
  type OptionTable,
  readOptions,
  refuse,
  withDefault,
} from '@grpc-discovery/registry/options';

/**
 * Bounds of each step of the drain, in milliseconds. A server is closed within `deregisterMs + propagationMs + graceMs`, and
 * 500 ms in which the status of cut calls reaches their clients; keep that, and 2 s for a registry that does not answer, below
 * the orchestrator's grace period.
 */
export interface DrainOptions {
  /**
   * Longest wait for the registry to confirm the deregistration. Without a confirmation, the entry ends with its lease.
   * @default 2_000
   */
  readonly deregisterMs?: number;
  /**
   * Time for the deregistration to reach clients before the server stops taking calls. Its gRPC-wide equivalent is
   * a lame-duck period. If it is too short, calls reach a closed port. Connected clients then answer two pings, which proves
   * that slow ones have received the deregistration; this takes up to 1 s of `graceMs`.
   * @default 250
   */
  readonly propagationMs?: number;
  /**
   * Time for streams to end on their own once the server takes no new calls. The others are ended with UNAVAILABLE and a
   * message that asks clients to reopen them on another instance. At most `graceMs`.
   * @default half of graceMs
   */
  readonly streamGraceMs?: number;
  /**
   * Time for all calls to finish once the server takes no new ones. Calls that run longer are cut with UNAVAILABLE.
   * @default 10_000
   */
  readonly graceMs?: number;
}

export type NormalizedDrainOptions = Required<DrainOptions>;

export const drainTable = {
  deregisterMs: withDefault(durationMs(0), 2_000, 'longest wait for the registry'),
  propagationMs: withDefault(durationMs(0), 250, 'time for the deregistration to reach clients'),
  streamGraceMs: optional(durationMs(0), 'time for streams to end on their own'),
  graceMs: withDefault(durationMs(0), 10_000, 'time for all calls to finish'),
} satisfies OptionTable<DrainOptions>;

/** @throws InvalidOptionError */
export function normalizeDrainOptions(options: DrainOptions = {}): NormalizedDrainOptions {
  const read = readOptions(drainTable, options, 'drain');
  const { graceMs, streamGraceMs = graceMs / 2 } = read;
  if (streamGraceMs > graceMs) {
    throw refuse(
      'drain.streamGraceMs',
      `at most drain.graceMs, which is ${graceMs}`,
      streamGraceMs,
    );
  }
  return { ...read, streamGraceMs };
}
