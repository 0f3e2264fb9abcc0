import { create } from '@bufbuild/protobuf';
import type { Node } from '../gen/envoy/config/core/v3/base_pb.js';
import {
  type DeltaDiscoveryRequest,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  type DiscoveryRequest,
  type DiscoveryResponse,
  DiscoveryResponseSchema,
} from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import { isWholeState } from '../resources/resource-type.js';
import type { StoredResource } from '../store/flavoured-resources.js';
import type { Subscription } from './subscription.js';

/** A request of either protocol. */
export interface AdsRequest {
  readonly type: string;
  readonly node: Node | undefined;
  /** Nonce of the response that the request answers; empty for the first one. */
  readonly nonce: string;
  /** Why the client refused that response. */
  readonly refusal: string | undefined;
}

/** The content of a response, in either protocol. */
export interface AdsResponse {
  readonly type: string;
  readonly nonce: string;
  readonly version: string;
  readonly resources: readonly StoredResource[];
  /** Names without a resource. */
  readonly removed: readonly string[];
}

/** The two forms of xDS: the whole state of a type in each message, or only what changed. */
export interface Protocol<Request, Response> {
  readonly kind: 'sotw' | 'delta';
  read(request: Request): AdsRequest;
  /** Whether a request that answers an older response is ignored as a whole. */
  readonly ignoresStale: boolean;
  subscribe(subscription: Subscription, request: Request): void;
  /** Whether a response must hold all subscribed resources of the type. */
  needsAll(type: string): boolean;
  write(response: AdsResponse): Response;
}

export const sotw: Protocol<DiscoveryRequest, DiscoveryResponse> = {
  kind: 'sotw',
  ignoresStale: true,
  read: ({ typeUrl, node, responseNonce, errorDetail }) => ({
    type: typeUrl,
    node,
    nonce: responseNonce,
    refusal: errorDetail?.message,
  }),
  subscribe: (subscription, { resourceNames }) =>
    subscription.replaceNames(resourceNames, isWholeState(subscription.type)),
  needsAll: isWholeState,
  write: ({ type, nonce, version, resources }) =>
    create(DiscoveryResponseSchema, {
      typeUrl: type,
      nonce,
      versionInfo: version,
      resources: resources.map(({ resource }) => resource),
    }),
};

export const delta: Protocol<DeltaDiscoveryRequest, DeltaDiscoveryResponse> = {
  kind: 'delta',
  ignoresStale: false,
  read: ({ typeUrl, node, responseNonce, errorDetail }) => ({
    type: typeUrl,
    node,
    nonce: responseNonce,
    refusal: errorDetail?.message,
  }),
  subscribe: (subscription, request) => {
    const { resourceNamesSubscribe, resourceNamesUnsubscribe, initialResourceVersions } = request;
    // A client that reconnects keeps what it has: only what changed meanwhile is sent.
    for (const [name, version] of Object.entries(initialResourceVersions)) {
      subscription.sent.set(name, version);
    }
    const canBeWildcard = isWholeState(subscription.type);
    subscription.changeNames(resourceNamesSubscribe, resourceNamesUnsubscribe, canBeWildcard);
  },
  needsAll: () => false,
  write: ({ type, nonce, version, resources, removed }) =>
    create(DeltaDiscoveryResponseSchema, {
      typeUrl: type,
      nonce,
      systemVersionInfo: version,
      resources: resources.map(({ name, version: own, resource }) => ({
        name,
        version: own,
        resource,
      })),
      removedResources: [...removed],
    }),
};
