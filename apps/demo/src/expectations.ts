import type { Failure, Tally } from './load.js';
import type { DemoPolicy } from './fleet.js';

/** A claim that did not hold. */
export class ClaimFailedError extends Error {
  override readonly name = 'ClaimFailedError';

  constructor(expected: string, reality: string) {
    super(`expected ${expected}, but ${reality}`);
  }
}

/**
 * Exactly the given instances answered; with a policy that takes turns, equally often within one call.
 */
export function expectShares(
  calls: ReadonlyMap<string, number>,
  instances: readonly string[],
  policy: DemoPolicy,
): void {
  const inTurn = policy.endsWith('round_robin');
  const counts = instances.map((instance) => calls.get(instance) ?? 0);
  const others = [...calls.keys()].filter((key) => !instances.includes(key));
  const [most, fewest] = [Math.max(...counts), Math.min(...counts)];
  if (others.length === 0 && (inTurn ? most - fewest <= 1 : fewest > 0)) return;
  const expected = `${inTurn ? 'equal calls' : 'calls'} to ${instances.join(', ')} alone`;
  throw new ClaimFailedError(expected, show(calls));
}

export function expectNoFailure({ failures }: Tally, when: string): void {
  expectFailuresAtMost(0, failures, when);
}

export function expectFailuresAtMost(
  most: number,
  failures: readonly Failure[],
  when: string,
): void {
  if (failures.length <= most) return;
  throw new ClaimFailedError(
    `at most ${most} failed ${most === 1 ? 'call' : 'calls'} ${when}`,
    `${failures.length} failed: ${[...new Set(failures.map(({ reason }) => reason))].join('; ')}`,
  );
}

/** "greeter-1 1000, greeter-2 1000" */
export function show(calls: ReadonlyMap<string, number>): string {
  const counts = [...calls].sort(([a], [b]) => a.localeCompare(b));
  return counts.map(([instance, count]) => `${instance} ${count}`).join(', ') || 'no calls';
}
