/** An invalid service name. */
export class InvalidNameError extends Error {
  override readonly name = 'InvalidNameError';

  constructor(
    readonly given: string,
    subject = 'a service',
  ) {
    super(
      `The name of ${subject} is lower case words of letters and digits, the first of them a letter, with "-" between them, ` +
        `as in "order-items"; got ${JSON.stringify(given)}.`,
    );
  }
}

/** A workspace that a schematic does not support. */
export class UnsupportedWorkspaceError extends Error {
  override readonly name = 'UnsupportedWorkspaceError';
}

/** An unreadable or invalid file of the workspace. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';

  constructor(path: string, reality: string, options?: ErrorOptions) {
    super(`${path} ${printable(reality)}. Correct it.`, options);
  }
}

/** A file that a schematic would generate, but that exists and was not generated. */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';

  constructor(path: string) {
    super(
      `${path} should be generated from a .proto file, but its first line is not "// Generated from …". ` +
        'Move or delete it.',
    );
  }
}

/** A schematic whose name option is missing. */
export class MissingNameError extends Error {
  override readonly name = 'MissingNameError';

  constructor(schematic: string) {
    super(
      `${schematic} needs the name of a service, and none was given: nest generate -c @grpc-discovery/schematics ${schematic} orders.`,
    );
  }
}

/** An unknown option of a schematic. */
export class UnknownOptionError extends Error {
  override readonly name = 'UnknownOptionError';

  constructor(schematic: string, option: string, known: readonly string[]) {
    super(
      `${schematic} has no option --${printable(option)}; it has ${known.map((it) => `--${it}`).join(', ')}. Correct or remove it.`,
    );
  }
}

/** A missing or invalid contract. */
export class InvalidContractError extends Error {
  override readonly name = 'InvalidContractError';

  constructor(path: string, reality: string, remedy: string, options?: ErrorOptions) {
    super(`The contract ${path} ${printable(reality)}. ${remedy}`, options);
  }
}

/** Several invalid contracts. */
export class InvalidContractsError extends Error {
  override readonly name = 'InvalidContractsError';

  constructor(readonly faults: readonly Error[]) {
    super(faults.map(({ message }) => message).join('\n'), { cause: faults[0] });
  }
}

/** A module that can't be changed, because its code has an unusual form. */
export class UnreadableModuleError extends Error {
  override readonly name = 'UnreadableModuleError';

  constructor(path: string, addition: string) {
    super(
      `${path} has no class with @Module({ … }) whose options are written there: add ${addition} to its imports by hand.`,
    );
  }
}

/** Foreign text without the characters that control a terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (it) => JSON.stringify(it).slice(1, -1));
}
