const FAILED = new Set<unknown>(['down', 'error', 'shutting_down']);

/** Whether a check has passed, by what it returned: a boolean, or a result of terminus, which needs not be installed. */
export function hasPassed(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return result !== false;
  if ('status' in result) return !FAILED.has(result.status);
  return Object.values(result).every(hasPassed);
}
