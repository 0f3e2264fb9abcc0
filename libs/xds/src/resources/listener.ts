import { create } from '@bufbuild/protobuf';
import { type Listener, ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.js';
import { RouterSchema } from '../gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import {
  HttpConnectionManager_CodecType,
  HttpConnectionManagerSchema,
} from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { ServiceView } from '../service-view.js';
import { packed } from './any.js';
import { fromAds, ms } from './cluster.js';
import { grpcRoutes } from './route.js';

/** Where Envoy accepts calls. */
export interface EnvoyIngress {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
}

/**
 * A gRPC client takes its routes within the listener: one resource less to wait for.
 * @param hasTimeouts False for clients that end calls with a timeout too early.
 */
export function grpcListener(
  view: ServiceView,
  { hasTimeouts }: { readonly hasTimeouts: boolean },
): Listener {
  const manager = packed(HttpConnectionManagerSchema, {
    statPrefix: view.name,
    routeSpecifier: { case: 'routeConfig', value: grpcRoutes(view, hasTimeouts) },
    httpFilters: [router()],
  });
  return create(ListenerSchema, { name: view.name, apiListener: { apiListener: manager } });
}

/** Envoy has one listener for all services; its routes are a resource of their own, so that they change without it. */
export function envoyListener(name: string, { host, port }: EnvoyIngress): Listener {
  const manager = packed(HttpConnectionManagerSchema, {
    statPrefix: name,
    codecType: HttpConnectionManager_CodecType.HTTP2,
    routeSpecifier: { case: 'rds', value: { configSource: fromAds(), routeConfigName: name } },
    streamIdleTimeout: ms(0),
    httpFilters: [router()],
  });
  return create(ListenerSchema, {
    name,
    address: {
      address: {
        case: 'socketAddress',
        value: { address: host, portSpecifier: { case: 'portValue', value: port } },
      },
    },
    filterChains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            configType: { case: 'typedConfig', value: manager },
          },
        ],
      },
    ],
  });
}

function router() {
  return {
    name: 'envoy.filters.http.router',
    configType: { case: 'typedConfig' as const, value: packed(RouterSchema, {}) },
  };
}
