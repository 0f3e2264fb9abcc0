import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SlidingPeak } from './sliding-peak.js';

const WINDOW_MS = 1_000;

describe('the peak of a sliding window', () => {
  let now: number;
  let sizes: SlidingPeak;

  beforeEach(() => create());

  function create(windowMs = WINDOW_MS): void {
    now = 0;
    sizes = new SlidingPeak(windowMs, { now: () => now });
  }
  const set = (...values: number[]) => values.forEach((size) => sizes.set(size));

  it('is 0 at first', () => {
    expect(sizes.peak.size).toBe(0);
  });

  it('includes the size in effect when the window began, however long ago it was set', () => {
    set(10);
    now = 100 * WINDOW_MS;
    set(4);
    now += WINDOW_MS - 1;
    expect(sizes.peak.size).toBe(10);
    now += 1;
    expect(sizes.peak.size).toBe(4);
  });

  it('falls step by step with a list that shrank step by step', () => {
    set(10);
    for (now = 100; now < 500; now += 100) set(10 - now / 100);
    const seen = [];
    for (now = 1_050; now < 1_550; now += 100) seen.push(sizes.peak.size);
    expect(seen).toEqual([10, 9, 8, 7, 6]);
  });

  it('is another object if the list returns to its old size, and the same while nothing changes', () => {
    set(10);
    const { peak } = sizes;
    set(10, 4);
    expect(sizes.peak).toBe(peak);
    set(10);
    expect(sizes.peak).not.toBe(peak);
    expect(sizes.peak.size).toBe(peak.size);
  });

  it('of 0 ms is the current size, even if time stands still', () => {
    create(0);
    set(10, 9);
    expect(sizes.peak.size).toBe(9);
  });

  it('is the current size after forget()', () => {
    set(10, 4);
    sizes.forget();
    expect(sizes.peak.size).toBe(4);
    set(3);
    expect(sizes.peak.size).toBe(4);
  });

  it('needs memory for the sizes of a list, not for its updates', () => {
    set(3, 2, 1);
    const room = JSON.stringify(sizes).length;
    for (let i = 0; i < 5_000; i++) set(3, 2, 1);
    expect(JSON.stringify(sizes)).toHaveLength(room);
  });

  it('equals the result of a search through all sizes ever set', () => {
    const update = fc.record({ afterMs: fc.nat(500), size: fc.nat(12) });
    fc.assert(
      fc.property(fc.array(update, { minLength: 1, maxLength: 50 }), (updates) => {
        create();
        const all: { size: number; from: number }[] = [{ size: 0, from: 0 }];
        for (const { afterMs, size } of updates) {
          now += afterMs;
          set(size);
          all.push({ size, from: now });
          const isInWindow = (_: unknown, i: number) =>
            (all[i + 1]?.from ?? Infinity) > now - WINDOW_MS;
          const expected = Math.max(...all.filter(isInWindow).map((each) => each.size));
          expect(sizes.peak.size).toBe(expected);
        }
      }),
    );
  });
});
