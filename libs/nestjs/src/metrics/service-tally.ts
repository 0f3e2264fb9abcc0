import type { status } from '@grpc/grpc-js';
import { CallTally } from './call-tally.js';

/** What a client has done with the instances of one service. */
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

  /** @param path `/helloworld.Greeter/SayHello`, of a contract: their number is bounded. */
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

  /** @param label as `pick` gave it, '' where nothing was picked */
  end(method: CallTally, label: string, code: status, seconds: number): void {
    // Its instance may have been retired since: its series are to be retired, too.
    const isShared = label === '' || label === OTHER_INSTANCES;
    method.end(isShared ? label : this.instances.of(label), code, seconds);
  }

  /** Drops what is known of instances that are gone. @param listed those that are not. */
  retire(listed: ReadonlySet<string>): void {
    for (const id of this.instances.retire(listed)) {
      this.picks.delete(id);
      for (const method of this.methods.values()) method.forget(id);
    }
  }
}

/** Label of the instances beyond the bound, together. */
export const OTHER_INSTANCES = 'other';

export interface InstanceLabelsOptions {
  readonly max: number;
  /** How long an instance is known after it was first found missing, in milliseconds. */
  readonly retireAfterMs: number;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
}

/** Tracks which instances of a service have their own series, so that series stay bounded over any number of deployments. */
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
