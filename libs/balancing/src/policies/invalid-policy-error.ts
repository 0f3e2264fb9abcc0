/**
 * A load-balancing policy or another part of a service config has a value that can't work. Thrown by the policy
 * builders, by `discoveryChannelOptions`, and reported for a published service config.
 */
export class InvalidPolicyError extends Error {
  override readonly name = 'InvalidPolicyError';

  /**
   * @param policy Name of the policy, or of the part of a service config, that has the option.
   * @param option Name of the option.
   * @param expected The rule, in words.
   * @param given What was given instead, safe to print.
   * @param remedy What to do about it.
   */
  constructor(
    readonly policy: string,
    readonly option: string,
    readonly expected: string,
    readonly given: string,
    remedy: string,
  ) {
    super(escaped(`${policy}: ${option} must be ${expected}, but is ${given}. ${remedy}`));
  }
}

/** Control characters, those that change the direction of text, and those that break lines. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** Names and values are those of a config that others may have published: a log must not be written to by them. */
function escaped(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value as it may stand in a message: short, on one line. */
export function show(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === undefined ? 'not given' : `a ${typeof value}`;
}
