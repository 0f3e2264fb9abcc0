/** Pseudo-random numbers that are the same in each run. */
export function seeded(seed = 1): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

/** How often each item occurs. */
export function tally(items: Iterable<string | undefined>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[item ?? 'none'] = (counts[item ?? 'none'] ?? 0) + 1;
  return counts;
}
