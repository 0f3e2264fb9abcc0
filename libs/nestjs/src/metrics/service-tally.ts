import type { status } from '@grpc/grpc-js';
import { CallTally } from './call-tally.js';

/** Counts the picks and calls of one service by instance. */
export class ServiceTally {
  readonly picks = new Map<string, number>();
  private readonly methods = new Map<string, CallTally>();
  private readonly instances: InstanceLabels;

  constructor(
    readonly service: string,
    labels: InstanceLabelsOptions,
    private readonly buckets: readonly number[],
  ) {
    this.instances = new InstanceLabels(labels);
  }

  get calls(): readonly CallTally[] {
    return [...this.methods.values()];
  }

  /** @param path `/helloworld.Greeter/SayHello`; the contract bounds the number of paths. */
  method(path: string): CallTally {
    const known = this.methods.get(path);
    if (known) return known;
    const tally = new CallTally(this.service, path, this.buckets);
    this.methods.set(path, tally);
    return tally;
  }

  /** @returns the label of the instance. */
  pick(instanceId: string): string {
    const label = this.instances.of(instanceId);
    this.picks.set(label, (this.picks.get(label) ?? 0) + 1);
    return label;
  }

  /** @param label The result of `pick`, or '' if nothing was picked. */
  end(method: CallTally, label: string, code: status, seconds: number): void {
    // The instance may have been retired since; then its new series must be retired as well.
    const isShared = label === '' || label === OTHER_INSTANCES;
    method.end(isShared ? label : this.instances.of(label), code, seconds);
  }

  /** Forgets removed instances. @param listed The instances that remain. */
  retire(listed: ReadonlySet<string>): void {
    for (const id of this.instances.retire(listed)) {
      this.picks.delete(id);
      for (const method of this.methods.values()) method.forget(id);
    }
  }
}

/** The shared label of all instances beyond the bound. */
export const OTHER_INSTANCES = 'other';

export interface InstanceLabelsOptions {
  readonly max: number;
  /** How long an instance keeps its series after it was first found missing, in milliseconds. */
  readonly retireAfterMs: number;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
}

/** Tracks which instances of a service have their own series, so that series stay bounded over any number of deployments. */
export class InstanceLabels {
  private readonly known = new Set<string>();
  private readonly missingSince = new Map<string, number>();

  constructor(private readonly options: InstanceLabelsOptions) {}

  /** An instance that was retired is tracked again when its last calls end, and retired again later. */
  of(instanceId: string): string {
    if (this.known.has(instanceId)) return instanceId;
    if (this.known.size >= this.options.max) return OTHER_INSTANCES;
    this.known.add(instanceId);
    return instanceId;
  }

  /** Forgets instances that have been missing for the configured time, and returns them. Each scrape calls it. */
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
