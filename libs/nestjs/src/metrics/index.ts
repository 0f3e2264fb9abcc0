export { DiscoveryMetricsModule } from './discovery-metrics.module.js';
export type {
  DiscoveryMetricsAsyncOptions,
  DiscoveryMetricsOptionsFactory,
} from './metrics.module-definition.js';
export {
  type DiscoveryMetricsOptions,
  type DiscoveryMetricsRoute,
  type DiscoveryMetricsSettings,
} from './metrics.options.js';
export { METRICS_REGISTRY } from './metrics.options.js';
export { MetricsServer } from './metrics-server.js';
export type { ModuleVisibility } from '../options/async-options.js';
