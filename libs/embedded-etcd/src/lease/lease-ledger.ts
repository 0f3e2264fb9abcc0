interface Entry {
  readonly id: string;
  readonly ttl: number;
  readonly grantedAt: number;
  endedAt: number;
}

/** Which leases there were at which revision of the store, as far back as its history goes. */
export class LeaseLedger {
  private readonly entries = new Map<string, Entry>();

  granted(id: string, ttl: number, revision: number): void {
    this.entries.set(id, { id, ttl, grantedAt: revision, endedAt: Infinity });
  }

  /** @param revision the last one at which the lease was still there. */
  ended(id: string, revision: number): void {
    const entry = this.entries.get(id);
    if (entry !== undefined) entry.endedAt = revision;
  }

  /** Forgets the leases that ended before a revision. */
  compact(revision: number): void {
    for (const [id, { endedAt }] of this.entries) if (endedAt < revision) this.entries.delete(id);
  }

  at(revision: number): { readonly id: string; readonly ttl: number }[] {
    return [...this.entries.values()]
      .filter(({ grantedAt, endedAt }) => grantedAt <= revision && revision <= endedAt)
      .map(({ id, ttl }) => ({ id, ttl }));
  }
}
