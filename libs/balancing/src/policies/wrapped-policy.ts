import type { ServiceInstance } from '@grpc-discovery/registry';
import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type {
  EndpointPicker,
  EndpointPolicy,
  EndpointState,
  Observation,
  SelectionTrace,
} from './policy.js';

/** A policy around another, which does what the other does. Wrappers override what they change. */
export abstract class WrappedPolicy implements EndpointPolicy {
  constructor(protected readonly child: EndpointPolicy) {}

  get observes(): Observation | undefined {
    return this.child.observes;
  }

  get followsStates(): boolean {
    return this.child.followsStates ?? false;
  }

  select(
    listed: readonly ServiceInstance[],
    stateOf: (instance: ServiceInstance) => EndpointState | undefined,
    trace?: SelectionTrace,
  ): readonly ServiceInstance[] {
    return this.child.select(listed, stateOf, trace);
  }

  refusal(): string | undefined {
    return this.child.refusal?.();
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    return this.child.createPicker(ready);
  }
}
