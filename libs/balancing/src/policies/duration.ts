/** No timer of Node runs longer, in milliseconds: about 24.8 days. A longer one would fire at once. */
export const MAX_DURATION_MS = 2_147_483_647;

/** What is expected of a duration, for messages. */
export const DURATION_FORM = 'a duration such as "1.5s", from 0.001s to 2147483s';

/**
 * Reads a duration in the JSON form of protobuf, as service configs have it: `"1.5s"`.
 * @returns milliseconds from 1 to {@link MAX_DURATION_MS}; undefined for anything else: none would work as a deadline or a timer
 */
export function parseDurationMs(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,12}(\.\d{1,9})?s$/.test(value)) return undefined;
  const ms = Number(value.slice(0, -1)) * 1_000;
  return ms >= 1 && ms <= MAX_DURATION_MS ? ms : undefined;
}
