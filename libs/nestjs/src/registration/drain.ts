import { setTimeout as delay } from 'node:timers/promises';
import type { Registration } from '@grpc-discovery/registry';
import type { Server } from '@grpc/grpc-js';

export interface DrainOptions {
  /**
   * Time that clients get to hear of the deregistration before the server stops to take calls, in milliseconds. Its
   * gRPC-wide equivalent is a lame-duck period. Too short, and calls meet a closed port; 0 waits not at all.
   * @default 250
   */
  readonly propagationMs?: number;
  /**
   * Time that running calls and streams get to finish once the server takes no new ones, in milliseconds. What runs
   * longer is cut. Keep the sum of both below the orchestrator's grace period.
   * @default 10_000
   */
  readonly graceMs?: number;
}

export type DrainOutcome =
  | { readonly kind: 'finished' }
  /** The grace period was over before the last call was. */
  | { readonly kind: 'cut'; readonly graceMs: number };

/**
 * Takes a server out of service without failing a call: clients hear of it first, then no call is taken any more, then
 * those that run finish, within a bound. grpc-js's `tryShutdown` alone never ends while one stream is open.
 */
export async function drain(
  server: Server,
  registration: Registration,
  { propagationMs, graceMs }: Required<DrainOptions>,
): Promise<DrainOutcome> {
  const wasRegistered = registration.state.kind === 'registered';
  await registration.deregister();
  if (wasRegistered) await delay(propagationMs);
  const finished = await shutdownWithin(server, graceMs);
  if (finished) return { kind: 'finished' };
  server.forceShutdown();
  return { kind: 'cut', graceMs };
}

function shutdownWithin(server: Server, graceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs, false);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
