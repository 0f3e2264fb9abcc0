export { DiscoveryHealthIndicator } from './discovery-health.indicator.js';
export { DiscoveryHealthModule } from './discovery-health.module.js';
export type {
  ClientHealthOptions,
  RegistrationHealthOptions,
  RegistryHealthOptions,
} from './health-options.js';
