import type { ServiceInstance } from '@grpc-discovery/registry';

/**
 * The label, and its value, of instances whose servers permit any number of pings, as those on grpc-js do. `discoverable` of
 * `@grpc-discovery/nestjs` sets it; whoever registers such a server by other means may.
 */
export const PINGS_LABEL = { 'grpc.pings': 'permitted' } as const;

/** Time between pings to a server that permits any number of them, in milliseconds. */
export const PERMITTED_PINGS_MS = 10_000;

/** Shortest time between pings that gRPC permits by itself: servers in C++, Go or Java close a connection that has more. */
export const UNTOLD_PINGS_MS = 300_000;

export function permitsPings({ metadata }: ServiceInstance): boolean {
  return metadata['grpc.pings'] === PINGS_LABEL['grpc.pings'];
}
