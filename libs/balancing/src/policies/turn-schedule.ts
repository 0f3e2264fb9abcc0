/** One who takes turns, with a positive weight. */
export interface Entrant<T> {
  readonly item: T;
  readonly weight: number;
}

/**
 * Turns in proportion to weights, as evenly spread as they can be: earliest deadline first. Each entrant of weight w has
 * a turn every 1/w of virtual time; a turn costs O(log n) and allocates nothing.
 *
 * In any span of virtual time 1 an entrant of weight w has w turns, so integer weights give exact shares, and equal
 * weights an exact rotation. A new entrant starts at a random phase: clients that see the same list do not all begin
 * with the same endpoint, nor meet at a newcomer.
 */
export class TurnSchedule<T> {
  private readonly items: T[] = [];
  private readonly periods: Float64Array;
  /** By entrant: the virtual time of its next turn. */
  private readonly deadlines: Float64Array;
  /** A binary heap of entrants, the next turn first. */
  private readonly heap: Uint32Array;
  /** Equal periods keep their order: entrants lie sorted, and the next turn moves on instead of the entrants. */
  private readonly isUniform: boolean;
  private top = 0;
  private now = 0;

  /**
   * @param chance gives numbers from 0 (inclusive) to 1 (exclusive).
   * @param previous the schedule that this one follows: those who were in it keep their place in the rotation, also
   * under a new weight.
   */
  constructor(entrants: readonly Entrant<T>[], chance: () => number, previous?: TurnSchedule<T>) {
    const phases = previous?.phases();
    this.periods = new Float64Array(entrants.length);
    this.deadlines = new Float64Array(entrants.length);
    this.heap = new Uint32Array(entrants.length);
    entrants.forEach(({ item, weight }, index) => {
      this.items.push(item);
      this.periods[index] = 1 / weight;
      this.deadlines[index] = (phases?.get(item) ?? chance()) / weight;
      this.heap[index] = index;
    });
    this.isUniform = this.periods.every((period) => period === this.periods[0]);
    if (this.isUniform) this.heap.sort((one, other) => (this.before(one, other) ? -1 : 1));
    else for (let at = (entrants.length >> 1) - 1; at >= 0; at--) this.sink(at);
  }

  /** Whose turn it is. There must be an entrant. @param avoid one whose turn is passed over, once. */
  next(avoid?: T): T {
    const first = this.take();
    return first === avoid ? this.take() : first;
  }

  private take(): T {
    const index = this.heap[this.top]!;
    this.now = this.deadlines[index]!;
    this.deadlines[index]! += this.periods[index]!;
    if (!this.isUniform) this.sink(0);
    else if (++this.top === this.heap.length) this.top = 0;
    return this.items[index]!;
  }

  /** By item: how much of its period passes until its next turn, from 0 to 1. */
  private phases(): Map<T, number> {
    return new Map(
      this.items.map((item, index) => [
        item,
        (this.deadlines[index]! - this.now) / this.periods[index]!,
      ]),
    );
  }

  private sink(at: number): void {
    const { heap } = this;
    const sinking = heap[at]!;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!this.before(heap[child]!, sinking)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = sinking;
  }

  private before(one: number, other: number): boolean {
    const difference = this.deadlines[one]! - this.deadlines[other]!;
    return difference < 0 || (difference === 0 && one < other);
  }
}
