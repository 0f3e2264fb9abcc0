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
  private now = 0;

  /**
   * @param chance gives numbers from 0 (inclusive) to 1 (exclusive).
   * @param previous the schedule that this one follows: those who were in it keep their place in the rotation, also
   * under a new weight.
   */
  constructor(entrants: readonly Entrant<T>[], chance: () => number, previous?: TurnSchedule<T>) {
    // Lists of entrants differ little and have the same order: a step, not a search, for most.
    let step = 0;
    const phaseBefore = (item: T): number | undefined => {
      if (!previous) return undefined;
      const { items } = previous;
      let index = items[step] === item ? step : items.indexOf(item, step);
      if (index === -1) index = items.lastIndexOf(item, step);
      if (index === -1) return undefined;
      step = index + 1;
      return previous.phase(index);
    };
    this.periods = new Float64Array(entrants.length);
    this.deadlines = new Float64Array(entrants.length);
    this.heap = new Uint32Array(entrants.length);
    entrants.forEach(({ item, weight }, index) => {
      this.items.push(item);
      this.periods[index] = 1 / weight;
      this.deadlines[index] = (phaseBefore(item) ?? chance()) / weight;
      this.heap[index] = index;
    });
    for (let at = (entrants.length >> 1) - 1; at >= 0; at--) this.sink(at);
  }

  /** Whose turn it is. There must be an entrant. @param avoid one whose turn is passed over, once. */
  next(avoid?: T): T {
    const first = this.take();
    return first === avoid ? this.take() : first;
  }

  private take(): T {
    const index = this.heap[0]!;
    this.now = this.deadlines[index]!;
    this.deadlines[index]! += this.periods[index]!;
    this.sink(0);
    return this.items[index]!;
  }

  /** How much of its period passes until the turn of the entrant at this index, from 0 to 1. */
  private phase(index: number): number {
    return (this.deadlines[index]! - this.now) / this.periods[index]!;
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
