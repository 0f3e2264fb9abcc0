import type { Failure } from './client.js';
import type { Greeter } from './greeter.js';
import type { Lane } from './lane.js';
import { LEASE_TTL_SECONDS, type World } from './world.js';

/** From when an instance lives and etcd is well, until every client lists it. */
const LISTED_MS = 6_000;
/** One TTL, and what etcd needs to end a lease: an election after a fault, and its half-second check. */
const FORGOTTEN_MS = LEASE_TTL_SECONDS * 1_000 + 3_000;
export type Verdict = 'killed' | 'hung' | 'violation';

/** Checks, all the time, what must always hold. */
export class Invariants {
  readonly violations = new Set<string>();
  checks = 0;
  private readonly ticker: NodeJS.Timeout;

  constructor(
    private readonly world: World,
    private readonly etcd: Lane,
  ) {
    this.ticker = setInterval(() => this.check(), 200);
  }

  stop(): void {
    clearInterval(this.ticker);
  }

  /** Calls may fail that were on their way to an instance that was killed, or hung until clients must have left it. */
  judge({ startedAt, endedAt, peer }: Failure): Verdict {
    const troubles = this.world.greeters
      .filter(({ address }) => address === peer)
      .flatMap((greeter) => greeter.troubles);
    const cause = troubles.find(({ from, until }) => startedAt <= until && endedAt >= from);
    return cause?.kind ?? 'violation';
  }

  private check(): void {
    this.checks += 1;
    const { greeters, clients } = this.world;
    for (const greeter of greeters) {
      if (greeter.hasEndedByItself) {
        this.violations.add(`${greeter.id} has ended by itself:\n${greeter.output}`);
      }
    }
    const { state } = this.etcd;
    if (state.kind !== 'calm') return;
    for (const { name, listed } of clients) {
      for (const greeter of greeters) this.checkListed(greeter, name, listed, state.since);
    }
  }

  private checkListed(
    { id, state }: Greeter,
    client: string,
    listed: ReadonlyMap<string, string>,
    calmSince: number,
  ): void {
    const now = performance.now();
    if (state.kind === 'live' && !listed.has(id)) {
      const ms = now - Math.max(state.since, calmSince);
      if (ms > LISTED_MS) this.violations.add(`${client} does not list ${id}, which lives`);
    }
    if (state.kind === 'gone' && listed.has(id)) {
      const ms = now - Math.max(state.since, calmSince);
      if (ms > FORGOTTEN_MS) this.violations.add(`${client} lists ${id}, which is gone`);
    }
  }
}
