import { RegistryClosedError } from '../errors/registry-errors.js';
import { assertInstanceId } from '../instance/assert-instance.js';
import { assertServiceName } from '../instance/service-name.js';
import { encodeOverride } from '../overrides/override-codec.js';
import type { InstanceOverride, Override, Overrides } from '../overrides.js';
import type { MemoryStore } from './memory-store.js';

/** The port of overrides in memory. */
export class MemoryOverrides implements Overrides {
  private closed = false;

  constructor(private readonly store: MemoryStore) {}

  async set(service: string, instanceId: string, override: Override): Promise<void> {
    assertInstanceId(instanceId);
    encodeOverride(override);
    await this.answer(service);
    this.store.putOverride(service, instanceId, override.weight);
  }

  async remove(service: string, instanceId: string): Promise<void> {
    assertInstanceId(instanceId);
    await this.answer(service);
    this.store.deleteOverride(service, instanceId);
  }

  async list(service: string): Promise<readonly InstanceOverride[]> {
    await this.answer(service);
    const inOrder = [...this.store.overrides(service)].sort(([a], [b]) => (a < b ? -1 : 1));
    return inOrder.map(([id, weight]) => ({ service, id, weight }));
  }

  close(): void {
    this.closed = true;
  }

  /** A registry is never faster than the caller: nothing is done before the port has returned. */
  private async answer(service: string): Promise<void> {
    assertServiceName(service);
    if (this.closed) throw new RegistryClosedError(`memory:overrides/${service}/`);
    await Promise.resolve();
  }
}
