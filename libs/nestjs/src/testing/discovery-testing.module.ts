import type { TestingModuleBuilder } from '@nestjs/testing';
import { CONNECTS_AT_ONCE, DISCOVERY_REGISTRY } from '../discovery.tokens.js';
import type { TestFleet } from './test-fleet.js';

/** Replaces etcd with a {@link TestFleet}. */
export class DiscoveryTestingModule {
  /**
   * Makes every `DiscoveryModule` of a testing module use the fleet's registry instead of its `etcd` option: nothing
   * connects to that etcd. Clients connect to the fleet as the module is compiled, so that a spec need not call `init()`.
   */
  static override(builder: TestingModuleBuilder, fleet: TestFleet<never>): TestingModuleBuilder {
    return builder
      .overrideProvider(DISCOVERY_REGISTRY)
      .useFactory({ factory: () => fleet.registry() })
      .overrideProvider(CONNECTS_AT_ONCE)
      .useValue(true);
  }
}
