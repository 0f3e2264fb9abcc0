/** The registry of prom-client that holds the metrics: an application adds its own to it. */
export const METRICS_REGISTRY = Symbol('discovery:metrics-registry');

/** What `DiscoveryMetricsModule.forRoot` was given, with defaults. */
export const METRICS_OPTIONS = Symbol('discovery:metrics-options');
