import { describe, expect, it } from '@jest/globals';
import { Backoff } from './wait.js';

describe('Backoff', () => {
  it('doubles from its least to its longest pause and starts again after a reset', () => {
    const backoff = new Backoff(200, 5_000, () => 0.5);
    const pauses = Array.from({ length: 7 }, () => backoff.next());
    expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    backoff.reset();
    expect(backoff.next()).toBe(200);
  });

  it.each([0, 0.999])('keeps within its bounds whatever the jitter: %p', (chance) => {
    const backoff = new Backoff(200, 5_000, () => chance);
    for (let i = 0; i < 100; i++) {
      const pause = backoff.next();
      expect(pause).toBeGreaterThanOrEqual(200);
      expect(pause).toBeLessThanOrEqual(5_000);
    }
  });
});
