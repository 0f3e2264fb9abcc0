import type { Random } from './policy.js';

interface Turn<T> {
  readonly item: T;
  /** Virtual time between its turns: 1 / weight. */
  period: number;
  /** Virtual time of its next turn. */
  deadline: number;
  /** Breaks ties between equal deadlines. */
  readonly order: number;
  /** Index in the heap. */
  at: number;
  /** Number of the last update that contained it. */
  round: number;
}

/** @throws RangeError for a weight with which the item would never get a turn, or would get all of them. */
function periodOf(weight: number): number {
  const period = 1 / weight;
  if (weight > 0 && Number.isFinite(weight) && Number.isFinite(period)) return period;
  throw new RangeError(`A weight must be positive and finite, but is ${weight}`);
}

/**
 * Earliest-deadline-first scheduler: gives turns in proportion to weights, as evenly spread as possible. An item of weight w
 * gets a turn every 1/w of virtual time. A turn costs O(log n) and allocates nothing.
 *
 * In any span of virtual time 1 an item of weight w gets w turns, so integer weights give exact shares, and equal weights an
 * exact rotation. A new item starts at a random phase: clients with the same list neither all begin with the same endpoint
 * nor all call a new one at once. Items that stay keep their place, even with a new weight.
 */
export class EdfScheduler<T> {
  private readonly turns = new Map<T, Turn<T>>();
  /** Binary heap with the next turn first. */
  private readonly heap: Turn<T>[] = [];
  private now = 0;
  private joined = 0;
  private round = 0;

  constructor(private readonly random: Random) {}

  /**
   * Replaces the items.
   * @param weightOf Returns a positive, finite weight.
   * @throws RangeError for any other weight. The schedule then stays unchanged for this item and those after it.
   */
  update(items: readonly T[], weightOf: (item: T, index: number) => number): void {
    this.round += 1;
    items.forEach((item, index) => {
      const period = periodOf(weightOf(item, index));
      const turn = this.turns.get(item) ?? this.join(item, period);
      turn.round = this.round;
      if (turn.period !== period) this.reweigh(turn, period);
    });
    if (this.turns.size > items.length) this.dropOthers();
  }

  /** The item whose turn it is. There must be an item. @param avoid An item whose turn is skipped, once. */
  next(avoid?: T): T {
    const first = this.take();
    return first === avoid ? this.take() : first;
  }

  private take(): T {
    const turn = this.heap[0]!;
    this.now = turn.deadline;
    turn.deadline += turn.period;
    this.sink(turn);
    return turn.item;
  }

  private join(item: T, period: number): Turn<T> {
    const deadline = this.now + this.random() * period;
    const at = this.heap.length;
    const turn = { item, period, deadline, order: this.joined++, at, round: this.round };
    this.turns.set(item, turn);
    this.heap.push(turn);
    this.rise(turn);
    return turn;
  }

  /** Keeps the fraction of the period that is left until the next turn. */
  private reweigh(turn: Turn<T>, period: number): void {
    const phase = (turn.deadline - this.now) / turn.period;
    turn.period = period;
    turn.deadline = this.now + phase * period;
    this.settle(turn);
  }

  private dropOthers(): void {
    for (const turn of this.turns.values()) {
      if (turn.round === this.round) continue;
      this.turns.delete(turn.item);
      const last = this.heap.pop()!;
      if (last === turn) continue;
      this.place(last, turn.at);
      this.settle(last);
    }
  }

  private settle(turn: Turn<T>): void {
    this.rise(turn);
    this.sink(turn);
  }

  private rise(turn: Turn<T>): void {
    let { at } = turn;
    while (at > 0) {
      const parent = this.heap[(at - 1) >> 1]!;
      if (!isBefore(turn, parent)) break;
      const free = parent.at;
      this.place(parent, at);
      at = free;
    }
    this.place(turn, at);
  }

  private sink(turn: Turn<T>): void {
    const { heap } = this;
    let { at } = turn;
    for (let left = 2 * at + 1; left < heap.length; left = 2 * at + 1) {
      const right = heap[left + 1];
      const child = right && isBefore(right, heap[left]!) ? right : heap[left]!;
      if (!isBefore(child, turn)) break;
      const free = child.at;
      this.place(child, at);
      at = free;
    }
    this.place(turn, at);
  }

  private place(turn: Turn<T>, at: number): void {
    this.heap[at] = turn;
    turn.at = at;
  }
}

function isBefore<T>(one: Turn<T>, other: Turn<T>): boolean {
  const difference = one.deadline - other.deadline;
  return difference < 0 || (difference === 0 && one.order < other.order);
}
