import { fraction, mix } from './hash.js';

/** One who may own slots, with a hash that is the same in every process, and a positive weight. */
export interface Owner {
  readonly hash: number;
  readonly weight: number;
}

const UNKNOWN = -1;

/** How many new owners a table compares with each slot's old one. */
const MAX_JOINED = 8;

/**
 * Slots and their owners by weighted rendezvous: a slot belongs to the owner with the best score for it, so that one who
 * leaves gives up its own slots and no others, and one who joins takes its share and nothing else changes hands.
 *
 * The owner of a slot is found when it is first asked for, which costs O(owners), and kept: a table that follows another
 * looks again only at what the change of owners touches.
 */
export class SlotTable<T extends Owner> {
  private readonly ownerOf: Int32Array;
  private readonly isUniform: boolean;

  constructor(
    readonly owners: readonly T[],
    readonly size: number,
    previous?: SlotTable<T>,
  ) {
    this.isUniform = owners.every(({ weight }) => weight === owners[0]?.weight);
    this.ownerOf = new Int32Array(size).fill(UNKNOWN);
    if (previous?.size === size) this.takeOver(previous);
  }

  owner(slot: number): T {
    let index = this.ownerOf[slot]!;
    if (index === UNKNOWN) {
      index = this.best(slot);
      this.ownerOf[slot] = index;
    }
    return this.owners[index]!;
  }

  private takeOver(previous: SlotTable<T>): void {
    const indexByHash = new Map(this.owners.map(({ hash }, index) => [hash, index]));
    const oldByHash = new Map(previous.owners.map((owner) => [owner.hash, owner]));
    const joined = this.owners.flatMap(({ hash, weight }, index) => {
      const old = oldByHash.get(hash);
      return old?.weight === weight ? [] : [index];
    });
    // Beyond this it is cheaper to look when a slot is asked for.
    if (joined.length > MAX_JOINED) return;
    // An owner that left or has another weight gives up its slots to nobody in particular.
    const indexOfOld = Int32Array.from(previous.owners, ({ hash, weight }) => {
      const index = indexByHash.get(hash);
      return index !== undefined && this.owners[index]!.weight === weight ? index : UNKNOWN;
    });
    for (let slot = 0; slot < this.size; slot++) {
      const old = previous.ownerOf[slot]!;
      let index = old === UNKNOWN ? UNKNOWN : indexOfOld[old]!;
      if (index === UNKNOWN) continue;
      for (const joiner of joined) {
        if (this.score(joiner, slot) > this.score(index, slot)) index = joiner;
      }
      this.ownerOf[slot] = index;
    }
  }

  private best(slot: number): number {
    let best = 0;
    let bestScore = -Infinity;
    for (let index = 0; index < this.owners.length; index++) {
      const score = this.score(index, slot);
      if (score > bestScore) {
        best = index;
        bestScore = score;
      }
    }
    return best;
  }

  /** Without a logarithm where all weights are equal: the order is the same. */
  private score(index: number, slot: number): number {
    const { hash, weight } = this.owners[index]!;
    const draw = mix(hash ^ Math.imul(slot + 1, 0x9e3779b1));
    return this.isUniform ? draw : weight / -Math.log(fraction(draw));
  }
}
