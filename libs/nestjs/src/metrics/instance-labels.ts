/** Label of the instances beyond the bound, together. */
export const OTHER_INSTANCES = 'other';

/** Which instances of a service have series of their own, so that series stay bounded over any number of deployments. */
export class InstanceLabels {
  private readonly known = new Set<string>();
  private missing = new Set<string>();

  constructor(private readonly max: number) {}

  of(instanceId: string): string {
    if (this.known.has(instanceId)) return instanceId;
    if (this.known.size >= this.max) return OTHER_INSTANCES;
    this.known.add(instanceId);
    return instanceId;
  }

  /**
   * Forgets those that are listed no more, and returns them. To be called once per scrape: one that is missing for the first
   * time stays, so that a scrape still sees its last calls.
   */
  retire(listed: ReadonlySet<string>): readonly string[] {
    const missing = [...this.known].filter((id) => !listed.has(id));
    const gone = missing.filter((id) => this.missing.has(id));
    this.missing = new Set(missing);
    for (const id of gone) this.known.delete(id);
    return gone;
  }
}
