import { fraction, hashText, mix } from './hash.js';

interface Seat<T> {
  readonly owner: T;
  readonly name: string;
  readonly weight: number;
  readonly hash: number;
  /** Counts those who ever joined. */
  readonly joined: number;
  /** The update that has last seen the owner; -1 when it has left. */
  round: number;
}

const GONE = -1;

/**
 * Slots and their owners by weighted rendezvous: a slot belongs to the owner with the best score for it, so that one who
 * leaves gives up its own slots and no others, and one who joins takes its share and nothing else changes hands.
 *
 * The owner of a slot is found when it is first asked for, which costs O(owners), and kept. Later only those compete for
 * it who have joined since; a slot whose owner has left is looked up anew.
 */
export class HashTable<T> {
  private readonly seatByOwner = new Map<T, Seat<T>>();
  /** In the order in which they joined. */
  private seats: Seat<T>[] = [];
  private joins = 0;
  private round = 0;
  private isUniform = true;
  private readonly found: (Seat<T> | undefined)[];
  /** By slot: how many had joined when its owner was found. */
  private readonly foundAt: Uint32Array;

  /** @param nameOf gives what is the same in every process: it decides which slots are an owner's. */
  constructor(
    readonly size: number,
    private readonly nameOf: (owner: T) => string,
  ) {
    this.found = new Array<Seat<T> | undefined>(size);
    this.foundAt = new Uint32Array(size);
  }

  /**
   * From now on these own the slots, at least one. One whose weight has changed competes as if it were new.
   *
   * @param weightOf gives positive weights.
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

  /** @param known the best of those who were there when it was found. */
  private best(slot: number, known: Seat<T> | undefined): Seat<T> {
    let best = known;
    let bestScore = known ? this.score(known, slot) : -Infinity;
    const since = known ? this.foundAt[slot]! : 0;
    for (let index = this.seats.length - 1; index >= 0; index--) {
      const seat = this.seats[index]!;
      if (seat.joined <= since) break;
      const score = this.score(seat, slot);
      if (score < bestScore) continue;
      // Clients that heard of two owners in another order agree.
      if (best && score === bestScore && best.name < seat.name) continue;
      best = seat;
      bestScore = score;
    }
    return best!;
  }

  /** Without a logarithm where all weights are equal: the order is the same. */
  private score({ hash, weight }: Seat<T>, slot: number): number {
    const draw = mix(hash ^ Math.imul(slot + 1, 0x9e3779b1));
    return this.isUniform ? draw : weight / -Math.log(fraction(draw));
  }
}
