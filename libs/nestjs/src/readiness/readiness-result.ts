import { isProxy } from 'node:util/types';
import { isPlainObject, kindOf, shownName } from '../value-kind.js';

/** The meaning of a check's result. */
export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed' }
  /**
   * An unexpected shape. It passes, because checks often resolve with the answer to a query, such as rows or "PONG". A
   * response, or any other object whose `ok` is false, fails. `given` is safe to show.
   */
  | { readonly kind: 'wrong'; readonly given: string; readonly passes: boolean };

export const EXPECTED_RESULT =
  'true, false, nothing, { name: { status: "up" | "degraded" | "down" } } or a health check\'s result of terminus';

/** Results of a terminus indicator and of a whole terminus health check. */
const INDICATED = new Map<unknown, boolean>(
  Object.entries({ up: true, degraded: true, down: false }),
);
const CHECKED = new Map<unknown, boolean>(
  Object.entries({ ok: true, degraded: true, error: false, shutting_down: false }),
);

/** No indicator has more results than this; a larger object is something else. */
const MOST_INDICATORS = 1_000;

/** Evaluates the result of a check, which can be anything. Looks one level deep and never throws. */
export function verdictOf(result: unknown): Verdict {
  if (typeof result === 'boolean') return verdict(result);
  if (result === undefined) return verdict(true);
  const judged = shaped(result);
  return judged.kind === 'wrong' ? { ...judged, passes: !isNotOk(result) } : judged;
}

function shaped(result: unknown): Verdict {
  try {
    return isPlainObject(result) ? ofObject(result) : wrong(kindOf(result));
  } catch {
    return wrong('an object that can not be read');
  }
}

/** As on a `fetch` response. Reading a proxy would run its code. */
function isNotOk(result: unknown): boolean {
  if (typeof result !== 'object' || result === null || isProxy(result)) return false;
  try {
    return (result as { readonly ok?: unknown }).ok === false;
  } catch {
    return false;
  }
}

function ofObject(result: Readonly<Record<string, unknown>>): Verdict {
  const { status } = result;
  if (typeof status === 'string') {
    const passed = CHECKED.get(status);
    const isHealthCheck = isPlainObject(result.details) || isPlainObject(result.info);
    return passed !== undefined && isHealthCheck
      ? verdict(passed)
      : wrong('an object that is no result of a health check, with a "status" of its own');
  }
  const names = Object.keys(result);
  if (names.length === 0) return wrong('an empty object');
  if (names.length > MOST_INDICATORS) return wrong(`an object of ${names.length} properties`);
  let passes = true;
  for (const name of names) {
    const passed = indicated(result[name]);
    if (passed === undefined) return wrong(`an object whose "${shownName(name)}" has no status`);
    passes &&= passed;
  }
  return verdict(passes);
}

function indicated(value: unknown): boolean | undefined {
  return isPlainObject(value) ? INDICATED.get(value.status) : undefined;
}

function verdict(passed: boolean): Verdict {
  return { kind: passed ? 'passed' : 'failed' };
}

function wrong(given: string): Verdict {
  return { kind: 'wrong', given, passes: true };
}
