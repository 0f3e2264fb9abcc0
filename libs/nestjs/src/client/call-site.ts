/**
 * Runs a function without stack traces for the errors that it makes. grpc-js makes one for each unary call, to remember who
 * made it, which costs 7 % of a call's CPU and is thrown away when the call succeeds.
 */
export function withoutStackTraces<T>(run: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Adds to the stack of an error who waits for the call. To be called where an async function has caught the error: there V8
 * knows the functions that await it, so that only a call that fails costs a stack trace.
 */
export function addCallSite(error: unknown): unknown {
  if (error instanceof Error) {
    const site: { stack?: string } = {};
    Error.captureStackTrace(site, addCallSite);
    error.stack += `\nfor call\n${site.stack?.split('\n').slice(1).join('\n') ?? ''}`;
  }
  return error;
}
