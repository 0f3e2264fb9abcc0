import { describe, expect, it } from '@jest/globals';
import { nextReadiness, type ReadinessState } from './readiness-checks.js';

const bounds = { failures: 3, successes: 2 };

/** Kinds after each run: `+` for one that has passed. */
function kinds(runs: string): string {
  let state: ReadinessState = { kind: 'ready', failures: 0 };
  return [...runs]
    .map((run) => {
      state = nextReadiness(state, run === '+', bounds);
      return state.kind === 'ready' ? 'r' : 'u';
    })
    .join('');
}

describe('readiness', () => {
  it.each([
    ['---', 'rru'],
    ['--+--+---', 'rrrrrrrru'],
    ['---+-++', 'rruuuur'],
    ['---++--+', 'rruurrrr'],
  ])('after %s is %s', (runs, expected) => {
    expect(kinds(runs)).toBe(expected);
  });
});
