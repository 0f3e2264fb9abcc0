import type { Registration, ServiceInstance } from '@grpc-discovery/registry';
import { Injectable } from '@nestjs/common';
import type { DiscoverableServer } from './discoverable-server.js';

/** The instances that this process serves. */
@Injectable()
export class LocalInstances {
  private readonly servers = new Set<DiscoverableServer>();

  /** Those that serve now, in the order in which their servers were created. */
  get all(): readonly ServiceInstance[] {
    return this.registrations.map((registration) => registration.instance);
  }

  /** Their stays in the registry. */
  get registrations(): readonly Registration[] {
    return [...this.servers].flatMap((server) => server.registration ?? []);
  }

  /** The first instance of a service, or undefined while none serves. */
  of(service: string): ServiceInstance | undefined {
    return this.all.find((instance) => instance.service === service);
  }

  /** @internal */
  add(server: DiscoverableServer): void {
    this.servers.add(server);
  }

  /** Drains every server of the process, side by side. Safe to call twice. */
  async drain(): Promise<void> {
    await Promise.all([...this.servers].map((server) => server.close()));
  }
}
