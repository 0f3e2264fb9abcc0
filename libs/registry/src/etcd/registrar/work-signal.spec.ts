import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../spec/fake-clock.js';
import { WorkSignal } from './keep-alive-loop.js';

describe('WorkSignal', () => {
  let clock: FakeClock;
  let signal: WorkSignal;
  let rounds: number[];

  beforeEach(() => {
    clock = new FakeClock();
    signal = new WorkSignal(clock, () => 0.5);
    rounds = [];
    const loop = async (): Promise<void> => {
      await signal.next();
      rounds.push(clock.now());
      return loop();
    };
    loop().catch(() => undefined);
  });

  it('gives work at once, and once for what was given together', async () => {
    signal.wake();
    signal.wake();
    await clock.advance(1_000);
    expect(rounds).toEqual([0]);
    signal.wake();
    await clock.advance(0);
    expect(rounds).toEqual([0, 1_000]);
  });

  it('keeps the earliest of the later times', async () => {
    signal.wakeAfter(5_000);
    signal.wakeAfter(1_000);
    signal.wakeAfter(3_000);
    await clock.advance(10_000);
    expect(rounds).toEqual([1_000]);
  });

  it('answers the first disturbance at once and backs off while they go on', async () => {
    for (let i = 0; i < 1_000; i++) {
      signal.wakePaced();
      await clock.advance(10);
    }
    expect(rounds[0]).toBe(0);
    expect(rounds.length).toBeLessThan(8);
    await clock.advance(20_000);
    const before = rounds.length;
    const now = clock.now();
    signal.wakePaced();
    await clock.advance(0);
    expect(rounds.slice(before)).toEqual([now]);
  });

  it('leaves no timer behind', () => {
    signal.wakeAfter(5_000);
    signal.close();
    expect(clock.pending).toBe(0);
  });
});
