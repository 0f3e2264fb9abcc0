/** Label of the instances beyond the bound, together. */
export const OTHER_INSTANCES = 'other';

export interface InstanceLabelsOptions {
  readonly max: number;
  /** How long an instance is known after it was first found missing, in milliseconds. */
  readonly retireAfterMs: number;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
}

/** Which instances of a service have series of their own, so that series stay bounded over any number of deployments. */
export class InstanceLabels {
  private readonly known = new Set<string>();
  private readonly missingSince = new Map<string, number>();

  constructor(private readonly options: InstanceLabelsOptions) {}

  /** Also of one that was retired, as its last calls end: it is known again, and retired again. */
  of(instanceId: string): string {
    if (this.known.has(instanceId)) return instanceId;
    if (this.known.size >= this.options.max) return OTHER_INSTANCES;
    this.known.add(instanceId);
    return instanceId;
  }

  /** Forgets those that have not been listed for the time, and returns them. To be called by each scrape. */
  retire(listed: ReadonlySet<string>): readonly string[] {
    const { retireAfterMs, now = () => performance.now() } = this.options;
    const at = now();
    const gone: string[] = [];
    for (const id of this.known) {
      if (listed.has(id)) {
        this.missingSince.delete(id);
        continue;
      }
      const since = this.missingSince.get(id) ?? at;
      this.missingSince.set(id, since);
      if (at - since >= retireAfterMs) gone.push(id);
    }
    for (const id of gone) {
      this.known.delete(id);
      this.missingSince.delete(id);
    }
    return gone;
  }
}
