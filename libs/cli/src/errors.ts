/** What was given on the command line can't be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for is not in the registry. */
export class NothingFoundError extends Error {
  override readonly name = 'NothingFoundError';
}

/** It was tried, and failed. What has no text was told already; its `cause`, if any, decides on the exit code. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
}
