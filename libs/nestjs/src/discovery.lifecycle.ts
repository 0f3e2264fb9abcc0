import type { Registry } from '@grpc-discovery/registry';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ServiceChannels } from './client/service-channels.js';
import { WatchedServices } from './client/watched-services.js';
import { DISCOVERY_REGISTRY } from './discovery.tokens.js';

/**
 * Opens what calls need before any other module can make one, and closes it when none can any more. Nest runs init hooks by
 * falling distance from the root and shutdown hooks in reverse order, after its servers are closed.
 */
@Injectable()
export class DiscoveryLifecycle implements OnModuleInit, OnApplicationShutdown {
  constructor(
    modules: ModulesContainer,
    private readonly channels: ServiceChannels,
    private readonly watched: WatchedServices,
    @Inject(DISCOVERY_REGISTRY) private readonly registry: Registry,
  ) {
    for (const module of modules.values()) {
      // The distance that Nest gives to global modules; this one may be told not to be global.
      if (module.hasProvider(DiscoveryLifecycle)) module.distance = Number.MAX_VALUE;
    }
  }

  onModuleInit(): void {
    this.channels.connectAll();
  }

  async onApplicationShutdown(): Promise<void> {
    this.watched.closeAll();
    this.channels.closeAll();
    await this.registry.close();
  }
}
