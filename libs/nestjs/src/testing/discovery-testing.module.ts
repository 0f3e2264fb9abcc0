import type { TestingModuleBuilder } from '@nestjs/testing';
import { DISCOVERY_REGISTRY } from '../discovery.tokens.js';
import type { TestFleet } from './test-fleet.js';

/** Puts a {@link TestFleet} in the place of etcd. */
export class DiscoveryTestingModule {
  /**
   * Makes every `DiscoveryModule` of a testing module use the fleet's registry instead of its `etcd` option: nothing
   * connects to that etcd.
   */
  static override(builder: TestingModuleBuilder, fleet: TestFleet<never>): TestingModuleBuilder {
    return builder
      .overrideProvider(DISCOVERY_REGISTRY)
      .useFactory({ factory: () => fleet.registry() });
  }
}
