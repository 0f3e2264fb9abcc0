/** Chance that a seed repeats. */
export class Chance {
  constructor(private state: number) {}

  /** From 0 (inclusive) to 1 (exclusive): the generator of Park and Miller. */
  next(): number {
    this.state = (this.state * 48_271) % 2_147_483_647;
    return this.state / 2_147_483_647;
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  oneOf<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('There is nothing to choose from');
    return items[Math.floor(this.next() * items.length)]!;
  }
}
