import type { status } from '@grpc/grpc-js';
import { CallTally } from './call-tally.js';
import { InstanceLabels, OTHER_INSTANCES, type InstanceLabelsOptions } from './instance-labels.js';

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
