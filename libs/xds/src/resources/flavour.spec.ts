import { create, toJson, createRegistry, type Message } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { NodeSchema } from '../gen/envoy/config/core/v3/base_pb.js';
import { ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '../gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '../gen/envoy/config/route/v3/route_pb.js';
import { RouterSchema } from '../gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import { HttpConnectionManagerSchema } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { LeastRequestSchema } from '../gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb.js';
import { RingHashSchema } from '../gen/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb.js';
import { RoundRobinSchema } from '../gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb.js';
import { WrrLocalitySchema } from '../gen/envoy/extensions/load_balancing_policies/wrr_locality/v3/wrr_locality_pb.js';
import { PreviousHostsPredicateSchema } from '../gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js';
import { HttpProtocolOptionsSchema } from '../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import type { ViewPolicy } from '../service-view.js';
import { groupEndpoints } from './endpoint-groups.js';
import { type Flavour, flavourOf, serviceResource, sharedResource } from './flavour.js';
import { CLUSTER, ENDPOINTS, LISTENER, ROUTE } from './resource-type.js';

const schemas = [
  ...[ClusterSchema, ClusterLoadAssignmentSchema, ListenerSchema, RouteConfigurationSchema],
  ...[RouterSchema, HttpConnectionManagerSchema, LeastRequestSchema, RingHashSchema],
  ...[RoundRobinSchema, WrrLocalitySchema, PreviousHostsPredicateSchema, HttpProtocolOptionsSchema],
];
const registry = createRegistry(...schemas);
const json = (message: Message) => {
  const schema = schemas.find(({ typeName }) => typeName === message.$typeName);
  return toJson(schema!, message as never, { registry });
};

const endpoints = [{ host: '10.0.0.1', port: 50051, weight: 3, region: 'eu', zone: 'a' }];
const view = (policy?: ViewPolicy) => ({
  view: {
    name: 'greeter',
    endpoints,
    grpcServices: ['helloworld.Greeter'],
    ...(policy && { policy }),
  },
  groups: groupEndpoints(endpoints).groups,
});
const policies: Readonly<Record<ViewPolicy['kind'], ViewPolicy>> = {
  round_robin: { kind: 'round_robin' },
  least_request: { kind: 'least_request', choiceCount: 2 },
  ring_hash: { kind: 'ring_hash', header: 'x-user' },
};
const flavours: readonly Flavour[] = [
  ...(['grpc', 'grpc-java', 'grpc-core', 'grpc-core-without-ring-hash', 'envoy'] as const),
];

describe('flavourOf', () => {
  it.each<[agent: string, version: string, Flavour]>([
    ['envoy', '1.40.0', 'envoy'],
    ['gRPC Java', '1.85.1', 'grpc-java'],
    ['gRPC Go', '1.85.0', 'grpc'],
    ['gRPC Node Pure JS', '1.14.1', 'grpc'],
    ['gRPC C-core linux', 'C-core 1.85.3', 'grpc-core'],
    ['gRPC C-core linux', 'C-core 1.51.1', 'grpc-core-without-ring-hash'],
    ['', '', 'grpc'],
  ])('of "%s" %s is %s', (userAgentName, version, flavour) => {
    const userAgentVersionType = { case: 'userAgentVersion', value: version } as const;
    expect(flavourOf(create(NodeSchema, { userAgentName, userAgentVersionType }))).toBe(flavour);
  });

  it('of a client that names nothing is grpc', () => {
    expect(flavourOf(undefined)).toBe('grpc');
  });
});

describe('The routes', () => {
  const methods = [
    { timeoutMs: 5_000 },
    { grpcService: 'helloworld.Greeter', retry: { attempts: 3, codes: ['unavailable' as const] } },
    { grpcService: 'helloworld.Greeter', method: 'SayHello', timeoutMs: 250 },
  ];
  const configured = { ...view().view, methods };

  it('of a gRPC client have the settings of methods, the most specific first', () => {
    const message = serviceResource('grpc', LISTENER, { view: configured, groups: [] });
    expect(json(message!)).toMatchSnapshot();
  });

  it('of gRPC C core have retries but no timeouts, which it would apply wrongly', () => {
    const message = serviceResource('grpc-core', LISTENER, { view: configured, groups: [] });
    const text = JSON.stringify(json(message!));
    expect(text).toContain('"numRetries":2');
    expect(text).not.toContain('maxStreamDuration');
  });

  it('of Envoy have the settings of methods, by authority and by gRPC service', () => {
    const ingress = { host: '127.0.0.1', port: 1 };
    expect(json(sharedResource('envoy', ROUTE, [configured], ingress)!)).toMatchSnapshot();
  });
});

describe('The resources', () => {
  it.each(flavours)('of %s are as clients accepted them', (flavour) => {
    const all = Object.entries(policies).flatMap(([kind, policy]) =>
      [LISTENER, CLUSTER, ENDPOINTS].map((type) => {
        const message = serviceResource(flavour, type, view(policy));
        return [kind, message && json(message)];
      }),
    );
    expect(all).toMatchSnapshot();
  });

  it('that Envoy has for all services are as it accepted them', () => {
    const ingress = { host: '127.0.0.1', port: 10_000 };
    const views = [view(policies.ring_hash).view];
    const shared = [LISTENER, ROUTE].map((type) =>
      json(sharedResource('envoy', type, views, ingress)!),
    );
    expect(shared).toMatchSnapshot();
  });

  it('of Envoy give an authority to one service only, whatever its case', () => {
    const views = ['Greeter', 'greeter', 'orders'].map((name) => ({ name, endpoints: [] }));
    const routes = sharedResource('envoy', ROUTE, views, { host: '127.0.0.1', port: 1 });
    const domains = JSON.stringify(json(routes!)).match(/"domains":\["[^"]*"\]/g);
    expect(domains).toEqual(['"domains":["Greeter"]', '"domains":["orders"]', '"domains":["*"]']);
  });

  it.each(flavours)('of an empty service for %s', (flavour) => {
    const empty = { view: { name: 'greeter', endpoints: [] }, groups: [] };
    const message = serviceResource(flavour, ENDPOINTS, empty);
    const ports = JSON.stringify(message && json(message)).match(/"portValue":(\d+)/g);
    // grpc-java keeps calling the last instances of an empty list.
    expect(ports).toEqual(flavour === 'grpc-java' ? ['"portValue":1'] : null);
  });
});
