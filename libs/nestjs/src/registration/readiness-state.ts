/** Whether the instances are in rotation, and how many runs in a row have spoken against it. */
export type ReadinessState =
  | { readonly kind: 'ready'; readonly failures: number }
  | { readonly kind: 'unready'; readonly successes: number };

/** Hysteresis: single runs that differ change nothing. */
export function nextReadiness(
  state: ReadinessState,
  passed: boolean,
  bounds: { readonly failures: number; readonly successes: number },
): ReadinessState {
  if (state.kind === 'ready') {
    const failures = passed ? 0 : state.failures + 1;
    if (failures < bounds.failures) return { kind: 'ready', failures };
    return { kind: 'unready', successes: 0 };
  }
  const successes = passed ? state.successes + 1 : 0;
  if (successes < bounds.successes) return { kind: 'unready', successes };
  return { kind: 'ready', failures: 0 };
}
