export {
  DiscoveryHealthIndicator,
  type ClientHealthOptions,
  type RegistrationHealthOptions,
  type RegistryHealthOptions,
} from './discovery-health.indicator.js';
export { DiscoveryHealthModule } from './discovery-health.module.js';
