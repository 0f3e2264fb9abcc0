import type { Clock } from '../timing/clock.js';

interface FakeTimer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that moves only when a spec says so. */
export class FakeClock implements Clock {
  private time = 0;
  private readonly timers = new Set<FakeTimer>();

  now(): number {
    return this.time;
  }

  date(): Date {
    return new Date(this.time);
  }

  after(delayMs: number, run: () => void) {
    const timer = { at: this.time + delayMs, run };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer) };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.timers.size;
  }

  /** Lets time pass, timer by timer, with all promises settled in between. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers.delete(due);
      this.time = Math.max(this.time, due.at);
      due.run();
      await settled();
    }
    this.time = end;
  }
}

/** Everything that only waits for promises has run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
