import { Deferred } from '../timing/deferred.js';

/** Lets so many calls be in flight at once, the others wait in their order. */
export class CallSlots {
  private readonly waiting: Deferred<void>[] = [];

  constructor(private free: number) {}

  async use<T>(run: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await this.next();
    try {
      return await run();
    } finally {
      const next = this.waiting.shift();
      if (next) next.resolve();
      else this.free++;
    }
  }

  private next(): Promise<void> {
    const turn = new Deferred<void>();
    this.waiting.push(turn);
    return turn.promise;
  }
}
