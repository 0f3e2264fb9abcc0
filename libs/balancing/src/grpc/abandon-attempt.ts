import type { SubchannelInterface } from './experimental.js';

/** What grpc-js's types hide of a subchannel: the session whose handshake its attempt to connect waits for. */
interface Attempting {
  readonly connector?: { readonly session?: { destroy(): void } | null };
}

/**
 * Closes the connection of an attempt that waits for the HTTP/2 handshake. Nothing else does: grpc-js has no connect
 * timeout, and a subchannel that nobody uses any more keeps the socket of such an attempt for as long as the endpoint does.
 */
export function abandonAttempt(subchannel: SubchannelInterface): void {
  const { connector } = subchannel.getRealSubchannel() as unknown as Attempting;
  connector?.session?.destroy();
}
