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
import type { ServiceView, ViewMethod, ViewPolicy, ViewRetry } from '../service-view.js';
import { packed } from './any.js';
import { ms } from './cluster.js';

type RouteInit = MessageInitShape<typeof RouteSchema>;
type PathMatch = ReturnType<typeof prefix> | ReturnType<typeof path>;
type ActionInit = MessageInitShape<typeof RouteActionSchema>;

/** All calls of a gRPC client go to one cluster. */
export function grpcRoutes(
  view: ServiceView,
  hasTimeouts: boolean,
): MessageInitShape<typeof RouteConfigurationSchema> {
  const routes = routesOf(view, (method) => grpcAction(view, method, hasTimeouts));
  return { name: view.name, virtualHosts: [{ name: view.name, domains: ['*'], routes }] };
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
      routes: routesOf(view, (method) => envoyAction(view, method)),
    }),
  );
  const byGrpcService = new Map(
    views.flatMap((view) => (view.grpcServices ?? []).map((service) => [service, view] as const)),
  );
  const routes = [...byGrpcService].flatMap(([service, view]) =>
    routesOf(view, (method) => envoyAction(view, method), service),
  );
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

/**
 * A route for each method with settings, the most specific first, and one for the other calls.
 * @param only Takes calls of this gRPC service only.
 */
function routesOf(
  { methods = [] }: ServiceView,
  action: (method: ViewMethod | undefined) => ActionInit,
  only?: string,
): RouteInit[] {
  const route = (match: PathMatch, method?: ViewMethod): RouteInit => ({
    match: only === undefined ? match : { ...match, grpc: {} },
    action: { case: 'route', value: action(method) },
  });
  const named = methods.filter(
    ({ grpcService = only }) => only === undefined || grpcService === only,
  );
  const exact = named.filter(({ method }) => method !== undefined);
  const ofService = named.filter((it) => it.grpcService !== undefined && it.method === undefined);
  const ofAll = named.find(({ grpcService }) => grpcService === undefined);
  return [
    ...exact.map((it) => route(path(`/${it.grpcService}/${it.method}`), it)),
    ...ofService.map((it) => route(prefix(`/${it.grpcService}/`), it)),
    route(prefix(only === undefined ? '/' : `/${only}/`), ofAll),
  ];
}

function grpcAction(
  { name, policy }: ServiceView,
  method: ViewMethod | undefined,
  hasTimeouts: boolean,
): ActionInit {
  const { timeoutMs, retry } = method ?? {};
  return {
    clusterSpecifier: cluster(name),
    hashPolicy: hashPolicy(policy),
    ...(hasTimeouts &&
      timeoutMs !== undefined && { maxStreamDuration: { maxStreamDuration: ms(timeoutMs) } }),
    ...(retry && { retryPolicy: retries(retry) }),
  };
}

const NOT_BEGUN = 'connect-failure,refused-stream,reset-before-request,unavailable';

/** Envoy retries on another endpoint, so that one that has just died fails no call. */
function envoyAction({ name, policy }: ServiceView, method: ViewMethod | undefined): ActionInit {
  const { timeoutMs, retry } = method ?? {};
  const configured = retry ? retries(retry) : { retryOn: '', numRetries: 2 };
  return {
    clusterSpecifier: cluster(name),
    timeout: ms(0),
    // The shorter of both applies, as in gRPC clients. 0 is no limit.
    maxStreamDuration: {
      ...(timeoutMs !== undefined && { maxStreamDuration: ms(timeoutMs) }),
      grpcTimeoutHeaderMax: ms(timeoutMs ?? 0),
    },
    retryPolicy: {
      ...configured,
      retryOn: [...new Set([...NOT_BEGUN.split(','), ...configured.retryOn.split(',')])]
        .filter((condition) => condition !== '')
        .join(','),
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

const FIRST_BACKOFF_MS = 25;

function retries({
  attempts,
  codes,
  initialBackoffMs = FIRST_BACKOFF_MS,
  maxBackoffMs,
}: ViewRetry) {
  const longest = Math.max(initialBackoffMs, maxBackoffMs ?? 10 * initialBackoffMs);
  return {
    retryOn: codes.join(','),
    numRetries: attempts - 1,
    retryBackOff: { baseInterval: ms(initialBackoffMs), maxInterval: ms(longest) },
  };
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

function path(value: string) {
  return { pathSpecifier: { case: 'path', value } } as const;
}
