import type { Registry, Watch } from '@grpc-discovery/registry';
import { Inject, Injectable } from '@nestjs/common';
import { DISCOVERY_REGISTRY } from '../discovery.tokens.js';

/** The current instance lists of the clients: watches of one service share one subscription. */
@Injectable()
export class WatchedServices {
  private readonly watches = new Map<string, Watch>();

  constructor(@Inject(DISCOVERY_REGISTRY) private readonly registry: Registry) {}

  of(service: string): Watch {
    const known = this.watches.get(service);
    if (known) return known;
    const watch = this.registry.watcher.watch(service, () => undefined);
    this.watches.set(service, watch);
    return watch;
  }

  closeAll(): void {
    for (const watch of this.watches.values()) watch.close();
    this.watches.clear();
  }
}
