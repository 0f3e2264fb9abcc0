/**
 * Equal turns, one after the other. Those who stay keep their order and their place when others come and go; newcomers
 * enter anywhere, by chance: clients that see the same list neither all begin with the same endpoint nor meet at a newcomer.
 */
export class Rotation<T> {
  private items: readonly T[] = [];
  /** Index of the one whose turn is next. */
  private cursor = 0;

  /** @param chance gives numbers from 0 (inclusive) to 1 (exclusive). */
  constructor(private readonly chance: () => number) {}

  /** From now on these take turns, at least one. */
  update(items: readonly T[]): void {
    const known = new Set(this.items);
    const joined = this.shuffled(items.filter((item) => !known.delete(item)));
    // What is still known has left.
    if (joined.length === 0 && known.size === 0) return;
    const { items: old, cursor } = this;
    const upcoming = [...old.slice(cursor), ...old.slice(0, cursor)];
    const stayed = known.size === 0 ? upcoming : upcoming.filter((item) => !known.has(item));
    this.items = this.mixed(stayed, joined);
    this.cursor = 0;
  }

  /** Whose turn it is. @param avoid one whose turn is passed over, once. */
  next(avoid?: T): T {
    const first = this.take();
    return first === avoid ? this.take() : first;
  }

  private take(): T {
    const item = this.items[this.cursor]!;
    this.cursor = this.cursor + 1 === this.items.length ? 0 : this.cursor + 1;
    return item;
  }

  private shuffled(items: T[]): T[] {
    for (let i = 0; i < items.length - 1; i++) {
      const j = i + Math.floor(this.chance() * (items.length - i));
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }

  /** Both in their order, each way of mixing them as likely as any other. */
  private mixed(stayed: readonly T[], joined: readonly T[]): readonly T[] {
    if (joined.length === 0) return stayed;
    if (stayed.length === 0) return joined;
    const total = stayed.length + joined.length;
    const mixed: T[] = [];
    for (let from = 0; mixed.length < total;) {
      const left = total - mixed.length;
      const isNewcomer = this.chance() * left < joined.length - from;
      mixed.push(isNewcomer ? joined[from++]! : stayed[mixed.length - from]!);
    }
    return mixed;
  }
}
