/** The command line is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The requested name is not in the registry. */
export class NothingFoundError extends Error {
  override readonly name = 'NothingFoundError';
}

/** The command failed. Without a message, the failure was already printed; its `cause`, if any, sets the exit code. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
}
