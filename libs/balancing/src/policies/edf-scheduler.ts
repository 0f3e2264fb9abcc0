interface Turn<T> {
  readonly item: T;
  /** Virtual time between its turns: 1 / weight. */
  period: number;
  /** Virtual time of its next turn. */
  deadline: number;
  /** Decides between equal deadlines. */
  readonly order: number;
  /** Its index in the heap. */
  at: number;
  /** The update that has last seen it. */
  round: number;
}

/** @throws RangeError for a weight by which no turn would ever come, or no other one. */
function periodOf(weight: number): number {
  const period = 1 / weight;
  if (weight > 0 && Number.isFinite(weight) && Number.isFinite(period)) return period;
  throw new RangeError(`A weight should be positive and finite, but is ${weight}.`);
}

/**
 * Turns in proportion to weights, as evenly spread as they can be: earliest deadline first. Each item of weight w has
 * a turn every 1/w of virtual time; a turn costs O(log n) and allocates nothing.
 *
 * In any span of virtual time 1 an item of weight w has w turns, so integer weights give exact shares, and equal
 * weights an exact rotation. A new item starts at a random phase: clients that see the same list do not all begin
 * with the same endpoint, nor meet at a newcomer. Those who stay keep their place, also under a new weight.
 */
export class EdfScheduler<T> {
  private readonly turns = new Map<T, Turn<T>>();
  /** A binary heap, the next turn first. */
  private readonly heap: Turn<T>[] = [];
  private now = 0;
  private joined = 0;
  private round = 0;

  /** @param random gives numbers from 0 (inclusive) to 1 (exclusive). */
  constructor(private readonly random: () => number) {}

  /**
   * From now on these take turns.
   * @param weightOf gives positive, finite weights.
   * @throws RangeError for any other weight; the schedule stays as it was for the items behind it
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

  /** Whose turn it is. There must be an item. @param avoid one whose turn is passed over, once. */
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

  /** The part of its period that passes until its turn stays the same. */
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
