export type { AdsServerOptions, RefusedResponse } from './server/ads-options.js';
export { AdsServer } from './server/ads-server.js';
export type {
  AdsCounters,
  NackState,
  StreamState,
  SubscriptionState,
} from './server/stream-state.js';
export type { EnvoyIngress } from './resources/listener.js';
export {
  isServiceName,
  type LeftOutEndpoint,
  RETRY_CODES,
  type RetryCode,
  type ServiceView,
  type ViewEndpoint,
  type ViewMethod,
  type ViewOutlierDetection,
  type ViewPolicy,
  type ViewRetry,
} from './service-view.js';
export {
  type BootstrapOptions,
  type ControlPlaneTls,
  envoyBootstrap,
  type EnvoyBootstrapOptions,
  grpcBootstrap,
} from './bootstrap.js';
