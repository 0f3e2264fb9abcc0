/** A value that breaks a rule. Thrown synchronously, before anything is started. */
export class InvalidOptionError extends Error {
  override readonly name: string = 'InvalidOptionError';

  /**
   * @param option Name of the option or field.
   * @param expected The rule, in words.
   * @param given The value that was passed, safe to print: never a password, a token or a metadata value.
   * @param remedy How to correct it.
   * @param cause The underlying error, if any.
   */
  constructor(
    readonly option: string,
    readonly expected: string,
    readonly given: string,
    remedy: string,
    cause?: unknown,
  ) {
    super(
      `${option} must be ${expected}, but is ${given}. ${remedy}`,
      cause === undefined ? undefined : { cause },
    );
  }
}
