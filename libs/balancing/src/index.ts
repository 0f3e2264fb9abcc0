export { PINGS_LABEL } from './balancer/subchannel-factory.js';
export { discoveryChannelOptions, updateOwnConfig } from './channel-options.js';
export { discoveryChannel } from './discovery-channel.js';
export { describeChannel, explainCall } from './explain/channel-view.js';
export { UnsupportedGrpcJsError } from './grpc/assert-grpc-js.js';
export { withCallValues, withHashKey } from './grpc/call-values.js';
export { installBalancing } from './install.js';
export { consistentHash } from './policies/consistent-hash.js';
export { durationMsForm, isDurationMs, MAX_DURATION_MS } from './policies/duration.js';
export { filterInstances } from './policies/filter-instances.js';
export { InvalidPolicyError } from './policies/invalid-policy-error.js';
export { leastRequest } from './policies/least-request.js';
export { outlierDetection } from './policies/outlier-detection.js';
export { pickFirst } from './policies/pick-first.js';
export { preferLocality } from './policies/prefer-locality.js';
export { random } from './policies/random.js';
export { roundRobin } from './policies/round-robin.js';
export { slowStart } from './policies/slow-start.js';
export { subset } from './policies/subset.js';
export { weightedRoundRobin } from './policies/weighted-round-robin.js';
export { reportUtilization } from './reports/report-utilization.js';
export { assertServiceConfig } from './resolver/service-config.js';
export { discoveryTarget } from './resolver/target.js';

export type { MassRemoval, MassRemovalOptions } from './balancer/mass-removal-guard.js';
export type { PickMessage } from './balancer/pick-channel.js';
export type { DiscoveryChannelOptions } from './channel-options.js';
export type {
  CallChoice,
  CallExplanation,
  CallQuestion,
  CandidateExplanation,
} from './explain/call-explanation.js';
export type {
  ChannelDescription,
  EndpointDescription,
  EndpointStatus,
} from './explain/channel-description.js';
export type { GrpcJsCopy } from './grpc/assert-grpc-js.js';
export type { CallValues, PickListener } from './grpc/call-values.js';
export type { HealthWatchOptions } from './health/health-watch.js';
export type { SharedAddress } from './load/shared-addresses.js';
export type { ConsistentHashOptions } from './policies/consistent-hash.js';
export type { FilterInstancesOptions } from './policies/filter-instances.js';
export type { LeastRequestOptions } from './policies/least-request.js';
export type { OutlierDetectionOptions } from './policies/outlier-detection.js';
export type { PickFirstOptions } from './policies/pick-first.js';
export type { PassedOverReason, PolicyConfig } from './policies/policy.js';
export type { ClientLocality, PreferLocalityOptions } from './policies/prefer-locality.js';
export type { SlowStartOptions } from './policies/slow-start.js';
export type { SubsetOptions } from './policies/subset.js';
export type { WeightedRoundRobinOptions } from './policies/weighted-round-robin.js';
export type { ReportUtilizationOptions } from './reports/report-utilization.js';
export type {
  HedgingOptions,
  MethodOptions,
  MethodOptionsByPath,
  RetryBudget,
  RetryOptions,
  StatusName,
} from './resolver/method-options.js';
export type {
  OwnConfig,
  ServiceConfigSource,
  ServiceConfigState,
} from './resolver/resolver-settings.js';
