import type { ServiceInstance } from '@grpc-discovery/registry';
import { hashText, mix } from './hash.js';
import { wrapperConfig, type PolicyType } from './policy-config.js';
import {
  WrappedPolicy,
  type EndpointPolicy,
  type StateOf,
  type PolicyConfig,
  type SelectionTrace,
} from './policy.js';

export interface SubsetOptions {
  /** Number of instances that this client connects to; all if there are fewer. 1 to 65_535. */
  readonly size: number;
  /**
   * Name of this client, unique among all clients of the service and the same after a restart.
   * @default a random one for each channel
   */
  readonly clientId?: string;
  /**
   * Number of this client among all clients of the service, from 0, such as the ordinal of a stateful set. Each instance then
   * serves the same number of clients, give or take a few. With `clientId` alone it does so only on average.
   * @default none
   */
  readonly clientIndex?: number;
}

/** Each client connects to only some of the instances, so that many clients of many instances need few connections. */
export function subset(policy: PolicyConfig, options: SubsetOptions): PolicyConfig {
  return wrapperConfig(subsetPolicy, policy, options);
}

export const subsetPolicy: PolicyType = {
  name: 'subset',
  parse(settings) {
    const remedy = 'Use 10 to 20, so that the loss of one instance does not matter.';
    const size = settings.integer('size', { min: 1, max: 65_535, remedy });
    if (size === undefined) throw settings.invalid('size', 'given', undefined, remedy);
    const clientId = settings.string('clientId', 'Leave it out for a random one.');
    const ordinals = { min: 0, max: 1_000_000, remedy: 'Count clients from 0.' };
    const clientIndex = settings.integer('clientIndex', ordinals);
    const child = settings.child();
    return (context) => {
      const client = hashText(clientId ?? String(context.random()));
      const choose = (listed: readonly ServiceInstance[]) =>
        clientIndex === undefined
          ? byRendezvous(listed, size, client)
          : byOrdinal(listed, size, clientIndex);
      return new Subset(child(context), size, choose);
    };
  },
};

class Subset extends WrappedPolicy {
  constructor(
    child: EndpointPolicy,
    private readonly size: number,
    private readonly choose: (listed: readonly ServiceInstance[]) => readonly ServiceInstance[],
  ) {
    super(child);
  }

  override select(
    listed: readonly ServiceInstance[],
    stateOf: StateOf,
    trace?: SelectionTrace,
  ): readonly ServiceInstance[] {
    const chosen = listed.length <= this.size ? listed : this.choose(listed);
    trace?.('not-in-subset', listed, chosen);
    return this.child.select(chosen, stateOf, trace);
  }
}

/**
 * The instances with the best scores for this client. An instance that leaves is replaced by one other, and only for its own
 * clients; an instance that joins replaces one other for its clients.
 */
function byRendezvous(listed: readonly ServiceInstance[], size: number, client: number) {
  return listed
    .map((instance) => ({ instance, score: mix(hashText(instance.address) ^ client) }))
    .sort((one, other) => other.score - one.score)
    .slice(0, size)
    .map(({ instance }) => instance);
}

/**
 * An arc of the ring of all instances, in an order that is the same for all clients. Arcs begin at the points of the van
 * der Corput sequence, which distributes any number of clients evenly: all instances have the same number of clients, give or
 * take a few. An instance that comes or goes moves the ends of arcs by at most one.
 */
function byOrdinal(listed: readonly ServiceInstance[], size: number, ordinal: number) {
  const ring = listed
    .map((instance) => ({ instance, hash: hashText(instance.address) }))
    .sort((one, other) => one.hash - other.hash);
  const start = Math.floor(vanDerCorput(ordinal) * ring.length);
  return Array.from({ length: size }, (_, step) => ring[(start + step) % ring.length]!.instance);
}

/** The binary digits of the ordinal, mirrored at the point: 0, 1/2, 1/4, 3/4, 1/8, … */
function vanDerCorput(ordinal: number): number {
  let point = 0;
  for (let digit = 0.5; ordinal > 0; digit /= 2, ordinal = Math.floor(ordinal / 2)) {
    point += (ordinal % 2) * digit;
  }
  return point;
}
