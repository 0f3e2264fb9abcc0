import type { Registrar, Registration, ServiceInstance } from '@grpc-discovery/registry';
import type { ServerHealth } from './server-health.js';
import type { LeaveBy } from '../readiness/readiness.options.js';
import { reason } from '../value-kind.js';

type RotationState =
  | { readonly kind: 'in' }
  | { readonly kind: 'out'; readonly by: LeaveBy }
  /** The drain has started and can't be undone. */
  | { readonly kind: 'ended' };

export interface RotationOptions {
  readonly registrar: Registrar;
  readonly instance: ServiceInstance;
  /** Undefined if the server has no health service. */
  readonly health: ServerHealth | undefined;
  /** Called with the first registration, and with each later one. */
  readonly onRegistration: (registration: Registration) => void;
  /** Called with the reason if the instance could not leave or return. */
  readonly onFailure: (error: unknown) => void;
}

/** Called with the reason of a failed rotation. */
export function notMade(error: unknown): string {
  return `The rotation could not be changed: ${reason(error)}`;
}

/** Takes a serving instance out of rotation and back, in the registry and in its health service. */
export class Rotation {
  private state: RotationState = { kind: 'in' };
  private current: Registration;

  /** Starts in rotation. */
  constructor(private readonly options: RotationOptions) {
    options.health?.serving();
    this.current = this.register();
  }

  get registration(): Registration {
    return this.current;
  }

  leave(by: LeaveBy): void {
    if (this.state.kind !== 'in') return;
    const { health, registrar, instance } = this.options;
    this.state = { kind: 'out', by };
    health?.notServing();
    if (by === 'weight') registrar.register({ ...instance, weight: 0 });
    else this.current.deregister().catch(this.options.onFailure);
  }

  rejoin(): void {
    if (this.state.kind !== 'out') return;
    const { by } = this.state;
    const { health, registrar, instance } = this.options;
    this.state = { kind: 'in' };
    health?.serving();
    if (by === 'weight') registrar.register(instance);
    else this.registerAgain().catch(this.options.onFailure);
  }

  end(): void {
    this.state = { kind: 'ended' };
  }

  /** Waits until the entry is deleted, so that the registrar does not confuse the two registrations. */
  private async registerAgain(): Promise<void> {
    await this.current.deregister();
    const isWanted = this.state.kind === 'in' && this.current.state.kind === 'deregistered';
    if (isWanted) this.current = this.register();
  }

  private register(): Registration {
    const { registrar, instance, onRegistration } = this.options;
    const registration = registrar.register(instance);
    onRegistration(registration);
    return registration;
  }
}
