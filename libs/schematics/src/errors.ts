/** A name that can't be that of a service. */
export class InvalidNameError extends Error {
  override readonly name = 'InvalidNameError';

  constructor(readonly given: string) {
    super(
      'The name of a service is lower case words of letters and digits, the first of them a letter, with "-" between them, ' +
        `as in "order-items"; got ${JSON.stringify(given)}.`,
    );
  }
}

/** A workspace in which a schematic can't do its work. */
export class UnsupportedWorkspaceError extends Error {
  override readonly name = 'UnsupportedWorkspaceError';
}

/** A contract that is not there, or can't be used. */
export class InvalidContractError extends Error {
  override readonly name = 'InvalidContractError';

  constructor(path: string, reality: string, remedy: string, options?: ErrorOptions) {
    super(`The contract ${path} ${reality}. ${remedy}`, options);
  }
}

/** A module that could not be changed, because its code is not of the usual form. */
export class UnreadableModuleError extends Error {
  override readonly name = 'UnreadableModuleError';

  constructor(path: string, addition: string) {
    super(
      `${path} has no class with @Module({ … }) whose options are written there: add ${addition} to its imports by hand.`,
    );
  }
}
