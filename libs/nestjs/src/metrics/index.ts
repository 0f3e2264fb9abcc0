export { DiscoveryMetricsModule } from './discovery-metrics.module.js';
export { InvalidMetricsOptionError, type DiscoveryMetricsOptions } from './metrics.options.js';
export { METRICS_REGISTRY } from './metrics.tokens.js';
export { MetricsServer } from './metrics-server.js';
