/** Longest time of a timer in Node, in milliseconds: about 24.8 days. A longer timer would fire at once. */
export const MAX_DURATION_MS = 2_147_483_647;

/** Whether a number of milliseconds is valid for a timer or a deadline. */
export function isDurationMs(value: unknown, least = 1): value is number {
  return typeof value === 'number' && value >= least && value <= MAX_DURATION_MS;
}

/** The valid numbers of milliseconds, for messages. */
export function durationMsForm(least = 1): string {
  return `a number of milliseconds from ${least} to ${MAX_DURATION_MS}`;
}

/** The valid durations in JSON, for messages. */
export const DURATION_FORM = 'a duration such as "1.5s", from 0.001s to 2147483s';

/**
 * Reads a duration in the JSON form of protobuf, or in the form that grpc-js also accepts: `{ seconds: 1, nanos: 0 }`.
 * @returns the same as {@link parseDurationMs}.
 */
export function parseDurationOrPartsMs(value: unknown): number | undefined {
  const { seconds, nanos = 0 } = (value ?? {}) as Record<string, unknown>;
  const isParts = Number.isInteger(seconds) && Number.isInteger(nanos) && Number(nanos) >= 0;
  const text = isParts ? `${(Number(seconds) + Number(nanos) / 1e9).toFixed(9)}s` : value;
  return parseDurationMs(text);
}

/**
 * Reads a duration in the JSON form of protobuf, as service configs have it: `"1.5s"`.
 * @returns milliseconds from 1 to {@link MAX_DURATION_MS}; undefined for anything else, which is invalid for a deadline or timer.
 */
export function parseDurationMs(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,12}(\.\d{1,9})?s$/.test(value)) return undefined;
  const ms = Number(value.slice(0, -1)) * 1_000;
  return isDurationMs(ms) ? ms : undefined;
}
