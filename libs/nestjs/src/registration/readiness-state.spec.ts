import { describe, expect, it } from '@jest/globals';
import { hasPassed } from './readiness-result.js';
import { nextReadiness, type ReadinessState } from './readiness-state.js';

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

  it.each([
    [true, true],
    [undefined, true],
    [false, false],
    [{ database: { status: 'up' } }, true],
    [{ database: { status: 'degraded' } }, true],
    [{ database: { status: 'up' }, disk: { status: 'down', free: 0 } }, false],
    [{ status: 'ok', details: {} }, true],
    [{ status: 'error', details: {} }, false],
  ])('takes %j for passed: %s', (result, expected) => {
    expect(hasPassed(result)).toBe(expected);
  });
});
