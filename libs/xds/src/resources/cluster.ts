import { create } from '@bufbuild/protobuf';
import { type Any, type Duration, durationFromMs } from '@bufbuild/protobuf/wkt';
import {
  type Cluster,
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
  ClusterSchema,
} from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { ApiVersion } from '../gen/envoy/config/core/v3/config_source_pb.js';
import { LeastRequestSchema } from '../gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb.js';
import {
  RingHash_HashFunction,
  RingHashSchema,
} from '../gen/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb.js';
import { RoundRobinSchema } from '../gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb.js';
import { WrrLocalitySchema } from '../gen/envoy/extensions/load_balancing_policies/wrr_locality/v3/wrr_locality_pb.js';
import { HttpProtocolOptionsSchema } from '../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import type { ServiceView, ViewOutlierDetection, ViewPolicy } from '../service-view.js';
import { packed } from './any.js';

const RING_SIZE = 1_024n;

/**
 * The cluster of a gRPC client. Its policy is a list of which a client takes the first that it knows (gRFC A52).
 * @param canHash False for clients that crash on ring_hash.
 */
export function grpcCluster(
  view: ServiceView,
  { canHash }: { readonly canHash: boolean },
): Cluster {
  const { policy = { kind: 'round_robin' }, outlierDetection } = view;
  return create(ClusterSchema, {
    ...edsCluster(view.name),
    lbPolicy: Cluster_LbPolicy.ROUND_ROBIN,
    loadBalancingPolicy: grpcPolicy(policy, canHash),
    outlierDetection: outlierDetection && failurePercentage(outlierDetection),
  });
}

function grpcPolicy(policy: ViewPolicy, canHash: boolean) {
  if (policy.kind === 'least_request') {
    const { choiceCount } = policy;
    const endpointPicking = [
      entry(
        'least_request',
        packed(LeastRequestSchema, choiceCount === undefined ? {} : { choiceCount }),
      ),
      entry('round_robin', packed(RoundRobinSchema, {})),
    ];
    const byLocality = { endpointPickingPolicy: { policies: endpointPicking } };
    return { policies: [entry('wrr_locality', packed(WrrLocalitySchema, byLocality))] };
  }
  if (policy.kind === 'ring_hash' && canHash) {
    const ring = { hashFunction: RingHash_HashFunction.XX_HASH, minimumRingSize: RING_SIZE };
    return { policies: [entry('ring_hash', packed(RingHashSchema, ring))] };
  }
  return undefined;
}

function entry(name: string, typedConfig: Any) {
  return { typedExtensionConfig: { name, typedConfig } };
}

const ENVOY_POLICIES = {
  round_robin: Cluster_LbPolicy.ROUND_ROBIN,
  least_request: Cluster_LbPolicy.LEAST_REQUEST,
  ring_hash: Cluster_LbPolicy.RING_HASH,
} as const satisfies Record<ViewPolicy['kind'], Cluster_LbPolicy>;

/**
 * Envoy's own policies do not skip endpoints that fail, so outlier detection is always on. Its default of 30 s would keep an
 * instance that restarts at the same address out of rotation for long; while one is really dead, retries hide each probe of it.
 */
const ENVOY_OUTLIERS = {
  interval: ms(1_000),
  baseEjectionTime: ms(1_000),
  maxEjectionTime: ms(10_000),
  consecutiveGatewayFailure: 3,
  enforcingConsecutiveGatewayFailure: 100,
  maxEjectionPercent: 50,
};

/**
 * The cluster of Envoy, which refuses the list of policies of gRPC clients together with locality weights. Without a panic
 * threshold of 0, Envoy would call endpoints that drain once they are more than half.
 */
export function envoyCluster(view: ServiceView): Cluster {
  const { policy = { kind: 'round_robin' }, outlierDetection } = view;
  const http2 = packed(HttpProtocolOptionsSchema, {
    upstreamProtocolOptions: {
      case: 'explicitHttpConfig',
      value: { protocolConfig: { case: 'http2ProtocolOptions', value: {} } },
    },
  });
  return create(ClusterSchema, {
    ...edsCluster(view.name),
    connectTimeout: ms(1_000),
    typedExtensionProtocolOptions: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2,
    },
    lbPolicy: ENVOY_POLICIES[policy.kind],
    commonLbConfig: {
      healthyPanicThreshold: { value: 0 },
      localityConfigSpecifier: { case: 'localityWeightedLbConfig', value: {} },
    },
    outlierDetection: {
      ...ENVOY_OUTLIERS,
      ...(outlierDetection && failurePercentage(outlierDetection)),
    },
  });
}

function edsCluster(name: string) {
  return {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: fromAds(), serviceName: name },
  } as const;
}

/** The resource comes from the same stream. */
export function fromAds() {
  return {
    configSourceSpecifier: { case: 'ads', value: {} },
    resourceApiVersion: ApiVersion.V3,
  } as const;
}

/** gRPC's default. */
const MAX_EJECTION_MS = 300_000;

function failurePercentage(given: ViewOutlierDetection) {
  return {
    interval: ms(given.intervalMs),
    baseEjectionTime: ms(given.baseEjectionTimeMs),
    maxEjectionTime: ms(Math.max(MAX_EJECTION_MS, given.baseEjectionTimeMs)),
    maxEjectionPercent: given.maxEjectionPercent,
    failurePercentageThreshold: given.failurePercentage,
    enforcingFailurePercentage: 100,
    failurePercentageMinimumHosts: given.minimumHosts ?? 5,
    failurePercentageRequestVolume: given.requestVolume ?? 50,
  };
}

/** A duration. */
export function ms(milliseconds: number): Duration {
  return durationFromMs(milliseconds);
}
