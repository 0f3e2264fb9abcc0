import { fraction, hashText, mix } from './hash.js';

interface Seat<T> {
  readonly owner: T;
  readonly name: string;
  readonly weight: number;
  readonly hash: number;
  /** Sequence number of the join. */
  readonly joined: number;
  /** Number of the last update that contained the owner; {@link GONE} once it has left. */
  round: number;
}

const GONE = -1;

/**
 * Assigns slots to owners by weighted rendezvous hashing: a slot belongs to the owner with the best score for it. An owner that
 * leaves gives up its own slots and no others; an owner that joins takes its share, and nothing else moves.
 *
 * The owner of a slot is computed on first use, which costs O(owners), and cached. After that only owners that joined later
 * compete for the slot. A slot whose owner has left is computed again.
 */
export class HashTable<T> {
  private readonly seatByOwner = new Map<T, Seat<T>>();
  /** In the order of joining. */
  private seats: Seat<T>[] = [];
  private joins = 0;
  private round = 0;
  private isUniform = true;
  private readonly found: (Seat<T> | undefined)[];
  /** By slot: number of joins when its owner was computed. */
  private readonly foundAt: Uint32Array;

  /** @param nameOf Returns a name that is the same in every process: it determines the slots of an owner. */
  constructor(
    readonly size: number,
    private readonly nameOf: (owner: T) => string,
  ) {
    this.found = new Array<Seat<T> | undefined>(size);
    this.foundAt = new Uint32Array(size);
  }

  /**
   * Replaces the owners. An owner whose weight has changed competes as if it were new.
   *
   * @param owners At least one.
   * @param weightOf Returns a positive weight.
   */
  update(owners: readonly T[], weightOf: (owner: T) => number): void {
    this.round += 1;
    const joinsBefore = this.joins;
    let leavers = this.seats.length - owners.length;
    for (const owner of owners) {
      const known = this.seatByOwner.get(owner);
      const weight = weightOf(owner);
      if (known?.weight === weight) known.round = this.round;
      else this.join(owner, weight);
    }
    leavers += this.joins - joinsBefore;
    if (leavers > 0) this.dropOthers();
    if (leavers > 0 || this.joins > joinsBefore) {
      this.isUniform = this.seats.every(({ weight }) => weight === this.seats[0]!.weight);
    }
  }

  owner(slot: number): T {
    const known = this.found[slot];
    const isHere = known !== undefined && known.round !== GONE;
    if (isHere && this.foundAt[slot] === this.joins) return known.owner;
    const best = this.best(slot, isHere ? known : undefined);
    this.found[slot] = best;
    this.foundAt[slot] = this.joins;
    return best.owner;
  }

  private join(owner: T, weight: number): void {
    this.joins += 1;
    const { joins: joined, round } = this;
    const name = this.nameOf(owner);
    const seat = { owner, name, weight, hash: hashText(name), joined, round };
    this.seatByOwner.set(owner, seat);
    this.seats.push(seat);
  }

  private dropOthers(): void {
    for (const seat of this.seats) {
      if (seat.round === this.round) continue;
      seat.round = GONE;
      if (this.seatByOwner.get(seat.owner) === seat) this.seatByOwner.delete(seat.owner);
    }
    this.seats = this.seats.filter(({ round }) => round !== GONE);
  }

  /** @param known The best of the owners that had joined when it was computed. */
  private best(slot: number, known: Seat<T> | undefined): Seat<T> {
    let best = known;
    let bestScore = known ? this.score(known, slot) : -Infinity;
    const since = known ? this.foundAt[slot]! : 0;
    for (let index = this.seats.length - 1; index >= 0; index--) {
      const seat = this.seats[index]!;
      if (seat.joined <= since) break;
      const score = this.score(seat, slot);
      if (score < bestScore) continue;
      // Clients agree, even if two owners joined in a different order.
      if (best && score === bestScore && best.name < seat.name) continue;
      best = seat;
      bestScore = score;
    }
    return best!;
  }

  /** If all weights are equal, the logarithm can be omitted: the order is the same. */
  private score({ hash, weight }: Seat<T>, slot: number): number {
    const draw = mix(hash ^ Math.imul(slot + 1, 0x9e3779b1));
    return this.isUniform ? draw : weight / -Math.log(fraction(draw));
  }
}
