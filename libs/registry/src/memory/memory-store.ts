import type { ServiceInstance } from '../instance/service-instance.js';
import { overriddenSnapshot } from '../subjects/watch-subjects.js';
import type { Snapshot } from '../watcher.js';

/** A published service config and its revision. */
export interface StoredConfig {
  readonly value: Buffer;
  readonly revision: string;
}

type ChangeListener = (service: string) => void;

const NO_LISTENERS: ReadonlySet<ChangeListener> = new Set();

/** Instances and configs in the memory of this process, shared by all registries created with it. */
export class MemoryStore {
  private readonly services = new Map<string, Map<string, ServiceInstance>>();
  private readonly weights = new Map<string, Map<string, number>>();
  private readonly configs = new Map<string, StoredConfig>();
  private readonly listeners = new Set<ChangeListener>();
  private readonly configListeners = new Set<ChangeListener>();
  private lastRevision = 1n;

  /** Grows with each change. */
  get revision(): bigint {
    return this.lastRevision;
  }

  put(instance: ServiceInstance): void {
    const instances = this.services.get(instance.service) ?? new Map<string, ServiceInstance>();
    this.services.set(instance.service, instances);
    instances.set(instance.id, instance);
    this.changed(instance.service, this.listeners);
  }

  /** Deletes the entry only if it holds this very instance, as only its own lease deletes a key. */
  delete(instance: ServiceInstance): void {
    const instances = this.services.get(instance.service);
    if (instances?.get(instance.id) !== instance) return;
    instances.delete(instance.id);
    if (instances.size === 0) this.services.delete(instance.service);
    this.changed(instance.service, this.listeners);
  }

  snapshot(service: string): Snapshot {
    const instances = [...(this.services.get(service)?.values() ?? [])];
    instances.sort((a, b) => (a.id < b.id ? -1 : 1));
    const snapshot = { service, instances, revision: String(this.lastRevision) };
    return overriddenSnapshot(snapshot, this.overrides(service), this.lastRevision);
  }

  /** Names of the services that have an instance, in order. */
  registeredServices(): string[] {
    return [...this.services.keys()].sort();
  }

  /** Names of all services that have an instance, a config or an override, in order. */
  serviceNames(): string[] {
    const maps = [this.services, this.configs, this.weights];
    return [...new Set(maps.flatMap((each) => [...each.keys()]))].sort();
  }

  /** Overriding weights, by id. */
  overrides(service: string): ReadonlyMap<string, number> {
    return this.weights.get(service) ?? new Map();
  }

  /** Number of overrides of all services. */
  get overridesSet(): number {
    return [...this.weights.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Overrides the weight of an instance unless it is already set. */
  putOverride(service: string, id: string, weight: number): void {
    const weights = this.weights.get(service) ?? new Map<string, number>();
    this.weights.set(service, weights);
    if (weights.get(id) === weight) return;
    weights.set(id, weight);
    this.overrideChanged(service, id);
  }

  deleteOverride(service: string, id: string): void {
    const weights = this.weights.get(service);
    if (!weights?.delete(id)) return;
    if (weights.size === 0) this.weights.delete(service);
    this.overrideChanged(service, id);
  }

  /** Puts the config unless it already has this value. */
  putConfig(service: string, value: Buffer): void {
    if (this.configs.get(service)?.value.equals(value)) return;
    this.configs.set(service, { value, revision: String(this.lastRevision + 1n) });
    this.changed(service, this.configListeners);
  }

  deleteConfig(service: string): void {
    if (this.configs.delete(service)) this.changed(service, this.configListeners);
  }

  config(service: string): StoredConfig | undefined {
    return this.configs.get(service);
  }

  /** Calls the listener with each service whose instances change; returns a function that stops it. */
  onChange(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Calls the listener with each service whose config changes; returns a function that stops it. */
  onConfigChange(listener: ChangeListener): () => void {
    this.configListeners.add(listener);
    return () => void this.configListeners.delete(listener);
  }

  /** Watches of instances are notified only if an existing instance changes. */
  private overrideChanged(service: string, id: string): void {
    const exists = this.services.get(service)?.has(id) ?? false;
    this.changed(service, exists ? this.listeners : NO_LISTENERS);
  }

  private changed(service: string, listeners: ReadonlySet<ChangeListener>): void {
    this.lastRevision += 1n;
    for (const listener of [...listeners]) listener(service);
  }
}
