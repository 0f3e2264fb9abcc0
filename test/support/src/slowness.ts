/** Milliseconds that the work below takes on two quiet cores of 2025. */
const QUIET_MS = 220;

/**
 * How much slower this machine is just now than a quiet one, by a fixed piece of work: 1 at least. A bound in seconds that stands
 * for a bound of CPU time is multiplied by it.
 */
export function slowness(): number {
  const startedAt = performance.now();
  const entry = (_: unknown, i: number) => ({ id: `instance-${i}`, weight: i, labels: { a: 'b' } });
  const text = JSON.stringify(Array.from({ length: 100 }, entry));
  for (let i = 0; i < 2_000; i++) JSON.stringify(JSON.parse(text));
  return Math.max(1, (performance.now() - startedAt) / QUIET_MS);
}
