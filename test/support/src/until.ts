import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** Only a guard against waiting for ever: long, as the machine may be busy. @default 30_000 */
  readonly timeoutMs?: number;
  /** @default 10 */
  readonly everyMs?: number;
}

type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>;

/**
 * Polls a condition until it returns something truthy, and returns that.
 * @throws Error that names the condition when `timeoutMs` has passed; its cause is what the condition last threw.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs = 10 }: UntilOptions = {},
): Promise<Truthy<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const result = await condition();
      if (result) return result as Truthy<T>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`, { cause });
    }
    await delay(everyMs);
  }
}
