export {
  DiscoveryMetricsModule,
  type DiscoveryMetricsAsyncOptions,
} from './discovery-metrics.module.js';
export {
  type DiscoveryMetricsOptions,
  type DiscoveryMetricsRoute,
  type DiscoveryMetricsSettings,
} from './metrics.options.js';
export { METRICS_REGISTRY } from './metrics.options.js';
export { MetricsServer } from './metrics-server.js';
export type { FactoryOptions } from '../options/factory-options.js';
