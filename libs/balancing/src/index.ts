export { withCallValues, withHashKey } from './calls/call-values.js';
export { PINGS_LABEL } from './channel/pings.js';
export { durationMsForm, isDurationMs, MAX_DURATION_MS } from './policies/duration.js';
export { explainCall } from './channel/call-explanation.js';
export { describeChannel } from './channel/channel-description.js';
export { discoveryChannel } from './channel/discovery-channel.js';
export { discoveryChannelOptions } from './channel/channel-options.js';
export { updateOwnConfig } from './channel/own-config.js';
export { discoveryTarget } from './channel/target.js';
export { UnsupportedGrpcJsError } from './grpc/assert-grpc-js.js';
export { installBalancing } from './install.js';
export { consistentHash } from './policies/consistent-hash.js';
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
export { assertServiceConfig } from './resolver/assert-service-config.js';

export type { CallValues, PickListener } from './calls/call-values.js';
export type { PickMessage } from './balancer/pick-channel.js';
export type {
  CallChoice,
  CallExplanation,
  CallQuestion,
  CandidateExplanation,
} from './channel/call-explanation.js';
export type {
  ChannelDescription,
  EndpointDescription,
  EndpointStatus,
} from './channel/channel-description.js';
export type { DiscoveryChannelOptions } from './channel/channel-options.js';
export type { OwnConfig } from './channel/channel-args.js';
export type { GrpcJsCopy } from './grpc/installed-copy.js';
export type { HealthWatchOptions } from './channel/health-watch-options.js';
export type { MassRemoval, MassRemovalOptions } from './channel/mass-removal.js';
export type {
  HedgingOptions,
  MethodOptions,
  MethodOptionsByPath,
  RetryBudget,
  RetryOptions,
  StatusName,
} from './channel/method-options.js';
export type { PassedOverReason } from './channel/passed-over.js';
export type { PolicyConfig } from './channel/policy-config.js';
export type { SharedAddress } from './channel/shared-address.js';
export type { ServiceConfigSource, ServiceConfigState } from './channel/service-config-source.js';
export type { ConsistentHashOptions } from './policies/consistent-hash.js';
export type { FilterInstancesOptions } from './policies/filter-instances.js';
export type { LeastRequestOptions } from './policies/least-request.js';
export type { OutlierDetectionOptions } from './policies/outlier-detection.js';
export type { PickFirstOptions } from './policies/pick-first.js';
export type { ClientLocality, PreferLocalityOptions } from './policies/prefer-locality.js';
export type { SlowStartOptions } from './policies/slow-start.js';
export type { SubsetOptions } from './policies/subset.js';
export type { WeightedRoundRobinOptions } from './policies/weighted-round-robin.js';
export type { ReportUtilizationOptions } from './reports/report-utilization.js';
