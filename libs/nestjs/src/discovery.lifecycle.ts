import type { Registry } from '@grpc-discovery/registry';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ServiceChannels } from './client/service-channels.js';
import { WatchedServices } from './client/watched-services.js';
import { DISCOVERY_REGISTRY } from './discovery.tokens.js';
import { ReadinessChecks } from './readiness/readiness-checks.js';
import { StartWatch } from './server/start-watch.js';

/**
 * The hooks of the module. It connects channels before any other module can make a call, and closes them when none can any
 * more. Nest runs init hooks in descending distance from the root, and shutdown hooks in reverse order after its servers have
 * closed.
 */
@Injectable()
export class DiscoveryLifecycle
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  constructor(
    modules: ModulesContainer,
    private readonly channels: ServiceChannels,
    private readonly watched: WatchedServices,
    private readonly readiness: ReadinessChecks,
    private readonly startWatch: StartWatch,
    @Inject(DISCOVERY_REGISTRY) private readonly registry: Registry,
  ) {
    for (const module of modules.values()) {
      // The distance of a global module, for `isGlobal: false`.
      if (module.hasProvider(DiscoveryLifecycle)) module.distance = Number.MAX_VALUE;
    }
  }

  onModuleInit(): void {
    this.channels.connectAll();
  }

  onApplicationBootstrap(): void {
    this.readiness.start();
    this.startWatch.start();
  }

  onModuleDestroy(): void {
    this.startWatch.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    this.readiness.stop();
    this.watched.closeAll();
    this.channels.closeAll();
    await this.registry.close();
  }
}
