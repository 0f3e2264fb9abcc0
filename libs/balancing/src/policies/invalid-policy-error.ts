/**
 * A load-balancing policy or another part of a service config has an invalid value. Thrown by the policy builders and by
 * `discoveryChannelOptions`, and passed to `onConfigError` for a published service config.
 */
export class InvalidPolicyError extends Error {
  override readonly name = 'InvalidPolicyError';

  /**
   * @param policy Name of the policy, or of the part of a service config, that has the option.
   * @param option Name of the option.
   * @param expected The rule, in words: completes "must be".
   * @param given The invalid value, safe to print: completes "but is".
   * @param remedy What to do about it, as a sentence.
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

/** Control characters, characters that change the direction of text, and line breaks. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** Names and values may come from a config that others have published, which must not be able to forge lines in a log. */
function escaped(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value for a message: short, on one line. */
export function show(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === undefined ? 'not given' : `a ${typeof value}`;
}
