import { InstanceConflictError, InstanceDeregisteredError } from '../errors/registry-errors.js';
import type { ServiceInstance } from '../instance/service-instance.js';
import { readOptions, withDefault, type OptionTable } from '../options/option-table.js';
import { durationMs } from '../options/rules.js';
import type { DeregisterOptions, Registration, RegistrationState } from '../registrar.js';
import type { RegistrationDescription } from '../registry-description.js';
import { Deferred } from '../timing/wait.js';

const deregisterTable = {
  withinMs: withDefault(durationMs(0), 1_000, 'longest wait for the registry'),
} satisfies OptionTable<DeregisterOptions>;

/** One registration as its owner sees it; the adapter changes its state. */
export class RegistrationSubject implements Registration {
  private readonly listeners = new Set<(state: RegistrationState) => void>();
  private readonly first = new Deferred<void>();
  private current: RegistrationState = { kind: 'registering', lastError: undefined };
  private leaving: Promise<void> | undefined;
  /** Why it is not registered under the requested id. */
  conflict: InstanceConflictError | undefined;

  /**
   * @param remove Removes the instance from the registry, within a time limit in milliseconds; never rejects.
   * @param onListenerError Called with an error that a listener threw.
   */
  constructor(
    public instance: ServiceInstance,
    private readonly remove: (withinMs: number) => Promise<void>,
    private readonly onListenerError: (error: unknown) => void,
  ) {}

  get state(): RegistrationState {
    return this.current;
  }

  whenRegistered(): Promise<void> {
    return this.first.promise;
  }

  onStateChange(listener: (state: RegistrationState) => void): () => void {
    // A listener that is added twice is called twice.
    const call = (state: RegistrationState) => listener(state);
    this.listeners.add(call);
    return () => void this.listeners.delete(call);
  }

  deregister(options: DeregisterOptions = {}): Promise<void> {
    const { withinMs } = readOptions(deregisterTable, options, 'deregister');
    if (this.leaving === undefined) {
      this.set({ kind: 'deregistered' });
      this.leaving = this.remove(withinMs);
    }
    return this.leaving;
  }

  /** Changes the state. `deregistered` is final: later calls do nothing. */
  set(state: RegistrationState): void {
    if (this.current.kind === 'deregistered' || isSame(this.current, state)) return;
    this.current = state;
    if (state.kind === 'registered') this.first.resolve();
    if (state.kind === 'deregistered') {
      const { service, id } = this.instance;
      this.first.reject(new InstanceDeregisteredError(service, id));
    }
    for (const listener of [...this.listeners]) {
      try {
        listener(state);
      } catch (error) {
        this.onListenerError(error);
      }
    }
  }
}

/** The same failure at the next try is no change, although its text may contain another time or port. */
function isSame(a: RegistrationState, b: RegistrationState): boolean {
  if (a.kind !== 'registering' || b.kind !== 'registering') return a.kind === b.kind;
  return a.lastError?.name === b.lastError?.name;
}

/** In order of service and id, without deregistered ones. */
export function describeRegistrations(
  registrations: readonly RegistrationSubject[],
): RegistrationDescription[] {
  const described = registrations.map(({ instance, state, conflict }) => ({
    service: instance.service,
    id: instance.id,
    state: state.kind,
    conflict: conflict?.message,
  }));
  return described
    .filter(({ state }) => state !== 'deregistered')
    .sort((a, b) => (`${a.service}/${a.id}` < `${b.service}/${b.id}` ? -1 : 1));
}

/**
 * A process has one server per id: a second one would silently replace the first.
 * @throws InstanceConflictError
 */
export function assertSameServer(key: string, before: ServiceInstance, now: ServiceInstance): void {
  if (before.address === now.address) return;
  throw new InstanceConflictError(key, now.address, before.address);
}
