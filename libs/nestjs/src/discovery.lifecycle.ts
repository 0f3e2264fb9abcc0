import type { Registry } from '@grpc-discovery/registry';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ServiceChannels } from './client/service-channels.js';
import { DISCOVERY_REGISTRY } from './discovery.tokens.js';

/**
 * Closes what calls need when no call can come any more: Nest runs `onApplicationShutdown` after its servers are closed,
 * and, this module being global, after the same hook of every other module.
 */
@Injectable()
export class DiscoveryLifecycle implements OnApplicationShutdown {
  constructor(
    private readonly channels: ServiceChannels,
    @Inject(DISCOVERY_REGISTRY) private readonly registry: Registry,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.channels.closeAll();
    await this.registry.close();
  }
}
