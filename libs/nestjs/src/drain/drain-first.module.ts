import { Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { LocalInstances } from '../server/local-instances.js';

/** Drains while every other provider is still open. */
@Injectable()
class DrainFirst implements OnModuleDestroy {
  constructor(private readonly instances: LocalInstances) {}

  onModuleDestroy(): Promise<void> {
    return this.instances.drain();
  }
}

/**
 * A module whose destroy hook runs before that of every other. On a signal, and in hybrid applications, Nest runs all
 * `onModuleDestroy` hooks before it closes a server, so that handlers of calls still arriving would meet closed
 * databases. Nest orders the hooks by each module's distance from the root (1 for the root, from Nest 11 on the nearest
 * is destroyed first), one module after the other; a distance below the root's is first.
 */
@Module({
  providers: [LocalInstances, DrainFirst],
  exports: [LocalInstances],
})
export class DrainFirstModule {
  constructor(modules: ModulesContainer) {
    for (const module of modules.values()) {
      if (module.metatype === DrainFirstModule) module.distance = 0;
    }
  }
}
