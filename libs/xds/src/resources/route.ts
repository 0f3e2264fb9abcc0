import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type RouteConfiguration,
  RouteConfigurationSchema,
} from '../gen/envoy/config/route/v3/route_pb.js';
import type {
  RouteAction_HashPolicySchema,
  RouteActionSchema,
  RouteSchema,
  VirtualHostSchema,
} from '../gen/envoy/config/route/v3/route_components_pb.js';
import { PreviousHostsPredicateSchema } from '../gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js';
import type { ServiceView, ViewPolicy } from '../service-view.js';
import { packed } from './any.js';
import { ms } from './cluster.js';

type RouteInit = MessageInitShape<typeof RouteSchema>;

/** All calls of a gRPC client go to one cluster. */
export function grpcRoutes({
  name,
  policy,
}: ServiceView): MessageInitShape<typeof RouteConfigurationSchema> {
  const action = { clusterSpecifier: cluster(name), hashPolicy: hashPolicy(policy) };
  const route: RouteInit = { match: prefix(''), action: { case: 'route', value: action } };
  return { name, virtualHosts: [{ name, domains: ['*'], routes: [route] }] };
}

/**
 * The routes of an Envoy that serves all services on one port: by authority, or by the gRPC service of the call. A call
 * that fits none fails with UNIMPLEMENTED.
 */
export function envoyRoutes(name: string, views: readonly ServiceView[]): RouteConfiguration {
  const byAuthority = uniqueAuthorities(views).map(
    (view): MessageInitShape<typeof VirtualHostSchema> => ({
      name: view.name,
      domains: [view.name],
      routes: [{ match: prefix('/'), action: { case: 'route', value: envoyAction(view) } }],
    }),
  );
  const byGrpcService = new Map(
    views.flatMap((view) => (view.grpcServices ?? []).map((service) => [service, view] as const)),
  );
  const routes = [...byGrpcService].map(([service, view]): RouteInit => ({
    match: { ...prefix(`/${service}/`), grpc: {} },
    action: { case: 'route', value: envoyAction(view) },
  }));
  const unknown: RouteInit = {
    match: prefix('/'),
    action: { case: 'directResponse', value: { status: 404 } },
  };
  return create(RouteConfigurationSchema, {
    name,
    ignorePortInHostMatching: true,
    virtualHosts: [...byAuthority, { name: '*', domains: ['*'], routes: [...routes, unknown] }],
  });
}

/** Authorities ignore case. Envoy would refuse all routes for two that differ only in case; the first one has it. */
function uniqueAuthorities(views: readonly ServiceView[]): readonly ServiceView[] {
  const seen = new Set<string>();
  return views.filter(({ name }) => {
    const authority = name.toLowerCase();
    if (seen.has(authority)) return false;
    seen.add(authority);
    return true;
  });
}

/** Envoy retries on another endpoint, so that one that has just died fails no call. */
function envoyAction({ name, policy }: ServiceView): MessageInitShape<typeof RouteActionSchema> {
  return {
    clusterSpecifier: cluster(name),
    timeout: ms(0),
    maxStreamDuration: { grpcTimeoutHeaderMax: ms(0) },
    retryPolicy: {
      retryOn: 'connect-failure,refused-stream,reset-before-request,unavailable',
      numRetries: 2,
      retryHostPredicate: [
        {
          name: 'envoy.retry_host_predicates.previous_hosts',
          configType: { case: 'typedConfig', value: packed(PreviousHostsPredicateSchema, {}) },
        },
      ],
      hostSelectionRetryMaxAttempts: 5n,
    },
    hashPolicy: hashPolicy(policy),
  };
}

function hashPolicy(
  policy: ViewPolicy | undefined,
): MessageInitShape<typeof RouteAction_HashPolicySchema>[] {
  if (policy?.kind !== 'ring_hash') return [];
  return [{ policySpecifier: { case: 'header', value: { headerName: policy.header } } }];
}

function cluster(name: string) {
  return { case: 'cluster', value: name } as const;
}

function prefix(value: string) {
  return { pathSpecifier: { case: 'prefix', value } } as const;
}
