import type { ServiceInstance } from '../instance/service-instance.js';
import type { Snapshot } from '../watcher.js';

/** Instances in the memory of this process, shared by the registries that are given it. */
export class MemoryStore {
  private readonly services = new Map<string, Map<string, ServiceInstance>>();
  private readonly listeners = new Set<(service: string) => void>();
  private revision = 1n;

  put(instance: ServiceInstance): void {
    const instances = this.services.get(instance.service) ?? new Map<string, ServiceInstance>();
    this.services.set(instance.service, instances);
    instances.set(instance.id, instance);
    this.changed(instance.service);
  }

  /** Deletes the entry only while it holds this very instance, as a key is deleted only by its own lease. */
  delete(instance: ServiceInstance): void {
    const instances = this.services.get(instance.service);
    if (instances?.get(instance.id) !== instance) return;
    instances.delete(instance.id);
    if (instances.size === 0) this.services.delete(instance.service);
    this.changed(instance.service);
  }

  snapshot(service: string): Snapshot {
    const instances = [...(this.services.get(service)?.values() ?? [])];
    instances.sort((a, b) => (a.id < b.id ? -1 : 1));
    return { service, instances, revision: String(this.revision) };
  }

  /** Tells of each service that has changed; returns a function that stops it. */
  onChange(listener: (service: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private changed(service: string): void {
    this.revision += 1n;
    for (const listener of [...this.listeners]) listener(service);
  }
}
