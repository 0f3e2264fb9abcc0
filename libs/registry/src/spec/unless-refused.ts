/** What the function returns; undefined when it throws an error of this class. Any other error is thrown on. */
export function unlessRefused<T>(
  Refusal: abstract new (...args: never[]) => Error,
  run: () => T,
): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
